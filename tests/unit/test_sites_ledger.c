/* SPDX-License-Identifier: MIT */
/* Survivors by call site, hits and sparklines: cases whose answer is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support_sites_told.h"

static void growth__is_exactly__the_rate_of_a_leak(void **state)
{
	const uint64_t ends[] = {2, 3, 7, 10, 61, 100};
	(void)state;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct ledger *l = ledger_new(1000000);
		live_through(l, 1, 24, 4 * MS, 0, ends[i] * SECOND, UNKNOWN);
		struct told t = ledger_told(l, 0, ends[i] * SECOND);
		assert_true(is_about(t.facts->sites[0].growth_bytes, 6000, 0.01));
		assert_true(is_about(t.facts->sites[0].growth_blocks, 250, 0.01));
		assert_true(is_about(t.facts->growth_bytes, 6000, 0.01));
		assert_true(is_about(t.facts->sites[0].share, 1, 1e-9));
		assert_true(t.facts->sites[0].steady);
		assert_true(isnan(t.facts->sites[0].lifetime));
		told_done(&t);
		ledger_free(l);
	}
}

static void growth__is_none__of_what_lives_for_seconds(void **state)
{
	struct ledger *l = ledger_new(1000000);
	(void)state;

	live_through(l, 1, 4000, 2 * MS, 0, 60 * SECOND, 10 * SECOND);
	live_through(l, 2, 16, 20 * MS, 0, 60 * SECOND, UNKNOWN);
	struct told t = ledger_told(l, 0, 60 * SECOND);
	const struct site *cache = told_row(&t, 1), *leak = told_row(&t, 2);
	assert_true(cache->live_bytes > 10 * leak->live_bytes);
	assert_true(cache->growth_bytes == 0 && cache->share == 0 && !cache->steady);
	assert_true(is_about(cache->lifetime, 10, 1e-9));
	assert_true(leak == &t.facts->sites[0] && leak->steady);
	assert_true(is_about(leak->share, 1, 1e-9));
	told_done(&t);
	ledger_free(l);
}

static void rank__puts__what_grew_once_behind_what_goes_on_growing(void **state)
{
	struct ledger *l = ledger_new(1000000);
	(void)state;

	live_through(l, 1, 100000, MS, 0, SECOND, UNKNOWN);
	live_through(l, 2, 100, 10 * MS, 0, 10 * SECOND, UNKNOWN);
	struct told t = ledger_told(l, 0, 10 * SECOND);
	const struct site *once = told_row(&t, 1), *on = told_row(&t, 2);
	assert_true(on == &t.facts->sites[0]);
	assert_true(on->steady && is_about(on->share, 1, 1e-9));
	assert_true(once->growth_bytes > on->growth_bytes && once->share == 0 && !once->steady);
	assert_true(is_about(t.facts->growth_bytes, on->growth_bytes, 1e-9));
	told_done(&t);
	ledger_free(l);
}

static void shares__are__of_all_that_grows(void **state)
{
	struct ledger *l = ledger_new(1000000);
	(void)state;

	live_through(l, 1, 300, 10 * MS, 0, 10 * SECOND, UNKNOWN);
	live_through(l, 2, 100, 10 * MS, 0, 10 * SECOND, UNKNOWN);
	live_through(l, 3, 5000, 10 * MS, 0, 10 * SECOND, SECOND);
	struct told t = ledger_told(l, 0, 10 * SECOND);
	assert_true(is_about(told_row(&t, 1)->share, 0.75, 0.001));
	assert_true(is_about(told_row(&t, 2)->share, 0.25, 0.001));
	assert_int_equal(t.stacks[0], 1);
	assert_int_equal(t.stacks[1], 2);
	assert_int_equal(t.facts->live_bytes, told_row(&t, 1)->live_bytes +
	                                              told_row(&t, 2)->live_bytes +
	                                              told_row(&t, 3)->live_bytes);
	told_done(&t);
	ledger_free(l);
}

static void growth__is_unknown__after_few_samples_or_little_time(void **state)
{
	struct ledger *l = ledger_new(1000);
	(void)state;

	struct told t = ledger_told(l, 0, 10 * SECOND);
	assert_true(t.facts->site_count == 0 && t.facts->live_bytes == 0);
	assert_true(isnan(t.facts->growth_bytes));
	told_done(&t);
	live_through(l, 1, 1 << 20, SECOND, 0, 4 * SECOND, UNKNOWN);
	live_through(l, 2, 100, 100 * MS, 8 * SECOND, 10 * SECOND, UNKNOWN);
	t = ledger_told(l, 0, 10 * SECOND);
	assert_true(isnan(told_row(&t, 1)->growth_bytes) && isnan(told_row(&t, 1)->share));
	assert_true(isnan(told_row(&t, 2)->growth_bytes) && isnan(told_row(&t, 2)->growth_blocks));
	assert_true(!told_row(&t, 1)->steady && !told_row(&t, 2)->steady);
	assert_true(isnan(t.facts->growth_bytes));
	assert_int_equal(t.stacks[0], 1); /* by live bytes */
	told_done(&t);
	ledger_free(l);

	l = ledger_new(1000);
	live_through(l, 1, 100, MS, 0, 900 * MS, UNKNOWN);
	t = ledger_told(l, 0, 900 * MS);
	assert_true(isnan(t.facts->sites[0].growth_bytes) && isnan(t.facts->growth_bytes));
	told_done(&t);
	ledger_free(l);
}

