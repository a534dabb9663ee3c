/* SPDX-License-Identifier: MIT */
/* Growth within the lives of a process that is restarted. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "detect/lives.h"

enum { MIB = 1 << 20 };

/* Bytes that a process holds t seconds after its start. */
typedef double course(double t);

struct saw {
	struct lives_feed *feed;
	uint64_t time; /* ns of the watch */
};

static struct saw saw_new(void)
{
	struct saw w = {.feed = lives_new()};

	assert_non_null(w.feed);
	return w;
}

static void live(struct saw *w, course *of, unsigned seconds)
{
	for (unsigned t = 0; t < seconds; t++) {
		struct sample s;
		sample_init(&s);
		s.time = w->time;
		s.v[FIGURE_ANON] = (uint64_t)of(t);
		s.v[FIGURE_SWAP] = 0;
		s.flags = t == 0 && w->time ? SAMPLE_EPOCH | SAMPLE_RESTART : 0;
		lives_sample(w->feed, &s);
		w->time += NS_PER_S;
	}
	w->time += 3 * NS_PER_S;
}

static struct lives told(const struct saw *w)
{
	struct lives l;

	lives_tell(w->feed, &l);
	return l;
}

static void line_has(const struct lives *l, const char *words)
{
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(lives_line(l, &b), 0);
	if (!strstr(buf_str(&b), words))
		fail_msg("'%s' is not in: %s", words, buf_str(&b));
	buf_done(&b);
}

static double leak(double t)
{
	return 10 * MIB + t * MIB;
}

static double flat(double t)
{
	(void)t;
	return 50 * MIB;
}

/* Half of what is missing is there after every 5 s. */
static double warm_up(double t)
{
	return 100 * MIB * (1 - exp2(-t / 5));
}

/* All within the first third. */
static double jump(double t)
{
	return t < 5 ? 10 * MIB * t : 50 * MIB;
}

/* Grows by fits, as a heap does. */
static double steps(double t)
{
	return 10 * MIB + floor(t / 3) * 3 * MIB;
}

static void lives__growth__is_that_within_each(void **state)
{
	struct saw w = saw_new();

	(void)state;
	for (int i = 0; i < 4; i++)
		live(&w, leak, 30);
	struct lives l = told(&w);
	assert_int_equal(l.count, 4);
	assert_int_equal(l.kept, 4);
	assert_int_equal(l.steady, 4);
	assert_true(fabs(l.growth - MIB) < 0.01 * MIB);
	assert_int_equal(l.life[3].first, 10 * MIB);
	assert_int_equal(l.life[3].last, 39 * MIB);
	assert_int_equal(l.life[3].end - l.life[3].begin, 29 * NS_PER_S);
	line_has(&l, "3 restarts; within each life memory grew steadily, by 1.0 MB/s:");
	lives_free(w.feed);
}

static void lives__steps__are_growth_too(void **state)
{
	struct saw w = saw_new();

	(void)state;
	live(&w, steps, 40);
	live(&w, steps, 40);
	struct lives l = told(&w);
	assert_int_equal(l.steady, 2);
	assert_true(fabs(l.growth - MIB) < 0.2 * MIB);
	lives_free(w.feed);
}

static void check_none(course *of)
{
	struct saw w = saw_new();

	for (int i = 0; i < 3; i++)
		live(&w, of, 40);
	struct lives l = told(&w);
	assert_int_equal(l.judged, 3);
	assert_int_equal(l.steady, 0);
	line_has(&l, "within none of the 3");
	lives_free(w.feed);
}

static void lives__warm_up__is_no_growth(void **state)
{
	(void)state;
	check_none(flat);
	check_none(warm_up);
	check_none(jump);
}

static void lives__too_short__are_not_judged(void **state)
{
	struct saw w = saw_new();

	(void)state;
	live(&w, leak, 4);
	live(&w, leak, 4);
	struct lives l = told(&w);
	assert_int_equal(l.judged, 0);
	assert_true(isnan(l.growth));
	line_has(&l, "1 restart; no life lasted long enough");
	lives_free(w.feed);
}

