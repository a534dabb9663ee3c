/* SPDX-License-Identifier: MIT */
/* What history remembers of regions: trends, sparklines, past tables, and how much of it. */
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
#define HOUR   (3600 * SECOND)
#define BASE   0x7f0000000000ull
#define PAGE   (4 * KB)

/* A watch whose regions a test moves. */
struct watch {
	struct history *h;
	struct tracker *t;
	struct vma *v;
	size_t n;
};

static struct watch watch_new(uint64_t interval, size_t regions)
{
	struct watch w = {history_new(interval), tracker_new(), calloc(regions, sizeof(struct vma)),
	                  regions};

	assert_true(w.h && w.t && w.v);
	for (size_t i = 0; i < regions; i++)
		w.v[i] = (struct vma){BASE + i * 4 * PAGE,
		                      BASE + i * 4 * PAGE + 2 * PAGE,
		                      "rw-p",
		                      "",
		                      0,
		                      PAGE,
		                      NULL};
	return w;
}

static void watch_done(struct watch *w)
{
	history_free(w->h);
	tracker_free(w->t);
	free(w->v);
}

static void watch_step(struct watch *w, uint64_t time)
{
	struct region_table *table = pass_run(w->t, w->v, w->n, time);
	struct sample s;

	sample_init(&s);
	s.time = time;
	s.v[FIGURE_RSS] = table->totals[SMAPS_RSS];
	assert_int_equal(history_sample(w->h, &s), 0);
	assert_int_equal(history_regions(w->h, table), 0);
	region_table_unref(table);
	assert_true(history_size(w->h) <= HISTORY_LIMIT);
}

static struct moment *moment_at(const struct watch *w, uint64_t time, uint64_t focus)
{
	struct moment *m = moment_new();

	assert_non_null(m);
	m->focus = focus;
	assert_int_equal(history_fill(w->h, time, m), 0);
	return m;
}

static void trend__steady_growth__has_its_rate_and_sparkline(void **state)
{
	struct watch w = watch_new(SECOND, 3);
	struct moment *m;
	const struct region_trend *t;

	(void)state;
	w.v[1].end = w.v[1].start + PAGE + PAGE;
	for (uint64_t i = 0; i < 400; i++) {
		w.v[2].end += PAGE;
		w.v[2].rss += PAGE;
		watch_step(&w, i * SECOND);
	}
	m = moment_at(&w, UNKNOWN, 0);
	assert_int_equal(m->trend_count, 3);
	assert_int_equal(m->regions->count, 3);
	t = moment_trend(m, row_at(m->regions, w.v[2].start)->id);
	assert_non_null(t);
	assert_true(fabs(t->rate - (double)PAGE) < 1);
	assert_int_equal(t->spark_count, SPARK_POINTS);
	assert_int_equal(t->spark[SPARK_POINTS - 1], w.v[2].rss);
	for (unsigned i = 1; i < SPARK_POINTS; i++)
		assert_true(t->spark[i] > t->spark[i - 1]);
	t = moment_trend(m, row_at(m->regions, w.v[0].start)->id);
	assert_true(t->rate < 1e-9 && t->rate > -1e-9);
	moment_unref(m);
	watch_done(&w);
}

static void trend__spikes__do_not_bend_it(void **state)
{
	struct watch w = watch_new(SECOND, 1);
	struct moment *m;

	(void)state;
	w.v[0].end = BASE + 64 * MB;
	for (uint64_t i = 0; i < 300; i++) {
		w.v[0].rss = MB + (i % 45 == 7 ? 30 * MB : 0);
		watch_step(&w, i * SECOND);
	}
	m = moment_at(&w, UNKNOWN, 0);
	assert_true(fabs(m->trends[0].rate) < 1000);
	moment_unref(m);
	watch_done(&w);
}

static void trend__too_few_points__is_unknown(void **state)
{
	struct watch w = watch_new(SECOND, 1);
	struct moment *m;

	(void)state;
	watch_step(&w, 0);
	watch_step(&w, SECOND);
	m = moment_at(&w, UNKNOWN, 0);
	assert_int_equal(m->trend_count, 1);
	assert_true(isnan(m->trends[0].rate));
	moment_unref(m);
	watch_done(&w);
}

