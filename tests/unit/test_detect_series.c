/* SPDX-License-Identifier: MIT */
/* A series of any length stays small, and every window that ends now keeps its points. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "detect/series.h"
#include "detect/stats.h"
#include "detect/straight.h"
#include "detect/words.h"

static void push(struct series *s, double t, double y)
{
	struct point p = {.t0 = t,
	                  .t = t,
	                  .watch = t,
	                  .mean = y,
	                  .min = y,
	                  .max = y,
	                  .last = y,
	                  .held = y,
	                  .data = NAN};
	assert_int_equal(series_push(s, p), 0);
}

static void series__keeps_the_last_samples_as_they_are(void **state)
{
	struct series *s = series_new();
	struct point p[SERIES_POINTS];

	(void)state;
	assert_non_null(s);
	for (int i = 0; i < 1000; i++)
		push(s, i, i % 7);
	unsigned n = series_list(s, p);
	for (unsigned i = 0; i < SERIES_KEEP; i++) {
		const struct point *x = &p[n - 1 - i];
		assert_true(x->count == 1);
		assert_true(x->t == 999 - i);
		assert_true(x->last == (999 - i) % 7);
	}
	series_free(s);
}

static void series__loses_no_sum_and_no_extreme(void **state)
{
	struct series *s = series_new();
	struct point p[SERIES_POINTS];
	double count = 0, sum = 0, up = 0, down = 0, top = -1;

	(void)state;
	assert_non_null(s);
	for (int i = 0; i < 5000; i++)
		push(s, i, i == 17 ? 1000 : i % 10);
	unsigned n = series_list(s, p);
	for (unsigned i = 0; i < n; i++) {
		assert_true(i == 0 || (p[i].t0 > p[i - 1].t && p[i].t >= p[i].t0));
		count += p[i].count;
		sum += p[i].mean * p[i].count;
		up += p[i].up;
		down += p[i].down;
		top = fmax(top, p[i].max);
	}
	assert_true(count == 5000 && s->total == 5000);
	assert_true(fabs(sum - (4.5 * 5000 + 1000 - 7)) < 1e-6);
	assert_true(fabs(up - down - 9) < 1e-6);
	assert_true(top == 1000);
	series_free(s);
}

static void series__has_sixteen_points__in_every_window(void **state)
{
	struct series *s = series_new();
	struct point p[SERIES_POINTS];

	(void)state;
	assert_non_null(s);
	for (int i = 0; i < 200000; i++)
		push(s, i, i);
	unsigned n = series_list(s, p);
	for (double span = 16; span < 190000; span *= 1.3)
		assert_true(n - window_from(p, n, span) >= 16);
	series_free(s);
}

/* With every level full one sample pushes through all of them: the top takes in its own neighbours. */
static void series__stays_within_its_room__beyond_its_levels(void **state)
{
	struct series *s = series_new();
	struct point p[SERIES_POINTS];
	double t = 0;

	(void)state;
	assert_non_null(s);
	for (unsigned level = SERIES_LEVELS; level-- > 0;) {
		assert_int_equal(series_open(s, level), 0);
		for (unsigned i = 0; i < SERIES_KEEP; i++, t++)
			s->p[level][s->used[level]++] = (struct point){.t0 = t,
			                                               .t = t,
			                                               .min = t,
			                                               .max = t,
			                                               .mean = t,
			                                               .last = t,
			                                               .count = 1};
	}
	for (int i = 0; i < 5000; i++, t++)
		push(s, t, t);
	unsigned n = series_list(s, p);
	assert_in_range(n, 1, SERIES_POINTS);
	assert_true(p[0].t0 == 0 && p[0].min == 0);
	for (unsigned i = 1; i < n; i++)
		assert_true(p[i].t0 > p[i - 1].t);
	assert_in_range(series_room(s), 1, 64 * 1024);
	series_free(s);
}

