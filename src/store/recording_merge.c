/* SPDX-License-Identifier: MIT */
/*
 * What becomes of the samples, passes and verdicts of one bucket: the last one, with least and largest. Knows
 * rows; refuses to know which bucket is due.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/recording_internal.h"

int recording_scratch_add(struct recording *r, size_t n, struct recording_moment m)
{
	if (n == r->scratch_cap) {
		size_t cap = n ? n * 2 : 256;
		struct recording_moment *more = realloc(r->scratch, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		r->scratch = more;
		r->scratch_cap = cap;
	}
	r->scratch[n] = m;
	return 0;
}

uint64_t recording_bucket_end(uint64_t time, unsigned stage)
{
	uint64_t width = recording_width(stage);

	return time - time % width + width;
}

void recording_weigh(struct recording *r, unsigned stage, int64_t before, int64_t after,
                     int64_t bytes)
{
	r->now.weight[stage - 1] -= before * bytes;
	if (stage < STAGES)
		r->now.weight[stage] += after * bytes;
}

static int run_range(struct recording *r, enum recording_sql which, uint64_t from, uint64_t to)
{
	int i = 1;

	bind_count(r->sql[which], &i, from);
	bind_count(r->sql[which], &i, to);
	return recording_run(r, which);
}

/* --- samples ------------------------------------------------------------------------------------- */

enum { SERIES = SCHEMA_EXTREMES + 1 }; /* the base, then the figures */

struct bucket {
	unsigned rows;
	uint64_t first, start, last; /* times; start: what the first row stands for begins there */
	uint64_t flags;
	uint64_t min[SERIES], max[SERIES];
};

static void widen(struct bucket *b, unsigned k, uint64_t least, uint64_t largest)
{
	if (known(least) && (!known(b->min[k]) || least < b->min[k]))
		b->min[k] = least;
	if (known(largest) && (!known(b->max[k]) || largest > b->max[k]))
		b->max[k] = largest;
}

static void widen_base(struct bucket *b, sqlite3_stmt *s)
{
	struct sample sample;
	uint64_t base;

	if (known(column_count(s, 3))) {
		widen(b, 0, column_count(s, 3), column_count(s, 4));
		return;
	}
	sample_init(&sample);
	sample.v[FIGURE_LAZYFREE] = column_count(s, 5);
	sample.v[FIGURE_HUGETLB] = column_count(s, 6);
	for (unsigned f = 0; f < SCHEMA_EXTREMES; f++)
		sample.v[f] = column_count(s, 7 + 3 * (int)f);
	base = sample_base(&sample, NULL);
	widen(b, 0, base, base);
}

static void bucket_add(struct bucket *b, sqlite3_stmt *s)
{
	uint64_t time = column_count(s, 0);

	if (!b->rows++) {
		b->first = time;
		b->start = known_sub(time, known_or(column_count(s, 2), 0));
	}
	b->last = time;
	b->flags |= known_or(column_count(s, 1), 0);
	widen_base(b, s);
	for (unsigned f = 0; f < SCHEMA_EXTREMES; f++) {
		int i = 7 + 3 * (int)f;
		uint64_t v = column_count(s, i);

		widen(b, f + 1, known_or(column_count(s, i + 1), v),
		      known_or(column_count(s, i + 2), v));
	}
}

/* The first bucket with samples in it at or behind `from`. */
static int bucket_read(struct recording *r, unsigned stage, uint64_t from, uint64_t to,
                       struct bucket *b)
{
	sqlite3_stmt *s = r->sql[SQL_RANGE_SAMPLE];
	uint64_t end = to;
	int i = 1, err;

	memset(b, 0, sizeof(*b));
	memset(b->min, 0xff, sizeof(b->min));
	memset(b->max, 0xff, sizeof(b->max));
	bind_count(s, &i, from);
	bind_count(s, &i, to);
	while ((err = recording_step(r, SQL_RANGE_SAMPLE)) > 0) {
		uint64_t time = column_count(s, 0);

		if (!b->rows)
			end = recording_bucket_end(time, stage);
		if (time >= end)
			break;
		bucket_add(b, s);
	}
	recording_reset(r, SQL_RANGE_SAMPLE);
	return err < 0 ? err : 0;
}

static int bucket_write(struct recording *r, const struct bucket *b)
{
	sqlite3_stmt *s = r->sql[SQL_MERGE_SAMPLE];
	int i = 1, err;

	if (b->rows < 2)
		return 0;
	err = run_range(r, SQL_DROP_SAMPLE, b->first, b->last);
	if (err < 0)
		return err;
	bind_count(s, &i, b->last);
	bind_count(s, &i, b->flags);
	bind_count(s, &i, b->last - b->start);
	for (unsigned k = 0; k < SERIES; k++) {
		bind_count(s, &i, b->min[k]);
		bind_count(s, &i, b->max[k]);
	}
	return recording_run(r, SQL_MERGE_SAMPLE);
}

/* --- verdicts ------------------------------------------------------------------------------------ */

