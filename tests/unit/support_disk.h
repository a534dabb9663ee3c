/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_DISK_H
#define SUPPORT_DISK_H

/*
 * A disk below SQLite: it passes everything on to the real one, logs what is written, cut and synced, can be full
 * or broken, and can say what would be left of it after a power cut.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum disk_op { DISK_WRITE, DISK_TRUNCATE, DISK_SYNC, DISK_MARK };

struct disk_entry {
	enum disk_op op;
	bool journal;    /* of FILE-wal; else of FILE */
	uint64_t offset; /* of a write; new size of a truncate; value of a mark */
	size_t size;
	unsigned char *bytes;
};

struct disk_log {
	struct disk_entry *entries;
	size_t count, cap;
};

/* Becomes SQLite's disk for files opened from now on, or is it no longer. */
void disk_insert(void);
void disk_remove(void);

/* Logs what happens to the file at `path` and to its journal from now on; NULL: no longer. */
void disk_record(struct disk_log *log, const char *path);
void disk_mark(struct disk_log *log, uint64_t value);
void disk_log_done(struct disk_log *log);

/* From now on writes (and syncs) fail with this errno (ENOSPC, EIO, ...) after `after` more; 0: none does. */
void disk_fail(int error, unsigned after);

/*
 * Writes to `path` and its journal what a power cut before entry `at` may leave: what was synced, and of what was
 * not each piece wholly, in part or not at all, as `random` has it. base: bytes of the file when the log began.
 */
void disk_cut(const struct disk_log *log, size_t at, const char *base, size_t base_size,
              const char *path, uint64_t *random);

#endif