static void trend__born_later__is_unknown_before(void **state)
{
	struct watch w = watch_new(SECOND, 2);
	struct moment *m;
	const struct region_trend *t;

	(void)state;
	w.n = 1;
	for (uint64_t i = 0; i < 12; i++) {
		w.n = i < 6 ? 1 : 2;
		watch_step(&w, i * SECOND);
	}
	m = moment_at(&w, UNKNOWN, 0);
	t = moment_trend(m, row_at(m->regions, w.v[1].start)->id);
	assert_int_equal(t->spark_count, 12);
	assert_true(t->spark[5] == UNKNOWN);
	assert_int_equal(t->spark[6], PAGE);
	moment_unref(m);
	m = moment_at(&w, 3 * SECOND, 0);
	assert_int_equal(m->trend_count, 1);
	assert_int_equal(m->regions->count, 1);
	moment_unref(m);
	watch_done(&w);
}

static void past__whose_table_is_kept__is_shown_whole(void **state)
{
	struct watch w = watch_new(SECOND, 5);
	struct moment *m;
	uint64_t id;

	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		w.v[4].rss = PAGE * (i % 2 + 1);
		watch_step(&w, i * SECOND);
	}
	m = moment_at(&w, 41 * SECOND, 0);
	assert_int_equal(m->regions->time, 41 * SECOND);
	assert_false(m->regions->partial);
	assert_int_equal(row_at(m->regions, w.v[4].start)->bytes[SMAPS_RSS], 2 * PAGE);
	id = m->regions->rows[4]->id;
	moment_unref(m);
	m = moment_at(&w, 40 * SECOND, id);
	assert_int_equal(row_at(m->regions, w.v[4].start)->bytes[SMAPS_RSS], PAGE);
	assert_int_equal(m->focus_chart.count, 41);
	assert_int_equal(m->focus_chart.points[39].last, 2 * PAGE);
	assert_int_equal(m->focus_chart.points[40].last, PAGE);
	moment_unref(m);
	watch_done(&w);
}

/* Everything changes in every pass, so tables cannot be kept for long. */
static void past__whose_table_is_gone__is_rebuilt_from_the_followed(void **state)
{
	struct watch w = watch_new(10 * SECOND, 400);
	struct moment *m;

	(void)state;
	for (uint64_t i = 0; i < 300; i++) {
		for (size_t k = 0; k < w.n; k++)
			w.v[k].rss = PAGE * ((i + k) % 3);
		watch_step(&w, i * 10 * SECOND);
	}
	m = moment_at(&w, 200 * SECOND, 0);
	assert_non_null(m->regions);
	assert_true(m->regions->partial);
	assert_int_equal(m->regions->time, 200 * SECOND);
	for (size_t i = 0; i < m->regions->count; i++) {
		const struct region *r = m->regions->rows[i];
		size_t k = (r->start - BASE) / (4 * PAGE);

		assert_int_equal(r->bytes[SMAPS_RSS], PAGE * ((20 + k) % 3));
		assert_true(r->bytes[SMAPS_PSS] == UNKNOWN && r->size == UNKNOWN);
		assert_true(!i || m->regions->rows[i - 1]->end <= r->start);
	}
	assert_in_range(m->regions->count, 390, 400);
	assert_in_range(m->trend_count, 390, 400);
	moment_unref(m);
	watch_done(&w);
}

static void followed__the_large_and_the_growing(void **state)
{
	struct watch w = watch_new(SECOND, 2000);
	struct moment *m;
	uint64_t large, growing, quiet;

	(void)state;
	for (size_t i = 0; i < w.n; i++) {
		w.v[i].start = BASE + i * MB;
		w.v[i].end = w.v[i].start + MB / 2;
		w.v[i].rss = i < 600 ? 64 * PAGE : PAGE;
	}
	w.v[1999].rss = 65 * PAGE;
	watch_step(&w, 0);
	for (uint64_t i = 1; i < 20; i++) {
		w.v[1500].rss += 3 * PAGE; /* never as large as the large ones */
		watch_step(&w, i * SECOND);
	}
	m = moment_at(&w, UNKNOWN, 0);
	assert_int_equal(m->trend_count, HISTORY_REGIONS);
	large = row_at(m->regions, w.v[1999].start)->id;
	growing = row_at(m->regions, w.v[1500].start)->id;
	assert_non_null(moment_trend(m, large));
	assert_non_null(moment_trend(m, growing));
	quiet = row_at(m->regions, w.v[1400].start)->id;
	assert_null(moment_trend(m, quiet));
	for (size_t i = 1; i < m->trend_count; i++)
		assert_true(m->trends[i - 1].id < m->trends[i].id);
	moment_unref(m);
	m = moment_at(&w, UNKNOWN, quiet);
	assert_true(m->focus_chart.count > 3); /* not followed: from the tables that are kept */
	assert_int_equal(m->focus_chart.points[m->focus_chart.count - 1].last, PAGE);
	moment_unref(m);
	watch_done(&w);
}