static void word_copy(char out[24], sqlite3_stmt *s, int column)
{
	const char *word = (const char *)sqlite3_column_text(s, column);

	strncpy(out, word ? word : "", 23);
	out[23] = '\0';
}

struct turn {
	char kind[24], cause[24];
};

static bool turn_to(struct turn *t, sqlite3_stmt *s, int column)
{
	struct turn next;
	bool other;

	word_copy(next.kind, s, column);
	word_copy(next.cause, s, column + 1);
	other = strcmp(t->kind, next.kind) != 0 || strcmp(t->cause, next.cause) != 0;
	*t = next;
	return other;
}

static int turn_before(struct recording *r, uint64_t time, struct turn *ret)
{
	int i = 1, err;

	memset(ret, 0, sizeof(*ret));
	bind_count(r->sql[SQL_BEFORE_VERDICT], &i, time);
	err = recording_step(r, SQL_BEFORE_VERDICT);
	if (err > 0) {
		turn_to(ret, r->sql[SQL_BEFORE_VERDICT], 0);
		recording_reset(r, SQL_BEFORE_VERDICT);
	}
	return err < 0 ? err : 0;
}

static int verdicts_read(struct recording *r, uint64_t from, uint64_t to, size_t *ret_count)
{
	sqlite3_stmt *s = r->sql[SQL_RANGE_VERDICT];
	struct turn turn;
	size_t n = 0;
	int i = 1, err = turn_before(r, from, &turn);

	if (err < 0)
		return err;
	bind_count(s, &i, from);
	bind_count(s, &i, to);
	while ((err = recording_step(r, SQL_RANGE_VERDICT)) > 0) {
		struct recording_moment m = {.time = column_count(s, 0),
		                             .turn = turn_to(&turn, s, 1)};

		err = recording_scratch_add(r, n, m);
		if (err < 0)
			break;
		n++;
	}
	recording_reset(r, SQL_RANGE_VERDICT);
	*ret_count = n;
	return err;
}

static int verdict_drop(struct recording *r, uint64_t time)
{
	static const enum recording_sql parts[] = {SQL_DROP_EVIDENCE, SQL_DROP_LINK,
	                                           SQL_DROP_VERDICT};
	int err = 0;

	for (unsigned k = 0; k < 3 && err == 0; k++) {
		int i = 1;

		bind_count(r->sql[parts[k]], &i, time);
		err = recording_run(r, parts[k]);
	}
	return err;
}

/* The last one stays and, until space is short, every one that said something else than the one before. */
static int verdicts_merge(struct recording *r, unsigned stage, uint64_t from, uint64_t to,
                          unsigned *rows)
{
	size_t n = 0, dropped = 0;
	int err = verdicts_read(r, from, to, &n);

	for (size_t i = 0; i + 1 < n && err == 0; i++) {
		if (r->scratch[i].turn && stage <= STAGES_BY_AGE)
			continue;
		err = verdict_drop(r, r->scratch[i].time);
		dropped++;
	}
	recording_weigh(r, stage, (int64_t)n, (int64_t)(n - dropped), WEIGHT_VERDICT);
	*rows += (unsigned)(n + dropped * 4);
	return err;
}

/* --- buckets ------------------------------------------------------------------------------------- */

static int drop_all(struct recording *r, struct recording_sweep *w, unsigned *ret_rows)
{
	/* A few at a time, so that the journal stays small. */
	uint64_t to = w->at + r->interval * 256;
	int err;

	if (to > w->to || to < w->at)
		to = w->to;
	err = run_range(r, SQL_DROP_SAMPLE, w->at, to);
	if (err == 0) {
		recording_weigh(r, STAGE_DROP, sqlite3_changes(r->db), 0, WEIGHT_SAMPLE);
		*ret_rows += (unsigned)sqlite3_changes(r->db);
		/* The state at the end of what is dropped stays. */
		err = run_range(r, SQL_MERGE_PASS, 0, to);
	}
	if (err == 0)
		err = verdicts_merge(r, STAGE_DROP, 0, to, ret_rows);
	w->at = to;
	return err;
}

int recording_merge_bucket(struct recording *r, struct recording_sweep *w, unsigned *ret_rows)
{
	struct bucket b;
	uint64_t from, end;
	int err;

	if (w->stage == STAGE_DROP)
		return drop_all(r, w, ret_rows);
	err = bucket_read(r, w->stage, w->at, w->to, &b);
	if (err < 0)
		return err;
	if (!b.rows) {
		w->at = w->to;
		return 0;
	}
	end = recording_bucket_end(b.first, w->stage);
	from = end - recording_width(w->stage);
	recording_weigh(r, w->stage, b.rows, 1, WEIGHT_SAMPLE);
	*ret_rows += b.rows;
	err = bucket_write(r, &b);
	if (err == 0)
		err = run_range(r, SQL_MERGE_PASS, from, end);
	if (err == 0)
		err = verdicts_merge(r, w->stage, from, end, ret_rows);
	w->at = end;
	return err;
}
