/* SPDX-License-Identifier: MIT */
/*
 * Knows how statements of the writer are made, run and bound, and what an error of SQLite means. Refuses to
 * know what rows mean.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/safe_text.h"
#include "store/bound.h"
#include "store/recording_internal.h"

enum { SQL_MAX = 16384 };

/* SQLite does not keep the errno of a sync that fails in COMMIT: that is still the thread's own. */
static int system_errno(struct recording *r, int fallback)
{
	int own = errno, err = sqlite3_system_errno(r->db);

	if (err > 0)
		return -err;
	return own == ENOSPC || own == EDQUOT || own == EFBIG ? -own : -fallback;
}

int recording_errno(struct recording *r, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		/* The disk says so by an errno; without one it is our own limit. */
		return errno == ENOSPC || errno == EDQUOT || !r->pages_max ? -ENOSPC : -E2BIG;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL: /* lost the race for the journal too often */
		return -EBUSY;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR: /* a table or column is missing */
		return -EUCLEAN;
	case SQLITE_IOERR:
		return rc == SQLITE_IOERR_NOMEM ? -ENOMEM : system_errno(r, EIO);
	case SQLITE_CANTOPEN:
		return system_errno(r, EACCES);
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG: /* this row, however often it is given */
		return -EINVAL;
	default:
		return -EIO;
	}
}

/* "INSERT OR REPLACE INTO TABLE(COLUMNS) VALUES(?,...)". */
static void sql_insert(struct buf *out, const char *table, const char *names)
{
	buf_addf(out, "INSERT OR REPLACE INTO %s(%s) VALUES(?", table, names);
	for (const char *c = names; *c; c++)
		if (*c == ',')
			buf_adds(out, ",?");
	buf_addc(out, ')');
}

static void sql_sample(struct buf *out)
{
	struct buf names;

	buf_init(&names, SQL_MAX);
	buf_adds(&names, "time,wall,flags,span");
	for (unsigned f = 0; f < FIGURE_COUNT; f++)
		buf_addf(&names, ",%s", schema_figures[f]);
	buf_adds(&names, ",base_min,base_max");
	for (unsigned f = 0; f < SCHEMA_EXTREMES; f++)
		buf_addf(&names, ",%s_min,%s_max", schema_figures[f], schema_figures[f]);
	sql_insert(out, "sample", buf_str(&names));
	buf_done(&names);
}

static void sql_region(struct buf *out)
{
	struct buf names;

	buf_init(&names, SQL_MAX);
	buf_adds(&names, "id,time,gone,kind,perms,start,\"end\",size,mappings,\"offset\",inode,"
	                 "major,minor,name,flags,born,peak");
	for (unsigned k = 0; k < SMAPS_KEY_COUNT; k++)
		buf_addf(&names, ",%s", schema_smaps(k));
	sql_insert(out, "region", buf_str(&names));
	buf_done(&names);
}

static void sql_row(struct buf *out, enum recording_sql which)
{
	static const struct {
		const char *table, *columns;
	} rows[SQL_THIN_FIRST] = {
	        [SQL_IMAGE] = {"image", "time,pid,inner_pid,uid,start_ticks,page,comm,command,exe,"
	                                "user"},
	        [SQL_EVENT] = {"event", "time,kind,text"},
	        [SQL_VERDICT] = {"verdict",
	                         "time,kind,cause,pattern,place,outside_heap,confidence,reason,"
	                         "condition,needs,growth,growth_low,growth_high,since,flagged,"
	                         "limit_kind,limit_bytes,limit_count,eta,eta_low,eta_high,power,"
	                         "plateau,plateau_in"},
	        [SQL_EVIDENCE] = {"evidence", "time,rank,speaks_for,weight,text"},
	        [SQL_LINK] = {"link", "time,rank,kind,figure,per_unit,low,high,r,count,text"},
	        [SQL_FACT] = {"fact", "key,value"},
	        [SQL_PASS] = {"pass", "time,mappings,estimated"},
	        [SQL_NAME_ADD] = {"name", "text"},
	        [SQL_REGION_GONE] = {"region", "id,time,gone"},
	};

	sql_insert(out, rows[which].table, rows[which].columns);
}

static void sql_write(struct buf *out, enum recording_sql which)
{
	if (which >= SQL_THIN_FIRST)
		buf_adds(out, recording_thin_sql[which - SQL_THIN_FIRST]);
	else if (which == SQL_BEGIN)
		buf_adds(out, "BEGIN IMMEDIATE");
	else if (which == SQL_COMMIT)
		buf_adds(out, "COMMIT");
	else if (which == SQL_SAMPLE)
		sql_sample(out);
	else if (which == SQL_REGION)
		sql_region(out);
	else if (which == SQL_NAME_FIND)
		buf_adds(out, "SELECT id FROM name WHERE text=?");
	else if (which == SQL_DROP_EVIDENCE)
		buf_adds(out, "DELETE FROM evidence WHERE time=?");
	else if (which == SQL_DROP_LINK)
		buf_adds(out, "DELETE FROM link WHERE time=?");
	else if (which == SQL_DROP_END)
		buf_adds(out, "DELETE FROM fact WHERE key IN ('" SCHEMA_FACT_ENDED
		              "','" SCHEMA_FACT_CHILD "','" SCHEMA_FACT_WARNINGS "')");
	else if (which == SQL_GONE_ALL)
		/* The row of max(time) is the one whose `gone` is meant: SQLite's own promise. */
		buf_adds(out, "INSERT OR REPLACE INTO region(id,time,gone) SELECT id,?1,1 FROM"
		              " (SELECT id,gone,max(time) FROM region GROUP BY id) WHERE gone=0");
	else
		sql_row(out, which);
}

