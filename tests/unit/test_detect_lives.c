/* SPDX-License-Identifier: MIT */
/* Growth within the lives of a process that is restarted. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
	};
	return cmocka_run_group_tests_name("detect_lives", tests, NULL, NULL);
}
