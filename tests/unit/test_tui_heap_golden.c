/* SPDX-License-Identifier: MIT */
/* View 5 as it looks at four sizes: before anybody asked, while it looks, what it found, where it cannot. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_golden.h"
#include "support_heap.h"
#include "support_moment.h"

/* Draws a moment at every size after these keys; drops its reference. */
static void check(const char *name, struct moment *m, const char *keys, bool roles)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "heap-%s", name);
	golden_sizes(whole, m, keys, 60, roles);
}

static struct moment *with(struct heap_facts *f, enum heap_phase phase)
{
	struct moment *m = support_moment();

	support_heap_put(m, f, phase);
	return m;
}

/* As large as what it keeps. */
static struct moment *keeping(void)
{
	struct moment *m = support_moment_idle();

	m->sample.v[FIGURE_RSS] = 2180ull << 20;
	support_heap_put(m, support_heap_kept(), HEAP_RESTING);
	return m;
}

static void heap__says__the_price_before_anybody_asked(void **state)
{
	(void)state;
	check("price", support_moment(), "5", true);
}

static void heap__shows__how_far_the_first_look_is(void **state)
{
	(void)state;
	check("first-look", with(NULL, HEAP_CENSUS), "5", false);
}

static void heap__shows__the_size_that_grows_first(void **state)
{
	(void)state;
	check("sizes", support_moment_heap(), "5", true);
	check("marking", with(support_heap(), HEAP_MARKING), "5", false);
}

static void heap__shows__only_suspects_after_one_scan(void **state)
{
	(void)state;
	check("suspects", with(support_heap_first(), HEAP_RESTING), "5a", false);
}

static void heap__shows__what_nobody_points_to(void **state)
{
	(void)state;
	check("lost", support_moment_heap(), "5a", true);
}

static void heap__shows__what_arenas_keep(void **state)
{
	(void)state;
	check("arenas", support_moment_heap(), "5aa", false);
	check("kept", keeping(), "5", true);
}

static void heap__opens__a_size_a_block_and_an_arena(void **state)
{
	struct heap_facts *f = support_heap();

	(void)state;
	support_heap_peek(f);
	check("size", support_moment_heap(), "5\n", false);
	check("lost-block", support_moment_heap(), "5aj\n", false);
	check("block", with(f, HEAP_RESTING), "5ajj\n", true);
	check("arena", support_moment_heap(), "5aa\n", false);
}

static void heap__says__why_it_cannot(void **state)
{
	(void)state;
	check("denied", with(NULL, HEAP_FAILED), "5", true);
	check("jemalloc", with(support_heap_jemalloc(), HEAP_RESTING), "5", false);
}

static void heap__shows__what_was_known_at_a_past_moment(void **state)
{
	struct moment *m = with(support_heap(), HEAP_OFF);

	(void)state;
	m->live = false;
	check("past", m, "5", false);
}

static void heap__shows__hostile_content_harmlessly(void **state)
{
	(void)state;
	check("hostile", with(support_heap_hostile(), HEAP_RESTING), "5ajj\n", false);
}

static void why__tells__what_is_inside_the_heap(void **state)
{
	(void)state;
	check("why", support_moment_heap(), "wG", false);
}

static void heap__is__ascii_on_demand(void **state)
{
	static const char *const keys[] = {"5", "5\n", "5a", "5ajj\n"};
	static const char *const names[] = {"heap-ascii", "heap-size-ascii", "heap-lost-ascii",
	                                    "heap-block-ascii"};

	(void)state;
	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		golden_ascii(names[i], support_moment_heap(), keys[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(heap__says__the_price_before_anybody_asked),
	        cmocka_unit_test(heap__shows__how_far_the_first_look_is),
	        cmocka_unit_test(heap__shows__the_size_that_grows_first),
	        cmocka_unit_test(heap__shows__only_suspects_after_one_scan),
	        cmocka_unit_test(heap__shows__what_nobody_points_to),
	        cmocka_unit_test(heap__shows__what_arenas_keep),
	        cmocka_unit_test(heap__opens__a_size_a_block_and_an_arena),
	        cmocka_unit_test(heap__says__why_it_cannot),
	        cmocka_unit_test(heap__shows__what_was_known_at_a_past_moment),
	        cmocka_unit_test(heap__shows__hostile_content_harmlessly),
	        cmocka_unit_test(why__tells__what_is_inside_the_heap),
	        cmocka_unit_test(heap__is__ascii_on_demand),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui golden heap", tests, NULL, NULL);
}
