/* SPDX-License-Identifier: MIT */
/* How often a costly job may run, and which call would hold the target up for too long. */
#include "source/live_budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/known.h"

#define GiB (1ull << 30)

static struct live_budget budget(uint64_t min_period)
{
	struct live_budget b;
	budget_init(&b, min_period, 50 * NS_PER_MS);
	return b;
}

static void budget__allows__the_first_job_at_once(void **state)
{
	(void)state;
	struct live_budget b = budget(NS_PER_S);
	assert_int_equal(budget_next(&b), 0);
}

static void budget__gives__a_job_one_part_in_400(void **state)
{
	(void)state;
	struct live_budget b = budget(0);
	budget_ran(&b, 1000 * NS_PER_S, 10 * NS_PER_MS);
	assert_int_equal(budget_period(&b), 4 * NS_PER_S);
	assert_int_equal(budget_next(&b), 1004 * NS_PER_S);
}

static void budget__keeps__the_least_period(void **state)
{
	(void)state;
	struct live_budget b = budget(5 * NS_PER_S);
	budget_ran(&b, NS_PER_S, NS_PER_MS);
	assert_int_equal(budget_next(&b), 6 * NS_PER_S);
}

static void budget__holds__until_told(void **state)
{
	(void)state;
	struct live_budget b = budget(0);
	budget_hold(&b, 77);
	assert_int_equal(budget_next(&b), 77);
	budget_forget(&b);
	assert_int_equal(budget_next(&b), 0);
}

static void budget__estimates__40_ms_for_4_gib(void **state)
{
	(void)state;
	struct live_budget b = budget(0);
	assert_in_range(budget_stall(&b, 4 * GiB), 40 * NS_PER_MS - 10, 40 * NS_PER_MS + 10);
	assert_true(budget_allows(&b, 4 * GiB));
	assert_false(budget_allows(&b, 6 * GiB));
	assert_false(budget_allows(&b, UNKNOWN));
}

static void budget__learns__bad_news_at_once_and_good_news_slowly(void **state)
{
	(void)state;
	struct live_budget b = budget(0);
	budget_learn(&b, GiB, 28 * NS_PER_MS);
	assert_in_range(budget_stall(&b, GiB), 27 * NS_PER_MS, 29 * NS_PER_MS);
	budget_learn(&b, GiB, 8 * NS_PER_MS);
	assert_in_range(budget_stall(&b, GiB), 22 * NS_PER_MS, 24 * NS_PER_MS);
}

static void budget__learns__nothing_from_little_memory(void **state)
{
	(void)state;
	struct live_budget b = budget(0);
	budget_learn(&b, 1 << 20, NS_PER_S);
	budget_learn(&b, UNKNOWN, NS_PER_S);
	assert_in_range(budget_stall(&b, GiB), 10 * NS_PER_MS - 1, 10 * NS_PER_MS + 1);
}

static void budget__forgives__one_preempted_call(void **state)
{
	(void)state;
	struct live_budget b = budget(0);
	budget_learn(&b, GiB, 100 * NS_PER_S);
	assert_false(budget_allows(&b, 2 * GiB));
	for (int i = 0; i < 20; i++)
		budget_fade(&b);
	assert_true(budget_allows(&b, 2 * GiB));
}

static void window__remembers__the_largest_neighbours(void **state)
{
	(void)state;
	struct budget_window w = {0};
	static const uint64_t sizes[] = {1, 1, 100, 1, 1, 1, 1, 1, 1, 50, 60, UNKNOWN, 1};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		window_add(&w, sizes[i]);
	assert_int_equal(w.largest, 50 + 60 + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(budget__allows__the_first_job_at_once),
	        cmocka_unit_test(budget__gives__a_job_one_part_in_400),
	        cmocka_unit_test(budget__keeps__the_least_period),
	        cmocka_unit_test(budget__holds__until_told),
	        cmocka_unit_test(budget__estimates__40_ms_for_4_gib),
	        cmocka_unit_test(budget__learns__bad_news_at_once_and_good_news_slowly),
	        cmocka_unit_test(budget__learns__nothing_from_little_memory),
	        cmocka_unit_test(budget__forgives__one_preempted_call),
	        cmocka_unit_test(window__remembers__the_largest_neighbours),
	};
	return cmocka_run_group_tests_name("source_budget", tests, NULL, NULL);
}
