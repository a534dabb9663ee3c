/* SPDX-License-Identifier: MIT */
#include "detect/detect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "support_traces.h"

/*
 * How often the verdict is right, over hundreds of made processes that differ in phase, speed, age
 * and noise: what leaks must be called a leak, what does not must not, and nothing may flap.
 */

enum { PHASES = 200 };

static struct sample trace[TRACE_MAX];

struct tally {
	unsigned traces;
	unsigned calm; /* no leak at the end */
	unsigned pattern[PATTERN_COUNT];
	unsigned leak, linear;  /* at the end */
	unsigned ever, flapped; /* called a leak at any time; called one more than once */
	double latest;          /* seconds: the latest first `leak` */
	bool range;             /* a confidence that does not fit its kind */
};

static bool confidence_fits(const struct verdict *v)
{
	switch (v->kind) {
	case VERDICT_UNKNOWN:
		return v->confidence == -1;
	case VERDICT_NO_LEAK:
		return v->confidence >= 0 && v->confidence < 30;
	case VERDICT_SUSPICIOUS:
		return v->confidence >= 30 && v->confidence <= 70 && v->condition[0];
	default:
		return v->confidence > 70 && v->confidence <= 100 && v->pattern != PATTERN_NULL;
	}
}

static void judge(const struct trace_spec *spec, struct tally *t)
{
	struct detect *d = detect_new();
	unsigned n = trace_make(spec, trace), times = 0;
	enum verdict_kind before = VERDICT_UNKNOWN;

	assert_non_null(d);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(detect_sample(d, &trace[i]), 0);
		const struct verdict *now = detect_verdict(d);
		times += now->kind == VERDICT_LEAK && before != VERDICT_LEAK;
		t->range = t->range || !confidence_fits(now) || !now->reason[0];
		before = now->kind;
	}
	const struct verdict *v = detect_verdict(d);
	t->traces++;
	t->leak += v->kind == VERDICT_LEAK;
	t->linear += v->kind == VERDICT_LEAK && v->pattern == PATTERN_LINEAR;
	t->calm += v->kind == VERDICT_NO_LEAK;
	t->pattern[v->pattern]++;
	t->ever += known(v->flagged);
	t->flapped += times > 1;
	if (known(v->flagged) && (double)v->flagged / (double)NS_PER_S > t->latest)
		t->latest = (double)v->flagged / (double)NS_PER_S;
	detect_free(d);
}

static struct tally judge_all(enum trace_family f, double interval, double duration,
                              unsigned phases)
{
	struct tally t = {0};

	for (uint64_t seed = 1; seed <= phases; seed++) {
		struct trace_spec spec = {
		        .family = f,
		        .channels = seed % 3 ? TRACE_FULL : TRACE_STATUS,
		        .interval = interval,
		        .duration = duration,
		        .age = seed % 2 ? -1 : 0.1,
		        .seed = seed,
		};
		judge(&spec, &t);
	}
	print_message("%-22s at %g for %g s: leak %u of %u, linear %u, ever %u, flapped %u, named "
	              "by %g s\n",
	              trace_names[f], interval, duration, t.leak, t.traces, t.linear, t.ever,
	              t.flapped, t.latest);
	assert_false(t.range);
	return t;
}

static const struct {
	double interval, duration;
} settings[] = {{0.5, 10}, {1, 10}, {1, 15}, {5, 60}};

static void must_be_linear(enum trace_family f)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		struct tally t = judge_all(f, settings[i].interval, settings[i].duration, PHASES);
		assert_int_equal(t.leak, PHASES);
		assert_int_equal(t.linear, PHASES);
		assert_int_equal(t.flapped, 0);
	}
}

static void leak__of_one_block_of_1_MiB_a_second__is_linear(void **state)
{
	(void)state;
	must_be_linear(TRACE_LEAK_BLOCK);
}

static void leak__of_1024_blocks_of_1_KiB_a_second__is_linear(void **state)
{
	(void)state;
	must_be_linear(TRACE_LEAK_SMALL);
}

static void leak__is_named_by_second_15__at_1_s(void **state)
{
	(void)state;
	assert_true(judge_all(TRACE_LEAK_BLOCK, 1, 30, PHASES).latest <= 15);
	assert_true(judge_all(TRACE_LEAK_SMALL, 1, 30, PHASES).latest <= 15);
}

