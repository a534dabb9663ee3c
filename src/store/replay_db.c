/* SPDX-License-Identifier: MIT */
#include "store/bound.h"
#include "store/replay_internal.h"

/*
 * Statements, their rows and columns, and how a failure of SQLite becomes a line. Knows what a sound value is;
 * refuses to know what it stands for.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"

enum { SQL_MOST = 1 << 14 };

/* --- errors ------------------------------------------------------------------------------------- */

int replay_no_memory(const struct replay *r, struct fault *fault)
{
	fault_set(fault, STATUS_USAGE, "%s: out of memory; free some and try again", r->label);
	return -ENOMEM;
}

int replay_damaged(const struct replay *r, const char *how, struct fault *fault)
{
	fault_set(fault, STATUS_USAGE,
	          "%s: damaged (%s); save what can be read with sqlite3 FILE .recover", r->label,
	          how);
	return -EIO;
}

int replay_db_fault(const struct replay *r, struct fault *fault)
{
	int code = r->db ? sqlite3_errcode(r->db) : SQLITE_NOMEM;

	switch (code & 0xff) {
	case SQLITE_NOMEM:
		return replay_no_memory(r, fault);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		fault_set(fault, STATUS_USAGE,
		          "%s: another program has locked it; end that, or try again", r->label);
		return -EBUSY;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		fault_set(fault, STATUS_USAGE,
		          "%s: cannot be opened for reading beside its -wal file; copy both to a "
		          "directory of your own",
		          r->label);
		return -EACCES;
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
		fault_set(fault, STATUS_USAGE,
		          "%s: its tables are not those of a recording (%s); give one that "
		          "--record wrote",
		          r->label, sqlite3_errmsg(r->db));
		return -EINVAL;
	case SQLITE_INTERRUPT:
		return replay_damaged(r, "reading it takes too long", fault);
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		/* SQLite saw nothing wrong; we did. */
		return replay_damaged(r, "its rows make no sense", fault);
	default:
		return replay_damaged(r, r->db ? sqlite3_errmsg(r->db) : "unreadable", fault);
	}
}

/* --- statements ----------------------------------------------------------------------------------- */

static int prepare(struct replay *r, enum replay_query q, const char *sql, struct fault *fault)
{
	int code =
	        sqlite3_prepare_v3(r->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &r->query[q], NULL);

	/* A table that came later: an older recording does without. */
	if (code == SQLITE_OK || (q == QUERY_LIVES && (code & 0xff) == SQLITE_ERROR))
		return 0;
	return replay_db_fault(r, fault);
}

/* Writes ",NAME,NAME,": the names that `sql` asks for. */
static int columns_of(const struct replay *r, const char *sql, struct buf *out, struct fault *fault)
{
	sqlite3_stmt *s = NULL;
	const unsigned char *name;
	int code = sqlite3_prepare_v2(r->db, sql, -1, &s, NULL);

	buf_addc(out, ',');
	while (code == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW &&
	       (name = sqlite3_column_text(s, 0)))
		buf_addf(out, "%s,", (const char *)name);
	code = sqlite3_finalize(s) | code;
	if (out->error)
		return replay_no_memory(r, fault);
	return code == SQLITE_OK ? 0 : replay_db_fault(r, fault);
}

static int prepare_all(struct replay *r, const struct replay_columns *has, struct fault *fault)
{
	struct buf sql;
	int err = 0;

	buf_init(&sql, SQL_MOST);
	for (unsigned q = 0; !err && q < QUERY_COUNT; q++) {
		buf_reset(&sql);
		err = replay_sql(q, has, &sql);
		err = err ? replay_no_memory(r, fault) : prepare(r, q, buf_str(&sql), fault);
	}
	buf_done(&sql);
	return err;
}

int replay_db_prepare(struct replay *r, struct fault *fault)
{
	struct replay_columns has;
	int err;

	buf_init(&has.sample, SQL_MOST);
	buf_init(&has.region, SQL_MOST);
	err = columns_of(r, "SELECT name FROM pragma_table_info('sample')", &has.sample, fault);
	if (!err)
		err = columns_of(r, "SELECT name FROM pragma_table_info('region')", &has.region,
		                 fault);
	if (!err)
		err = prepare_all(r, &has, fault);
	buf_done(&has.region);
	buf_done(&has.sample);
	return err;
}

