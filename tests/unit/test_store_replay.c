/* SPDX-License-Identifier: MIT */
/* What a replay shows of any time of a recording. */

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_recording_sql.h"
#include "support_replay.h"

#define S  NS_PER_S
#define MB (1ull << 20)

/* Ten minutes of a leak of 1 MB/s in region 2; region 3 is gone from 00:50 on. */
static void leak(struct support_file *s)
{
	support_file_open(s);
	support_sql(s, "BEGIN");
	support_row_image(s, 0, 4711, "shopd --port 80");
	for (uint64_t t = 0; t <= 600; t++) {
		support_row_sample(s, t * S, (100 + t) * MB);
		if (t % 2)
			continue;
		support_row_region(s, 2, t * S, 0x2000 * MB, (60 + t) * MB, (50 + t) * MB);
		if (t == 0) {
			support_row_region(s, 1, 0, 0x1000 * MB, 20 * MB, 10 * MB);
			support_row_region(s, 3, 0, 0x3000 * MB, 30 * MB, 30 * MB);
		}
		if (t == 50)
			support_sql(s, "INSERT INTO region(id, time, gone) VALUES(3, %llu, 1)",
			            50ull * S);
	}
	support_sql(s, "COMMIT");
}

static void moment__shows_the_regions_of_then__at_any_time(void **state)
{
	struct support_file s;
	struct replay *r;
	struct moment *m;

	(void)state;
	leak(&s);
	r = replay_of(s.path);
	m = moment_of(r, 49 * S, 0);
	assert_int_equal(m->regions->count, 3);
	assert_int_equal(m->regions->time, 48 * S);
	assert_int_equal(m->regions->rows[1]->id, 2);
	assert_int_equal(m->regions->rows[1]->bytes[SMAPS_RSS], 98 * MB);
	assert_int_equal(m->regions->totals[SMAPS_RSS], (10 + 98 + 30) * MB);
	moment_unref(m);
	m = moment_of(r, 50 * S, 0);
	assert_int_equal(m->regions->count, 2);
	assert_null(region_table_find(m->regions, 3));
	assert_int_equal(m->sample.v[FIGURE_RSS], 150 * MB);
	assert_int_equal(m->sample.v[FIGURE_VSZ], UNKNOWN);
	moment_unref(m);
	replay_free(r);
	support_file_done(&s);
}

/* As a program of before knew fewer figures: they are unknown, and all that was recorded is there. */
static void moment__is_whole__though_an_older_program_recorded_fewer_figures(void **state)
{
	static const char *const later[] = {"rss_min", "rss_max", "vsz", "threads"};
	struct support_file s;
	struct replay *r;
	struct moment *m;

	(void)state;
	leak(&s);
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		support_sql(&s, "ALTER TABLE sample DROP COLUMN %s", later[i]);
	support_sql(&s, "ALTER TABLE region DROP COLUMN swap_pss");
	r = replay_of(s.path);
	m = moment_of(r, 49 * S, 0);
	assert_int_equal(m->sample.v[FIGURE_RSS], 149 * MB);
	assert_int_equal(m->sample.v[FIGURE_VSZ], UNKNOWN);
	assert_int_equal(m->sample.v[FIGURE_THREADS], UNKNOWN);
	assert_int_equal(m->regions->rows[1]->bytes[SMAPS_RSS], 98 * MB);
	assert_int_equal(m->regions->rows[1]->bytes[SMAPS_SWAP_PSS], UNKNOWN);
	moment_unref(m);
	replay_free(r);
	support_file_done(&s);
}

static void moment__tells_the_rate_of_the_minutes_before__as_a_live_one_does(void **state)
{
	struct support_file s;
	const struct region_trend *t;
	struct replay *r;
	struct moment *m;

	(void)state;
	leak(&s);
	r = replay_of(s.path);
	m = moment_of(r, 400 * S, 2);
	t = moment_trend(m, 2);
	assert_non_null(t);
	assert_true(fabs(t->rate - (double)MB) < 1e4);
	assert_true(t->spark_count > 12);
	assert_int_equal(t->spark[t->spark_count - 1], 450 * MB);
	t = moment_trend(m, 1);
	assert_non_null(t);
	assert_true(fabs(t->rate) < 1);
	assert_true(m->focus_chart.count > 100);
	assert_int_equal(m->focus_chart.points[0].last, 50 * MB);
	assert_int_equal(m->focus_chart.points[m->focus_chart.count - 1].last, 450 * MB);
	assert_int_equal(m->charts[CHART_RSS].points[0].last, 100 * MB);
	assert_int_equal(m->charts[CHART_RSS].points[CHART_POINTS - 1].last, 500 * MB);
	assert_int_equal(m->row_count, MOMENT_ROWS);
	assert_string_equal(m->target->command, "shopd --port 80");
	moment_unref(m);
	replay_free(r);
	support_file_done(&s);
}

