/* SPDX-License-Identifier: MIT */
/* How much a target does in bursts and between them: beside targets that are reckoned, whose work is known. */
#include "sites/progress.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/known.h"

#define MS 1000000.0

/* `work` ns between two hits, of `price` each: as many as it can, or so many a second. */
struct target {
	double work, price, rate;
	double time, run, hits, own; /* ns, ns of CPU, ..., ns of work */
	double own_set;              /* while probes were set */
};

static void run(struct target *t, double ns, bool set)
{
	double each = t->work + (set ? t->price : 0);
	double count = fmin(ns / each, t->rate > 0 ? ns / 1e9 * t->rate : INFINITY);

	t->time += ns;
	t->run += count * each;
	t->hits += set ? count : 0;
	t->own += count * t->work;
	t->own_set += set ? count * t->work : 0;
}

static struct guard_seen seen(const struct target *t)
{
	return (struct guard_seen){t->hits, (uint64_t)t->run, 1, t->rate > 0 ? 0 : 1};
}

/* 20 ms of each 400; what comes of it as a scale, over what is true: 1 is right. A hit is believed to cost `believed`. */
static double scale(struct target *t, double believed)
{
	struct guard_seen s = seen(t);
	struct progress p;
	double set = 0, done = 0, before = 0;

	progress_begin(&p, &s, 0);
	for (unsigned burst = 0; burst < 50; burst++) {
		run(t, 20 * MS, true);
		s = seen(t);
		progress_look(&p, &s, true, believed, (uint64_t)t->time);
		set += (double)progress_done(&p) - before;
		run(t, 380 * MS, false);
		s = seen(t);
		progress_look(&p, &s, false, believed, (uint64_t)t->time);
		assert_true((double)progress_done(&p) >= before);
		before = done = (double)progress_done(&p);
	}
	return done / set / (t->own / t->own_set);
}

static void progress__is_known__of_who_does_less_while_it_is_looked_at(void **state)
{
	static const double works[] = {400, 1000, 4000, 20000};

	(void)state;
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
		struct target t = {.work = works[i], .price = 1000};
		assert_float_equal(scale(&t, 1000), 1, 0.01);
	}
}

/* By time alone: a fifth and less of what is true. */
static void progress__is_right_to_a_third__with_a_price_that_is_a_fifth_too_low(void **state)
{
	static const double works[] = {1000, 4000, 20000};

	(void)state;
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
		struct target t = {.work = works[i], .price = 1000};
		double s = scale(&t, 800);
		assert_true(s > 0.8 && s <= 1.01);
	}
}

static void progress__is_by_time__of_who_waits_for_others(void **state)
{
	/* 20,000 a second, of 8 us each and 1 or 3 us more: it is on a CPU for longer, and does as much. */
	struct target t = {.work = 8000, .price = 3000, .rate = 20000};

	(void)state;
	assert_float_equal(scale(&t, 3000), 1, 0.01);
	t = (struct target){.work = 8000, .price = 3000, .rate = 20000};
	assert_float_equal(scale(&t, 1000), 1, 0.02);
}

/* Of what is left of the time in probes hardly anything is known: then never too much is told. */
static void progress__is_rather_too_small__of_who_only_allocates(void **state)
{
	struct target t = {.work = 10, .price = 1000};
	double s;

	(void)state;
	s = scale(&t, 1000);
	assert_true(s > 0.08 && s < 0.2);
	t = (struct target){.work = 10, .price = 1000};
	s = scale(&t, 2000);
	assert_true(s > 0.04 && s < 0.2);
}

static void progress__is_unknown__where_no_cpu_time_is_told(void **state)
{
	struct guard_seen s = {0, UNKNOWN, 1, 0};
	struct progress p;

	(void)state;
	progress_begin(&p, &s, 0);
	s.hits = 100;
	progress_look(&p, &s, true, 1000, 1000000);
	assert_false(known(progress_done(&p)));
	assert_float_equal(progress_taken(&p), 0, 1e-9);
}

/* The kernel's sum lags by a tick: of 5 ms bursts it told nothing, and of the rest after them too much. */
static void progress__bears_cpu_time_that_is_told_late(void **state)
{
	struct target t = {.work = 1000, .price = 1000};
	struct guard_seen s = seen(&t);
	struct progress p;

	(void)state;
	progress_begin(&p, &s, 0);
	for (unsigned burst = 0; burst < 100; burst++) {
		uint64_t before = (uint64_t)t.run;
		run(&t, 5 * MS, true);
		s = seen(&t);
		s.run = before;
		progress_look(&p, &s, true, 1000, (uint64_t)t.time);
		run(&t, 95 * MS, false);
		s = seen(&t);
		progress_look(&p, &s, false, 1000, (uint64_t)t.time);
	}
	/* At least the tenth that is always left to it, and no CPU time is lost or had twice. */
	assert_true(p.own > 0.099 * t.own_set && p.own <= t.own_set);
	assert_true(fabs(p.set.run + p.rest.run - t.run) < 1e6);
}

static void progress__tells_what_probes_took_of_the_cpu_time(void **state)
{
	struct target t = {.work = 1000, .price = 1000};
	struct guard_seen s = seen(&t);
	struct progress p;

	(void)state;
	progress_begin(&p, &s, 0);
	run(&t, 20 * MS, true);
	s = seen(&t);
	progress_look(&p, &s, true, 1000, (uint64_t)t.time);
	run(&t, 20 * MS, false);
	s = seen(&t);
	progress_look(&p, &s, false, 1000, (uint64_t)t.time);
	assert_float_equal(progress_taken(&p), 0.5, 0.01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(progress__is_known__of_who_does_less_while_it_is_looked_at),
	        cmocka_unit_test(
	                progress__is_right_to_a_third__with_a_price_that_is_a_fifth_too_low),
	        cmocka_unit_test(progress__is_by_time__of_who_waits_for_others),
	        cmocka_unit_test(progress__is_rather_too_small__of_who_only_allocates),
	        cmocka_unit_test(progress__is_unknown__where_no_cpu_time_is_told),
	        cmocka_unit_test(progress__bears_cpu_time_that_is_told_late),
	        cmocka_unit_test(progress__tells_what_probes_took_of_the_cpu_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
