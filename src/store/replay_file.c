/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * The file: what it must be, and how it is opened without ever being written to. Refuses to know what is in a
 * row.
 *
 * It may be anybody's: it defines no functions we would call, its views and triggers are not obeyed, and a
 * look that takes absurdly long ends.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/schema.h"

enum {
	HEADER = 100,        /* bytes of a SQLite file that say what it is */
	HEADER_MARK = 68,    /* where in them application_id stands */
	BUSY_MS = 500,       /* a writer holds its lock for less */
	TEXT_MOST = 1 << 20, /* bytes of one value, of one row */
	STEPS = 1000,        /* of SQLite's machine, between looks at the guard */
};

static const char magic[16] = "SQLite format 3";

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
	fault_set(fault, STATUS_USAGE, "%s: %s; give a file that --record wrote", r->label, what);
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
		fault_set(fault, STATUS_USAGE, "%s: %s; %s", r->label, fault_reason((int)-n),
		          n == -EACCES ? "ask its owner, or copy it to where you may read it"
		                       : "give a file that --record wrote");
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
		        fault, STATUS_USAGE,
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
	                             " sqlite_master WHERE name = ?1 COLLATE NOCASE), NOT EXISTS"
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

/* --- whether anybody writes to it ---------------------------------------------------------------- */

static bool is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || errno != ENOENT;
}

/* Where SQLite has its journals: beside the file that a link leads to. */
static int journals_init(struct replay *r)
{
	char *real = realpath(r->path, NULL);
	const char *path = real ? real : r->path;
	int err = 0;

	if (asprintf(&r->journal[0], "%s-wal", path) < 0)
		r->journal[0] = NULL;
	if (asprintf(&r->journal[1], "%s-journal", path) < 0)
		r->journal[1] = NULL;
	if (!r->journal[0] || !r->journal[1])
		err = -ENOMEM;
	free(real);
	return err;
}

static void stamp(const char *path, struct stamp *ret)
{
	struct stat st;

	*ret = (struct stamp){0};
	if (stat(path, &st) < 0)
		return;
	*ret = (struct stamp){.size = (uint64_t)st.st_size,
	                      .inode = (uint64_t)st.st_ino,
	                      .changed =
	                              (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
}

bool replay_db_woke(const struct replay *r)
{
	struct stamp now;

	if (!r->immutable)
		return false;
	stamp(r->path, &now);
	/* One that was removed is still what it was. */
	return now.inode &&
	       (is_there(r->journal[0]) || is_there(r->journal[1]) || now.size != r->stamp.size ||
	        now.inode != r->stamp.inode || now.changed != r->stamp.changed);
}

/*
 * Without a journal nobody is writing: then SQLite is told that the file stays as it is, needs no place for locks
 * beside it, and leaves none behind.
 */
int replay_db_open(struct replay *r, struct fault *fault)
{
	bool alone;
	int err = check_header(r, fault);

	if (err)
		return err;
	if (journals_init(r))
		return replay_no_memory(r, fault);
	stamp(r->path, &r->stamp);
	alone = !is_there(r->journal[0]) && !is_there(r->journal[1]);
	err = try_open(r, alone, fault);
	if (!err)
		err = check_kind(r, fault);
	return err ? err : check_tables(r, fault);
}