static void leak__stays_linear_and_does_not_flap__over_ten_minutes(void **state)
{
	static const enum trace_family families[] = {TRACE_LEAK_BLOCK, TRACE_LEAK_SMALL,
	                                             TRACE_LEAK_MMAP, TRACE_LEAK_SLOW};

	(void)state;
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		struct tally t = judge_all(families[i], 1, 600, 10);
		assert_int_equal(t.linear, 10);
		assert_int_equal(t.flapped, 0);
	}
}

static void leak__of_other_kinds__is_found(void **state)
{
	static const struct {
		enum trace_family family;
		double interval, duration;
	} cases[] = {
	        {TRACE_LEAK_MMAP, 1, 15},   {TRACE_LEAK_MMAP, 5, 60},
	        {TRACE_LEAK_SLOW, 1, 60},   {TRACE_LEAK_THREADS, 1, 15},
	        {TRACE_LEAK_SHARED, 1, 20}, {TRACE_LEAK_SWAPPED, 1, 20},
	        {TRACE_LEAK_LATE, 1, 60},   {TRACE_LEAK_FASTER, 1, 60},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally t = judge_all(cases[i].family, cases[i].interval, cases[i].duration,
		                           PHASES / 2);
		assert_int_equal(t.leak, PHASES / 2);
		assert_int_equal(t.flapped, 0);
	}
}

static void leak__below_ups_and_downs__is_found_in_time(void **state)
{
	(void)state;
	struct tally t = judge_all(TRACE_LEAK_NOISY, 1, 900, 10);
	assert_int_equal(t.leak, 10);
	t = judge_all(TRACE_LEAK_STEPS, 1, 600, 10);
	assert_int_equal(t.leak, 10);
	assert_int_equal(t.linear, 0);
}

static const enum trace_family calm[] = {
        TRACE_IDLE,     TRACE_STEP,   TRACE_SPIKE, TRACE_RESERVE, TRACE_TRIANGLE,
        TRACE_SAWTOOTH, TRACE_SQUARE, TRACE_BATCH, TRACE_WARM_UP, TRACE_PAGING,
        TRACE_HUGE,     TRACE_LAZY,   TRACE_NOISE,
};

static void leak__is_never_said__of_what_does_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(calm) / sizeof(calm[0]); i++) {
		assert_int_equal(judge_all(calm[i], 1, 30, PHASES).leak, 0);
		assert_int_equal(judge_all(calm[i], 5, 60, PHASES).leak, 0);
	}
}

static void leak__is_not_said_at_the_end__of_a_ramp_that_stops(void **state)
{
	(void)state;
	/* Ten seconds of even growth cannot be told from a leak; ten of rest after it can. */
	for (unsigned i = 0; i < 10; i++) {
		struct tally t = {0};
		for (uint64_t seed = 1; seed <= PHASES / 10; seed++) {
			struct trace_spec spec = {.family = TRACE_RAMP,
			                          .interval = 1,
			                          .duration = 30,
			                          .period = 6 + i,
			                          .age = 0.1,
			                          .seed = seed};
			judge(&spec, &t);
		}
		print_message("%-22s of %u s: leak %u of %u, ever %u\n", trace_names[TRACE_RAMP],
		              6 + i, t.leak, t.traces, t.ever);
		assert_int_equal(t.leak, 0);
		assert_int_equal(t.flapped, 0);
		if (i < 2) /* 6 s and 7 s */
			assert_int_equal(t.ever, 0);
	}
	assert_int_equal(judge_all(TRACE_RAMP, 5, 60, PHASES).ever, 0);
}