static void a_site__is_not_steady__by_a_few_samples(void **state)
{
	struct ledger *l = ledger_new(1000);
	(void)state;

	live_through(l, 1, 100, SECOND, 0, 10 * SECOND, UNKNOWN);
	live_through(l, 2, 10, SECOND / 2, 0, 10 * SECOND, UNKNOWN);
	struct told t = ledger_told(l, 0, 10 * SECOND);
	assert_false(told_row(&t, 1)->steady);
	assert_true(is_about(told_row(&t, 1)->growth_bytes, 100, 0.15));
	assert_true(told_row(&t, 2)->steady);
	told_done(&t);
	ledger_free(l);
}

/* Both left something of both halves, and neither will go on. */
static void a_site__is_not_steady__where_it_stops_or_forgets(void **state)
{
	struct ledger *l = ledger_new(100000);
	(void)state;

	live_through(l, 1, 100, 10 * MS, 0, 7 * SECOND, UNKNOWN);
	live_through(l, 2, 100, 10 * MS, 0, 10 * SECOND, 7 * SECOND);
	live_through(l, 3, 100, 10 * MS, 0, 10 * SECOND, UNKNOWN);
	struct told t = ledger_told(l, 0, 10 * SECOND);
	assert_true(told_row(&t, 1)->share > 0 && told_row(&t, 2)->share > 0);
	assert_false(told_row(&t, 1)->steady);
	assert_false(told_row(&t, 2)->steady);
	assert_true(told_row(&t, 3)->steady);
	told_done(&t);
	ledger_free(l);
}

/* Chance decides which of 5,000 blocks goes: they live for 2 s on average, and few for as long as the first half. */
static void a_site__is_not_steady__where_what_is_older_is_fewer(void **state)
{
	struct ledger *l = ledger_new(100000);
	uint64_t random = 3, live[5000];
	(void)state;

	for (uint64_t i = 0; i < 5000 + 25000; i++) {
		uint64_t *one = &live[i < 5000 ? i : next_random(&random) % 5000];
		uint64_t time = i < 5000 ? 1 : (i - 5000) * 400000;
		if (i >= 5000)
			ledger_remove(l, *one, time);
		*one = 16 * (i + 1);
		/* Those of before the tracing are unseen. */
		if (i >= 5000)
			ledger_add(l, *one, 100, 1, 1, time);
		/* Another leaks ever more. */
		if (i >= 5000 && next_random(&random) % 25000 < i - 5000)
			ledger_add(l, 16 * i + 8, 1, 1, 2, time);
	}
	struct told t = ledger_told(l, 0, 10 * SECOND);
	assert_true(told_row(&t, 1)->growth_blocks > 50);
	assert_false(told_row(&t, 1)->steady);
	assert_true(told_row(&t, 2)->steady);
	told_done(&t);
	ledger_free(l);
}

