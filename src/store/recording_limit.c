/* SPDX-License-Identifier: MIT */
/*
 * What is thinned next: what has come of age, and, when the file nears its limit, the oldest part of the
 * stage that takes most of it. So a long recording keeps a bit of everything: the last hours as they were, weeks in
 * ever wider steps. Knows limits and cursors; refuses to know rows.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store/recording_internal.h"

enum {
	BUDGET = 150,         /* rows a second that was recorded */
	BUDGET_URGENT = 6000, /* likewise, when the file is full */
	BUDGET_SECONDS = 600, /* for which at most a commit makes up */
	CHECKPOINT_PAGES = 1000,
	ROOM_PAGES = 32,
	EVENTS_MAX = 20000,
	IMAGES_MAX = 5000,
	NAMES_MAX = 4000, /* that may be added before unused ones are looked for */
	ROOM_ROUNDS = 200,
};

#define NS              1000000000ull
#define JOURNAL_LEAST   (256ull << 10)
#define JOURNAL_LARGEST (32ull << 20)

/* Stage 1 begins in steps of an hour: a sweep walks past every region, which has its price. */
static const uint64_t steps[STAGES_BY_AGE + 1] = {0, 3600 * NS, 6 * 3600 * NS, 24 * 3600 * NS};

/* --- shares -------------------------------------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t largest(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int set_pages(struct recording *r)
{
	uint64_t checkpoint;
	char sql[200];

	r->journal_max = r->limit / 4;
	if (r->journal_max < JOURNAL_LEAST)
		r->journal_max = JOURNAL_LEAST;
	if (r->journal_max > JOURNAL_LARGEST)
		r->journal_max = JOURNAL_LARGEST;
	r->pages_max = (r->limit - r->journal_max) / RECORDING_PAGE;
	checkpoint = r->journal_max / 4 / RECORDING_PAGE;
	if (checkpoint > CHECKPOINT_PAGES)
		checkpoint = CHECKPOINT_PAGES;
	snprintf(sql, sizeof(sql),
	         "PRAGMA max_page_count=%llu; PRAGMA wal_autocheckpoint=%llu;"
	         " PRAGMA journal_size_limit=%llu",
	         (unsigned long long)r->pages_max, (unsigned long long)checkpoint,
	         (unsigned long long)r->journal_max / 2);
	return recording_exec(r, sql);
}

static int read_cursors(struct recording *r)
{
	uint64_t *c = r->now.cursor;
	unsigned long long v[STAGES] = {0};
	sqlite3_stmt *s;
	int n = 0, rc = sqlite3_prepare_v2(r->db, "SELECT value FROM fact WHERE key='thinned'", -1,
	                                   &s, NULL);

	if (rc != SQLITE_OK)
		return recording_errno(r, rc);
	if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0))
		n = sscanf((const char *)sqlite3_column_text(s, 0),
		           "%llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3], &v[4],
		           &v[5], &v[6]);
	for (int k = 0; k < STAGES; k++)
		c[k + 1] = n == STAGES && v[k] <= known_or(r->now.newest, 0) ? v[k] : 0;
	/* Sorted, whatever the file says. */
	for (int k = STAGES - 1; k >= 1; k--)
		if (c[k] < c[k + 1])
			c[k] = c[k + 1];
	return recording_errno(r, sqlite3_finalize(s));
}

static int weigh_table(struct recording *r, const char *table, int64_t bytes)
{
	const uint64_t *c = r->now.cursor;
	sqlite3_stmt *s;
	char sql[512];
	int rc, n = snprintf(sql, sizeof(sql), "SELECT CASE");

	for (unsigned k = 0; k + 1 < STAGES; k++)
		n += snprintf(sql + n, sizeof(sql) - (size_t)n, " WHEN time>=%llu THEN %u",
		              (unsigned long long)c[k + 1], k);
	snprintf(sql + n, sizeof(sql) - (size_t)n,
	         " ELSE %d END AS stage, count(*) FROM %s GROUP BY stage", STAGES - 1, table);
	rc = sqlite3_prepare_v2(r->db, sql, -1, &s, NULL);
	if (rc != SQLITE_OK)
		return recording_errno(r, rc);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		r->now.weight[sqlite3_column_int(s, 0)] += sqlite3_column_int64(s, 1) * bytes;
	sqlite3_finalize(s);
	return recording_errno(r, rc);
}

