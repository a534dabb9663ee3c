/* SPDX-License-Identifier: MIT */
/* What enters the verdict and what must not: flags of samples, parts that become known late, unknowns. */
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
#include "support_traces.h"

#define MIB (1ull << 20)

static struct sample trace[TRACE_MAX];

static struct sample at(unsigned second, uint64_t anon)
{
	struct sample s;

	sample_init(&s);
	s.time = second * NS_PER_S;
	s.v[FIGURE_ANON] = anon;
	s.v[FIGURE_RSS] = known_add(anon, 2 * MIB);
	s.v[FIGURE_SWAP] = 0;
	s.v[FIGURE_HEAP] = known_add(anon, 4096);
	return s;
}

static const struct verdict *feed(struct detect *d, struct sample s)
{
	assert_int_equal(detect_sample(d, &s), 0);
	return detect_verdict(d);
}

static struct detect *engine(void)
{
	struct detect *d = detect_new();

	assert_non_null(d);
	return d;
}

/* `seconds` of growth of 1 MiB/s from `from` on; returns the last verdict. */
static const struct verdict *grow(struct detect *d, unsigned from, unsigned seconds, uint64_t anon)
{
	const struct verdict *v = detect_verdict(d);

	for (unsigned i = 0; i <= seconds; i++)
		v = feed(d, at(from + i, anon + i * MIB));
	return v;
}

static void nothing_seen__is_unknown(void **state)
{
	struct detect *d = engine();
	const struct verdict *v = detect_verdict(d);

	(void)state;
	assert_int_equal(v->kind, VERDICT_UNKNOWN);
	assert_int_equal(v->confidence, -1);
	assert_true(isnan(v->growth) && !known(v->flagged));
	detect_free(d);
	detect_free(NULL);
}

static void few_samples__cannot_tell_and_say_for_how_long(void **state)
{
	struct detect *d = engine();
	const struct verdict *v = feed(d, at(0, 10 * MIB));

	(void)state;
	v = feed(d, at(1, 10 * MIB));
	assert_int_equal(v->kind, VERDICT_UNKNOWN);
	assert_int_equal(v->cause, CAUSE_NULL);
	assert_true(v->needs == 9 * NS_PER_S);
	assert_string_equal(v->reason, "2 samples over 1 s are too few");
	detect_free(d);
}

static void unknown_figures__are_no_zeros(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		struct sample s = at(i, 50 * MIB + i * MIB);
		if (i % 3 == 1)
			s.v[FIGURE_ANON] = s.v[FIGURE_RSS] = UNKNOWN;
		v = feed(d, s);
	}
	assert_int_equal(v->kind, VERDICT_LEAK);
	assert_true(fabs(v->growth - (double)MIB) < (double)MIB / 20);
	detect_free(d);
}

static void lazyfree__that_becomes_known_late__is_an_offset_and_no_step(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	/* Grows as before, and 40 MiB of it turn out to be free: neither a fall nor a new beginning. */
	for (unsigned i = 0; i <= 14; i++) {
		struct sample s = at(i, 60 * MIB + i * MIB);
		if (i >= 5)
			s.v[FIGURE_LAZYFREE] = 40 * MIB;
		v = feed(d, s);
	}
	assert_int_equal(v->kind, VERDICT_LEAK);
	assert_int_equal(v->pattern, PATTERN_LINEAR);
	assert_true(fabs(v->growth - (double)MIB) < (double)MIB / 20);
	detect_free(d);
}

static void lazyfree__that_grows_with_rss__is_no_leak(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	for (unsigned i = 0; i <= 30; i++) {
		struct sample s = at(i, 60 * MIB + i * MIB);
		s.v[FIGURE_LAZYFREE] = 40 * MIB + i * MIB;
		v = feed(d, s);
	}
	assert_int_equal(v->kind, VERDICT_NO_LEAK);
	assert_int_equal(v->cause, CAUSE_RETENTION);
	detect_free(d);
}

