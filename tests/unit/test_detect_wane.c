/* SPDX-License-Identifier: MIT */
/* Growth whose pace falls by half with each doubling of the time goes nowhere; any other does. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "detect/detect.h"
#include "detect/series.h"
#include "detect/wane.h"

#define MIB (1024.0 * 1024.0)

static bool wanes(double (*course)(double), unsigned samples)
{
	struct series *s = series_new();
	struct point p[SERIES_POINTS];

	assert_non_null(s);
	for (unsigned i = 0; i < samples; i++) {
		double y = course((double)i / samples);
		assert_int_equal(series_push(s, (struct point){.t0 = i,
		                                               .t = i,
		                                               .watch = i,
		                                               .mean = y,
		                                               .min = y,
		                                               .max = y,
		                                               .last = y,
		                                               .held = y,
		                                               .data = NAN}),
		                 0);
	}
	bool seen = wane_seen(p, series_list(s, p), false);
	series_free(s);
	return seen;
}

static double logarithm(double x)
{
	return 100 * MIB + 50 * MIB * log1p(x / 0.01);
}

static double line(double x)
{
	return 100 * MIB + 50 * MIB * x;
}

static double root(double x)
{
	return 100 * MIB + 50 * MIB * sqrt(x);
}

/* A start-up that ends, then a leak that does not. */
static double warm_then_line(double x)
{
	return 100 * MIB + 50 * MIB * fmin(1, x / 0.2) + 30 * MIB * x;
}

static double falling(double x)
{
	return 100 * MIB - 50 * MIB * log1p(x / 0.01);
}

static void wane__is_seen__in_a_logarithm(void **state)
{
	(void)state;
	assert_true(wanes(logarithm, 100));
	assert_true(wanes(logarithm, 1000));
	assert_true(wanes(logarithm, 50000));
}

static void wane__is_not_seen__in_growth_that_goes_on(void **state)
{
	(void)state;
	assert_false(wanes(line, 1000));
	assert_false(wanes(root, 1000));
	assert_false(wanes(warm_then_line, 1000));
	assert_false(wanes(falling, 1000));
}

static void wane__is_not_seen__in_a_few_samples(void **state)
{
	(void)state;
	assert_false(wanes(logarithm, 40));
}

/* Judged as a whole: what was called a leak for looking straight at its end is called fading. */
static enum verdict_kind judged(double (*course)(double))
{
	struct detect *d = detect_new();
	struct sample s;

	assert_non_null(d);
	sample_init(&s);
	for (unsigned i = 0; i < 2000; i++) {
		s.time = (uint64_t)i * 1000000000ull;
		s.v[FIGURE_ANON] = (uint64_t)(course(i / 2000.0) / 4096) * 4096;
		assert_int_equal(detect_sample(d, &s), 0);
	}
	enum verdict_kind kind = detect_verdict(d)->kind;
	detect_free(d);
	return kind;
}

static void verdict__on_a_logarithm__is_no_leak_at_its_end(void **state)
{
	(void)state;
	assert_int_not_equal(judged(logarithm), VERDICT_LEAK);
	assert_int_equal(judged(warm_then_line), VERDICT_LEAK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(wane__is_seen__in_a_logarithm),
	        cmocka_unit_test(wane__is_not_seen__in_growth_that_goes_on),
	        cmocka_unit_test(wane__is_not_seen__in_a_few_samples),
	        cmocka_unit_test(verdict__on_a_logarithm__is_no_leak_at_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
