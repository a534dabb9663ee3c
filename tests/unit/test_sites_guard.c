/* SPDX-License-Identifier: MIT */
/* The guard, beside a target that is reckoned: what it truly lost is known to the nanosecond. */
#include "sites/guard.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SECOND 1000000000ull

/* A thread that does `work` ns between two hits, of `price` each. */
struct target {
	double work, price;
	bool set;
	double hits, lost, time; /* ns lost in probes; ns gone by */
	double set_time;
	uint64_t sets;
};

static void run(struct target *t, double ns)
{
	t->time += ns;
	if (!t->set)
		return;
	double hits = ns / (t->work + t->price);
	t->hits += hits;
	t->lost += hits * t->price;
	t->set_time += ns;
}

/* Follows the guard for so long, each turn late by as much as `late`. False: it gave up. */
static bool follow(struct target *t, struct guard *g, double duration, double late)
{
	uint64_t next = 0;
	unsigned step = 0;

	while (t->time < duration) {
		switch (guard_turn(g, (uint64_t)t->hits, (uint64_t)t->time, &next)) {
		case GUARD_SET:
			t->set = true;
			t->sets++;
			break;
		case GUARD_REST:
			t->set = false;
			break;
		case GUARD_GIVE_UP:
			t->set = false;
			return false;
		default:
			break;
		}
		assert_true((double)next > t->time);
		double wait = (double)next - t->time + late * (step++ % 3) / 2;
		run(t, fmin(wait, duration - t->time));
	}
	return true;
}

static double slowdown(const struct target *t)
{
	return 100 * t->lost / t->time;
}

static void guard__leaves_probes_set_where_they_cost_little(void **state)
{
	struct target t = {.work = 100000, .price = 1000};
	struct guard g;

	(void)state;
	guard_begin(&g, 5, 1000, 0);
	assert_true(follow(&t, &g, 30e9, 0));
	assert_int_equal(t.sets, 1);
	assert_int_equal(g.bursts, 1);
	assert_true(t.set_time > 0.99 * t.time);
	assert_true(fabs(guard_slowdown(&g, (uint64_t)t.time) - slowdown(&t)) < 0.1);
}

static void guard__keeps_below_the_maximum_whatever_the_target_does(void **state)
{
	static const double works[] = {12, 100, 1000, 10000, 18000, 20000, 50000};
	static const double prices[] = {500, 950, 8000};
	static const double maxima[] = {0.5, 1, 5, 20};

	(void)state;
	for (size_t w = 0; w < sizeof(works) / sizeof(*works); w++)
		for (size_t p = 0; p < sizeof(prices) / sizeof(*prices); p++)
			for (size_t m = 0; m < sizeof(maxima) / sizeof(*maxima); m++) {
				struct target t = {.work = works[w], .price = prices[p]};
				struct guard g;
				guard_begin(&g, maxima[m], prices[p], 0);
				assert_true(follow(&t, &g, 20e9, 1e6));
				if (slowdown(&t) > maxima[m])
					fail_msg("%g ns, %g ns a hit: %g %% of %g", t.work, t.price,
					         slowdown(&t), maxima[m]);
			}
}

static void guard__spends_most_of_what_it_may(void **state)
{
	struct target t = {.work = 12, .price = 950};
	struct guard g;

	(void)state;
	guard_begin(&g, 5, 950, 0);
	assert_true(follow(&t, &g, 30e9, 0));
	assert_true(slowdown(&t) > 3);
	assert_true(t.sets > 5);
	assert_true(t.set_time > 0.03 * t.time);
}

static void guard__bears_a_price_that_is_a_third_too_low_and_turns_that_come_late(void **state)
{
	struct target t = {.work = 12, .price = 1300};
	struct guard g;

	(void)state;
	guard_begin(&g, 5, 1000, 0);
	assert_true(follow(&t, &g, 30e9, 20e6));
	assert_true(slowdown(&t) < 7);
}

static void guard__sets_them_again_when_the_target_calms_down(void **state)
{
	struct target t = {.work = 12, .price = 950};
	struct guard g;

	(void)state;
	guard_begin(&g, 5, 950, 0);
	assert_true(follow(&t, &g, 10e9, 0));
	double before = t.set_time;
	t.work = 1e6;
	assert_true(follow(&t, &g, 20e9, 0));
	assert_true(t.set_time - before > 8e9);
	assert_true(slowdown(&t) < 5);
}

static void guard__gives_up_where_bursts_cost_too_much_or_nothing_may(void **state)
{
	/* A hundred threads at once, as if all of it were one thread's time. */
	struct target t = {.work = 12 / 100.0, .price = 950 / 100.0};
	struct guard g;
	uint64_t next;

	(void)state;
	guard_begin(&g, 0.5, 950, 0);
	assert_false(follow(&t, &g, 100e9, 0));
	assert_true(t.set_time < 0.1e9);
	guard_begin(&g, 0, 950, 0);
	assert_int_equal(guard_turn(&g, 0, SECOND, &next), GUARD_GIVE_UP);
	guard_begin(&g, NAN, 950, 0);
	assert_int_equal(guard_turn(&g, 0, SECOND, &next), GUARD_GIVE_UP);
}

static void guard__takes_an_unknown_price_for_a_high_one(void **state)
{
	struct guard g;

	(void)state;
	guard_begin(&g, 5, NAN, 0);
	assert_true(g.hit_ns >= 5000);
}

static void guard__expects_what_hits_take_of_a_second(void **state)
{
	(void)state;
	assert_float_equal(guard_expect(10000, 1000), 1, 1e-9);
	assert_float_equal(guard_expect(0, 1000), 0, 1e-9);
	assert_float_equal(guard_expect(1e9, 1000), 100, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(guard__leaves_probes_set_where_they_cost_little),
	        cmocka_unit_test(guard__keeps_below_the_maximum_whatever_the_target_does),
	        cmocka_unit_test(guard__spends_most_of_what_it_may),
	        cmocka_unit_test(
	                guard__bears_a_price_that_is_a_third_too_low_and_turns_that_come_late),
	        cmocka_unit_test(guard__sets_them_again_when_the_target_calms_down),
	        cmocka_unit_test(guard__gives_up_where_bursts_cost_too_much_or_nothing_may),
	        cmocka_unit_test(guard__takes_an_unknown_price_for_a_high_one),
	        cmocka_unit_test(guard__expects_what_hits_take_of_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
