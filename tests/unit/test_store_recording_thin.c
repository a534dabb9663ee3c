/* SPDX-License-Identifier: MIT */
/* What is left of random weeks, against everything that was given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/schema.h"
#include "support_recording.h"

#define HOUR (3600 * SECOND)
#define DAY  (24 * HOUR)

enum { SAMPLES_MAX = 40000, TABLES_MAX = 12000 };

/* All that was given. */
struct given {
	struct sample *samples;
	size_t count;
	struct region_table **tables;
	size_t table_count;
	enum verdict_kind *kinds; /* one a sample */
};

static struct given *given_new(void)
{
	struct given *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	g->samples = calloc(SAMPLES_MAX, sizeof(*g->samples));
	g->tables = calloc(TABLES_MAX, sizeof(struct region_table *));
	g->kinds = calloc(SAMPLES_MAX, sizeof(*g->kinds));
	assert_true(g->samples && g->tables && g->kinds);
	return g;
}

static void given_free(struct given *g)
{
	for (size_t i = 0; i < g->table_count; i++)
		region_table_unref(g->tables[i]);
	free(g->samples);
	free(g->tables);
	free(g->kinds);
	free(g);
}

/* Mostly a minute or so, now and then a burst of seconds, seldom hours. */
static uint64_t rest(struct studio *s, size_t i)
{
	if (studio_random(s, 400) == 0)
		return studio_random(s, 5 * HOUR) + 1;
	return i / 300 % 3 ? SECOND * (1 + studio_random(s, 2)) + studio_random(s, SECOND / 2)
	                   : SECOND * (1 + studio_random(s, 400));
}

static void give(struct studio *s, struct given *g, uint64_t time)
{
	struct sample *sample = &g->samples[g->count];
	struct verdict v;

	studio_sample(sample, time, studio_random(s, 1u << 30));
	sample->flags = studio_random(s, 20) ? 0 : 1u << studio_random(s, 5);
	assert_int_equal(recording_sample(s->r, sample, 0, NULL), 0);
	verdict_init(&v);
	v.kind = studio_random(s, 50) || !g->count ? (enum verdict_kind)(g->count / 700 % 4)
	                                           : VERDICT_LEAK;
	v.confidence = (int)studio_random(s, 100);
	g->kinds[g->count++] = v.kind;
	assert_int_equal(recording_verdict(s->r, time, &v), 0);
	if (studio_random(s, 3))
		return;
	studio_regions(s, time, 12, 2, studio_random(s, 4) == 0);
	g->tables[g->table_count++] = region_table_ref(s->table);
	assert_int_equal(recording_regions(s->r, s->table), 0);
}

static void give_weeks(struct studio *s, struct given *g, uint64_t until, size_t most)
{
	uint64_t time = 0;

	while (time < until && g->count < most) {
		give(s, g, time);
		time += rest(s, g->count);
		if (studio_random(s, 40) == 0)
			studio_commit(s);
	}
	/* Time goes on, so that all that has come of age is thinned. */
	for (unsigned i = 0; i < 40; i++) {
		give(s, g, time);
		time += SECOND;
		studio_commit(s);
	}
}

/* --- samples ------------------------------------------------------------------------------------- */

static uint64_t bucket_of(uint64_t time, unsigned stage)
{
	return time / recording_thinning.width[stage];
}

/* Widest bucket that a row of this age may stand for; -1: none, it is as it was taken. */
static int allowed(uint64_t age)
{
	if (age < recording_thinning.full)
		return -1;
	return age < recording_thinning.until[0] ? 0 : age < recording_thinning.until[1] ? 1 : 2;
}

static void extremes_are(sqlite3_stmt *q, int column, const struct sample *s, size_t n, int figure)
{
	uint64_t least = UNKNOWN, most = UNKNOWN;

	for (size_t i = 0; i < n; i++) {
		uint64_t v = figure < 0 ? sample_base(&s[i], NULL) : s[i].v[figure];

		if (!known(v))
			continue;
		least = !known(least) || v < least ? v : least;
		most = !known(most) || v > most ? v : most;
	}
	assert_int_equal(sqlite3_column_type(q, column) == SQLITE_NULL, !known(least));
	if (known(least)) {
		assert_int_equal(sqlite3_column_int64(q, column), least);
		assert_int_equal(sqlite3_column_int64(q, column + 1), most);
	}
}

