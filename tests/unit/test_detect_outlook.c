/* SPDX-License-Identifier: MIT */
/* What an all-clear is worth, and where growth that slows down would end. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "detect/detect.h"
#include "detect/plateau.h"
#include "support_traces.h"

#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

enum { POINTS = 200 };

/* --- the plateau --------------------------------------------------------------------------------- */

enum shape { SATURATION, LOGARITHM, ROOT, LINE, SQUARE };

static double height(enum shape shape, double u, double tau)
{
	switch (shape) {
	case SATURATION:
		return 1 - exp(-u / tau);
	case LOGARITHM:
		return log1p(u / tau);
	case ROOT:
		return sqrt(u);
	case LINE:
		return u;
	default:
		return u * u;
	}
}

/* 200 MiB and `shape` times 100 MiB on top, over 1000 s, with 1 % of that as noise. */
static void make(struct point *p, enum shape shape, double tau, uint64_t seed)
{
	for (unsigned i = 0; i < POINTS; i++) {
		double u = (double)i / (POINTS - 1);
		double y = 200 * MIB + 100 * MIB * height(shape, u, tau) +
		           MIB * (2 * trace_random(&seed) - 1);
		p[i] = (struct point){.t0 = 1000 * u,
		                      .t = 1000 * u,
		                      .mean = y,
		                      .min = y,
		                      .max = y,
		                      .last = y,
		                      .count = 1};
	}
}

static void plateau_find__says__where_saturation_ends_and_when(void **state)
{
	(void)state;
	static const double taus[] = {0.15, 0.25, 0.35, 0.5};
	struct point p[POINTS];

	for (unsigned i = 0; i < sizeof(taus) / sizeof(taus[0]); i++) {
		for (uint64_t seed = 1; seed <= 10; seed++) {
			struct plateau f;
			double ahead = fmax(0, 3000 * taus[i] - 1000);
			make(p, SATURATION, taus[i], seed);
			assert_true(plateau_find(p, POINTS, &f));
			assert_true(fabs(f.level - 300 * MIB) < 10 * MIB);
			assert_true(fabs(f.ahead - ahead) <= 0.2 * (1000 + ahead));
		}
	}
}

static void plateau_find__promises_no_end__to_what_has_none(void **state)
{
	(void)state;
	static const enum shape endless[] = {LINE, SQUARE, ROOT};
	struct point p[POINTS];
	struct plateau f;

	for (unsigned i = 0; i < sizeof(endless) / sizeof(endless[0]); i++) {
		for (uint64_t seed = 1; seed <= 10; seed++) {
			make(p, endless[i], 0, seed);
			assert_false(plateau_find(p, POINTS, &f));
		}
	}
}

static void plateau_find__wants__enough_points(void **state)
{
	(void)state;
	struct point p[POINTS];
	struct plateau f;

	make(p, SATURATION, 0.2, 1);
	assert_false(plateau_find(p, 1, &f));
	assert_false(plateau_find(p, 8, &f));
}

/* --- the power of an all-clear ------------------------------------------------------------------- */

struct scene {
	double swing;  /* bytes up and down */
	double period; /* seconds of that */
	double leak;   /* bytes per second */
	unsigned seconds;
};

static const struct verdict *watch(struct detect *d, const struct scene *s)
{
	struct sample sample;

	for (unsigned i = 0; i <= s->seconds; i++) {
		double phase = s->period > 0 ? fmod(i, s->period) / s->period : 0;
		double y = 200 * MIB + s->swing * phase + s->leak * i;
		sample_init(&sample);
		sample.time = i * NS_PER_S;
		sample.v[FIGURE_ANON] = (uint64_t)(y / 4096) * 4096;
		assert_int_equal(detect_sample(d, &sample), 0);
	}
	return detect_verdict(d);
}

static struct verdict verdict_of(const struct scene *s)
{
	struct detect *d = detect_new();

	assert_non_null(d);
	struct verdict v = *watch(d, s);
	detect_free(d);
	return v;
}

static void an_all_clear__says__what_it_is_worth(void **state)
{
	(void)state;
	struct verdict v = verdict_of(&(struct scene){.seconds = 60});

	assert_int_equal(v.kind, VERDICT_NO_LEAK);
	assert_true(v.power * 60 >= 32 * KIB && v.power * 60 <= MIB);
	assert_non_null(strstr(v.reason, "would have been seen"));
}

static void an_all_clear__is_worth_more__the_longer_it_was_watched(void **state)
{
	(void)state;
	double before = INFINITY;

	for (unsigned seconds = 15; seconds < 2000; seconds *= 4) {
		struct verdict v = verdict_of(&(struct scene){.seconds = seconds});
		assert_true(v.power < before);
		before = v.power;
	}
}

/* Not a figure of speech: had it leaked that much, it would not have been cleared. */
static void a_leak_above_the_power__is_never_cleared(void **state)
{
	(void)state;
	static const struct scene calm[] = {
	        {.seconds = 20},
	        {.seconds = 60},
	        {.seconds = 600},
	        {.swing = 8 * MIB, .period = 9, .seconds = 240},
	        {.swing = 40 * MIB, .period = 31, .seconds = 900},
	};

	for (unsigned i = 0; i < sizeof(calm) / sizeof(calm[0]); i++) {
		struct verdict v = verdict_of(&calm[i]);
		struct scene leaks = calm[i];
		assert_int_equal(v.kind, VERDICT_NO_LEAK);
		leaks.leak = 1.5 * v.power;
		v = verdict_of(&leaks);
		assert_true(v.kind == VERDICT_LEAK || v.kind == VERDICT_SUSPICIOUS);
	}
}

static void a_short_look_at_great_swings__is_no_all_clear(void **state)
{
	(void)state;
	struct scene s = {.swing = 400 * MIB, .period = 9, .seconds = 24};
	struct verdict v = verdict_of(&s);

	assert_int_equal(v.kind, VERDICT_UNKNOWN);
	assert_true(known(v.needs));
	assert_int_equal(v.confidence, -1);
	assert_non_null(strstr(v.reason, "could hide in that"));
	s.seconds = 900;
	assert_int_equal(verdict_of(&s).kind, VERDICT_NO_LEAK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(plateau_find__says__where_saturation_ends_and_when),
	        cmocka_unit_test(plateau_find__promises_no_end__to_what_has_none),
	        cmocka_unit_test(plateau_find__wants__enough_points),
	        cmocka_unit_test(an_all_clear__says__what_it_is_worth),
	        cmocka_unit_test(an_all_clear__is_worth_more__the_longer_it_was_watched),
	        cmocka_unit_test(a_leak_above_the_power__is_never_cleared),
	        cmocka_unit_test(a_short_look_at_great_swings__is_no_all_clear),
	};

	return cmocka_run_group_tests_name("detect_outlook", tests, NULL, NULL);
}
