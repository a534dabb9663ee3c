/* SPDX-License-Identifier: MIT */
/* What is normal: a day like the others never rings, what departs from it does. */
#include "model/normal.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_traces.h"

#define MB   1048576.0
#define HOUR 3600.0
#define DAY  (24 * HOUR)

/* A server: a level, what the day adds, what it leaks an hour, and a step. */
struct server {
	double level, day, leak, step, step_at; /* bytes; seconds */
	double noise;
	uint64_t random;
	bool no_wall;
};

static struct sample sample_at(struct server *v, double t)
{
	struct sample s;
	double rise = (1 - cos(2 * M_PI * t / DAY)) / 2;
	double bytes = v->level + v->day * rise * rise + v->leak * t / HOUR;

	bytes += v->noise * (2 * trace_random(&v->random) - 1);
	bytes += t >= v->step_at && v->step > 0 ? v->step : 0;
	sample_init(&s);
	s.time = (uint64_t)(t * (double)NS_PER_S);
	s.wall = v->no_wall ? UNKNOWN : 1700000000 * NS_PER_S + s.time;
	s.v[FIGURE_RSS] = (uint64_t)bytes + (4 << 20);
	s.v[FIGURE_ANON] = (uint64_t)bytes;
	return s;
}

/* Hours until each departure, at most `max` of them. Returns how many. */
static unsigned departures(struct normal *n, struct server *v, double hours, double step,
                           double *ret, unsigned max)
{
	unsigned count = 0;

	for (double t = 0; t <= hours * HOUR; t += step) {
		struct sample s = sample_at(v, t);
		if (normal_check(n, &s) && count < max)
			ret[count++] = t / HOUR;
	}
	return count;
}

static struct normal normal;
static double at[8];

static void a_daily_cycle__never_rings(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 20; seed++) {
		struct server v = {.level = 20 * MB * seed,
		                   .day = 300 * MB,
		                   .noise = seed % 2 ? 10 * MB : 0,
		                   .random = seed,
		                   .no_wall = seed % 3 == 0};
		normal_init(&normal);
		assert_int_equal(departures(&normal, &v, 4 * 24, 60, at, 8), 0);
		assert_true(normal.learnt && normal.by_day);
	}
}

static void a_daily_cycle__with_a_slow_leak__rings(void **state)
{
	struct server v = {.level = 200 * MB, .day = 300 * MB, .leak = 4 * MB, .noise = 5 * MB};
	struct sample s;
	char line[200];

	(void)state;
	normal_init(&normal);
	assert_true(departures(&normal, &v, 3 * 24, 60, at, 8) >= 1);
	/* A day's growth is 96 MB, a seventh of the range 57 MB: on the second day. */
	assert_true(at[0] > 26 && at[0] < 48);
	s = sample_at(&v, 72 * HOUR);
	normal_line(&normal, &s, line, sizeof(line));
	assert_non_null(strstr(line, "anonymous memory "));
	assert_non_null(strstr(line, "at this time of day in the first day"));
}

static void nothing__rings_before_a_day_was_seen(void **state)
{
	struct server v = {.level = 50 * MB, .leak = 100 * MB};

	(void)state;
	normal_init(&normal);
	assert_int_equal(departures(&normal, &v, 25, 60, at, 8), 0);
}

static void a_step__rings_once__and_again_after_it_went(void **state)
{
	struct server v = {.level = 200 * MB,
	                   .day = 100 * MB,
	                   .step = 400 * MB,
	                   .step_at = 40 * HOUR};

	(void)state;
	normal_init(&normal);
	assert_int_equal(departures(&normal, &v, 72, 60, at, 8), 1);
	assert_true(at[0] >= 40 && at[0] < 40.3);
	v.step = 0;
	for (double t = 72 * HOUR; t < 74 * HOUR; t += 60) {
		struct sample s = sample_at(&v, t);
		assert_false(normal_check(&normal, &s));
	}
	assert_false(normal.departed);
	v.step = 400 * MB;
	unsigned rings = 0;
	for (double t = 74 * HOUR; t < 76 * HOUR; t += 60) {
		struct sample s = sample_at(&v, t);
		rings += normal_check(&normal, &s);
	}
	assert_int_equal(rings, 1);
	assert_int_equal(normal.times, 2);
}

static void a_spike__is_no_departure(void **state)
{
	struct server v = {.level = 200 * MB, .noise = MB};
	unsigned rings = 0;

	(void)state;
	normal_init(&normal);
	for (double t = 0; t <= 60 * HOUR; t += 60) {
		struct sample s = sample_at(&v, t);
		if (fmod(t, HOUR) < 180)
			s.v[FIGURE_ANON] += t > 30 * HOUR ? 1u << 30 : 0;
		rings += normal_check(&normal, &s);
	}
	assert_int_equal(rings, 0);
}

/* Ten minutes at 100 MB, give or take 5. */
static void teach_short(struct normal *n, bool rss_only)
{
	struct server v = {.level = 100 * MB, .noise = 5 * MB};

	normal_init(n);
	for (double t = 0; t <= 600; t += 5) {
		struct sample s = sample_at(&v, t);
		s.wall = UNKNOWN;
		if (rss_only)
			s.v[FIGURE_ANON] = UNKNOWN;
		normal_teach(n, &s);
	}
	assert_int_equal(normal_taught(n), 0);
}