static void lives__mixed__are_told_by_number(void **state)
{
	struct saw w = saw_new();

	(void)state;
	live(&w, leak, 30);
	live(&w, flat, 30);
	live(&w, leak, 30);
	live(&w, leak, 2);
	struct lives l = told(&w);
	line_has(&l, "3 restarts; within 2 of 3 lives long enough to tell memory grew");
	lives_free(w.feed);
}

static void lives__one__is_not_worth_a_word(void **state)
{
	struct saw w = saw_new();
	struct lives l;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	l = told(&w);
	assert_int_equal(l.count, 0);
	live(&w, leak, 30);
	l = told(&w);
	assert_int_equal(l.count, 1);
	assert_int_equal(lives_line(&l, &b), 0);
	assert_int_equal(b.len, 0);
	buf_done(&b);
	lives_free(w.feed);
}

/* Nights of them: bounded, the latest are kept, and a long life is judged by all of it. */
static void lives__many_and_long__stay_bounded(void **state)
{
	struct saw w = saw_new();

	(void)state;
	for (int i = 0; i < 100; i++)
		live(&w, leak, 12);
	live(&w, leak, 20000);
	struct lives l = told(&w);
	assert_int_equal(l.count, 101);
	assert_int_equal(l.kept, LIVES_KEPT);
	assert_int_equal(l.steady, LIVES_KEPT);
	assert_true(fabs(l.life[LIVES_KEPT - 1].growth - MIB) < 0.01 * MIB);
	line_has(&l, "100 restarts");
	lives_free(w.feed);
}

static void lives__unknown_and_stopped__teach_nothing(void **state)
{
	struct saw w = saw_new();

	(void)state;
	for (uint64_t i = 0; i < 60; i++) {
		struct sample s;
		sample_init(&s);
		s.time = i * NS_PER_S;
		s.v[FIGURE_ANON] = i % 2 ? i * MIB : UNKNOWN;
		s.v[FIGURE_SWAP] = 0;
		s.flags = i % 2 ? SAMPLE_STOPPED : 0;
		lives_sample(w.feed, &s);
	}
	struct lives l = told(&w);
	assert_int_equal(l.judged, 0);
	assert_int_equal(l.life[0].first, UNKNOWN);
	lives_free(w.feed);
}

/* --- what becomes of the verdict ------------------------------------------------------------------- */

static double twice_as_fast(double t)
{
	return 10 * MIB + 2 * t * MIB;
}

static double ten_times_as_fast(double t)
{
	return 10 * MIB + 10 * t * MIB;
}

/* A cache that is far from full when its process ends: nobody can tell it from a leak. */
static double slow_cache(double t)
{
	return 100 * MIB * (1 - exp2(-t / 200));
}

static struct verdict verdict_of(enum verdict_kind kind)
{
	struct verdict v;

	verdict_init(&v);
	v.kind = kind;
	snprintf(v.reason, sizeof(v.reason), "of the present life");
	return v;
}

/* The kind that a verdict of the present life becomes. */
static enum verdict_kind weighed(const struct saw *w, enum verdict_kind kind)
{
	struct verdict v = verdict_of(kind), other;
	const struct verdict *said = lives_verdict(w->feed, &v, &other);

	if (said->kind == kind)
		assert_string_equal(said->reason, "of the present life");
	return said->kind;
}

static void live_often(struct saw *w, course *of, unsigned times, unsigned seconds)
{
	for (unsigned i = 0; i < times; i++)
		live(w, of, seconds);
}

