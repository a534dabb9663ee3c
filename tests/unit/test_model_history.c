/* SPDX-License-Identifier: MIT */
/* What history remembers of a process: samples, charts, rows, verdicts, events. */
#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/history.h"
#include "support_pass.h"

#define SECOND 1000000000ull
#define DAY    (24 * 3600 * SECOND)

static struct sample sample_of(uint64_t time, uint64_t rss)
{
	struct sample s;

	sample_init(&s);
	s.time = time;
	s.wall = 1000 * SECOND + time;
	s.v[FIGURE_RSS] = rss;
	s.v[FIGURE_ANON] = rss;
	return s;
}

static void sample_add(struct history *h, uint64_t time, uint64_t rss)
{
	struct sample s = sample_of(time, rss);

	assert_int_equal(history_sample(h, &s), 0);
}

static struct moment *moment_at(const struct history *h, uint64_t time)
{
	struct moment *m = moment_new();

	assert_non_null(m);
	assert_int_equal(history_fill(h, time, m), 0);
	return m;
}

static void history_fill__empty__knows_nothing(void **state)
{
	struct history *h = history_new(SECOND);
	struct moment *m = moment_at(h, UNKNOWN);

	(void)state;
	assert_true(history_oldest(h) == UNKNOWN && history_newest(h) == UNKNOWN);
	assert_true(history_before(h, 5) == UNKNOWN && history_after(h, 0) == UNKNOWN);
	assert_true(m->sample.v[FIGURE_RSS] == UNKNOWN);
	assert_int_equal(m->samples, 0);
	assert_int_equal(m->row_count, 0);
	assert_int_equal(m->charts[CHART_RSS].count, 0);
	assert_null(m->regions);
	moment_unref(m);
	history_free(h);
	history_free(NULL);
}

static void history_fill__now_and_then(void **state)
{
	struct history *h = history_new(SECOND);
	struct moment *now, *then;

	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		sample_add(h, i * SECOND, (100 + i) * MB);
	now = moment_at(h, UNKNOWN);
	then = moment_at(h, 4 * SECOND + 1);
	assert_true(now->live && !then->live);
	assert_int_equal(now->time, 9 * SECOND);
	assert_int_equal(now->samples, 10);
	assert_int_equal(now->sample.v[FIGURE_RSS], 109 * MB);
	assert_int_equal(then->time, 4 * SECOND);
	assert_int_equal(then->wall, 1004 * SECOND);
	assert_int_equal(then->samples, 5);
	assert_int_equal(then->sample.v[FIGURE_RSS], 104 * MB);
	assert_true(then->sample.v[FIGURE_HEAP] == UNKNOWN);
	assert_int_equal(then->first.v[FIGURE_RSS], 100 * MB);
	assert_int_equal(then->charts[CHART_RSS].count, 5);
	assert_int_equal(then->charts[CHART_RSS].to, 4 * SECOND);
	assert_int_equal(then->row_count, 5);
	assert_int_equal(history_before(h, 4 * SECOND), 3 * SECOND);
	assert_int_equal(history_after(h, 4 * SECOND), 5 * SECOND);
	assert_true(history_before(h, 0) == UNKNOWN && history_after(h, 9 * SECOND) == UNKNOWN);
	moment_unref(now);
	moment_unref(then);
	history_free(h);
}

static void history_sample__that_goes_back__is_refused(void **state)
{
	struct history *h = history_new(SECOND);
	struct sample s = sample_of(5, MB);

	(void)state;
	sample_add(h, 5, MB);
	assert_int_equal(history_sample(h, &s), -22);
	s.time = 4;
	assert_int_equal(history_sample(h, &s), -22);
	assert_int_equal(history_newest(h), 5);
	history_free(h);
}

