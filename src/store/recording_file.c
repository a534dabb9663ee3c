/* SPDX-License-Identifier: MIT */
/*
 * The file: how it is created whole or not at all, what it must be to be appended to, who may write. Knows
 * paths, locks and headers; refuses to know rows.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/recording_internal.h"

/* Behind every byte that SQLite locks; no reader asks for it. */
#define LOCK_BYTE (INT64_MAX - 1)

enum {
	HEADER = 100,
	HEADER_PAGE = 16,        /* big-endian, 2 bytes: page size */
	HEADER_PAGES = 28,       /* big-endian: size of the file in pages */
	HEADER_VERSION = 60,     /* big-endian, PRAGMA user_version */
	HEADER_APPLICATION = 68, /* likewise, PRAGMA application_id */
	BUSY_MS = 2000,
	CACHE_KB = 4096,
};

/* --- where it is --------------------------------------------------------------------------------- */

/* The directory resolved, so that what SQLite opens has no symbolic link in it. */
static int path_resolve(const char *path, char **ret_path, char **ret_wal)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char *directory =
	        slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	char *whole = directory ? realpath(directory, NULL) : NULL;
	int err = -errno;

	free(directory);
	if (!whole)
		return err;
	err = 0;
	if (!base[0] || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
		err = -EISDIR;
	else if (asprintf(ret_path, "%s/%s", whole[1] ? whole : "", base) < 0 ||
	         asprintf(ret_wal, "%s-wal", *ret_path) < 0)
		err = -ENOMEM;
	free(whole);
	return err;
}

uint64_t recording_file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

bool recording_file_there(struct recording *r)
{
	struct stat at, ours;

	/* Not opened anew: closing it would let go of SQLite's locks. */
	return fstat(r->lock, &ours) == 0 && lstat(r->path, &at) == 0 && at.st_dev == ours.st_dev &&
	       at.st_ino == ours.st_ino;
}

/* --- created whole ------------------------------------------------------------------------------- */

static int write_schema(const char *path)
{
	struct buf sql;
	sqlite3 *db = NULL;
	int rc, err = 0;

	buf_init(&sql, 1 << 16);
	buf_addf(&sql,
	         "PRAGMA page_size=%d; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL;"
	         " PRAGMA synchronous=FULL; BEGIN; PRAGMA application_id=%d;"
	         " PRAGMA user_version=%d;\n",
	         RECORDING_PAGE, SCHEMA_APPLICATION, SCHEMA_VERSION);
	schema_write(&sql);
	buf_adds(&sql, "COMMIT;");
	rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK)
		rc = sql.error ? SQLITE_NOMEM : sqlite3_exec(db, buf_str(&sql), NULL, NULL, NULL);
	/* Into the file itself, and synced: closing would do it, too, but not tell when it cannot. */
	if (rc == SQLITE_OK)
		rc = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if (rc != SQLITE_OK) {
		struct recording r = {.db = db};

		err = db ? recording_errno(&r, rc) : -ENOMEM;
	}
	sqlite3_close(db);
	buf_done(&sql);
	return err;
}

static void sync_directory(const char *path)
{
	char *copy = strdup(path), *slash = copy ? strrchr(copy, '/') : NULL;
	int fd;

	if (slash) {
		slash[slash == copy] = '\0';
		fd = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			fsync(fd);
			close(fd);
		}
	}
	free(copy);
}

/* Gives the finished file its name, unless something has it by now. */
static int publish(const char *made, const char *path)
{
	if (link(made, path) == 0) {
		unlink(made);
		return 0;
	}
	if (errno == EEXIST)
		return -EEXIST;
	/* A file system without hard links. */
	return renameat2(AT_FDCWD, made, AT_FDCWD, path, RENAME_NOREPLACE) == 0 ? 0 : -errno;
}

/* Also what SQLite leaves beside a file that it could not write; without memory, which may be what is lacking. */
static void unlink_made(const char *made, bool whole)
{
	static const char *const beside[] = {"", "-journal", "-wal", "-shm"};
	char path[PATH_MAX + 16];

	/* What was published under its own name is that name's. The file last: nobody begins another one before. */
	for (size_t i = sizeof(beside) / sizeof(beside[0]); i-- > (whole ? 1 : 0);) {
		int n = snprintf(path, sizeof(path), "%s%s", made, beside[i]);
		if (n > 0 && (size_t)n < sizeof(path))
			unlink(path);
	}
}

void recording_file_remove(struct recording *r)
{
	unlink_made(r->path, false);
}

/* Under a name of its own first: whoever finds the file at its path finds it whole, whenever we are killed. */
static int create(const char *path)
{
	char *made = NULL;
	int fd, err;

	if (asprintf(&made, "%s.%ld.new", path, (long)getpid()) < 0)
		return -ENOMEM;
	fd = open(made, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW | O_CLOEXEC, 0600);
	err = fd < 0 ? -errno : 0;
	if (fd >= 0) {
		close(fd);
		err = write_schema(made);
		if (err == 0)
			err = publish(made, path);
		unlink_made(made, err == 0);
		if (err == 0)
			sync_directory(path);
	}
	free(made);
	return err;
}

/* --- is it one of ours? -------------------------------------------------------------------------- */