void replay_db_close(struct replay *r)
{
	for (unsigned q = 0; q < QUERY_COUNT; q++)
		sqlite3_finalize(r->query[q]);
	memset(r->query, 0, sizeof(r->query));
	sqlite3_close(r->db);
	r->db = NULL;
}

/* --- looking ------------------------------------------------------------------------------------ */

int replay_db_begin(const struct replay *r, struct fault *fault)
{
	r->guard->left = REPLAY_LOOK;
	if (sqlite3_exec(r->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return replay_db_fault(r, fault);
}

void replay_db_end(const struct replay *r)
{
	/* Nothing was written: there is nothing that could fail to be. */
	sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL);
}

sqlite3_stmt *replay_query(const struct replay *r, enum replay_query query)
{
	sqlite3_stmt *s = r->query[query];

	sqlite3_reset(s);
	return s;
}

void replay_bind(sqlite3_stmt *s, int i, uint64_t v)
{
	bound(i, sqlite3_bind_int64(s, i, v > INT64_MAX ? INT64_MAX : (int64_t)v));
}

int replay_step(const struct replay *r, sqlite3_stmt *s)
{
	int err = bound_step(s);

	(void)r;
	if (err == SQLITE_ROW)
		return 1;
	/* The code of the connection stays that of the step. */
	if (err == SQLITE_DONE)
		sqlite3_reset(s);
	return err == SQLITE_DONE ? 0 : err == SQLITE_NOMEM ? -ENOMEM : -EIO;
}

int replay_number(const struct replay *r, sqlite3_stmt *s, uint64_t *ret)
{
	int err = replay_step(r, s);

	*ret = err > 0 ? replay_u64(s, 0) : UNKNOWN;
	if (err > 0)
		sqlite3_reset(s);
	return err < 0 ? err : 0;
}

/* --- columns ------------------------------------------------------------------------------------ */

uint64_t replay_u64(sqlite3_stmt *s, int i)
{
	int64_t v;

	if (sqlite3_column_type(s, i) != SQLITE_INTEGER)
		return UNKNOWN;
	v = sqlite3_column_int64(s, i);
	return v >= 0 && (uint64_t)v <= REPLAY_MOST ? (uint64_t)v : UNKNOWN;
}

uint64_t replay_bits(sqlite3_stmt *s, int i)
{
	if (sqlite3_column_type(s, i) != SQLITE_INTEGER)
		return UNKNOWN;
	return (uint64_t)sqlite3_column_int64(s, i);
}

double replay_real(sqlite3_stmt *s, int i)
{
	int type = sqlite3_column_type(s, i);
	double v;

	if (type != SQLITE_INTEGER && type != SQLITE_FLOAT)
		return (double)NAN;
	v = sqlite3_column_double(s, i);
	return isfinite(v) ? v : (double)NAN;
}

void replay_text(sqlite3_stmt *s, int i, char *ret, size_t size)
{
	const char *text;

	*ret = '\0';
	if (sqlite3_column_type(s, i) != SQLITE_TEXT)
		return;
	text = (const char *)sqlite3_column_text(s, i);
	if (text)
		safe_copy(ret, size, text, (size_t)sqlite3_column_bytes(s, i), SAFE_UTF8);
}

int replay_word(sqlite3_stmt *s, int i, const char *const *words, int count, int other)
{
	char word[32];

	replay_text(s, i, word, sizeof(word));
	for (int k = 0; k < count; k++)
		if (words[k] && strcmp(words[k], word) == 0)
			return k;
	return other;
}

/* --- arrays ------------------------------------------------------------------------------------- */

void *rows_grow(struct rows *v, size_t size, size_t most)
{
	if (v->count >= most)
		return NULL;
	if (v->count == v->room) {
		size_t room = v->room ? 2 * v->room : 64;
		void *rows = realloc(v->rows, room * size);

		if (!rows)
			return NULL;
		v->rows = rows;
		v->room = room;
	}
	return (char *)v->rows + size * v->count++;
}

void rows_done(struct rows *v)
{
	free(v->rows);
	*v = (struct rows){0};
}