/* While full rate reaches back, a point is the min, max and last of the samples nearest to it. */
static void history_chart__equals_one_made_of_all_samples(void **state)
{
	static uint64_t rss[1100];
	struct history *h = history_new(SECOND);
	uint64_t seed = 99;

	(void)state;
	for (uint64_t i = 0; i < 1100; i++) {
		rss[i] = dice(&seed) % 1000 * MB;
		sample_add(h, i * SECOND, rss[i]);
	}
	for (uint64_t n = 1; n <= 1100; n += 37) {
		struct moment *m = moment_at(h, (n - 1) * SECOND);
		const struct chart *c = &m->charts[CHART_RSS];
		uint64_t count = n < CHART_POINTS ? n : CHART_POINTS, at = 0;
		uint64_t step = count > 1 ? (n - 1) * SECOND / (count - 1) : 1;

		assert_int_equal(c->count, count);
		for (unsigned p = 0; p < c->count; p++) {
			uint64_t min = UNKNOWN, max = 0, last = UNKNOWN;

			for (; at < n && ((at * SECOND + step / 2) / step == p || p + 1 == count);
			     at++) {
				min = rss[at] < min ? rss[at] : min;
				max = rss[at] > max ? rss[at] : max;
				last = rss[at];
			}
			assert_true(known(last));
			assert_int_equal(c->points[p].min, min);
			assert_int_equal(c->points[p].max, max);
			assert_int_equal(c->points[p].last, last);
			assert_true(!p || c->points[p].time > c->points[p - 1].time);
		}
		moment_unref(m);
	}
	history_free(h);
}

static void history_chart__jitter__leaves_no_hole__a_gap_does(void **state)
{
	struct history *h = history_new(SECOND);
	struct sample s;
	struct moment *m;
	unsigned holes = 0;

	(void)state;
	for (uint64_t i = 0; i < 500; i++)
		sample_add(h, i * SECOND + (i * 7919 % 300) * 1000000, (i + 1) * MB);
	m = moment_at(h, UNKNOWN);
	for (unsigned i = 0; i < m->charts[CHART_RSS].count; i++)
		assert_true(known(m->charts[CHART_RSS].points[i].last));
	moment_unref(m);
	s = sample_of(2000 * SECOND, 3 * MB);
	s.flags = SAMPLE_GAP;
	assert_int_equal(history_sample(h, &s), 0);
	m = moment_at(h, UNKNOWN);
	for (unsigned i = 0; i < m->charts[CHART_RSS].count; i++)
		holes += !known(m->charts[CHART_RSS].points[i].last);
	assert_in_range(holes, 170, 185);
	assert_true(m->sample.flags == SAMPLE_GAP);
	moment_unref(m);
	history_free(h);
}

static void history_chart__unknown__is_never_zero(void **state)
{
	struct history *h = history_new(SECOND);
	struct moment *m;

	(void)state;
	sample_add(h, 0, 5 * MB);
	sample_add(h, SECOND, UNKNOWN);
	sample_add(h, 2 * SECOND, 6 * MB);
	m = moment_at(h, UNKNOWN);
	assert_true(m->charts[CHART_RSS].points[1].min == UNKNOWN);
	assert_true(m->charts[CHART_RSS].points[1].last == UNKNOWN);
	assert_true(m->charts[CHART_HEAP].points[0].max == UNKNOWN);
	assert_int_equal(m->charts[CHART_BASE].points[2].last, 6 * MB);
	moment_unref(m);
	history_free(h);
}

static void history_rows__up_to_twenty_all__then_evenly_thinned(void **state)
{
	struct history *h = history_new(SECOND);

	(void)state;
	for (uint64_t i = 0; i < 100000; i++) {
		struct moment *m;

		sample_add(h, i * SECOND, i * MB);
		if (i != 0 && i != 12 && i != 19 && i != 20 && i != 60 && i != 700 && i != 99999)
			continue;
		m = moment_at(h, UNKNOWN);
		assert_int_equal(m->row_count, i < 19 ? i + 1 : 20);
		assert_int_equal(m->rows[0].sample.time, 0);
		assert_true(isnan(m->rows[0].rate));
		assert_int_equal(m->rows[m->row_count - 1].sample.time, i * SECOND);
		for (unsigned k = 1; k < m->row_count; k++) {
			double hole = (double)(m->rows[k].sample.time - m->rows[k - 1].sample.time);
			double even = (double)(i * SECOND) / (m->row_count - 1);

			assert_true(hole > even - even / 5 - 1e9 && hole < even + even / 5 + 1e9);
			assert_true(fabs(m->rows[k].rate - (double)MB) < 1);
		}
		moment_unref(m);
	}
	history_free(h);
}

