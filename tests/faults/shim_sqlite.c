/* SPDX-License-Identifier: MIT */
/* Calls of SQLite: whoever asks why is told what failed, as by itself. */
#include "shim.h"

#include <stddef.h>
#include <stdint.h>

struct sqlite3;
struct sqlite3_stmt;
enum { FULL_FINE = 0 };

static _Thread_local int said __attribute__((tls_model("initial-exec")));

static bool sqlite_due(const char *call)
{
	said = shim_due(FAULT_SQLITE, call) ? shim_page->error : FULL_FINE;
	return said != FULL_FINE;
}

#define SQLITE(name, params, args)               \
	int name params;                         \
	int name params                          \
	{                                        \
		static int(*real) params;        \
		if (sqlite_due(#name))           \
			return shim_page->error; \
		if (!real)                       \
			shim_find(&real, #name); \
		return real args;                \
	}

SQLITE(sqlite3_step, (struct sqlite3_stmt * s), (s))
SQLITE(sqlite3_exec,
       (struct sqlite3 * db, const char *sql, int (*row)(void *, int, char **, char **), void *arg,
        char **error),
       (db, sql, row, arg, error))
SQLITE(sqlite3_wal_checkpoint_v2,
       (struct sqlite3 * db, const char *name, int mode, int *log, int *done),
       (db, name, mode, log, done))
SQLITE(sqlite3_bind_double, (struct sqlite3_stmt * s, int i, double x), (s, i, x))
SQLITE(sqlite3_bind_int64, (struct sqlite3_stmt * s, int i, int64_t x), (s, i, x))
SQLITE(sqlite3_bind_null, (struct sqlite3_stmt * s, int i), (s, i))
SQLITE(sqlite3_bind_text,
       (struct sqlite3_stmt * s, int i, const char *x, int n, void (*done)(void *)),
       (s, i, x, n, done))

int sqlite3_prepare_v2(struct sqlite3 *db, const char *sql, int n, struct sqlite3_stmt **ret,
                       const char **tail);
int sqlite3_prepare_v2(struct sqlite3 *db, const char *sql, int n, struct sqlite3_stmt **ret,
                       const char **tail)
{
	static int (*real)(struct sqlite3 *, const char *, int, struct sqlite3_stmt **,
	                   const char **);

	*ret = NULL;
	if (sqlite_due("sqlite3_prepare_v2"))
		return shim_page->error;
	if (!real)
		shim_find(&real, "sqlite3_prepare_v2");
	return real(db, sql, n, ret, tail);
}

int sqlite3_prepare_v3(struct sqlite3 *db, const char *sql, int n, unsigned flags,
                       struct sqlite3_stmt **ret, const char **tail);
int sqlite3_prepare_v3(struct sqlite3 *db, const char *sql, int n, unsigned flags,
                       struct sqlite3_stmt **ret, const char **tail)
{
	static int (*real)(struct sqlite3 *, const char *, int, unsigned, struct sqlite3_stmt **,
	                   const char **);

	*ret = NULL;
	if (sqlite_due("sqlite3_prepare_v3"))
		return shim_page->error;
	if (!real)
		shim_find(&real, "sqlite3_prepare_v3");
	return real(db, sql, n, flags, ret, tail);
}

/* A handle comes back also then, except when there is no memory for one. */
int sqlite3_open_v2(const char *path, struct sqlite3 **ret, int flags, const char *vfs);
int sqlite3_open_v2(const char *path, struct sqlite3 **ret, int flags, const char *vfs)
{
	static int (*real)(const char *, struct sqlite3 **, int, const char *);
	bool fails = sqlite_due("sqlite3_open_v2");
	enum { SQLITE_NOMEM = 7 };

	*ret = NULL;
	if (fails && shim_page->error == SQLITE_NOMEM)
		return shim_page->error;
	if (!real)
		shim_find(&real, "sqlite3_open_v2");
	int result = real(path, ret, flags, vfs);
	return fails ? shim_page->error : result;
}

/* NULL where there was no memory to convert it. */
const unsigned char *sqlite3_column_text(struct sqlite3_stmt *s, int i);
const unsigned char *sqlite3_column_text(struct sqlite3_stmt *s, int i)
{
	static const unsigned char *(*real)(struct sqlite3_stmt *, int);

	if (sqlite_due("sqlite3_column_text"))
		return NULL;
	if (!real)
		shim_find(&real, "sqlite3_column_text");
	return real(s, i);
}

int sqlite3_errcode(struct sqlite3 *db);
int sqlite3_errcode(struct sqlite3 *db)
{
	static int (*real)(struct sqlite3 *);

	if (said)
		return said;
	if (!real)
		shim_find(&real, "sqlite3_errcode");
	return real(db);
}