/* One row stands for samples s[0..n). */
static void row_is(sqlite3_stmt *q, const struct sample *s, size_t n, uint64_t now)
{
	int stage = allowed(now - s[n - 1].time);
	unsigned flags = 0;

	for (size_t i = 0; i < n; i++)
		flags |= s[i].flags;
	assert_int_equal(sqlite3_column_int64(q, 1), flags);
	assert_int_equal(sqlite3_column_int64(q, 2), s[n - 1].time - s[0].time);
	for (unsigned f = 0; f < FIGURE_COUNT; f++) {
		int c = 3 + (int)f;

		assert_int_equal(sqlite3_column_type(q, c) == SQLITE_NULL, !known(s[n - 1].v[f]));
		if (known(s[n - 1].v[f]))
			assert_int_equal(sqlite3_column_int64(q, c), s[n - 1].v[f]);
	}
	if (n == 1)
		return;
	assert_true(stage >= 0);
	assert_int_equal(bucket_of(s[0].time, (unsigned)stage),
	                 bucket_of(s[n - 1].time, (unsigned)stage));
	extremes_are(q, 3 + FIGURE_COUNT, s, n, -1);
	for (int f = 0; f < SCHEMA_EXTREMES; f++)
		extremes_are(q, 5 + FIGURE_COUNT + 2 * f, s, n, f);
}

static sqlite3_stmt *samples_query(sqlite3 *db)
{
	sqlite3_stmt *q;
	char sql[8192];
	int n = snprintf(sql, sizeof(sql), "SELECT time,flags,span");

	for (unsigned f = 0; f < FIGURE_COUNT; f++)
		n += snprintf(sql + n, sizeof(sql) - (size_t)n, ",%s", schema_figures[f]);
	n += snprintf(sql + n, sizeof(sql) - (size_t)n, ",base_min,base_max");
	for (unsigned f = 0; f < SCHEMA_EXTREMES; f++)
		n += snprintf(sql + n, sizeof(sql) - (size_t)n, ",%s_min,%s_max", schema_figures[f],
		              schema_figures[f]);
	snprintf(sql + n, sizeof(sql) - (size_t)n, " FROM sample ORDER BY time");
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
	return q;
}

/* Behind its due time by a step of the sweeps no two rows share a bucket. */
static void rows_are_apart(uint64_t before, uint64_t time, uint64_t now)
{
	static const uint64_t due[] = {HOUR, 6 * HOUR, DAY};
	const struct recording_thinning *t = &recording_thinning;
	const uint64_t from[] = {t->full, t->until[0], t->until[1]};

	for (unsigned k = 0; k < 3; k++)
		if (now - time > from[k] + due[k] + HOUR)
			assert_int_not_equal(bucket_of(before, k), bucket_of(time, k));
}

static void recording_thinning__keeps_last_least_and_largest_of_each_bucket(void **state)
{
	struct studio *s = *state;
	struct given *g = given_new();
	uint64_t now, before = UNKNOWN;
	size_t i = 0, rows = 0;
	sqlite3 *db;
	sqlite3_stmt *q;

	studio_open(s);
	give_weeks(s, g, 21 * DAY, SAMPLES_MAX - 100);
	now = g->samples[g->count - 1].time;
	assert_true(now > 15 * DAY);
	db = studio_reader(s);
	q = samples_query(db);
	while (sqlite3_step(q) == SQLITE_ROW) {
		uint64_t time = (uint64_t)sqlite3_column_int64(q, 0);
		size_t from = i;

		while (i < g->count && g->samples[i].time <= time)
			i++;
		assert_true(i > from);
		assert_int_equal(g->samples[i - 1].time, time);
		row_is(q, &g->samples[from], i - from, now);
		if (known(before))
			rows_are_apart(before, time, now);
		before = time;
		rows++;
	}
	assert_int_equal(i, g->count);
	assert_true(rows < g->count / 2);
	sqlite3_finalize(q);
	sqlite3_close(db);
	given_free(g);
	studio_whole(s);
}

/* --- regions ------------------------------------------------------------------------------------- */

/* What the file says of the time `t->time` is that table. */
static void table_is(sqlite3 *db, const struct region_table *t)
{
	sqlite3_stmt *q;
	size_t n = 0;

	assert_int_equal(
	        sqlite3_prepare_v2(db,
	                           "SELECT id,rss,peak FROM (SELECT id,gone,rss,peak,max(time) FROM"
	                           " region WHERE time<=? GROUP BY id) WHERE gone=0",
	                           -1, &q, NULL),
	        SQLITE_OK);
	sqlite3_bind_int64(q, 1, (sqlite3_int64)t->time);
	for (; sqlite3_step(q) == SQLITE_ROW; n++) {
		const struct region *r = region_table_find(t, (uint64_t)sqlite3_column_int64(q, 0));

		assert_non_null(r);
		assert_int_equal(sqlite3_column_int64(q, 1), r->bytes[SMAPS_RSS]);
		assert_int_equal(sqlite3_column_int64(q, 2), r->peak);
	}
	assert_int_equal(n, t->count);
	sqlite3_finalize(q);
}