static void a_recording__is_normal_at_once(void **state)
{
	struct server v = {.level = 100 * MB, .noise = 4 * MB, .step = 40 * MB, .step_at = 60};
	struct sample s;
	char line[200];

	(void)state;
	teach_short(&normal, false);
	assert_true(normal.given && !normal.by_day);
	assert_int_equal(departures(&normal, &v, 0.1, 1, at, 8), 1);
	assert_true(at[0] * HOUR < 75);
	s = sample_at(&v, 100);
	normal_line(&normal, &s, line, sizeof(line));
	assert_non_null(strstr(line, "in the --normal recording"));
	assert_null(strstr(line, "time of day"));
	/* What starts over from less is not beyond anything. */
	v = (struct server){.level = 20 * MB, .noise = 4 * MB, .step = 60 * MB, .step_at = 60};
	teach_short(&normal, false);
	assert_int_equal(departures(&normal, &v, 0.5, 1, at, 8), 0);
}

static void a_recording__of_rss_alone__is_compared_with_rss(void **state)
{
	struct server v = {.level = 100 * MB, .noise = 4 * MB, .step = 40 * MB, .step_at = 60};
	struct sample s;
	char line[200];

	(void)state;
	teach_short(&normal, true);
	assert_int_equal(departures(&normal, &v, 0.1, 1, at, 8), 1);
	s = sample_at(&v, 100);
	normal_line(&normal, &s, line, sizeof(line));
	assert_memory_equal(line, "RSS ", 4);
}

static void a_recording__with_growth_of_its_own__bounds_growth(void **state)
{
	struct server v = {.level = 60 * MB};
	struct sample s;
	unsigned rings = 0;

	(void)state;
	/* Over an hour it fills 50 to 250 MB; then 210 MB that come in a minute are no such growth. */
	normal_init(&normal);
	for (double t = 0; t <= HOUR; t += 10) {
		s = sample_at(&(struct server){.level = 50 * MB, .leak = 200 * MB}, t);
		normal_teach(&normal, &s);
	}
	assert_int_equal(normal_taught(&normal), 0);
	for (double t = 0; t <= 600; t += 10) {
		s = sample_at(&v, t);
		s.v[FIGURE_ANON] += t > 300 ? (uint64_t)(fmin(60, t - 300) * 3 * MB) : 0;
		rings += normal_check(&normal, &s);
	}
	assert_int_equal(rings, 1);
}

static void a_recording__of_a_day__knows_the_time_of_day(void **state)
{
	struct server v = {.level = 100 * MB, .day = 300 * MB, .noise = 5 * MB, .random = 3};
	double shift = 50 * HOUR;
	unsigned rings = 0;

	(void)state;
	normal_init(&normal);
	for (double t = 0; t <= 24 * HOUR; t += 60) {
		struct sample s = sample_at(&v, t);
		normal_teach(&normal, &s);
	}
	assert_int_equal(normal_taught(&normal), 0);
	assert_true(normal.by_day && normal.by_wall);
	for (double t = 0; t <= 48 * HOUR; t += 60) {
		struct sample s = sample_at(&v, shift + t);
		rings += normal_check(&normal, &s);
	}
	assert_int_equal(rings, 0);
	/* At night what is normal at noon is not. */
	v.step = 200 * MB;
	for (double t = 70 * HOUR; t <= 74 * HOUR; t += 60) {
		struct sample s = sample_at(&v, shift - 2 * HOUR + t);
		rings += normal_check(&normal, &s);
	}
	assert_int_equal(rings, 1);
}

static void a_recording__too_short__is_refused(void **state)
{
	struct server v = {.level = 100 * MB};

	(void)state;
	normal_init(&normal);
	for (double t = 0; t < 9; t++) {
		struct sample s = sample_at(&v, t);
		normal_teach(&normal, &s);
	}
	assert_int_equal(normal_taught(&normal), -ENODATA);
}

static void another_program__is_learnt_anew__but_a_recording_stays(void **state)
{
	struct server v = {.level = 100 * MB};

	(void)state;
	normal_init(&normal);
	departures(&normal, &v, 27, 60, at, 8);
	assert_true(normal.learnt);
	normal_restart(&normal);
	assert_false(normal.learnt);
	teach_short(&normal, false);
	normal_restart(&normal);
	assert_true(normal.learnt);
}

static void figures_that_are_unknown__say_nothing(void **state)
{
	struct sample s;
	char line[200];

	(void)state;
	teach_short(&normal, false);
	sample_init(&s);
	for (unsigned i = 0; i < 100; i++) {
		s.time = i * NS_PER_S;
		assert_false(normal_check(&normal, &s));
	}
	normal_line(&normal, &s, line, sizeof(line));
	assert_string_equal(line, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_daily_cycle__never_rings),
	        cmocka_unit_test(a_daily_cycle__with_a_slow_leak__rings),
	        cmocka_unit_test(nothing__rings_before_a_day_was_seen),
	        cmocka_unit_test(a_step__rings_once__and_again_after_it_went),
	        cmocka_unit_test(a_spike__is_no_departure),
	        cmocka_unit_test(a_recording__is_normal_at_once),
	        cmocka_unit_test(a_recording__of_rss_alone__is_compared_with_rss),
	        cmocka_unit_test(a_recording__with_growth_of_its_own__bounds_growth),
	        cmocka_unit_test(a_recording__of_a_day__knows_the_time_of_day),
	        cmocka_unit_test(a_recording__too_short__is_refused),
	        cmocka_unit_test(another_program__is_learnt_anew__but_a_recording_stays),
	        cmocka_unit_test(figures_that_are_unknown__say_nothing),
	};
	return cmocka_run_group_tests_name("model_normal", tests, NULL, NULL);
}