static void history_rows__carry_the_confidence_of_their_time(void **state)
{
	struct history *h = history_new(SECOND);
	struct verdict v;
	struct moment *m;

	(void)state;
	verdict_init(&v);
	for (unsigned i = 0; i < 10; i++) {
		sample_add(h, i * SECOND, MB);
		v.confidence = (int)(10 * i);
		assert_int_equal(history_verdict(h, i * SECOND, &v), 0);
	}
	m = moment_at(h, UNKNOWN);
	for (int i = 0; i < 10; i++)
		assert_int_equal(m->rows[i].confidence, 10 * i);
	moment_unref(m);
	history_free(h);
}

static void history_verdict__turns_are_never_forgotten(void **state)
{
	struct history *h = history_new(SECOND);
	struct verdict v;

	(void)state;
	verdict_init(&v);
	for (uint64_t i = 0; i < 5000; i++) {
		sample_add(h, i * SECOND, MB);
		v.kind = i >= 1000 && i < 1010 ? VERDICT_LEAK : VERDICT_NO_LEAK;
		v.growth = (double)i;
		assert_int_equal(history_verdict(h, i * SECOND, &v), 0);
	}
	for (uint64_t i = 990; i < 1020; i++) {
		struct moment *m = moment_at(h, i * SECOND);

		if (i == 1000)
			assert_int_equal(m->verdict.kind, VERDICT_LEAK);
		if (i < 1000 || i == 1010)
			assert_int_equal(m->verdict.kind, VERDICT_NO_LEAK);
		moment_unref(m);
	}
	for (uint64_t i = 1; i < 5000; i += 7) { /* the younger, the closer */
		struct moment *m = moment_at(h, i * SECOND);

		assert_true((double)i - m->verdict.growth <= 1 + (double)(5000 - i) / 4);
		moment_unref(m);
	}
	history_free(h);
}

static void history_event__the_latest_are_kept__stepping_finds_them(void **state)
{
	struct history *h = history_new(SECOND);
	struct moment *m;

	(void)state;
	for (uint64_t i = 0; i < 700; i++) {
		struct event e = {.time = 10 * i, .kind = EVENT_GAP};

		snprintf(e.text, sizeof(e.text), "%llu", (unsigned long long)i);
		assert_int_equal(history_event(h, &e), 0);
	}
	sample_add(h, 10000, MB);
	assert_int_equal(history_event_before(h, 5000), 4990);
	assert_int_equal(history_event_after(h, 5000), 5010);
	assert_true(history_event_after(h, 6990) == UNKNOWN);
	assert_true(history_event_before(h, 0) == UNKNOWN);
	m = moment_at(h, UNKNOWN);
	assert_int_equal(m->event_count, MOMENT_EVENTS);
	assert_string_equal(m->events[MOMENT_EVENTS - 1].text, "699");
	assert_string_equal(m->events[0].text, "636");
	moment_unref(m);
	history_free(h);
}