static void recording_thinning__leaves_the_regions_of_every_pass_that_is_left(void **state)
{
	struct studio *s = *state;
	struct given *g = given_new();
	size_t i = 0, passes = 0, rows = 0;
	sqlite3 *db;
	sqlite3_stmt *q;

	studio_open(s);
	give_weeks(s, g, 21 * DAY, 12000);
	for (size_t k = 1; k < g->table_count; k++)
		for (size_t n = 0; n < g->tables[k]->count; n++)
			rows += g->tables[k]->rows[n] != g->tables[k - 1]->rows[n];
	db = studio_reader(s);
	sqlite3_prepare_v2(db, "SELECT time FROM pass ORDER BY time", -1, &q, NULL);
	while (sqlite3_step(q) == SQLITE_ROW) {
		while (i < g->table_count &&
		       g->tables[i]->time < (uint64_t)sqlite3_column_int64(q, 0))
			i++;
		assert_true(i < g->table_count);
		assert_int_equal(g->tables[i]->time, sqlite3_column_int64(q, 0));
		if (passes++ % 7 == 0)
			table_is(db, g->tables[i]);
	}
	sqlite3_finalize(q);
	sqlite3_close(db);
	assert_true(passes < g->table_count);
	assert_true((size_t)studio_number(s, "SELECT count(*) FROM region") < rows * 9 / 10);
	for (unsigned k = 0; k < 3; k++) {
		const uint64_t age =
		        25 * HOUR + (k ? recording_thinning.until[k - 1] : recording_thinning.full);
		const uint64_t now = g->samples[g->count - 1].time;

		/* One row of a region in a bucket, once it is of age and a sweep has come by. */
		assert_int_equal(
		        studio_number(
		                s,
		                "SELECT count(*) FROM region AS a JOIN region AS b ON a.id=b.id"
		                " AND a.time<b.time AND a.time/%llu=b.time/%llu"
		                " WHERE b.time<%llu",
		                (unsigned long long)recording_thinning.width[k],
		                (unsigned long long)recording_thinning.width[k],
		                (unsigned long long)(now > age ? now - age : 0)),
		        0);
	}
	/* Nothing is left of what came and went between two rows that are left. */
	assert_int_equal(studio_number(s, "SELECT count(*) FROM region AS r WHERE gone=1 AND NOT"
	                                  " EXISTS(SELECT 1 FROM region WHERE id=r.id AND gone=0)"),
	                 0);
	given_free(g);
	studio_whole(s);
}

/* --- verdicts ------------------------------------------------------------------------------------ */

static void recording_thinning__keeps_every_change_of_the_verdict(void **state)
{
	struct studio *s = *state;
	struct given *g = given_new();
	const char *last = "none yet";
	size_t i = 0;
	sqlite3 *db;
	sqlite3_stmt *q;

	studio_open(s);
	give_weeks(s, g, 21 * DAY, 12000);
	db = studio_reader(s);
	sqlite3_prepare_v2(db, "SELECT time,kind FROM verdict ORDER BY time", -1, &q, NULL);
	while (sqlite3_step(q) == SQLITE_ROW) {
		const char *kind = (const char *)sqlite3_column_text(q, 1);

		/* All that were given up to here said what the row before says, until this one. */
		while (g->samples[i].time < (uint64_t)sqlite3_column_int64(q, 0))
			assert_string_equal(verdict_kind_json[g->kinds[i++]], last);
		last = verdict_kind_json[g->kinds[i]];
		assert_string_equal(kind, last);
		i++;
	}
	sqlite3_finalize(q);
	sqlite3_close(db);
	assert_int_equal(i, g->count);
	assert_true((size_t)studio_number(s, "SELECT count(*) FROM verdict") < g->count * 3 / 4);
	given_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, studio_setup, studio_teardown)
	        TEST(recording_thinning__keeps_last_least_and_largest_of_each_bucket),
	        TEST(recording_thinning__leaves_the_regions_of_every_pass_that_is_left),
	        TEST(recording_thinning__keeps_every_change_of_the_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