static void torn__is_shown_and_feeds_no_trend(void **state)
{
	struct watch w = watch_new(SECOND, 2);
	struct region_table *torn;
	struct moment *m;

	(void)state;
	for (uint64_t i = 0; i < 5; i++)
		watch_step(&w, i * SECOND);
	torn = pass_run(w.t, w.v, 1, 5 * SECOND);
	torn->torn = true;
	assert_int_equal(history_regions(w.h, torn), 0);
	m = moment_at(&w, UNKNOWN, 0);
	assert_int_equal(m->regions->count, 1);
	assert_int_equal(m->trend_count, 2);
	assert_int_equal(m->trends[1].spark_count, 5);
	moment_unref(m);
	region_table_unref(torn);
	watch_done(&w);
}

static void epoch__regions_of_the_old_image__are_not_shown_after_it(void **state)
{
	struct watch w = watch_new(SECOND, 2);
	struct region_table *late;
	struct moment *m;
	struct sample s;

	(void)state;
	for (uint64_t i = 0; i < 5; i++)
		watch_step(&w, i * SECOND);
	/* The last pass over the old image ended behind the tick of the sample that told of the new. */
	late = pass_run(w.t, w.v, w.n, 5 * SECOND + 1);
	assert_int_equal(history_regions(w.h, late), 0);
	sample_init(&s);
	s.time = 5 * SECOND;
	s.flags = SAMPLE_EPOCH;
	assert_int_equal(history_sample(w.h, &s), 0);
	tracker_reset(w.t);
	for (int past = 0; past < 2; past++) {
		m = moment_at(&w, past ? 5 * SECOND : UNKNOWN, late->rows[0]->id);
		assert_null(m->regions);
		assert_int_equal(m->trend_count, 0);
		assert_int_equal(m->focus_chart.count, 0);
		moment_unref(m);
	}

	/* The first pass over the new image, at the same addresses. */
	watch_step(&w, 6 * SECOND);
	m = moment_at(&w, UNKNOWN, late->rows[0]->id);
	assert_int_equal(m->regions->count, 2);
	assert_int_equal(m->trend_count, 2);
	assert_true(isnan(m->trends[0].rate));
	assert_null(moment_trend(m, late->rows[0]->id));
	assert_int_equal(m->focus_chart.count, 0);
	moment_unref(m);

	/* Before it all is as it was. */
	m = moment_at(&w, 4 * SECOND, late->rows[0]->id);
	assert_int_equal(m->regions->rows[0]->id, late->rows[0]->id);
	assert_int_equal(m->trend_count, 2);
	assert_int_equal(m->focus_chart.count, 5);
	moment_unref(m);
	region_table_unref(late);
	watch_done(&w);
}

/* A process that is followed again is looked at before its first sample; what is handed in after that is its own. */
static void epoch__a_pass_before_its_first_sample__is_of_the_new_image(void **state)
{
	struct watch w = watch_new(SECOND, 2);
	struct region_table *first;
	struct moment *m;
	struct sample s;

	(void)state;
	for (uint64_t i = 0; i < 5; i++)
		watch_step(&w, i * SECOND);
	sample_init(&s);
	s.time = 5 * SECOND;
	s.flags = SAMPLE_EPOCH | SAMPLE_RESTART;
	assert_int_equal(history_sample(w.h, &s), 0);
	tracker_reset(w.t);
	first = pass_run(w.t, w.v, w.n, 5 * SECOND - 1000000);
	assert_int_equal(history_regions(w.h, first), 0);
	for (int past = 0; past < 2; past++) {
		m = moment_at(&w, past ? 5 * SECOND : UNKNOWN, 0);
		assert_non_null(m->regions);
		assert_int_equal(m->regions->rows[0]->id, first->rows[0]->id);
		assert_int_equal(m->trend_count, 2);
		moment_unref(m);
	}
	for (uint64_t i = 6; i < 16; i++)
		watch_step(&w, i * SECOND);
	m = moment_at(&w, UNKNOWN, first->rows[0]->id);
	assert_int_equal(m->trend_count, 2);
	assert_int_equal(m->trends[0].id, first->rows[0]->id);
	assert_true(isfinite(m->trends[0].rate));
	assert_int_equal(m->focus_chart.count, 16);
	moment_unref(m);
	region_table_unref(first);
	watch_done(&w);
}

