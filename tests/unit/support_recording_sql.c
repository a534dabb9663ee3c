/* SPDX-License-Identifier: MIT */
#include "support_recording_sql.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "store/schema.h"

static void execute(struct support_file *s, const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(s->db, sql, NULL, NULL, &error) != SQLITE_OK) {
		fprintf(stderr, "%s: %s\n", sql, error);
		abort();
	}
}

void support_sql(struct support_file *s, const char *format, ...)
{
	char sql[4096];
	va_list args;

	va_start(args, format);
	assert(vsnprintf(sql, sizeof(sql), format, args) < (int)sizeof(sql));
	va_end(args);
	execute(s, sql);
}

void support_file_open(struct support_file *s)
{
	struct buf sql;

	snprintf(s->dir, sizeof(s->dir), "/tmp/memleak-recording-XXXXXX");
	if (!mkdtemp(s->dir))
		abort();
	snprintf(s->path, sizeof(s->path), "%s/file", s->dir);
	if (sqlite3_open(s->path, &s->db) != SQLITE_OK)
		abort();
	support_sql(s,
	            "PRAGMA application_id = %d; PRAGMA user_version = %d;"
	            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF",
	            SCHEMA_APPLICATION, SCHEMA_VERSION);
	buf_init(&sql, 1 << 16);
	if (schema_write(&sql))
		abort();
	execute(s, buf_str(&sql));
	buf_done(&sql);
}

void support_file_done(struct support_file *s)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	char path[128];

	sqlite3_close(s->db);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", s->path, ends[i]);
		unlink(path);
	}
	rmdir(s->dir);
}

void support_row_sample(struct support_file *s, uint64_t time, uint64_t rss)
{
	support_sql(s,
	            "INSERT INTO sample(time, wall, flags, span, rss, anon, heap, swap)"
	            " VALUES(%llu, %llu, 16, 0, %llu, %llu, %llu, 0)",
	            (unsigned long long)time, (unsigned long long)(time + 1795182240000000000ull),
	            (unsigned long long)rss, (unsigned long long)rss, (unsigned long long)rss);
}

void support_row_image(struct support_file *s, uint64_t time, int pid, const char *command)
{
	support_sql(s,
	            "INSERT INTO image(time, pid, uid, start_ticks, page, comm, command, exe, user)"
	            " VALUES(%llu, %d, 1000, %d, 4096, 'shopd', '%s', '/usr/bin/shopd', 'shop')",
	            (unsigned long long)time, pid, pid * 100, command);
}

void support_row_region(struct support_file *s, uint64_t id, uint64_t time, uint64_t start,
                        uint64_t size, uint64_t rss)
{
	support_sql(s, "INSERT OR IGNORE INTO pass VALUES(%llu, 3, 0)", (unsigned long long)time);
	support_sql(
	        s,
	        "INSERT INTO region(id, time, gone, kind, perms, start, \"end\", size, mappings,"
	        " \"offset\", inode, major, minor, flags, born, peak, rss, anonymous, swap)"
	        " VALUES(%llu, %llu, 0, 'anonymous', 'rw-p', %lld, %lld, %llu, 1, 0, 0, 0, 0, 0,"
	        " %llu, %llu, %llu, %llu, 0)",
	        (unsigned long long)id, (unsigned long long)time, (long long)start,
	        (long long)(start + size), (unsigned long long)size, (unsigned long long)time,
	        (unsigned long long)rss, (unsigned long long)rss, (unsigned long long)rss);
}
