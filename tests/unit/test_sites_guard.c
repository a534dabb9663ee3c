/* SPDX-License-Identifier: MIT */
/* The guard, beside a target that is reckoned: what it truly lost is known to the nanosecond. */
#include "sites/guard.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/known.h"

#define SECOND 1000000000ull

/* A thread that does `work` ns between two hits, of `price` each, and is on a CPU `share` of the time (0: all). */
struct target {
	double work, price;
	double share;
	bool waits;  /* for a CPU, else it sleeps */
	double slow; /* ns that it takes to withdraw probes */
	bool set;
	double hits, lost, time, run; /* ns lost in probes; gone by; on a CPU */
	double set_time;
	uint64_t sets;
};

static void run(struct target *t, double ns)
{
	double share = t->share > 0 ? t->share : 1;

	t->time += ns;
	t->run += ns * share;
	if (!t->set)
		return;
	double hits = ns * share / (t->work + t->price);
	t->hits += hits;
	t->lost += hits * t->price / (t->waits ? share : 1);
	t->set_time += ns;
}

static struct guard_seen seen(const struct target *t)
{
	return (struct guard_seen){t->hits, (uint64_t)t->run, t->waits ? 1 / t->share : 1, 0};
}

/* Until they are gone they cost. */
static void withdraw(struct target *t, struct guard *g)
{
	if (!t->set)
		return;
	run(t, t->slow);
	t->set = false;
	struct guard_seen s = seen(t);
	guard_away(g, &s, (uint64_t)t->time);
}