/* Periods close to a fraction of the interval look like slow ramps: only the peak tells. */
static void leak__is_not_said__when_the_interval_beats_with_a_job(void **state)
{
	static const enum trace_family families[] = {TRACE_TRIANGLE, TRACE_SAWTOOTH, TRACE_BATCH};

	(void)state;
	for (unsigned f = 0; f < 3; f++) {
		struct tally t = {0};
		for (unsigned i = 0; i < PHASES; i++) {
			double fraction = 1 + i % 5, off = 1 + ((double)(i / 5) - 20) * 0.003;
			struct trace_spec spec = {.family = families[f],
			                          .interval = 5,
			                          .duration = 60,
			                          .period = 5 / fraction * off,
			                          .age = i % 2 ? 30 : 0,
			                          .seed = i + 1};
			judge(&spec, &t);
			spec.interval = 1;
			spec.duration = 30;
			spec.period = 1 / fraction * off;
			judge(&spec, &t);
		}
		print_message("%-22s beating: leak %u of %u, ever %u\n", trace_names[families[f]],
		              t.leak, t.traces, t.ever);
		assert_int_equal(t.leak, 0);
		assert_in_range(t.ever, 0, t.traces / 50);
	}
}

static void address_space_alone__is_at_most_suspicious(void **state)
{
	struct tally t = {0};

	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct trace_spec spec = {.family = TRACE_LEAK_MMAP,
		                          .channels = TRACE_CSV_VSZ,
		                          .interval = 1,
		                          .duration = 60,
		                          .age = 0.1,
		                          .seed = seed};
		judge(&spec, &t);
	}
	assert_int_equal(t.ever, 0);
}

static void a_csv_of_one_column__is_judged_as_well(void **state)
{
	static const enum trace_channels channels[] = {TRACE_CSV_ANON, TRACE_CSV_RSS};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct tally leaks = {0}, idles = {0};
		for (uint64_t seed = 1; seed <= 50; seed++) {
			struct trace_spec spec = {.family = TRACE_LEAK_BLOCK,
			                          .channels = channels[i],
			                          .interval = 1,
			                          .duration = 30,
			                          .age = 0.1,
			                          .seed = seed};
			judge(&spec, &leaks);
			spec.family = TRACE_IDLE;
			judge(&spec, &idles);
		}
		assert_int_equal(leaks.linear, 50);
		assert_int_equal(idles.ever, 0);
	}
}

static void growth_that_goes_on__is_never_called_harmless(void **state)
{
	(void)state;
	assert_int_equal(judge_all(TRACE_LEAK_STAIRS, 1, 120, PHASES / 4).calm, 0);
	assert_int_equal(judge_all(TRACE_LEAK_FLOOR, 1, 60, PHASES / 4).calm, 0);
	assert_int_equal(judge_all(TRACE_LEAK_DROP, 1, 60, PHASES / 4).calm, 0);
}

static void a_floor_that_rises_below_ups_and_downs__is_a_leak(void **state)
{
	(void)state;
	struct tally t = judge_all(TRACE_LEAK_FLOOR, 1, 120, PHASES / 4);
	assert_int_equal(t.leak, PHASES / 4);
	assert_int_equal(t.pattern[PATTERN_RISING_FLOOR], PHASES / 4);
	assert_int_equal(t.flapped, 0);
}

static void a_leak_after_a_drop__is_found_before_the_old_height_is_reached(void **state)
{
	(void)state;
	struct tally t = judge_all(TRACE_LEAK_DROP, 1, 180, PHASES / 4);
	assert_int_equal(t.leak, PHASES / 4);
	assert_in_range((unsigned)t.latest, 90, 150);
}

static void growth_that_slows_down__does_not_stay_a_leak(void **state)
{
	(void)state;
	struct tally t = judge_all(TRACE_FADING, 1, 120, PHASES / 4);
	assert_int_equal(t.leak, 0);
	assert_int_equal(t.flapped, 0);
	assert_int_equal(judge_all(TRACE_FADING, 1, 600, 10).calm, 10);
}

static void a_steady_server_that_holds_a_little_more__is_no_leak(void **state)
{
	(void)state;
	assert_int_equal(judge_all(TRACE_RATCHET, 1, 60, PHASES).ever, 0);
	assert_int_equal(judge_all(TRACE_RATCHET, 1, 90, PHASES).ever, 0);
}

static void steps_with_long_rests__are_stepwise(void **state)
{
	(void)state;
	struct tally t = judge_all(TRACE_LEAK_STEPS, 1, 300, PHASES / 4);
	assert_int_equal(t.pattern[PATTERN_STEPWISE], t.leak);
	assert_true(t.leak > 0);
}