/* A long watch; every time that can still be stepped to is checked against the truth. */
static void run_for(uint64_t step, uint64_t end)
{
	struct history *h = history_new(step);
	uint64_t oldest;
	struct moment *m;

	for (uint64_t time = 0; time <= end; time += step) {
		sample_add(h, time, time / 1000000);
		if (time % (DAY / 4) < step)
			assert_true(history_size(h) <= HISTORY_LIMIT);
	}
	oldest = history_oldest(h);
	assert_true(oldest + 30 * DAY <= end || end < 31 * DAY);
	assert_true(history_size(h) <= HISTORY_LIMIT);
	m = moment_at(h, UNKNOWN);
	assert_int_equal(m->charts[CHART_RSS].count, CHART_POINTS);
	for (unsigned i = 0; i < CHART_POINTS; i++) {
		const struct chart_point *p = &m->charts[CHART_RSS].points[i];

		assert_true(known(p->last) && p->min <= p->last && p->last <= p->max);
		assert_true(!i || p->last >= p[-1].last);
	}
	moment_unref(m);
	for (uint64_t time = oldest; known(time); time = history_after(h, time)) {
		m = moment_at(h, time);
		assert_int_equal(m->time, time);
		assert_int_equal(m->sample.v[FIGURE_RSS], time / 1000000);
		moment_unref(m);
		if (known(history_after(h, time)))
			assert_int_equal(history_before(h, history_after(h, time)), time);
	}
	print_message("%.2f days, a sample every %.2f s: history_size %zu kB\n",
	              (double)end / (double)DAY, (double)step / 1e9, history_size(h) / 1024);
	history_free(h);
}

static void history__thirty_days_at_1_s__stay_within_the_limit(void **state)
{
	(void)state;
	run_for(SECOND, 31 * DAY);
}

static void history__six_hours_at_50_ms__stay_within_the_limit(void **state)
{
	(void)state;
	run_for(SECOND / 20, DAY / 4);
}

static void history__a_year_at_1_h__keeps_the_last_months(void **state)
{
	(void)state;
	run_for(3600 * SECOND, 365 * DAY);
}

/* Pages of ours that are in memory and of no file. */
static long pages_held(void)
{
	long size, resident, shared;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%ld %ld %ld", &size, &resident, &shared), 3);
	fclose(f);
	return resident - shared;
}

/* What a day of seconds adds to our memory, after an hour of them. */
static long pages_of_a_day(bool settled)
{
	/* Pages that another test has used and freed would be no news. */
	malloc_trim(0);
	struct history *h = history_new(SECOND);
	uint64_t t = SECOND;

	assert_non_null(h);
	for (; t <= DAY / 24; t += SECOND)
		sample_add(h, t, t);
	if (settled)
		history_settle(h);
	long before = pages_held();
	for (; t <= DAY; t += SECOND)
		sample_add(h, t, t);
	long more = pages_held() - before;
	history_free(h);
	return more;
}

static void history_settle__takes_at_once__what_a_day_would_take(void **state)
{
	(void)state;
	assert_in_range(pages_of_a_day(false), 50, 400);
	assert_true(pages_of_a_day(true) <= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(history_fill__empty__knows_nothing),
	        cmocka_unit_test(history_fill__now_and_then),
	        cmocka_unit_test(history_sample__that_goes_back__is_refused),
	        cmocka_unit_test(history_chart__equals_one_made_of_all_samples),
	        cmocka_unit_test(history_chart__jitter__leaves_no_hole__a_gap_does),
	        cmocka_unit_test(history_chart__unknown__is_never_zero),
	        cmocka_unit_test(history_rows__up_to_twenty_all__then_evenly_thinned),
	        cmocka_unit_test(history_rows__carry_the_confidence_of_their_time),
	        cmocka_unit_test(history_verdict__turns_are_never_forgotten),
	        cmocka_unit_test(history_event__the_latest_are_kept__stepping_finds_them),
	        cmocka_unit_test(history_settle__takes_at_once__what_a_day_would_take),
	        cmocka_unit_test(history__thirty_days_at_1_s__stay_within_the_limit),
	        cmocka_unit_test(history__six_hours_at_50_ms__stay_within_the_limit),
	        cmocka_unit_test(history__a_year_at_1_h__keeps_the_last_months),
	};

	return cmocka_run_group_tests_name("model_history", tests, NULL, NULL);
}
