/* SPDX-License-Identifier: MIT */
/* How sure the engine says to be: within the colours of its verdict, never less for having seen more. */
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
#include "detect/detect_internal.h"

#define MIB (1ull << 20)

static struct detect *engine(void)
{
	struct detect *d = detect_new();

	assert_non_null(d);
	return d;
}

/* Samples a second apart until `until`; anonymous memory grows by `rate` bytes a second. */
static int watch(struct detect *d, unsigned from, unsigned until, uint64_t rate)
{
	for (unsigned i = from; i < until; i++) {
		struct sample s;
		sample_init(&s);
		s.time = i * NS_PER_S;
		s.v[FIGURE_ANON] = 50 * MIB + i * rate;
		assert_int_equal(detect_sample(d, &s), 0);
	}
	return detect_verdict(d)->confidence;
}

/* Growth as even as can be, seen for `span` seconds. */
static struct track growing(double span)
{
	struct track t = {.begun = true};
	struct trend *g = &t.trend;

	g->judged = true;
	g->samples = span + 1;
	g->span = span;
	g->level = 100.0 * MIB;
	g->step = 1;
	g->course = (struct course){.growth = 50.0 * MIB,
	                            .top = 50.0 * MIB,
	                            .span = span,
	                            .late = 1,
	                            .late_half = 1,
	                            .up = 50.0 * MIB};
	g->whole = g->course;
	g->persist = (struct persist){.score = 0.95, .last = 0.95, .endless = 10, .looked = true};
	for (unsigned i = 0; i < DOUBT_COUNT; i++)
		g->straight.mark[i] = 1;
	return t;
}

static int sureness(struct track *t, enum verdict_kind kind, enum hold hold)
{
	struct detect *d = engine();
	struct carrier c = {kind, CAUSE_LEAK, TRACK_BASE, t, NULL};

	t->trend.hold = kind == VERDICT_LEAK ? hold : HOLD_NONE;
	int confidence = confidence_of(d, &c);
	detect_free(d);
	return confidence;
}

static void confidence__is_unknown_before_there_is_evidence(void **state)
{
	struct detect *d = engine();

	(void)state;
	assert_int_equal(detect_verdict(d)->confidence, -1);
	assert_int_equal(watch(d, 0, 1, 0), -1);
	assert_int_equal(watch(d, 1, 5, MIB), -1);
	detect_free(d);
}

static void confidence__of_an_idle_process_is_near_zero(void **state)
{
	struct detect *d = engine();

	(void)state;
	for (unsigned i = 30; i <= 3840; i *= 2)
		assert_in_range(watch(d, i / 2 < 30 ? 0 : i / 2, i, 0), 0, 5);
	detect_free(d);
}

static void confidence__says_how_little_was_seen_of_a_plain_leak(void **state)
{
	struct detect *d = engine();
	int seconds = watch(d, 0, 20, MIB), minute = watch(d, 20, 60, MIB);
	int hour = watch(d, 60, 3600, MIB), hours = watch(d, 3600, 10000, MIB);
	int day = watch(d, 10000, 90000, MIB);

	(void)state;
	assert_in_range(seconds, 71, 72);
	assert_in_range(minute, seconds, 75);
	assert_in_range(hour, 85, 95);
	assert_in_range(hours, 90, 97);
	assert_in_range(day, 97, 99);
	detect_free(d);
}

static void confidence__never_falls_when_growth_lasts_longer(void **state)
{
	static const enum hold holds[] = {HOLD_STRAIGHT, HOLD_PERSIST, HOLD_FLOOR};
	static const double late[] = {0.5, 0.75, 1, 1.5};

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		int before = 0;
		for (double span = 5; span < 1e7; span *= 1.3) {
			struct track t = growing(span);
			t.trend.course.late = t.trend.course.late_half = late[i / 3];
			int now = sureness(&t, VERDICT_LEAK, holds[i % 3]);
			assert_true(now >= before);
			before = now;
		}
	}
}

static void confidence__is_no_greater_when_growth_slows_down(void **state)
{
	(void)state;
	for (double span = 20; span < 1e6; span *= 3) {
		struct track even = growing(span), slower = even;
		slower.trend.course.late = slower.trend.course.late_half = 0.4;
		slower.trend.whole.late = slower.trend.whole.late_half = 0.4;
		assert_true(sureness(&slower, VERDICT_LEAK, HOLD_STRAIGHT) <=
		            sureness(&even, VERDICT_LEAK, HOLD_STRAIGHT));
	}
}

/* Whatever the figures are: not one that the verdict's colour would contradict. */
static void confidence__stays_within_the_colours_of_its_verdict(void **state)
{
	static const double extreme[] = {0, 1e-3, 0.5, 1, 40, 1e12};

	(void)state;
	for (unsigned i = 0; i < 216; i++) {
		struct track t = growing(extreme[i % 6]);
		t.trend.samples = extreme[i / 6 % 6];
		t.trend.course.growth = t.trend.whole.growth = extreme[i / 36];
		t.trend.course.late = t.trend.course.late_half = extreme[i / 6 % 6];
		t.trend.course.rest = t.trend.whole.rest = extreme[i % 6] / 2;
		t.trend.persist.score = t.trend.persist.last = fmin(1, extreme[i / 36]);
		t.trend.persist.endless = extreme[i / 36] - 20;
		assert_in_range(sureness(&t, VERDICT_LEAK, HOLD_STRAIGHT), 71, 99);
		assert_in_range(sureness(&t, VERDICT_LEAK, HOLD_PERSIST), 71, 99);
		assert_in_range(sureness(&t, VERDICT_LEAK, HOLD_FLOOR), 71, 99);
		assert_in_range(sureness(&t, VERDICT_SUSPICIOUS, HOLD_NONE), 30, 70);
		assert_in_range(sureness(&t, VERDICT_NO_LEAK, HOLD_NONE), 0, 29);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(confidence__is_unknown_before_there_is_evidence),
	        cmocka_unit_test(confidence__of_an_idle_process_is_near_zero),
	        cmocka_unit_test(confidence__says_how_little_was_seen_of_a_plain_leak),
	        cmocka_unit_test(confidence__never_falls_when_growth_lasts_longer),
	        cmocka_unit_test(confidence__is_no_greater_when_growth_slows_down),
	        cmocka_unit_test(confidence__stays_within_the_colours_of_its_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