static void regions__go_back_in_time__are_refused(void **state)
{
	struct watch w = watch_new(SECOND, 1);
	struct region_table *t;

	(void)state;
	watch_step(&w, 5 * SECOND);
	t = pass_run(w.t, w.v, 1, 4 * SECOND);
	assert_int_equal(history_regions(w.h, t), -22);
	region_table_unref(t);
	watch_done(&w);
}

/* 60,000 regions of which many change: tables are huge, the limit stands. */
static void limit__sixty_thousand_regions(void **state)
{
	struct watch w = watch_new(SECOND, 60000);
	struct moment *m;
	uint64_t seed = 3;

	(void)state;
	for (uint64_t i = 0; i < 40; i++) {
		for (unsigned k = 0; k < 3000; k++)
			w.v[dice(&seed) % w.n].rss = PAGE * (dice(&seed) % 3);
		watch_step(&w, i * 30 * SECOND);
	}
	m = moment_at(&w, UNKNOWN, 0);
	assert_int_equal(m->regions->count, 60000);
	assert_int_equal(m->trend_count, HISTORY_REGIONS);
	moment_unref(m);
	m = moment_at(&w, 60 * SECOND, 0);
	assert_true(m->regions->partial);
	moment_unref(m);
	print_message("60,000 regions: history_size %zu kB\n", history_size(w.h) / 1024);
	watch_done(&w);
}

/* Regions come and go for weeks; their names are as long as names can be. */
static void limit__regions_that_come_and_go(void **state)
{
	static char name[4000];
	struct watch w = watch_new(SECOND / 20, 300);

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	for (uint64_t i = 0; i < 500; i++) {
		for (size_t k = 0; k < w.n; k++) {
			w.v[k].name = name;
			w.v[k].inode = 1 + (i / 3 * 7 + k) % 1013;
			w.v[k].rss = PAGE * (1 + (i + k) % 2);
		}
		watch_step(&w, i * (90 * 60 * SECOND));
	}
	print_message("regions come and go for 31 days: history_size %zu kB\n",
	              history_size(w.h) / 1024);
	watch_done(&w);
}

/* An ordinary target: 200 mappings, some grow. */
static void limit__ordinary_target__thirty_days(void **state)
{
	struct watch w = watch_new(SECOND, 200);
	struct moment *m;

	(void)state;
	for (uint64_t i = 0; i * 600 < 30 * 24 * 3600; i++) {
		for (size_t k = 0; k < 10; k++)
			w.v[k * 19].rss = PAGE * (1 + (i + k) % 2);
		watch_step(&w, i * 600 * SECOND);
	}
	m = moment_at(&w, UNKNOWN, 1);
	assert_int_equal(m->focus_chart.count, CHART_POINTS);
	moment_unref(m);
	m = moment_at(&w, 10 * HOUR, 1); /* nearly 30 days ago */
	assert_int_equal(m->trend_count, 200);
	assert_int_equal(m->regions->count, 200);
	assert_true(m->regions->partial);
	moment_unref(m);
	print_message("200 regions for 30 days: history_size %zu kB\n", history_size(w.h) / 1024);
	watch_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(trend__steady_growth__has_its_rate_and_sparkline),
	        cmocka_unit_test(trend__spikes__do_not_bend_it),
	        cmocka_unit_test(trend__too_few_points__is_unknown),
	        cmocka_unit_test(trend__born_later__is_unknown_before),
	        cmocka_unit_test(past__whose_table_is_kept__is_shown_whole),
	        cmocka_unit_test(past__whose_table_is_gone__is_rebuilt_from_the_followed),
	        cmocka_unit_test(followed__the_large_and_the_growing),
	        cmocka_unit_test(torn__is_shown_and_feeds_no_trend),
	        cmocka_unit_test(epoch__a_pass_before_its_first_sample__is_of_the_new_image),
	        cmocka_unit_test(epoch__regions_of_the_old_image__are_not_shown_after_it),
	        cmocka_unit_test(regions__go_back_in_time__are_refused),
	        cmocka_unit_test(limit__sixty_thousand_regions),
	        cmocka_unit_test(limit__regions_that_come_and_go),
	        cmocka_unit_test(limit__ordinary_target__thirty_days),
	};

	return cmocka_run_group_tests_name("model_history_regions", tests, NULL, NULL);
}