/* Follows the guard for so long, each turn late by as much as `late`. False: it gave up. */
static bool follow(struct target *t, struct guard *g, double duration, double late)
{
	uint64_t next = 0;
	unsigned step = 0;

	while (t->time < duration) {
		struct guard_seen s = seen(t);
		switch (guard_turn(g, &s, (uint64_t)t->time, &next)) {
		case GUARD_SET:
			t->set = true;
			t->sets++;
			break;
		case GUARD_REST:
			withdraw(t, g);
			break;
		case GUARD_GIVE_UP:
			withdraw(t, g);
			return false;
		default:
			break;
		}
		/* It took some time to withdraw them: then it is due already. */
		assert_true((double)next > t->time || t->slow > 0);
		double wait = fmax((double)next - t->time, 0) + late * (step++ % 3) / 2;
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

/* What the bench saw: the price, tried in warm caches, is far too low for a program that only mallocs. */
static void guard__takes_all_for_lost_where_hits_take_most(void **state)
{
	struct target t = {.work = 12, .price = 1500};
	struct guard g;

	(void)state;
	guard_begin(&g, 5, 850, 0);
	assert_true(follow(&t, &g, 30e9, 5e6));
	assert_true(slowdown(&t) < 5);
	/* And what is said is not far off. */
	assert_true(guard_slowdown(&g, (uint64_t)t.time) > slowdown(&t) - 2);
}

static void guard__takes_all_for_lost_of_who_waits_for_a_cpu(void **state)
{
	struct target t = {.work = 12, .price = 950, .share = 0.3, .waits = true};
	struct guard g;

	(void)state;
	guard_begin(&g, 5, 950, 0);
	assert_true(follow(&t, &g, 30e9, 5e6));
	assert_true(slowdown(&t) < 5);
	assert_true(slowdown(&t) > 3);
}

static void guard__lets_who_sleeps_most_of_the_time_alone(void **state)
{
	/* Nearly all of its CPU time goes to hits, and that is 2 % of the time. */
	struct target t = {.work = 12, .price = 950, .share = 0.02};
	struct guard g;

	(void)state;
	guard_begin(&g, 5, 600, 0);
	assert_true(follow(&t, &g, 30e9, 0));
	assert_int_equal(t.sets, 1);
	assert_false(g.rested);
	assert_true(guard_slowdown(&g, (uint64_t)t.time) > 1 &&
	            guard_slowdown(&g, (uint64_t)t.time) < 2.1);
}

static void guard__counts_the_time_that_withdrawing_takes(void **state)
{
	struct target t = {.work = 12, .price = 950, .slow = 40e6};
	struct guard g;

	(void)state;
	guard_begin(&g, 5, 950, 0);
	assert_true(follow(&t, &g, 60e9, 0));
	assert_true(t.sets > 5);
	assert_true(slowdown(&t) < 5);
	assert_true(fabs(guard_slowdown(&g, (uint64_t)t.time) - slowdown(&t)) < 0.2);
}

static void guard__earns_first_what_counting_cost(void **state)
{
	struct guard_seen from = {.run = 0, .crowding = 1}, to = {200000, SECOND / 5, 1, 0};
	struct guard g;
	uint64_t next;

	(void)state;
	guard_begin(&g, 5, 950, 0);
	guard_count(&g, &from, 0);
	guard_away(&g, &to, SECOND / 5);
	assert_float_equal(guard_slowdown(&g, SECOND / 5), 100, 1);
	assert_int_equal(g.set, 0);
	/* 200 ms and what setting takes, at four fifths of 5 %. */
	assert_int_equal(guard_turn(&g, &to, SECOND / 5, &next), GUARD_GO_ON);
	assert_true(g.rested);
	assert_int_equal(guard_turn(&g, &to, 5 * SECOND, &next), GUARD_GO_ON);
	assert_in_range(next, 5 * SECOND, 5 * SECOND + SECOND / 50);
	assert_int_equal(guard_turn(&g, &to, 5 * SECOND + SECOND / 50, &next), GUARD_SET);
	assert_int_equal(g.bursts, 1);
}

/* As a tracing begins: a short count, then probes are opened, then the guard decides; 10 ms after 10 ms. */
static void guard__keeps_to_the_maximum_whenever_it_ends(void **state)
{
	static const double works[] = {12, 500, 3000, 20000};

	(void)state;
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
		struct target t = {.work = works[i], .price = 950};
		struct guard_seen s = seen(&t);
		struct guard g;
		guard_begin(&g, 5, 950, 0);
		guard_count(&g, &s, 0);
		t.set = true;
		run(&t, fmin(5e6 + 4000 * (t.work + t.price), 200e6));
		withdraw(&t, &g);
		run(&t, 100e6);
		while (t.time < 8e9) {
			assert_true(follow(&t, &g, t.time + 10e6, 0));
			if (t.time > 0.3e9 && slowdown(&t) > 5)
				fail_msg("%g ns: %g %% after %g s", works[i], slowdown(&t),
				         t.time / 1e9);
		}
		assert_true(t.sets > 0);
	}
}

/* Where a count could not be read, or its readers fell behind. */
static void guard__does_not_pay_for_a_hit_twice(void **state)
{
	struct guard_seen s = {0, 0, 1, 0};
	struct guard g;
	uint64_t next;

	(void)state;
	guard_begin(&g, 100, 1000, 0);
	assert_int_equal(guard_turn(&g, &s, 1, &next), GUARD_SET);
	s = (struct guard_seen){10000, SECOND, 1, 0};
	guard_turn(&g, &s, SECOND, &next);
	uint64_t lost = g.lost;
	s = (struct guard_seen){2000, SECOND + SECOND / 2, 1, 0};
	guard_turn(&g, &s, SECOND + SECOND / 2, &next);
	s = (struct guard_seen){10000, 2 * SECOND, 1, 0};
	guard_turn(&g, &s, 2 * SECOND, &next);
	assert_int_equal(g.lost, lost);
	s.hits = 11000;
	guard_turn(&g, &s, 2 * SECOND, &next);
	assert_true(g.lost <= lost + 1000000);
}

/* Who thinks for ten minutes about a price has not earned seconds of full speed. */
static void guard__earns_while_it_waits_for_a_yes_no_more_than_counting_cost(void **state)
{
	struct target t = {.work = 12, .price = 950};
	struct guard_seen s = seen(&t);
	struct guard g;

	(void)state;
	guard_begin(&g, 5, 950, 0);
	guard_count(&g, &s, 0);
	t.set = true;
	run(&t, 5e6);
	withdraw(&t, &g);
	t.time = 600e9;
	guard_resume(&g, 600 * SECOND);
	double before = t.lost;
	assert_true(follow(&t, &g, 602e9, 0));
	assert_true(t.sets > 0);
	assert_true(t.lost - before < 0.05 * 2.2e9);
	assert_true(guard_slowdown(&g, 602 * SECOND) <= 5);
}

static void guard__withdraws_what_is_set_before_it_may_be(void **state)
{
	struct guard_seen from = {.run = 0, .crowding = 1}, to = {200000, SECOND / 5, 1, 0};
	struct guard g;
	uint64_t next;

	(void)state;
	guard_begin(&g, 5, 950, 0);
	guard_count(&g, &from, 0);
	assert_int_equal(guard_turn(&g, &to, SECOND / 5, &next), GUARD_REST);
	guard_away(&g, &to, SECOND / 5);
	assert_int_equal(guard_turn(&g, &to, SECOND / 4, &next), GUARD_GO_ON);
}

static void guard__never_rests_where_all_may_be_lost(void **state)
{
	struct target t = {.work = 12, .price = 950};
	struct guard g;

	(void)state;
	guard_begin(&g, 100, 950, 0);
	assert_true(follow(&t, &g, 60e9, 0));
	assert_int_equal(t.sets, 1);
	assert_false(g.rested);
}

/* On a machine with much to do it took two seconds to withdraw what counted. */
static void guard__rests_for_long_rather_than_give_up_for_what_counting_cost(void **state)
{
	struct guard_seen from = {.run = 0, .crowding = 1}, to = {2e6, 2 * SECOND, 1, 0};
	struct guard g;
	uint64_t next;

	(void)state;
	guard_begin(&g, 5, 950, 0);
	guard_count(&g, &from, 0);
	guard_away(&g, &to, 2 * SECOND);
	assert_int_equal(guard_turn(&g, &to, 2 * SECOND, &next), GUARD_GO_ON);
	assert_true(next > 20 * SECOND);
	assert_int_equal(guard_turn(&g, &to, 51 * SECOND, &next), GUARD_SET);
}

static void guard__gives_up_where_bursts_cost_too_much_or_nothing_may(void **state)
{
	struct target t = {.work = 12, .price = 950};
	struct guard_seen s = {0, 0, 1, 0};
	struct guard g;
	uint64_t next;

	(void)state;
	guard_begin(&g, 0.01, 950, 0);
	assert_false(follow(&t, &g, 100e9, 0));
	assert_true(t.set_time < 0.1e9);
	guard_begin(&g, 0, 950, 0);
	assert_int_equal(guard_turn(&g, &s, SECOND, &next), GUARD_GIVE_UP);
	guard_begin(&g, NAN, 950, 0);
	assert_int_equal(guard_turn(&g, &s, SECOND, &next), GUARD_GIVE_UP);
}

static void guard__never_loses_more_than_the_time(void **state)
{
	/* A hundred threads at once, as if all of it were one thread's time. */
	struct guard_seen from = {0, 0, 1, 0}, to = {100e6, 100 * SECOND, 1, 0};

	(void)state;
	assert_float_equal(guard_expect(&from, &to, 950, SECOND), 100, 1e-9);
}

static void guard__tells_the_mean_of_several_threads(void **state)
{
	/* Four that run all the time, and a tenth of that goes to hits; half a CPU for each changes nothing. */
	struct guard_seen from = {0, 0, 1, 0}, to = {400000, 4 * SECOND, 0.25, 0};

	(void)state;
	assert_float_equal(guard_expect(&from, &to, 1000, SECOND), 10, 1e-9);
	to = (struct guard_seen){200000, 2 * SECOND, 0.5, 0};
	assert_float_equal(guard_expect(&from, &to, 1000, SECOND), 10, 1e-9);
}

static void guard__takes_an_unknown_price_for_a_high_one(void **state)
{
	struct guard g;

	(void)state;
	guard_begin(&g, 5, NAN, 0);
	assert_true(g.hit_ns >= 5000);
}

static double expected(double hits, uint64_t run, double crowding)
{
	struct guard_seen from = {1000, SECOND, 1, 0}, to = {1000 + hits, run, crowding, 0};

	return guard_expect(&from, &to, 1000, SECOND);
}

static void guard__expects_what_hits_take_of_a_second(void **state)
{
	(void)state;
	assert_float_equal(expected(10000, 2 * SECOND, 1), 1, 1e-9);
	assert_float_equal(expected(0, 2 * SECOND, 1), 0, 1e-9);
	assert_float_equal(expected(1e9, 2 * SECOND, 1), 100, 1e-9);
	/* Also where the kernel does not tell of CPU time. */
	assert_float_equal(expected(10000, UNKNOWN, 1), 1, 1e-9);
	assert_float_equal(expected(600000, UNKNOWN, 1), 60, 1e-9);
	assert_float_equal(expected(900000, UNKNOWN, 1), 100, 1e-9);
	/* Of a fifth that it runs, twice as long for it waits. */
	assert_float_equal(expected(120000, SECOND + SECOND / 5, 2), 24, 1e-9);
	assert_float_equal(expected(90000, SECOND + SECOND / 5, 2), 18, 1e-9);
}

static void guard__measures_what_it_expected_of_the_same(void **state)
{
	static const double works[] = {12, 500, 3000, 20000, 100000};

	(void)state;
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
		struct target t = {.work = works[i], .price = 950, .set = true};
		struct guard_seen from = {0, 0, 1, 0}, to;
		struct guard g;
		run(&t, 200e6);
		to = seen(&t);
		double e = guard_expect(&from, &to, 950, SECOND / 5);
		t = (struct target){.work = works[i], .price = 950};
		guard_begin(&g, 100, 950, 0);
		assert_true(follow(&t, &g, 10e9, 0));
		double share = t.set_time / t.time;
		withdraw(&t, &g);
		assert_true(fabs(guard_slowdown(&g, (uint64_t)t.time) - e * share) < 0.1);
	}
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
	        cmocka_unit_test(guard__takes_all_for_lost_where_hits_take_most),
	        cmocka_unit_test(guard__takes_all_for_lost_of_who_waits_for_a_cpu),
	        cmocka_unit_test(guard__lets_who_sleeps_most_of_the_time_alone),
	        cmocka_unit_test(guard__counts_the_time_that_withdrawing_takes),
	        cmocka_unit_test(guard__earns_first_what_counting_cost),
	        cmocka_unit_test(guard__keeps_to_the_maximum_whenever_it_ends),
	        cmocka_unit_test(guard__does_not_pay_for_a_hit_twice),
	        cmocka_unit_test(guard__earns_while_it_waits_for_a_yes_no_more_than_counting_cost),
	        cmocka_unit_test(guard__withdraws_what_is_set_before_it_may_be),
	        cmocka_unit_test(guard__never_loses_more_than_the_time),
	        cmocka_unit_test(guard__measures_what_it_expected_of_the_same),
	        cmocka_unit_test(guard__never_rests_where_all_may_be_lost),
	        cmocka_unit_test(guard__rests_for_long_rather_than_give_up_for_what_counting_cost),
	        cmocka_unit_test(guard__gives_up_where_bursts_cost_too_much_or_nothing_may),
	        cmocka_unit_test(guard__tells_the_mean_of_several_threads),
	        cmocka_unit_test(guard__takes_an_unknown_price_for_a_high_one),
	        cmocka_unit_test(guard__expects_what_hits_take_of_a_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