static void series__takes_room_only_as_it_grows(void **state)
{
	struct series *s = series_new();
	size_t bytes[3];

	(void)state;
	assert_non_null(s);
	bytes[0] = series_room(s);
	for (int i = 0; i < 32; i++)
		push(s, i, i);
	bytes[1] = series_room(s);
	for (int i = 32; i < 3600; i++)
		push(s, i, i);
	bytes[2] = series_room(s);
	assert_true(bytes[0] < 512 && bytes[1] < 4096 && bytes[2] < 24 * 1024);
	assert_true(bytes[0] < bytes[1] && bytes[1] < bytes[2]);
	series_reset(s);
	assert_int_equal(series_list(s, (struct point[SERIES_POINTS]){{0}}), 0);
	series_free(s);
}

static void median__is_the_middle(void **state)
{
	(void)state;
	assert_true(median_of((const double[]){3, 1, 2}, 3) == 2);
	assert_true(median_of((const double[]){4, 1, 2, 3}, 4) == 2.5);
}

static void sen__finds_the_slope__past_an_outlier(void **state)
{
	double t[12], y[12];

	(void)state;
	for (int i = 0; i < 12; i++) {
		t[i] = i * 2;
		y[i] = i == 5 ? 1e6 : 6 * i;
	}
	struct sen s = sen_slope(t, y, 12);
	assert_true(fabs(s.slope - 3) < 1e-9);
	assert_true(s.low <= s.slope && s.slope <= s.high);
	assert_true(isnan(sen_slope(t, y, 1).slope));
}

static void drift__is_weak_for_one_step_and_strong_for_a_line(void **state)
{
	double step[BLOCKS_MAX], line[BLOCKS_MAX];

	(void)state;
	for (int i = 0; i < BLOCKS_MAX; i++) {
		step[i] = i >= 8 ? 1e9 : 0;
		line[i] = i * 1000 + (i % 3) * 50;
	}
	assert_true(drift_z(step, BLOCKS_MAX) < 1.1);
	assert_true(drift_z(line, BLOCKS_MAX) > 3.3);
}

static void models__tell_what_comes_to_rest_from_what_does_not(void **state)
{
	double line[BLOCKS_MAX], saturating[BLOCKS_MAX], plateau[BLOCKS_MAX], late[BLOCKS_MAX];

	(void)state;
	for (int i = 0; i < BLOCKS_MAX; i++) {
		double wiggle = (i * 7 % 5 - 2) * 1e4;
		line[i] = i * 1e6 + wiggle;
		saturating[i] = 1e7 * (1 - exp(-i / 4.0)) + wiggle;
		plateau[i] = (i < 8 ? i : 8) * 1e6 + wiggle;
		late[i] = (i < 8 ? 0 : i - 8) * 1e6 + wiggle;
	}
	assert_true(endless_over_bounded(line, BLOCKS_MAX, 4096) > 0);
	assert_true(endless_over_bounded(late, BLOCKS_MAX, 4096) > 0);
	assert_true(endless_over_bounded(saturating, BLOCKS_MAX, 4096) < 0);
	assert_true(endless_over_bounded(plateau, BLOCKS_MAX, 4096) < 0);
}

static void an_interval__keeps_the_unit_of_its_middle(void **state)
{
	char text[WORDS_RATE_MAX];

	(void)state;
	assert_string_equal(words_interval(text, 1740, 115, 3000),
	                    "1.7 kB/s (0.1 kB/s to 2.9 kB/s)");
	assert_string_equal(words_interval(text, 1 << 20, 1 << 20, 1 << 20), "1.0 MB/s");
	assert_string_equal(words_interval(text, 2048, -2048, 4096),
	                    "2.0 kB/s (-2.0 kB/s to 4.0 kB/s)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(series__keeps_the_last_samples_as_they_are),
	        cmocka_unit_test(series__loses_no_sum_and_no_extreme),
	        cmocka_unit_test(series__has_sixteen_points__in_every_window),
	        cmocka_unit_test(series__stays_within_its_room__beyond_its_levels),
	        cmocka_unit_test(series__takes_room_only_as_it_grows),
	        cmocka_unit_test(median__is_the_middle),
	        cmocka_unit_test(sen__finds_the_slope__past_an_outlier),
	        cmocka_unit_test(drift__is_weak_for_one_step_and_strong_for_a_line),
	        cmocka_unit_test(models__tell_what_comes_to_rest_from_what_does_not),
	        cmocka_unit_test(an_interval__keeps_the_unit_of_its_middle),
	};

	return cmocka_run_group_tests_name("detect, series", tests, NULL, NULL);
}