static uint32_t big_endian(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Without a journal the file is all there is, and whole pages of it. */
static bool is_short(const unsigned char *h, uint64_t size)
{
	uint64_t page = (uint64_t)h[HEADER_PAGE] << 8 | h[HEADER_PAGE + 1];

	return page < 512 || size % page != 0 || size / page < big_endian(h + HEADER_PAGES);
}

static int check_header(int fd, uint64_t size, bool alone)
{
	unsigned char h[HEADER];
	ssize_t n = pread(fd, h, sizeof(h), 0);

	if (n < 0)
		return -errno;
	if (n < HEADER || memcmp(h, "SQLite format 3", 16) != 0 ||
	    big_endian(h + HEADER_APPLICATION) != SCHEMA_APPLICATION)
		return -ENOTUNIQ;
	if (big_endian(h + HEADER_VERSION) > SCHEMA_VERSION)
		return -EPROTO;
	return alone && is_short(h, size) ? -EUCLEAN : 0;
}

static int lock_writer(int fd)
{
	struct flock lock = {.l_type = F_WRLCK,
	                     .l_whence = SEEK_SET,
	                     .l_start = LOCK_BYTE,
	                     .l_len = 1};

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
}

static int open_lock(struct recording *r)
{
	struct stat st;
	int err;

	/* Not to wait for the other end of a FIFO. */
	r->lock = open(r->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (r->lock < 0)
		return -errno;
	if (fstat(r->lock, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ENOTUNIQ;
	err = check_header(r->lock, (uint64_t)st.st_size, recording_file_size(r->wal) == 0);
	return err < 0 ? err : lock_writer(r->lock);
}

/* "file:PATH?..." with what a URI keeps for itself escaped. */
static char *uri_of(const char *path, const char *query)
{
	struct buf out;

	buf_init(&out, PATH_MAX * 3 + 64);
	buf_adds(&out, "file:");
	for (; *path; path++) {
		if (strchr("?#%", *path))
			buf_addf(&out, "%%%02X", (unsigned char)*path);
		else
			buf_addc(&out, *path);
	}
	buf_adds(&out, query);
	return out.error ? (buf_done(&out), NULL) : out.data;
}

static int db_open(struct recording *r, const char *query, int mode)
{
	char *uri = uri_of(r->path, query);
	int rc;

	if (!uri)
		return -ENOMEM;
	rc = sqlite3_open_v2(uri, &r->db, mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
	free(uri);
	if (!r->db)
		return -ENOMEM;
	sqlite3_extended_result_codes(r->db, 1);
	sqlite3_busy_timeout(r->db, BUSY_MS);
	/* The file may come from anywhere: nothing in it is code. */
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(r->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return recording_errno(r, rc);
}

static void db_close(struct recording *r)
{
	for (unsigned i = 0; i < SQL_COUNT; i++) {
		sqlite3_finalize(r->sql[i]);
		r->sql[i] = NULL;
	}
	sqlite3_close(r->db);
	r->db = NULL;
}

static int check_whole(struct recording *r)
{
	sqlite3_stmt *s;
	const char *said;
	int rc = sqlite3_prepare_v2(r->db, "PRAGMA quick_check(1)", -1, &s, NULL), err;

	if (rc != SQLITE_OK)
		return recording_errno(r, rc);
	errno = 0;
	rc = sqlite3_step(s);
	said = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
	/* A disk that cannot be read is not damage of the file. */
	err = rc == SQLITE_ROW ? 0 : recording_errno(r, rc);
	if (err == 0 && (!said || strcmp(said, "ok") != 0))
		err = -EUCLEAN;
	sqlite3_finalize(s);
	return err;
}

/*
 * Before anything is opened for writing. Without a journal nothing but the file is looked at, and nothing
 * appears beside it; a journal that a killed recorder left stays as it is.
 */
static int check_content(struct recording *r)
{
	bool alone = recording_file_size(r->wal) == 0;
	int err = db_open(r, alone ? "?immutable=1" : "",
	                  alone ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);

	if (err == 0 && !alone)
		sqlite3_db_config(r->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (err == 0)
		err = check_whole(r);
	if (err == 0)
		err = recording_prepare(r);
	db_close(r);
	return err;
}

/* --- open ---------------------------------------------------------------------------------------- */

static int settings(struct recording *r)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
	         "PRAGMA synchronous=FULL; PRAGMA cache_size=-%d; PRAGMA temp_store=MEMORY;"
	         " PRAGMA journal_mode=WAL",
	         CACHE_KB);
	return recording_exec(r, sql);
}

/* Asks for the writer's lock once: whoever else writes to it, with whatever program, is met now. */
static int try_write(struct recording *r)
{
	int err = recording_run(r, SQL_BEGIN);

	return err < 0 ? err : recording_exec(r, "ROLLBACK");
}

static int open_checked(struct recording *r, bool fresh)
{
	int err = open_lock(r);

	/* A new one is nobody else's from here on: should the rest fail, it goes as one without a sample. */
	if (err == 0 && fresh)
		r->kept.newest = UNKNOWN;
	if (err == 0 && !fresh)
		err = check_content(r);
	if (err == 0)
		err = db_open(r, "", SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW);
	if (err == 0 && !recording_file_there(r))
		err = -EBUSY;
	if (err == 0)
		err = settings(r);
	if (err == 0)
		err = recording_prepare(r);
	if (err == 0)
		err = try_write(r);
	return err;
}

int recording_file_open(struct recording *r, const struct recording_options *o, struct fault *fault)
{
	struct stat st;
	int err = path_resolve(o->path, &r->path, &r->wal);

	if (err < 0)
		return recording_refuse(o->path, err, fault);
	r->fresh = lstat(r->path, &st) < 0 && errno == ENOENT;
	if (r->fresh)
		err = create(r->path);
	if (err == 0)
		err = open_checked(r, r->fresh);
	if (err == 0)
		err = recording_tail(r);
	if (err == 0)
		err = recording_limits_init(r);
	/* A file that has no room for it is recorded to as it is. */
	if (err == 0)
		recording_life_open(r);
	return err < 0 ? recording_refuse(o->path, err, fault) : 0;
}