int recording_limits_init(struct recording *r)
{
	int err = set_pages(r);

	if (err == 0)
		err = read_cursors(r);
	if (err == 0)
		err = weigh_table(r, "sample", WEIGHT_SAMPLE);
	if (err == 0)
		err = weigh_table(r, "region", WEIGHT_REGION);
	if (err == 0)
		err = weigh_table(r, "verdict", WEIGHT_VERDICT);
	return err;
}

/* --- what is due --------------------------------------------------------------------------------- */

static uint64_t age_of(unsigned stage)
{
	return stage == 1 ? recording_thinning.full : recording_thinning.until[stage - 2];
}

static uint64_t floor_to(uint64_t time, uint64_t step)
{
	return time - time % step;
}

/* Up to where rows are at a stage below, so that they can come to this one. */
static uint64_t reach(const struct recording *r, unsigned stage)
{
	return stage == 1 ? r->now.newest : r->now.cursor[stage - 1];
}

static bool due_by_age(struct recording *r)
{
	for (unsigned k = STAGES_BY_AGE; k >= 1; k--) {
		uint64_t age = age_of(k), to;

		if (r->now.newest <= age)
			continue;
		to = floor_to(r->now.newest - age, steps[k]);
		if (to > reach(r, k))
			to = floor_to(reach(r, k), recording_width(k));
		if (to <= r->now.cursor[k])
			continue;
		recording_sweep_begin(r, k, to);
		return true;
	}
	return false;
}

/* The stage that takes most, which wider buckets of the next one can take from; 0: none. */
static unsigned heaviest(const struct recording *r)
{
	int64_t most = 0;
	unsigned best = 0;

	for (unsigned k = 1; k < STAGES; k++) {
		/* The newest, as it was taken, is worth twice as much. */
		int64_t weight = k == 1 ? r->now.weight[0] / 2 : r->now.weight[k - 1];
		uint64_t width = recording_width(k);

		if (weight > most && floor_to(reach(r, k), width) >= r->now.cursor[k] + 2 * width) {
			most = weight;
			best = k;
		}
	}
	return r->now.weight[STAGES - 1] > most ? 0 : best;
}

static void due_by_size(struct recording *r)
{
	unsigned k = heaviest(r);
	uint64_t oldest = r->now.cursor[STAGE_DROP], width, step;

	if (!k) {
		recording_sweep_begin(r, STAGE_DROP, oldest + (r->now.newest - oldest) / 16);
		return;
	}
	width = recording_width(k);
	step = floor_to((reach(r, k) - r->now.cursor[k]) / 8, width);
	recording_sweep_begin(r, k, floor_to(r->now.cursor[k], width) + (step ? step : width));
}

/* --- a little at a time -------------------------------------------------------------------------- */

int recording_number_of(struct recording *r, enum recording_sql which, uint64_t *ret)
{
	int err = recording_step(r, which);

	if (err < 0)
		return err;
	*ret = column_count(r->sql[which], 0);
	recording_reset(r, which);
	return 0;
}

/* Pages in use, and a bit of a file that is larger than it may be given back. */
static int pages_used(struct recording *r, uint64_t *ret)
{
	uint64_t all = 0, free = 0;
	int err = recording_number_of(r, SQL_PAGES, &all);

	if (err == 0)
		err = recording_number_of(r, SQL_FREE_PAGES, &free);
	if (err == 0 && all > r->pages_max && free) {
		while ((err = recording_step(r, SQL_VACUUM)) > 0)
			;
	}
	*ret = all - free;
	return err;
}

static int drop_oldest(struct recording *r, enum recording_sql which, uint64_t *rows, uint64_t most)
{
	uint64_t tenth = most / 10;
	int i = 1, err;

	if (*rows <= most)
		return 0;
	bind_count(r->sql[which], &i, tenth);
	err = recording_run(r, which);
	if (err == 0)
		*rows -= (uint64_t)sqlite3_changes(r->db);
	return err;
}

/* Names that no region has any more: looked for rarely, for all of the table of regions is read. */
static int drop_names(struct recording *r)
{
	uint64_t names;
	int err;

	if (r->now.names_new < least(NAMES_MAX, r->limit >> 16))
		return 0;
	err = recording_number(r, "SELECT count(*) FROM name", &names);
	if (err < 0 || r->now.names_new < names / 2)
		return err;
	r->now.names_new = 0;
	return recording_run(r, SQL_DROP_NAMES);
}