/* The sample that a second process began with was thinned out: its next one stands in, not one of the first. */
static void moment__counts_changes_from_its_own_process__when_its_first_sample_is_gone(void **state)
{
	struct support_file s;
	struct replay *r;
	struct moment *m;

	(void)state;
	support_file_open(&s);
	support_row_image(&s, 0, 4711, "shopd");
	support_row_image(&s, 15 * S, 4712, "shopd");
	for (uint64_t t = 0; t <= 50; t += 10)
		support_row_sample(&s, t * S, (t < 15 ? 900 : 100 + t) * MB);
	r = replay_of(s.path);
	m = moment_of(r, 40 * S, 0);
	assert_int_equal(m->target->pid, 4712);
	assert_int_equal(m->baseline->sample.time, 20 * S);
	assert_int_equal(m->baseline->sample.v[FIGURE_RSS], 120 * MB);
	moment_unref(m);
	m = moment_of(r, 10 * S, 0);
	assert_int_equal(m->baseline->sample.time, 0);
	moment_unref(m);
	replay_free(r);
	support_file_done(&s);
}

static void source__brings_every_sample_and_the_table_of_its_time__in_order(void **state)
{
	struct support_file s;
	struct region_table *t;
	struct source *source;
	struct sample sample;
	uint64_t samples = 0, tables = 0;
	struct replay *r;
	int err;

	(void)state;
	leak(&s);
	r = replay_of(s.path);
	assert_int_equal(replay_source(r, &source), 0);
	while ((err = source->ops->sample(source, 0, &sample)) == 0) {
		assert_int_equal(sample.time, samples++ * S);
		t = source->ops->regions(source);
		if (sample.time / S % 2) {
			assert_null(t);
			continue;
		}
		tables++;
		assert_non_null(t);
		assert_int_equal(t->time, sample.time);
		assert_int_equal(t->count, sample.time < 50 * S ? 3 : 2);
		assert_int_equal(region_table_find(t, 2)->bytes[SMAPS_RSS],
		                 50 * MB + sample.time / S * MB);
		region_table_unref(t);
	}
	assert_int_equal(err, -ENODATA);
	assert_int_equal(samples, 601);
	assert_int_equal(tables, 301);
	source->ops->free(source);
	replay_free(r);
	support_file_done(&s);
}

static void source__tells_who_ended_and_who_went_on__where_the_sample_of_then_comes(void **state)
{
	struct source_news news;
	struct support_file s;
	struct source *source;
	struct sample sample;
	struct replay *r;

	(void)state;
	support_file_open(&s);
	support_row_image(&s, 0, 100, "shopd");
	support_row_image(&s, 5 * S, 200, "shopd");
	for (uint64_t t = 0; t < 10; t++)
		support_row_sample(&s, t * S, 10 * MB);
	support_sql(&s,
	            "INSERT INTO event(time, kind, text) VALUES (0, 'start', 'the watch began'),"
	            "(4000000000, 'exit', 'pid 100 exited'),"
	            "(5000000000, 'verdict', 'Cannot tell yet'),"
	            "(5000000000, 'restart', 'restarted as pid 200'),"
	            "(5000000000, 'restart', 'and again')");
	r = replay_of(s.path);
	assert_int_equal(replay_source(r, &source), 0);
	for (uint64_t t = 0; source->ops->sample(source, 0, &sample) == 0; t++) {
		if (t == 4) {
			assert_true(source_news(source, &news));
			assert_int_equal(news.kind, EVENT_EXIT);
			assert_string_equal(news.text, "pid 100 exited");
		}
		if (t == 5) {
			assert_true(source_news(source, &news));
			assert_int_equal(news.kind, EVENT_RESTART);
			assert_string_equal(news.text, "restarted as pid 200");
			assert_true(source_news(source, &news));
			assert_string_equal(news.text, "and again");
		}
		assert_false(source_news(source, &news));
		/* A life of its own, though no row has a flag. */
		assert_int_equal(!!(sample.flags & SAMPLE_RESTART), t == 5);
	}
	source->ops->free(source);
	replay_free(r);
	support_file_done(&s);
}

/* The oldest passes were dropped: the row before them still tells how large the region was. */
static void focus__begins_with_what_was_known_before_the_first_pass_that_is_left(void **state)
{
	struct support_file s;
	struct replay *r;
	struct moment *m;

	(void)state;
	leak(&s);
	support_sql(&s, "DELETE FROM pass WHERE time < %llu", 100ull * S);
	support_sql(&s, "DELETE FROM region WHERE id = 2 AND time > 60000000000 AND time <"
	                " 120000000000");
	r = replay_of(s.path);
	m = moment_of(r, 200 * S, 2);
	assert_int_equal(m->focus_chart.from, 100 * S);
	assert_int_equal(m->focus_chart.points[0].last, 110 * MB);
	assert_int_equal(m->focus_chart.points[m->focus_chart.count - 1].last, 250 * MB);
	moment_unref(m);
	replay_free(r);
	support_file_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(moment__shows_the_regions_of_then__at_any_time),
	        cmocka_unit_test(moment__is_whole__though_an_older_program_recorded_fewer_figures),
	        cmocka_unit_test(moment__tells_the_rate_of_the_minutes_before__as_a_live_one_does),
	        cmocka_unit_test(
	                focus__begins_with_what_was_known_before_the_first_pass_that_is_left),
	        cmocka_unit_test(
	                moment__counts_changes_from_its_own_process__when_its_first_sample_is_gone),
	        cmocka_unit_test(
	                source__tells_who_ended_and_who_went_on__where_the_sample_of_then_comes),
	        cmocka_unit_test(source__brings_every_sample_and_the_table_of_its_time__in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