static void verdict__is_suspicious__when_every_life_before_grew_alike(void **state)
{
	struct verdict v = verdict_of(VERDICT_UNKNOWN), other;
	const struct verdict *said;
	struct saw w = saw_new();

	(void)state;
	live_often(&w, leak, 3, 40);
	live(&w, twice_as_fast, 40);
	live(&w, leak, 5);
	said = lives_verdict(w.feed, &v, &other);
	assert_int_equal(said->kind, VERDICT_SUSPICIOUS);
	assert_int_equal(said->cause, CAUSE_LEAK);
	if (!strstr(said->reason, "in every life: 4 lives, about +1.3 MB/s in each; restarts hide"))
		fail_msg("%s", said->reason);

	assert_true(said->condition[0]);
	assert_in_range(said->confidence, CONFIDENCE_CALM, CONFIDENCE_ALARM);
	assert_true(said->growth_low > 0.9 * MIB && said->growth_high < 2.1 * MIB);
	assert_int_equal(said->evidence_count, 1);
	assert_true(said->evidence[0].is_for);
	/* What is sure of the present life stays. */
	assert_int_equal(weighed(&w, VERDICT_LEAK), VERDICT_LEAK);
	assert_int_equal(weighed(&w, VERDICT_SUSPICIOUS), VERDICT_SUSPICIOUS);
	lives_free(w.feed);
}

static void verdict__is_never_a_leak__for_a_slow_cache_looks_the_same(void **state)
{
	struct saw w = saw_new();

	(void)state;
	live_often(&w, slow_cache, 20, 40);
	live(&w, slow_cache, 5);
	assert_int_equal(weighed(&w, VERDICT_UNKNOWN), VERDICT_SUSPICIOUS);
	lives_free(w.feed);
}

static void verdict__is_the_present_life_s__when_that_lasted_as_long_as_others(void **state)
{
	struct saw w = saw_new();

	(void)state;
	live_often(&w, leak, 5, 40);
	live(&w, flat, 20);
	assert_int_equal(weighed(&w, VERDICT_NO_LEAK), VERDICT_SUSPICIOUS);
	lives_free(w.feed);
	/* It was mended: what was before is over. */
	w = saw_new();
	live_often(&w, leak, 5, 40);
	live(&w, flat, 60);
	assert_int_equal(weighed(&w, VERDICT_NO_LEAK), VERDICT_NO_LEAK);
	lives_free(w.feed);
}

static void stays_unknown(course *a, course *b, unsigned times, unsigned seconds)
{
	struct saw w = saw_new();

	live_often(&w, a, times, seconds);
	live(&w, b, seconds);
	live(&w, b, 5);
	assert_int_equal(weighed(&w, VERDICT_UNKNOWN), VERDICT_UNKNOWN);
	lives_free(w.feed);
}

static void verdict__stays__when_lives_are_few_or_short_or_differ(void **state)
{
	(void)state;
	stays_unknown(leak, leak, 1, 60);
	stays_unknown(leak, leak, 4, 11);
	stays_unknown(leak, flat, 4, 40);
	stays_unknown(leak, ten_times_as_fast, 4, 40);
	stays_unknown(flat, flat, 5, 40);
	stays_unknown(warm_up, warm_up, 5, 40);
	stays_unknown(jump, jump, 5, 40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(lives__growth__is_that_within_each),
	        cmocka_unit_test(lives__steps__are_growth_too),
	        cmocka_unit_test(lives__warm_up__is_no_growth),
	        cmocka_unit_test(lives__too_short__are_not_judged),
	        cmocka_unit_test(lives__mixed__are_told_by_number),
	        cmocka_unit_test(lives__one__is_not_worth_a_word),
	        cmocka_unit_test(lives__many_and_long__stay_bounded),
	        cmocka_unit_test(lives__unknown_and_stopped__teach_nothing),
	        cmocka_unit_test(verdict__is_suspicious__when_every_life_before_grew_alike),
	        cmocka_unit_test(verdict__is_never_a_leak__for_a_slow_cache_looks_the_same),
	        cmocka_unit_test(
	                verdict__is_the_present_life_s__when_that_lasted_as_long_as_others),
	        cmocka_unit_test(verdict__stays__when_lives_are_few_or_short_or_differ),
	};
	return cmocka_run_group_tests_name("detect_lives", tests, NULL, NULL);
}