/* Of sums of very unlike sizes, which do not add up to nothing by themselves. */
static void nothing__is_left__where_all_is_freed(void **state)
{
	struct ledger *l = ledger_new(1000);
	(void)state;

	for (uint64_t i = 0; i < 20; i++)
		ledger_add(l, i + 1, i % 2 ? 3 : 1ull << 52, 1.1, 1, i * MS);
	for (uint64_t i = 0; i < 20; i++)
		ledger_remove(l, i + 1, SECOND);
	struct told t = ledger_told(l, 0, 10 * SECOND);
	assert_int_equal(t.facts->live_bytes, 0);
	assert_true(t.facts->sites[0].growth_bytes == 0 && t.facts->sites[0].growth_blocks == 0);
	told_done(&t);
	ledger_free(l);
}

static void ledger__counts_as_freed__what_was_freed_unseen(void **state)
{
	struct ledger *l = ledger_new(10);
	(void)state;

	ledger_add(l, 0x1000, 100, 2, 1, SECOND);
	ledger_add(l, 0x1000, 50, 1, 2, 3 * SECOND);
	struct told t = ledger_told(l, 0, 4 * SECOND);
	assert_int_equal(told_row(&t, 1)->live_bytes, 0);
	assert_int_equal(told_row(&t, 1)->freed_bytes, 200);
	assert_int_equal(told_row(&t, 1)->freed_blocks, 2);
	assert_true(is_about(told_row(&t, 1)->lifetime, 2, 1e-9));
	assert_int_equal(told_row(&t, 2)->live_bytes, 50);
	told_done(&t);
	ledger_free(l);
}

static void ledger__counts_but_does_not_follow__what_finds_no_room(void **state)
{
	struct ledger *l = ledger_new(4);
	(void)state;

	for (uint64_t i = 0; i < 10; i++)
		ledger_add(l, 16 * (i + 1), 8, 1, 1, i);
	assert_int_equal(ledger_count(l), 4);
	assert_int_equal(ledger_full(l), 6);
	assert_false(ledger_remove(l, 16 * 10, 20));
	assert_true(ledger_remove(l, 16, 20));
	ledger_add(l, 16, 8, 1, 1, 30);
	assert_int_equal(ledger_full(l), 6);
	struct told t = ledger_told(l, 0, 40);
	assert_int_equal(t.facts->sites[0].allocated_blocks, 11);
	assert_int_equal(t.facts->sites[0].live_blocks, 4);
	assert_int_equal(t.facts->sites[0].samples, 11);
	told_done(&t);
	ledger_free(l);
}

static bool gone_if_odd(void *arg, uint64_t address, uint32_t stack)
{
	assert_int_equal(stack, 1 + (address >> 13) % 3);
	++*(unsigned *)arg;
	return address >> 12 & 1;
}

static void visit__meets__each_entry_once_and_removes_those_that_are_gone(void **state)
{
	struct ledger *l = ledger_new(100000);
	unsigned met = 0;
	(void)state;

	for (uint64_t i = 0; i < 10000; i++)
		ledger_add(l, i << 12, 4096, 1, 1 + (uint32_t)(i >> 1) % 3, i);
	ledger_visit(l, SECOND, gone_if_odd, &met);
	assert_int_equal(met, 10000);
	assert_int_equal(ledger_count(l), 5000);
	for (uint64_t i = 0; i < 10000; i++)
		assert_int_equal(ledger_remove(l, i << 12, 2 * SECOND), !(i & 1));
	struct told t = ledger_told(l, 0, 2 * SECOND);
	assert_int_equal(t.facts->live_bytes, 0);
	assert_int_equal(t.facts->sites[0].freed_bytes, t.facts->sites[0].allocated_bytes);
	told_done(&t);
	ledger_free(l);
}