static void torn_passes__are_not_believed(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	/* A torn pass that saw no lazily freed page would lift the base by 40 MiB. */
	for (unsigned i = 0; i <= 30; i++) {
		struct sample s = at(i, 60 * MIB);
		s.v[FIGURE_LAZYFREE] = 40 * MIB;
		if (i % 5 == 4) {
			s.flags = SAMPLE_TORN;
			s.v[FIGURE_LAZYFREE] = 0;
		}
		v = feed(d, s);
	}
	assert_int_equal(v->kind, VERDICT_NO_LEAK);
	assert_true(v->growth == 0);
	detect_free(d);
}

static void an_epoch__begins_anew_and_keeps_when_it_was_flagged(void **state)
{
	struct detect *d = engine();
	const struct verdict *v = grow(d, 0, 12, 10 * MIB);
	uint64_t flagged = v->flagged;

	(void)state;
	assert_int_equal(v->kind, VERDICT_LEAK);
	struct sample s = at(13, MIB);
	s.flags = SAMPLE_EPOCH;
	v = feed(d, s);
	assert_int_equal(v->kind, VERDICT_UNKNOWN);
	assert_non_null(strstr(v->reason, "another program"));
	assert_true(v->flagged == flagged);
	for (unsigned i = 14; i < 30; i++)
		v = feed(d, at(i, MIB));
	assert_int_equal(v->kind, VERDICT_NO_LEAK);
	detect_free(d);
}

static void growth_across_a_gap__was_not_seen(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	/* It never grows while somebody looks, but by 20 MiB in each of many gaps. */
	for (unsigned i = 0; i <= 60; i++) {
		struct sample s = at(i * 60, 50 * MIB + i / 3 * 20 * MIB);
		if (i % 3 == 0)
			s.flags = SAMPLE_GAP;
		v = feed(d, s);
	}
	assert_int_not_equal(v->kind, VERDICT_LEAK);
	assert_false(known(v->flagged));
	detect_free(d);
}

/* A watch ended and begun again at once, many times: neither time nor growth is lost or made up between them. */
static void a_seam__that_is_short__counts_as_long_as_it_is(void **state)
{
	struct detect *d = engine();
	const struct verdict *v = detect_verdict(d);
	uint64_t ms = 0;

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		struct sample s = at(0, 0);
		bool seam = i && i % 3 == 0;

		ms += seam ? 500 : i ? 5000 : 0;
		s.time = ms * NS_PER_MS;
		s.v[FIGURE_ANON] = s.v[FIGURE_RSS] = 50 * MIB + ms * 1000;
		if (seam)
			s.flags = SAMPLE_GAP | SAMPLE_APPENDED;
		v = feed(d, s);
	}
	assert_true(v->kind == VERDICT_LEAK || v->kind == VERDICT_SUSPICIOUS);
	assert_true(fabs(v->growth - 1e6) < 1e4);
	assert_non_null(strstr(v->reason, " in 42 s"));
	detect_free(d);
}

static void a_gap__does_not_end_a_leak(void **state)
{
	struct detect *d = engine();
	const struct verdict *v = grow(d, 0, 12, 10 * MIB);

	(void)state;
	struct sample s = at(8 * 3600, 100 * MIB);
	s.flags = SAMPLE_GAP;
	v = feed(d, s);
	v = grow(d, 8 * 3600 + 1, 20, 101 * MIB);
	assert_int_equal(v->kind, VERDICT_LEAK);
	assert_true(fabs(v->growth - (double)MIB) < (double)MIB / 10);
	detect_free(d);
}

static void a_stopped_target__proves_nothing(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		struct sample s = at(i, 10 * MIB);
		s.flags = i > 3 ? SAMPLE_STOPPED : 0;
		v = feed(d, s);
	}
	assert_int_equal(v->kind, VERDICT_UNKNOWN);
	assert_non_null(strstr(v->reason, "stopped"));
	assert_false(known(v->needs));
	/* And a leak does not end by being stopped. */
	detect_free(d);
	d = engine();
	grow(d, 0, 12, 10 * MIB);
	for (unsigned i = 13; i < 60; i++) {
		struct sample s = at(i, 22 * MIB);
		s.flags = SAMPLE_STOPPED;
		v = feed(d, s);
	}
	assert_int_equal(v->kind, VERDICT_LEAK);
	v = grow(d, 60, 10, 23 * MIB);
	assert_int_equal(v->kind, VERDICT_LEAK);
	detect_free(d);
}

