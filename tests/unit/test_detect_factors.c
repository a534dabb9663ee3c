/* SPDX-License-Identifier: MIT */
/* What a stretch says, what that is worth, and what must make no difference to either. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/high.h"
#include "detect/persist.h"
#include "detect/stats.h"
#include "detect/stretch.h"

enum { POINTS = 320 };

/* Deterministic noise from -1 to 1. */
static double noise(unsigned i)
{
	uint64_t z = (i + 1) * 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	return (double)((z ^ z >> 27) >> 11) * 0x1p-52 - 1;
}

static double line(double u)
{
	return u;
}

static double saturation(double u)
{
	return 1 - exp(-u / 0.2);
}

static double bow(double u)
{
	return u * (2 - u);
}

static double square(double u)
{
	return u * u;
}

/* 1 GB that grows by `growth` bytes along `shape`, with a tenth of a per cent of noise, over `seconds`. */
static void make(struct point *p, double (*shape)(double u), double level, double growth,
                 double seconds)
{
	for (unsigned i = 0; i < POINTS; i++) {
		double u = (double)i / (POINTS - 1);
		double y = level + growth * (shape(u) + 0.02 * noise(i));
		p[i] = (struct point){.t0 = u * seconds,
		                      .t = u * seconds,
		                      .mean = y,
		                      .min = y,
		                      .max = y,
		                      .last = y,
		                      .held = y,
		                      .data = NAN,
		                      .count = 1};
	}
}

static double measure(const struct point *p, unsigned from, double quantum,
                      double ret[FACTOR_COUNT])
{
	struct stretch s = {.p = p, .count = POINTS, .from = from, .before = -INFINITY};
	struct whole w = whole_of(p, POINTS);
	struct blocks b;

	assert_true(blocks_make(p + from, POINTS - from, 16, BLOCK_MEDIAN, &b));
	return stretch_factors(&s, &b, from == 0, quantum, &w, ret);
}

static double score(const struct point *p)
{
	static const struct birth unknown = {NAN, NAN};
	struct persist r = {0};

	assert_true(persist_look(&r, p, POINTS, POINTS, 0, &unknown));
	return r.last;
}

static void factors__only_take__and_take_less_the_more_there_is(void **state)
{
	(void)state;
	for (unsigned f = 0; f < FACTOR_COUNT; f++) {
		double before = factor_weight(f, -1e9);
		assert_true(before < 0);
		for (double v = -20; v < 20; v += 0.01) {
			double now = factor_weight(f, v);
			assert_true(now <= 0 && now >= before);
			before = now;
		}
		assert_true(factor_weight(f, 1e9) == 0);
		assert_true(factor_weight(f, NAN) == 0);
	}
}

static void factors__without_anything_against__are_nearly_sure(void **state)
{
	double v[FACTOR_COUNT];

	(void)state;
	for (unsigned f = 0; f < FACTOR_COUNT; f++)
		v[f] = INFINITY;
	assert_true(factors_weigh(v) > 0.99);
	v[FACTOR_BIRTH] = 0;
	assert_true(factors_weigh(v) < 0.7);
}

static void stretch__has_no_units(void **state)
{
	struct point p[POINTS];
	double a[FACTOR_COUNT], b[FACTOR_COUNT];

	(void)state;
	make(p, line, 1e9, 1e8, 3600);
	double growth = measure(p, 0, 4096, a);
	/* A thousand times the size, in a hundredth of the time, from another level. */
	make(p, line, 5e13, 1e11, 36);
	assert_true(fabs(measure(p, 0, 4096e3, b) / growth - 1000) < 1);
	for (unsigned f = 0; f < FACTOR_OWN_COUNT; f++)
		assert_true(isinf(a[f]) ? isinf(b[f])
		                        : fabs(a[f] - b[f]) < 1e-3 * fmax(1, fabs(a[f])));
}