/* The last verdict on the trace of `f` with seed 1. */
static struct verdict last_of(enum trace_family f, double duration, double period)
{
	struct trace_spec spec = {.family = f,
	                          .interval = 1,
	                          .duration = duration,
	                          .period = period,
	                          .age = 0.1,
	                          .seed = 1};
	unsigned n = trace_make(&spec, trace);
	struct detect *d = detect_new();

	assert_non_null(d);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(detect_sample(d, &trace[i]), 0);
	struct verdict v = *detect_verdict(d);
	detect_free(d);
	return v;
}

static void calm__has_a_true_reason(void **state)
{
	(void)state;
	struct verdict v = last_of(TRACE_FALLING, 60, 0);
	assert_non_null(strstr(v.reason, "memory falls: it holds "));
	v = last_of(TRACE_FILES, 60, 0);
	assert_non_null(strstr(v.reason, "only pages of mapped files grew"));
	assert_int_not_equal(v.cause, CAUSE_RESERVATION);
	v = last_of(TRACE_RESERVE, 30, 0);
	assert_int_equal(v.cause, CAUSE_RESERVATION);
	v = last_of(TRACE_LAZY, 60, 0);
	assert_int_equal(v.cause, CAUSE_RETENTION);
}

static void the_rate_of_a_saw__is_not_the_slope_of_its_teeth(void **state)
{
	(void)state;
	struct verdict v = last_of(TRACE_SAWTOOTH, 180, 20);
	assert_int_equal(v.kind, VERDICT_NO_LEAK);
	assert_true(v.growth < 1024 * 1024 && v.growth_low <= 0 && v.growth_high >= 0);
}

static void an_end_far_beyond_what_was_watched__is_not_foretold(void **state)
{
	struct detect_limits limits = detect_no_limits();
	struct trace_spec spec = {
	        .family = TRACE_LEAK_BLOCK, .interval = 1, .duration = 30, .age = 0.1, .seed = 1};
	unsigned n = trace_make(&spec, trace);
	struct detect *d = detect_new();

	(void)state;
	assert_non_null(d);
	limits.available = 10ull << 40;
	detect_limits(d, &limits);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(detect_sample(d, &trace[i]), 0);
	assert_int_equal(detect_verdict(d)->kind, VERDICT_LEAK);
	assert_true(isnan(detect_verdict(d)->eta));
	detect_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(leak__of_one_block_of_1_MiB_a_second__is_linear),
	        cmocka_unit_test(leak__of_1024_blocks_of_1_KiB_a_second__is_linear),
	        cmocka_unit_test(leak__is_named_by_second_15__at_1_s),
	        cmocka_unit_test(leak__stays_linear_and_does_not_flap__over_ten_minutes),
	        cmocka_unit_test(leak__of_other_kinds__is_found),
	        cmocka_unit_test(leak__below_ups_and_downs__is_found_in_time),
	        cmocka_unit_test(leak__is_never_said__of_what_does_not),
	        cmocka_unit_test(leak__is_not_said_at_the_end__of_a_ramp_that_stops),
	        cmocka_unit_test(leak__is_not_said__when_the_interval_beats_with_a_job),
	        cmocka_unit_test(address_space_alone__is_at_most_suspicious),
	        cmocka_unit_test(a_csv_of_one_column__is_judged_as_well),
	        cmocka_unit_test(growth_that_goes_on__is_never_called_harmless),
	        cmocka_unit_test(a_floor_that_rises_below_ups_and_downs__is_a_leak),
	        cmocka_unit_test(a_leak_after_a_drop__is_found_before_the_old_height_is_reached),
	        cmocka_unit_test(growth_that_slows_down__does_not_stay_a_leak),
	        cmocka_unit_test(a_steady_server_that_holds_a_little_more__is_no_leak),
	        cmocka_unit_test(steps_with_long_rests__are_stepwise),
	        cmocka_unit_test(calm__has_a_true_reason),
	        cmocka_unit_test(the_rate_of_a_saw__is_not_the_slope_of_its_teeth),
	        cmocka_unit_test(an_end_far_beyond_what_was_watched__is_not_foretold),
	};

	return cmocka_run_group_tests_name("detect, traces", tests, NULL, NULL);
}
