/* SPDX-License-Identifier: MIT */
/*
 * The table of lives: from when to when each region was there, so that a reader need not ask every row of all
 * regions that ever lived. Knows how a recording that was begun without it comes by it; refuses to know what
 * a region was like.
 */
#include <errno.h>

#include "store/recording_internal.h"

static const char *const life_sql[SQL_COUNT - SQL_LIFE_FIRST] = {
        [SQL_LIFE_BEGIN - SQL_LIFE_FIRST] = "INSERT OR REPLACE INTO life(id,first) VALUES(?1,?2)",
        [SQL_LIFE_END - SQL_LIFE_FIRST] = "UPDATE life SET gone=?2 WHERE id=?1",
        [SQL_LIFE_LOSE - SQL_LIFE_FIRST] =
                "DELETE FROM life WHERE id=?1 AND NOT EXISTS(SELECT 1 FROM region WHERE id=?1)",
        [SQL_LIFE_GONE_ALL - SQL_LIFE_FIRST] = ("INSERT OR REPLACE INTO region(id,time,gone) "
                                                "SELECT id,?1,1 FROM life WHERE gone IS NULL"),
        [SQL_LIFE_END_ALL - SQL_LIFE_FIRST] = "UPDATE life SET gone=?1 WHERE gone IS NULL",
};

static bool has_lives(const struct recording *r)
{
	return r->sql[SQL_LIFE_FIRST] != NULL;
}

static int run(struct recording *r, enum recording_sql which, uint64_t id, uint64_t time)
{
	int i = 1;

	if (!has_lives(r))
		return 0;
	bind_count(r->sql[which], &i, id);
	if (known(time))
		bind_count(r->sql[which], &i, time);
	return recording_run(r, which);
}

int recording_life_begin(struct recording *r, uint64_t id, uint64_t time)
{
	return run(r, SQL_LIFE_BEGIN, id, time);
}

int recording_life_end(struct recording *r, uint64_t id, uint64_t time)
{
	return run(r, SQL_LIFE_END, id, time);
}

int recording_life_lose(struct recording *r, uint64_t id)
{
	return run(r, SQL_LIFE_LOSE, id, UNKNOWN);
}

int recording_life_end_all(struct recording *r, uint64_t time)
{
	int i = 1, err;

	if (!has_lives(r)) {
		bind_count(r->sql[SQL_GONE_ALL], &i, time);
		return recording_run(r, SQL_GONE_ALL);
	}
	err = run(r, SQL_LIFE_GONE_ALL, time, UNKNOWN);
	return err < 0 ? err : run(r, SQL_LIFE_END_ALL, time, UNKNOWN);
}

/* --- a file that was begun without ---------------------------------------------------------------- */

static int find_all(struct recording *r, bool missing)
{
	int err = missing ? recording_exec(r, SCHEMA_LIFE) : recording_exec(r, "DELETE FROM life");

	return err < 0 ? err
	               : recording_exec(r, "INSERT INTO life(id,first,gone)"
	                                   " SELECT id,first,(SELECT CASE gone WHEN 1 THEN time END"
	                                   " FROM region WHERE region.id=each.id"
	                                   " ORDER BY time DESC LIMIT 1)"
	                                   " FROM (SELECT id,min(time) AS first FROM region"
	                                   " GROUP BY id) AS each");
}

/* In a transaction of its own: all of it, or nothing. */
static int make(struct recording *r, bool missing)
{
	int err = recording_run(r, SQL_BEGIN);

	if (err == 0)
		err = find_all(r, missing);
	if (err == 0)
		err = recording_run(r, SQL_COMMIT);
	if (err < 0)
		recording_exec(r, "ROLLBACK");
	return err;
}

static void forget_statements(struct recording *r)
{
	for (unsigned i = SQL_LIFE_FIRST; i < SQL_COUNT; i++) {
		sqlite3_finalize(r->sql[i]);
		r->sql[i] = NULL;
	}
}

int recording_life_open(struct recording *r)
{
	uint64_t newest = UNKNOWN;
	bool missing = recording_number(r, "SELECT max(id) FROM life", &newest) < 0;
	int err = 0;

	/* One that does not reach to the newest region was left behind by a writer that does not know it. */
	if (missing || known_or(newest, 0) != r->id_shift)
		err = make(r, missing);
	for (unsigned i = SQL_LIFE_FIRST; i < SQL_COUNT && err == 0; i++)
		err = recording_prepare_one(r, i, life_sql[i - SQL_LIFE_FIRST]);
	if (err < 0)
		forget_statements(r);
	return err;
}
