/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * The file as SQLite sees it. Knows how it is opened without ever being written to, how an error becomes a
 * line, and how long a look may take; refuses to know what is in a row.
 *
 * The file may be anybody's: it defines no functions we would call, its views and triggers are not obeyed,
 * and a look that takes absurdly long ends.
 */

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/safe_text.h"
#include "store/schema.h"

enum {
	HEADER = 100,        /* bytes of a SQLite file that say what it is */
	HEADER_MARK = 68,    /* where in them application_id stands */
	BUSY_MS = 500,       /* a writer holds its lock for less */
	TEXT_MOST = 1 << 20, /* bytes of one value, of one row */
	STEPS = 1000,        /* of SQLite's machine, between looks at the guard */
};

static const char magic[16] = "SQLite format 3";

/* --- errors ------------------------------------------------------------------------------------- */

int replay_no_memory(const struct replay *r, struct fault *fault)
{
	fault_set(fault, STATUS_OUTPUT, "%s: out of memory; free some and try again", r->label);
	return -ENOMEM;
}

int replay_damaged(const struct replay *r, const char *how, struct fault *fault)
{
	fault_set(fault, STATUS_OUTPUT,
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
		fault_set(fault, STATUS_OUTPUT,
		          "%s: another program has locked it; end that, or try again", r->label);
		return -EBUSY;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_READONLY:
		fault_set(fault, STATUS_OUTPUT,
		          "%s: cannot be opened for reading beside its -wal file; copy both to a "
		          "directory of your own",
		          r->label);
		return -EACCES;
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
		fault_set(fault, STATUS_OUTPUT,
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

/* --- what it is --------------------------------------------------------------------------------- */

/* The first bytes: how many there are, or -errno. */
static ssize_t header_read(const char *path, unsigned char header[HEADER])
{
	struct stat st;
	ssize_t n;
	int fd;

	/* A pipe would wait for a writer. */
	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	n = pread(fd, header, HEADER, 0);
	n = n < 0 ? -errno : n;
	close(fd);
	return n;
}

static uint32_t header_mark(const unsigned char header[HEADER])
{
	const unsigned char *p = header + HEADER_MARK;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool replay_recognise(const char *path)
{
	unsigned char header[HEADER];

	return header_read(path, header) == HEADER && !memcmp(header, magic, sizeof(magic)) &&
	       header_mark(header) == SCHEMA_APPLICATION;
}

static int refuse(const struct replay *r, struct fault *fault, const char *what)
{
	fault_set(fault, STATUS_OUTPUT, "%s: %s; give a file that --record wrote", r->label, what);
	return -EINVAL;
}

/* What nobody would take for a recording is refused before SQLite meets it. */
static int check_header(const struct replay *r, struct fault *fault)
{
	unsigned char header[HEADER];
	ssize_t n = header_read(r->path, header);

	if (n == -EINVAL)
		return refuse(r, fault, "not a file");
	if (n < 0) {
		fault_set(fault, STATUS_OUTPUT, "%s: %s; give a file that --record wrote", r->label,
		          fault_reason((int)-n));
		return (int)n;
	}
	if (n == 0)
		return refuse(r, fault, "empty");
	if (n < HEADER || memcmp(header, magic, sizeof(magic)) != 0)
		return refuse(r, fault, "not a recording");
	return 0;
}

static int pragma(const struct replay *r, const char *sql, int64_t *ret)
{
	sqlite3_stmt *s = NULL;
	int err = sqlite3_prepare_v2(r->db, sql, -1, &s, NULL);

	if (err == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
		*ret = sqlite3_column_int64(s, 0);
		sqlite3_finalize(s);
		return 0;
	}
	sqlite3_finalize(s);
	return -EIO;
}

int replay_db_version(const struct replay *r, int64_t *ret)
{
	return pragma(r, "PRAGMA data_version", ret);
}

static int check_kind(const struct replay *r, struct fault *fault)
{
	int64_t mark, version;

	if (pragma(r, "PRAGMA application_id", &mark) || pragma(r, "PRAGMA user_version", &version))
		return replay_db_fault(r, fault);
	if (mark != SCHEMA_APPLICATION)
		return refuse(r, fault, "a SQLite database, but not a recording");
	if (version > SCHEMA_VERSION) {
		fault_set(
		        fault, STATUS_OUTPUT,
		        "%s: written by a newer program (schema %lld, this one reads %d); use that "
		        "one",
		        r->label, (long long)version, SCHEMA_VERSION);
		return -EINVAL;
	}
	if (version < 1)
		return refuse(r, fault, "without a schema");
	return 0;
}

/* A table of this name and nothing that computes: no view, no virtual table, no generated column. */
static int check_table(const struct replay *r, const char *name, struct fault *fault)
{
	sqlite3_stmt *s = NULL;
	bool plain = false;
	int err = sqlite3_prepare_v2(r->db,
	                             "SELECT (SELECT type = 'table' AND rootpage > 0 FROM"
	                             " sqlite_schema WHERE name = ?1 COLLATE NOCASE), NOT EXISTS"
	                             " (SELECT 1 FROM pragma_table_xinfo(?1) WHERE hidden <> 0)",
	                             -1, &s, NULL);

	if (err == SQLITE_OK)
		err = sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC);
	if (err == SQLITE_OK)
		err = sqlite3_step(s);
	if (err == SQLITE_ROW)
		plain = sqlite3_column_int(s, 0) == 1 && sqlite3_column_int(s, 1) == 1;
	sqlite3_finalize(s);
	if (err != SQLITE_ROW)
		return replay_db_fault(r, fault);
	return plain ? 0 : refuse(r, fault, "its tables are not those of a recording");
}

static int check_tables(const struct replay *r, struct fault *fault)
{
	static const char *const tables[] = {"fact",   "image", "sample",  "pass",     "name",
	                                     "region", "event", "verdict", "evidence", "link"};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(tables) / sizeof(tables[0]); i++)
		err = check_table(r, tables[i], fault);
	return err;
}

/* --- opening ------------------------------------------------------------------------------------ */

static int on_progress(void *arg)
{
	struct guard *g = arg;

	return g->left == 0 || --g->left == 0;
}

/* SQLite's name of the file: what would end or change the path is written as %XX. */
static int uri_of(const char *path, bool immutable, struct buf *out)
{
	buf_adds(out, "file:");
	/* file://x would name a host. */
	while (path[0] == '/' && path[1] == '/')
		path++;
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (c <= ' ' || c == '%' || c == '?' || c == '#' || c >= 0x7f)
			buf_addf(out, "%%%02x", c);
		else
			buf_addc(out, (char)c);
	}
	buf_adds(out, immutable ? "?mode=ro&immutable=1" : "?mode=ro");
	return out->error;
}

static void settle(struct replay *r)
{
	sqlite3_extended_result_codes(r->db, 1);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_limit(r->db, SQLITE_LIMIT_LENGTH, TEXT_MOST);
	sqlite3_limit(r->db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_busy_timeout(r->db, BUSY_MS);
	sqlite3_progress_handler(r->db, STEPS, on_progress, r->guard);
	r->guard->left = REPLAY_LOOK;
}

static int try_open(struct replay *r, bool immutable, struct fault *fault)
{
	struct buf uri;
	int64_t version;
	int err;

	buf_init(&uri, 3 * strlen(r->path) + 64);
	err = uri_of(r->path, immutable, &uri);
	if (!err && sqlite3_open_v2(buf_str(&uri), &r->db,
	                            SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
	                                    SQLITE_OPEN_PRIVATECACHE,
	                            NULL) != SQLITE_OK)
		err = -EIO;
	buf_done(&uri);
	if (err)
		return replay_db_fault(r, fault);
	settle(r);
	r->immutable = immutable;
	/* The first look: only now the file is read, its locks taken, its -wal opened. */
	return pragma(r, "PRAGMA schema_version", &version) ? replay_db_fault(r, fault) : 0;
}

/* Nobody can be writing where there is no -wal; SQLite knows where it would be, through links too. */
static bool has_wal(const struct replay *r)
{
	const char *path = r->db ? sqlite3_db_filename(r->db, "main") : NULL;
	struct stat st;

	return !path || !path[0] || stat(sqlite3_filename_wal(path), &st) == 0 || errno != ENOENT;
}

int replay_db_open(struct replay *r, struct fault *fault)
{
	struct fault first = {0};
	int err = check_header(r, fault);

	if (err)
		return err;
	err = try_open(r, false, &first);
	if (err == -EACCES && !has_wal(r)) {
		/* A directory that cannot be written to has no place for what readers agree by. */
		sqlite3_close(r->db);
		r->db = NULL;
		err = try_open(r, true, &first);
	}
	if (err) {
		if (fault)
			*fault = first;
		return err;
	}
	err = check_kind(r, fault);
	return err ? err : check_tables(r, fault);
}

int replay_db_prepare(struct replay *r, struct fault *fault)
{
	struct buf sql;
	int err = 0;

	buf_init(&sql, 1 << 14);
	for (unsigned q = 0; !err && q < QUERY_COUNT; q++) {
		buf_reset(&sql);
		err = replay_sql(q, &sql);
		if (err)
			err = replay_no_memory(r, fault);
		else if (sqlite3_prepare_v3(r->db, buf_str(&sql), -1, SQLITE_PREPARE_PERSISTENT,
		                            &r->query[q], NULL) != SQLITE_OK)
			err = replay_db_fault(r, fault);
	}
	buf_done(&sql);
	return err;
}

void replay_db_close(struct replay *r)
{
	for (unsigned q = 0; q < QUERY_COUNT; q++)
		sqlite3_finalize(r->query[q]);
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
	sqlite3_bind_int64(s, i, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

int replay_step(const struct replay *r, sqlite3_stmt *s)
{
	int err = sqlite3_step(s);

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