static void stretch__tells_bends_apart(void **state)
{
	struct point p[POINTS];
	double v[FACTOR_COUNT];

	(void)state;
	make(p, line, 1e9, 1e8, 3600);
	measure(p, 0, 4096, v);
	assert_true(fabs(v[FACTOR_BEND]) < 2.5);
	assert_true(v[FACTOR_ENDLESS] > -1.5);
	make(p, bow, 1e9, 1e8, 3600);
	measure(p, 0, 4096, v);
	assert_true(v[FACTOR_BEND] < -3);
	assert_true(v[FACTOR_LATE] < 0.5 && v[FACTOR_SLOWER] < 0.5);
	make(p, saturation, 1e9, 1e8, 3600);
	measure(p, 0, 4096, v);
	assert_true(v[FACTOR_ENDLESS] < 0);
	assert_true(v[FACTOR_LATE] < 0.3);
	make(p, square, 1e9, 1e8, 3600);
	measure(p, 0, 4096, v);
	assert_true(v[FACTOR_BEND] > 3);
}

static void score__is_high_for_a_line__and_low_for_what_comes_to_rest(void **state)
{
	struct point p[POINTS];

	(void)state;
	make(p, line, 1e9, 1e8, 3600);
	assert_true(score(p) > 0.95);
	make(p, square, 1e9, 1e8, 3600);
	assert_true(score(p) > 0.9);
	make(p, saturation, 1e9, 1e8, 3600);
	assert_true(score(p) < 0.6);
}

static void score__asks_for_time_and_size(void **state)
{
	struct point p[POINTS];

	(void)state;
	make(p, line, 1e9, 1e8, 30);
	assert_true(score(p) < 0.9);
	make(p, line, 1e9, 30e3, 3600);
	assert_true(score(p) < 0.1);
}

static void blocks__middle__is_deaf_to_spikes(void **state)
{
	struct point p[POINTS];
	struct blocks calm, spiky;

	(void)state;
	make(p, line, 1e9, 1e8, 3600);
	blocks_make(p, POINTS, 16, BLOCK_MEDIAN, &calm);
	double range = points_range(p, POINTS);
	for (unsigned i = 5; i < POINTS; i += 20)
		p[i].mean = p[i].max = i % 40 == 5 ? 9e9 : 0;
	blocks_make(p, POINTS, 16, BLOCK_MEDIAN, &spiky);
	for (unsigned i = 0; i < 16; i++)
		assert_true(fabs(calm.e[i] - spiky.e[i]) < 5e6);
	make(p, line, 1e9, 1e8, 3600);
	p[0].min = 0;
	p[7].max = 9e9;
	assert_true(fabs(points_range(p, POINTS) - range) < 0.05 * range);
}

static void high__grows_old__when_nothing_exceeds_the_noise(void **state)
{
	struct point p[POINTS];

	(void)state;
	make(p, line, 1e9, 1e8, 3600);
	struct high h = high_find(p, POINTS, 0);
	assert_true(high_is_fresh(&h, 3600));
	/* At rest for the last quarter. */
	for (unsigned i = POINTS * 3 / 4; i < POINTS; i++)
		p[i].max = p[i].last = p[POINTS * 3 / 4 - 1].last;
	h = high_find(p, POINTS, 0);
	assert_false(high_is_fresh(&h, 3600));
	assert_true(h.rest > 800 && h.rest < 1100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(factors__only_take__and_take_less_the_more_there_is),
	        cmocka_unit_test(factors__without_anything_against__are_nearly_sure),
	        cmocka_unit_test(stretch__has_no_units),
	        cmocka_unit_test(stretch__tells_bends_apart),
	        cmocka_unit_test(score__is_high_for_a_line__and_low_for_what_comes_to_rest),
	        cmocka_unit_test(score__asks_for_time_and_size),
	        cmocka_unit_test(blocks__middle__is_deaf_to_spikes),
	        cmocka_unit_test(high__grows_old__when_nothing_exceeds_the_noise),
	};
	return cmocka_run_group_tests_name("detect/factors", tests, NULL, NULL);
}
