/* SPDX-License-Identifier: MIT */
/* View 6 as it looks at four sizes: before anybody asked, its price, while it traces, what it found, why it cannot. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support_golden.h"
#include "support_moment.h"
#include "support_site_facts.h"

/* Draws a moment at every size after these keys; drops its reference. */
static void check(const char *name, struct moment *m, const char *keys, bool roles)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "sites-%s", name);
	golden_sizes(whole, m, keys, 60, roles);
}

static struct moment *with(struct sites_facts *f, enum sites_kind kind, enum sites_phase phase)
{
	struct moment *m = support_moment();

	support_sites_put(m, f, kind, phase);
	return m;
}

static void sites__tells__both_kinds_before_anybody_asked(void **state)
{
	(void)state;
	check("empty", support_moment(), "6", true);
	check("menu", support_moment(), "6x", false);
}

static void sites__tells__the_price_before_it_starts(void **state)
{
	(void)state;
	check("pricing", with(NULL, SITES_ALLOCATIONS, SITES_PRICING), "6", false);
	check("priced", with(NULL, SITES_ALLOCATIONS, SITES_PRICED), "6", true);
	check("priced-again", with(support_sites_growth(), SITES_ALLOCATIONS, SITES_PRICED), "6",
	      false);
}

static void sites__warns__where_growth_stacks_mislead(void **state)
{
	(void)state;
	check("growth", with(support_sites_growth(), SITES_GROWTH, SITES_TRACING), "6", true);
}

static void sites__shows__who_grows_first(void **state)
{
	(void)state;
	check("allocations", support_moment_sites(), "6", true);
	check("tracing", with(support_sites(), SITES_ALLOCATIONS, SITES_TRACING), "6", false);
}

static void sites__counts__calls_where_bytes_are_unknown(void **state)
{
	(void)state;
	check("hits", with(support_sites_hits(), SITES_HITS, SITES_ENDED), "6", false);
}

static void sites__merges__stacks_into_a_tree(void **state)
{
	(void)state;
	check("tree", support_moment_sites(), "6t", true);
}

static void sites__opens__a_stack(void **state)
{
	(void)state;
	check("stack", support_moment_sites(), "6\n", true);
	check("recursion", support_moment_sites(), "6jjjjj\n", false);
	check("template", support_moment_sites(), "6jj\n", false);
}

static void region__tells__who_grew_it(void **state)
{
	struct moment *m = with(support_sites_growth(), SITES_GROWTH, SITES_ENDED);

	(void)state;
	support_focus(m, REGION_HEAP);
	check("region", m, "2\n", false);
}

static void sites__says__why_it_cannot(void **state)
{
	(void)state;
	check("failed", with(NULL, SITES_GROWTH, SITES_FAILED), "6", true);
	check("failed-again", with(support_sites_growth(), SITES_ALLOCATIONS, SITES_FAILED), "6",
	      false);
}

static void sites__shows__what_was_known_at_a_past_moment(void **state)
{
	struct moment *m = with(support_sites(), SITES_NONE, SITES_OFF);

	(void)state;
	m->live = false;
	check("past", m, "6", false);
}

static void sites__shows__hostile_names_harmlessly(void **state)
{
	(void)state;
	check("hostile", with(support_sites_hostile(), SITES_ALLOCATIONS, SITES_ENDED), "6", false);
	check("hostile-stack", with(support_sites_hostile(), SITES_ALLOCATIONS, SITES_ENDED), "6\n",
	      false);
}

static void sites__is__ascii_on_demand(void **state)
{
	static const char *const keys[] = {"6", "6t", "6\n"};
	static const char *const names[] = {"sites-ascii", "sites-tree-ascii", "sites-stack-ascii"};

	(void)state;
	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		golden_ascii(names[i], support_moment_sites(), keys[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sites__tells__both_kinds_before_anybody_asked),
	        cmocka_unit_test(sites__tells__the_price_before_it_starts),
	        cmocka_unit_test(sites__warns__where_growth_stacks_mislead),
	        cmocka_unit_test(sites__shows__who_grows_first),
	        cmocka_unit_test(sites__counts__calls_where_bytes_are_unknown),
	        cmocka_unit_test(sites__merges__stacks_into_a_tree),
	        cmocka_unit_test(sites__opens__a_stack),
	        cmocka_unit_test(region__tells__who_grew_it),
	        cmocka_unit_test(sites__says__why_it_cannot),
	        cmocka_unit_test(sites__shows__what_was_known_at_a_past_moment),
	        cmocka_unit_test(sites__shows__hostile_names_harmlessly),
	        cmocka_unit_test(sites__is__ascii_on_demand),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui golden sites", tests, NULL, NULL);
}