static void growth_that_stops__is_withdrawn_with_its_reason(void **state)
{
	struct detect *d = engine();
	const struct verdict *v = grow(d, 0, 12, 10 * MIB);
	uint64_t flagged = v->flagged;

	(void)state;
	for (unsigned i = 13; i < 30; i++)
		v = feed(d, at(i, 22 * MIB));
	assert_int_equal(v->kind, VERDICT_NO_LEAK);
	assert_int_equal(v->cause, CAUSE_WARM_UP);
	assert_non_null(strstr(v->reason, "growth stopped at 00:12: 12.0 MB came in 12 s"));
	assert_true(v->flagged == flagged);
	detect_free(d);
}

static void growth_that_is_given_back__is_withdrawn_at_once(void **state)
{
	struct detect *d = engine();
	const struct verdict *v = grow(d, 0, 12, 10 * MIB);

	(void)state;
	v = feed(d, at(13, 10 * MIB));
	assert_int_equal(v->kind, VERDICT_NO_LEAK);
	assert_non_null(strstr(v->reason, "given back"));
	detect_free(d);
}

static void below_an_earlier_peak__growth_is_only_suspicious(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	for (unsigned i = 0; i <= 20; i++) {
		struct sample s = at(i, 100 * MIB + i * MIB);
		s.v[FIGURE_HWM] = 814 * MIB; /* of anonymous pages: 812 */
		s.v[FIGURE_AGE] = (3600 + i) * NS_PER_S;
		v = feed(d, s);
	}
	assert_int_equal(v->kind, VERDICT_SUSPICIOUS);
	assert_string_equal(v->condition, "it keeps growing beyond 812.0 MB");
	detect_free(d);
}

static void time_that_does_not_rise__is_ignored(void **state)
{
	struct detect *d = engine();
	const struct verdict *v = grow(d, 0, 12, 10 * MIB);
	double growth = v->growth;

	(void)state;
	v = feed(d, at(12, 900 * MIB));
	v = feed(d, at(3, 1));
	assert_int_equal(v->kind, VERDICT_LEAK);
	assert_true(v->growth == growth);
	detect_free(d);
}

static void replay__gives_the_same_verdict(void **state)
{
	static const enum trace_family families[] = {TRACE_LEAK_NOISY, TRACE_GC, TRACE_LEAK_SLOW};

	(void)state;
	for (unsigned f = 0; f < 3; f++) {
		struct trace_spec spec = {.family = families[f],
		                          .interval = 1,
		                          .duration = 120,
		                          .seed = 7};
		unsigned n = trace_make(&spec, trace);
		struct detect *live = engine(), *replay = engine();
		for (unsigned i = 0; i < n; i++) {
			feed(live, trace[i]);
			/* Who asks, and how often, changes nothing. */
			detect_verdict(live);
			assert_int_equal(detect_sample(replay, &trace[i]), 0);
		}
		assert_memory_equal(detect_verdict(live), detect_verdict(replay),
		                    sizeof(struct verdict));
		detect_free(live);
		detect_free(replay);
	}
}

static void every_interval__from_50_ms_to_1_h__finds_a_leak(void **state)
{
	static const double intervals[] = {0.05, 0.2, 2, 30, 600, 3600};

	(void)state;
	for (unsigned k = 0; k < 6; k++) {
		struct detect *d = engine();
		const struct verdict *v = detect_verdict(d);
		for (unsigned i = 0; i < 400; i++) {
			struct sample s =
			        at(0, 50 * MIB + (uint64_t)(i * intervals[k] * (double)MIB));
			s.time = (uint64_t)(i * intervals[k] * (double)NS_PER_S);
			v = feed(d, s);
		}
		assert_int_equal(v->kind, VERDICT_LEAK);
		assert_int_equal(v->pattern, PATTERN_LINEAR);
		assert_true(fabs(v->growth - (double)MIB) < (double)MIB / 50);
		detect_free(d);
	}
}

