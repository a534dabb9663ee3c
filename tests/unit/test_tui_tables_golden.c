/* SPDX-License-Identifier: MIT */
/* Maps, smaps, status, processes and the region as they look, at four sizes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support_golden.h"
#include "support_moment.h"

/* Draws a moment at every size after these keys; drops its reference. */
static void check(const char *name, struct moment *m, const char *keys, bool roles)
{
	golden_sizes(name, m, keys, 40, roles);
}

static struct moment *focused(enum region_kind kind)
{
	struct moment *m = support_moment();

	support_focus(m, kind);
	return m;
}

static void maps__shows__what_grows_first(void **state)
{
	(void)state;
	check("maps-leak", support_moment(), "2", true);
}

static void maps__shows__no_alarm_where_nothing_grows(void **state)
{
	(void)state;
	check("maps-idle", support_moment_idle(), "2", true);
}

static void maps__groups__by_kind_and_by_file(void **state)
{
	(void)state;
	check("maps-kinds", support_moment(), "2a", false);
	check("maps-files", support_moment(), "2aa", false);
}

static void maps__shows__hostile_names_harmlessly(void **state)
{
	(void)state;
	check("maps-hostile", support_moment_hostile(), "2/tmp\n", false);
}

static void maps__shows__many_mappings_of_one_size(void **state)
{
	(void)state;
	check("maps-many", support_moment_big(600), "2G", false);
}

static void maps__says__why_there_is_nothing(void **state)
{
	struct moment *m = support_moment_reduced();

	(void)state;
	check("maps-reduced", m, "2", false);
}

static void maps__offers__what_to_sort_by(void **state)
{
	(void)state;
	check("maps-sort", support_moment(), "2s", false);
}

static void smaps__shows__of_what_memory_consists(void **state)
{
	(void)state;
	check("smaps-leak", support_moment(), "3", true);
	check("smaps-kinds", support_moment(), "3a", false);
}

static void status__shows__every_figure(void **state)
{
	(void)state;
	check("status-leak", support_moment(), "4", true);
	check("status-sockets", support_moment_links(), "4G", false);
	check("status-reduced", support_moment_reduced(), "4G", false);
}

static void processes__shows__the_most_suspicious_first(void **state)
{
	(void)state;
	check("processes", support_moment_picker(), "7", true);
}

static void processes__shows__the_largest_first_while_growth_is_unknown(void **state)
{
	struct moment *m = support_moment_picker();

	(void)state;
	support_first_look(m);
	check("processes-first", m, "7", false);
}

static void processes__shows__who_is_whose_child(void **state)
{
	(void)state;
	check("processes-tree", support_moment_picker(), "7t", false);
}

static void detail__shows__one_region_in_full(void **state)
{
	(void)state;
	check("detail-heap", focused(REGION_HEAP), "2\n", true);
	check("detail-heap-end", focused(REGION_HEAP), "2\nG", false);
}

static void tables__are__ascii_on_demand(void **state)
{
	static const char *const keys[] = {"2", "3", "4", "2\n"};
	static const char *const names[] = {"maps-ascii", "smaps-ascii", "status-ascii",
	                                    "detail-ascii"};

	(void)state;
	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		golden_ascii(names[i], focused(REGION_HEAP), keys[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(maps__shows__what_grows_first),
	        cmocka_unit_test(maps__shows__no_alarm_where_nothing_grows),
	        cmocka_unit_test(maps__groups__by_kind_and_by_file),
	        cmocka_unit_test(maps__shows__hostile_names_harmlessly),
	        cmocka_unit_test(maps__shows__many_mappings_of_one_size),
	        cmocka_unit_test(maps__says__why_there_is_nothing),
	        cmocka_unit_test(maps__offers__what_to_sort_by),
	        cmocka_unit_test(smaps__shows__of_what_memory_consists),
	        cmocka_unit_test(status__shows__every_figure),
	        cmocka_unit_test(processes__shows__the_most_suspicious_first),
	        cmocka_unit_test(processes__shows__the_largest_first_while_growth_is_unknown),
	        cmocka_unit_test(processes__shows__who_is_whose_child),
	        cmocka_unit_test(detail__shows__one_region_in_full),
	        cmocka_unit_test(tables__are__ascii_on_demand),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui golden tables", tests, NULL, NULL);
}