/* --- hits and sparklines ------------------------------------------------------------------------------- */

static void hits__are_counted__and_say_nothing_of_bytes(void **state)
{
	struct ledger *l = ledger_new(10);
	(void)state;

	for (uint64_t s = 0; s < 10; s++) {
		ledger_hit(l, 1, 5, s * SECOND);
		ledger_hit(l, 2, 50, s * SECOND);
		ledger_tick(l, s * SECOND);
	}
	struct told t = ledger_told(l, 0, 10 * SECOND);
	const struct site *most = &t.facts->sites[0];
	assert_int_equal(t.facts->site_count, 2);
	assert_int_equal(t.stacks[0], 2);
	assert_int_equal(most->samples, 500);
	assert_int_equal(most->allocated_blocks, 500);
	assert_false(known(most->live_bytes) || known(most->live_blocks));
	assert_false(known(most->allocated_bytes) || known(most->freed_blocks));
	assert_false(known(t.facts->live_bytes) || known(t.facts->other_bytes));
	assert_true(isnan(most->growth_bytes) && isnan(most->share) && isnan(most->lifetime));
	assert_int_equal(most->spark_count, 10);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(most->spark[i], 50);
	told_done(&t);
	/* However long it takes, each is in one point. */
	for (uint64_t s = 10; s < 100; s++) {
		ledger_hit(l, 2, s, s * SECOND);
		ledger_tick(l, s * SECOND);
	}
	t = ledger_told(l, 0, 100 * SECOND);
	uint64_t sum = 0;
	for (unsigned i = 0; i < SPARK_POINTS; i++)
		sum += t.facts->sites[0].spark[i];
	assert_int_equal(sum, t.facts->sites[0].samples);
	told_done(&t);
	ledger_free(l);
}

static void sparklines__span__the_whole_trace_however_long(void **state)
{
	struct ledger *l = ledger_new(100000);
	(void)state;

	for (uint64_t s = 0; s < 1000; s++) {
		ledger_add(l, 16 + 16 * s, 10, 1, 1, s * SECOND);
		ledger_tick(l, s * SECOND);
		struct told t = ledger_told(l, 0, (s + 1) * SECOND);
		const struct site *r = &t.facts->sites[0];
		assert_in_range(r->spark_count, s < 12 ? s + 1 : 12, SPARK_POINTS);
		assert_int_equal(r->spark[r->spark_count - 1], 10 * (s + 1));
		/* Even: all points but the last span as many ticks. */
		for (unsigned i = 0; i + 1 < r->spark_count; i++)
			assert_int_equal(r->spark[i], (i + 1) * r->spark[0]);
		told_done(&t);
	}
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(growth__is_exactly__the_rate_of_a_leak),
	        cmocka_unit_test(growth__is_none__of_what_lives_for_seconds),
	        cmocka_unit_test(rank__puts__what_grew_once_behind_what_goes_on_growing),
	        cmocka_unit_test(shares__are__of_all_that_grows),
	        cmocka_unit_test(growth__is_unknown__after_few_samples_or_little_time),
	        cmocka_unit_test(a_site__is_not_steady__by_a_few_samples),
	        cmocka_unit_test(a_site__is_not_steady__where_it_stops_or_forgets),
	        cmocka_unit_test(a_site__is_not_steady__where_what_is_older_is_fewer),
	        cmocka_unit_test(nothing__is_left__where_all_is_freed),
	        cmocka_unit_test(ledger__counts_as_freed__what_was_freed_unseen),
	        cmocka_unit_test(ledger__counts_but_does_not_follow__what_finds_no_room),
	        cmocka_unit_test(visit__meets__each_entry_once_and_removes_those_that_are_gone),
	        cmocka_unit_test(hits__are_counted__and_say_nothing_of_bytes),
	        cmocka_unit_test(sparklines__span__the_whole_trace_however_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