static void confidence__rises_the_longer_a_leak_is_seen(void **state)
{
	struct detect *d = engine();
	int ten_seconds = grow(d, 0, 10, 10 * MIB)->confidence;
	int minute = grow(d, 11, 49, 21 * MIB)->confidence;
	int hour = grow(d, 61, 3540, 71 * MIB)->confidence;

	(void)state;
	assert_in_range(ten_seconds, 71, 80);
	assert_in_range(minute, ten_seconds, 80);
	assert_in_range(hour, 85, 99);
	detect_free(d);
}

static void growth_that_was_a_leak_and_stops__is_withdrawn_with_what_speaks_against_it(void **state)
{
	struct detect *d = engine();
	const struct verdict *v = grow(d, 0, 30, 10 * MIB);

	(void)state;
	assert_int_equal(v->kind, VERDICT_LEAK);
	unsigned i = 31;
	while (v->kind == VERDICT_LEAK && i < 60)
		v = feed(d, at(i++, 40 * MIB));
	assert_int_not_equal(v->kind, VERDICT_LEAK);
	assert_non_null(strstr(v->reason, "growth stopped at 00:30"));
	assert_non_null(strstr(v->reason, "nothing in the "));
	/* What ended is no headline once memory has moved on. */
	for (unsigned k = 0; k < 40; k++)
		v = feed(d, at(i++, 40 * MIB + (k % 4) * 10 * MIB));
	assert_null(strstr(v->reason, "growth stopped at 00:30"));
	detect_free(d);
}

static void an_even_growth_too_small_to_tell__is_not_called_harmless(void **state)
{
	struct detect *d = engine();
	const struct verdict *v = detect_verdict(d);

	(void)state;
	for (unsigned i = 0; i <= 12; i++)
		v = feed(d, at(i, 10 * MIB + i * 12 * 1024));
	assert_int_equal(v->kind, VERDICT_UNKNOWN);
	assert_true(known(v->needs));
	detect_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_seen__is_unknown),
	        cmocka_unit_test(few_samples__cannot_tell_and_say_for_how_long),
	        cmocka_unit_test(unknown_figures__are_no_zeros),
	        cmocka_unit_test(lazyfree__that_becomes_known_late__is_an_offset_and_no_step),
	        cmocka_unit_test(lazyfree__that_grows_with_rss__is_no_leak),
	        cmocka_unit_test(torn_passes__are_not_believed),
	        cmocka_unit_test(an_epoch__begins_anew_and_keeps_when_it_was_flagged),
	        cmocka_unit_test(growth_across_a_gap__was_not_seen),
	        cmocka_unit_test(a_seam__that_is_short__counts_as_long_as_it_is),
	        cmocka_unit_test(a_gap__does_not_end_a_leak),
	        cmocka_unit_test(a_stopped_target__proves_nothing),
	        cmocka_unit_test(growth_that_stops__is_withdrawn_with_its_reason),
	        cmocka_unit_test(growth_that_is_given_back__is_withdrawn_at_once),
	        cmocka_unit_test(below_an_earlier_peak__growth_is_only_suspicious),
	        cmocka_unit_test(time_that_does_not_rise__is_ignored),
	        cmocka_unit_test(replay__gives_the_same_verdict),
	        cmocka_unit_test(every_interval__from_50_ms_to_1_h__finds_a_leak),
	        cmocka_unit_test(confidence__rises_the_longer_a_leak_is_seen),
	        cmocka_unit_test(
	                growth_that_was_a_leak_and_stops__is_withdrawn_with_what_speaks_against_it),
	        cmocka_unit_test(an_even_growth_too_small_to_tell__is_not_called_harmless),
	};

	return cmocka_run_group_tests_name("detect, flags", tests, NULL, NULL);
}