int recording_prepare_one(struct recording *r, enum recording_sql which, const char *sql)
{
	return recording_errno(r, sqlite3_prepare_v3(r->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
	                                             &r->sql[which], NULL));
}

int recording_prepare(struct recording *r)
{
	struct buf text;
	int err = 0;

	buf_init(&text, SQL_MAX);
	for (unsigned i = 0; i < SQL_LIFE_FIRST && err == 0; i++) {
		buf_reset(&text);
		sql_write(&text, i);
		err = text.error ? text.error : recording_prepare_one(r, i, buf_str(&text));
	}
	buf_done(&text);
	/* Sound, but not what these statements are for. */
	return err == -EUCLEAN && sqlite3_errcode(r->db) == SQLITE_ERROR ? -ENODATA : err;
}

int recording_step(struct recording *r, enum recording_sql which)
{
	int rc, err;

	errno = 0;
	rc = bound_step(r->sql[which]);
	if (rc == SQLITE_ROW)
		return 1;
	err = recording_errno(r, rc);
	sqlite3_reset(r->sql[which]);
	return err;
}

void recording_reset(struct recording *r, enum recording_sql which)
{
	sqlite3_reset(r->sql[which]);
}

int recording_run(struct recording *r, enum recording_sql which)
{
	int err = recording_step(r, which);

	if (err > 0)
		sqlite3_reset(r->sql[which]);
	return err < 0 ? err : 0;
}

int recording_exec(struct recording *r, const char *sql)
{
	errno = 0;
	return recording_errno(r, sqlite3_exec(r->db, sql, NULL, NULL, NULL));
}

int recording_create(struct recording *r, int (*schema)(struct buf *out))
{
	struct buf sql;
	int err;

	buf_init(&sql, 1 << 14);
	err = schema(&sql);
	if (err == 0)
		err = recording_exec(r, buf_str(&sql));
	buf_done(&sql);
	return err;
}

int recording_number(struct recording *r, const char *sql, uint64_t *ret)
{
	sqlite3_stmt *s;
	int rc = sqlite3_prepare_v2(r->db, sql, -1, &s, NULL);

	if (rc == SQLITE_OK) {
		rc = sqlite3_step(s);
		*ret = rc == SQLITE_ROW ? column_count(s, 0) : UNKNOWN;
		rc = sqlite3_finalize(s);
	}
	return recording_errno(r, rc);
}

void bind_count(sqlite3_stmt *s, int *i, uint64_t v)
{
	bound(*i,
	      known(v) ? sqlite3_bind_int64(s, *i, (sqlite3_int64)v) : sqlite3_bind_null(s, *i));
	++*i;
}

void bind_real(sqlite3_stmt *s, int *i, double v)
{
	bound(*i, sqlite3_bind_double(s, *i, v)); /* NAN becomes NULL */
	++*i;
}

void bind_word(sqlite3_stmt *s, int *i, const char *word)
{
	bool there = word && word[0];

	bound(*i,
	      there ? sqlite3_bind_text(s, *i, word, -1, SQLITE_STATIC) : sqlite3_bind_null(s, *i));
	++*i;
}

static int bind_safe(sqlite3_stmt *s, int *i, const struct buf *safe)
{
	int code;

	if (safe->error)
		return safe->error;
	code = sqlite3_bind_text(s, *i, safe->len ? buf_str(safe) : NULL, (int)safe->len,
	                         SQLITE_TRANSIENT);
	bound((*i)++, code);
	return code == SQLITE_OK ? 0 : -ENOMEM;
}

int bind_text(sqlite3_stmt *s, int *i, const char *bytes, size_t n)
{
	struct buf safe;
	int err;

	buf_init(&safe, n * 4 + 1);
	safe_text(&safe, bytes, n, SAFE_UTF8);
	err = bind_safe(s, i, &safe);
	buf_done(&safe);
	return err;
}

int bind_lines(sqlite3_stmt *s, int *i, const char *bytes, size_t n)
{
	struct buf safe;
	int err;

	buf_init(&safe, n * 4 + 1);
	while (n) {
		const char *stop = memchr(bytes, '\n', n);
		size_t line = stop ? (size_t)(stop - bytes) : n;

		safe_text(&safe, bytes, line, SAFE_UTF8);
		if (stop)
			buf_addc(&safe, '\n');
		bytes += line + !!stop;
		n -= line + !!stop;
	}
	err = bind_safe(s, i, &safe);
	buf_done(&safe);
	return err;
}

uint64_t column_count(sqlite3_stmt *s, int i)
{
	if (sqlite3_column_type(s, i) == SQLITE_NULL)
		return UNKNOWN;
	return (uint64_t)sqlite3_column_int64(s, i);
}