/* Pages from where on it is thinned by size; a small file needs a larger part free for one transaction. */
uint64_t recording_soft_pages(const struct recording *r)
{
	return r->pages_max - largest(r->pages_max / 8, least(48, r->pages_max / 4));
}

/* And from where on the next transaction may not fit. */
static uint64_t full_pages(const struct recording *r)
{
	return r->pages_max - largest(r->pages_max / 16, least(24, r->pages_max / 8));
}

static unsigned budget_of(const struct recording *r, uint64_t used, uint64_t soft)
{
	uint64_t passed = (r->now.newest - known_or(r->kept.newest, 0)) / NS + 1, budget = BUDGET;

	if (used > soft)
		budget += BUDGET_URGENT * (used - soft) / (r->pages_max - soft);
	return (unsigned)(budget * least(passed, BUDGET_SECONDS));
}

static int set_pages_max(struct recording *r, uint64_t pages)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%llu", (unsigned long long)pages);
	return recording_exec(r, sql);
}

static int make_room_once(struct recording *r, bool *ret_enough)
{
	uint64_t used;
	int err = recording_journal(r);

	if (err == 0)
		err = recording_run(r, SQL_BEGIN);
	if (err == 0)
		err = recording_room_begin(r);
	if (err == 0)
		err = pages_used(r, &used);
	if (err == 0 && !r->now.sweep.stage)
		due_by_size(r);
	if (err == 0)
		err = recording_sweep_on(r, BUDGET_URGENT);
	if (err == 0)
		err = pages_used(r, &used);
	if (err == 0)
		err = recording_run(r, SQL_COMMIT);
	*ret_enough = err == 0 && used <= recording_soft_pages(r);
	return err;
}

int recording_make_room(struct recording *r)
{
	bool enough = !known(r->now.newest);
	/* To make rows fewer takes a few pages more for a moment; the journal's share lends them. */
	int err = set_pages_max(r, r->pages_max + ROOM_PAGES);

	for (unsigned i = 0; err == 0 && !enough && i < ROOM_ROUNDS; i++) {
		err = make_room_once(r, &enough);
		if (err < 0)
			recording_fail(r, err);
		else
			recording_kept(r);
	}
	set_pages_max(r, r->pages_max);
	return err;
}

int recording_thin_some(struct recording *r)
{
	uint64_t used, soft = recording_soft_pages(r);
	int err = pages_used(r, &used);

	if (err < 0 || !known(r->now.newest))
		return err;
	if (!r->now.sweep.stage && !due_by_age(r) && used > soft)
		due_by_size(r);
	err = recording_sweep_on(r, budget_of(r, used, soft));
	if (err == 0)
		err = drop_oldest(r, SQL_DROP_EVENT, &r->now.events,
		                  least(EVENTS_MAX, r->limit >> 10));
	if (err == 0)
		err = drop_oldest(r, SQL_DROP_IMAGE, &r->now.images,
		                  least(IMAGES_MAX, r->limit >> 13));
	if (err == 0)
		err = drop_names(r);
	if (err == 0)
		err = pages_used(r, &used);
	r->full = err == 0 && used > full_pages(r);
	return err;
}

/* --- the journal --------------------------------------------------------------------------------- */

/* A transaction needs three quarters of the journal's share at the most, unless it is an odd one. */
static bool has_room(const struct recording *r, uint64_t journal)
{
	uint64_t file = least(recording_file_size(r->path), r->pages_max * RECORDING_PAGE);

	return journal <= r->journal_max && file + journal + r->journal_max / 4 * 3 <= r->limit;
}

int recording_journal(struct recording *r)
{
	uint64_t journal = recording_file_size(r->wal);
	int rc;

	r->read_on = false;
	if (!journal || (has_room(r, journal) && !r->squeeze))
		return 0;
	sqlite3_busy_timeout(r->db, 0);
	rc = sqlite3_wal_checkpoint_v2(r->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	sqlite3_busy_timeout(r->db, 2000);
	r->read_on = (rc & 0xff) == SQLITE_BUSY;
	if (rc != SQLITE_OK && !r->read_on)
		return recording_errno(r, rc);
	r->squeeze = false;
	if (recording_file_size(r->path) + recording_file_size(r->wal) <= r->limit || !r->read_on)
		return 0;
	return -EAGAIN;
}
