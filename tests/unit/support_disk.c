/* SPDX-License-Identifier: MIT */
#include "support_disk.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SECTOR = 512 };

struct disk_file {
	sqlite3_file base; /* first: what SQLite sees */
	char name[512];
	bool journal;
	sqlite3_file *real; /* right behind this struct */
};

static sqlite3_vfs disk_vfs, *real_vfs;
static struct disk_log *log_now;
static char log_path[512];
static int fail_errno, last_errno;
static unsigned fail_after;

/* --- log ----------------------------------------------------------------------------------------- */

static struct disk_entry *log_add(struct disk_log *log, enum disk_op op, bool journal,
                                  uint64_t offset)
{
	if (log->count == log->cap) {
		log->cap = log->cap ? log->cap * 2 : 1024;
		log->entries = realloc(log->entries, log->cap * sizeof(*log->entries));
		assert_non_null(log->entries);
	}
	log->entries[log->count] =
	        (struct disk_entry){.op = op, .journal = journal, .offset = offset};
	return &log->entries[log->count++];
}

static bool logged(const struct disk_file *f)
{
	size_t n = strlen(log_path);

	return log_now && strncmp(f->name, log_path, n) == 0 &&
	       (!f->name[n] || strcmp(f->name + n, "-wal") == 0);
}

void disk_record(struct disk_log *log, const char *path)
{
	log_now = log;
	snprintf(log_path, sizeof(log_path), "%s", path ? path : "");
}

void disk_mark(struct disk_log *log, uint64_t value)
{
	log_add(log, DISK_MARK, false, value);
}

void disk_log_done(struct disk_log *log)
{
	for (size_t i = 0; i < log->count; i++)
		free(log->entries[i].bytes);
	free(log->entries);
	memset(log, 0, sizeof(*log));
}

void disk_fail(int error, unsigned after)
{
	fail_errno = error;
	fail_after = after;
}

static bool fails(void)
{
	if (!fail_errno)
		return false;
	if (fail_after) {
		fail_after--;
		return false;
	}
	errno = last_errno = fail_errno;
	return true;
}

/* --- files --------------------------------------------------------------------------------------- */

static sqlite3_file *real(sqlite3_file *f)
{
	return ((struct disk_file *)f)->real;
}

static int disk_close(sqlite3_file *f)
{
	return real(f)->pMethods->xClose(real(f));
}

static int disk_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	return real(f)->pMethods->xRead(real(f), to, n, at);
}

static int disk_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	const struct disk_file *d = (struct disk_file *)f;

	if (fails())
		return fail_errno == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
	if (logged(d)) {
		struct disk_entry *e = log_add(log_now, DISK_WRITE, d->journal, (uint64_t)at);

		e->size = (size_t)n;
		e->bytes = malloc((size_t)n);
		assert_non_null(e->bytes);
		memcpy(e->bytes, from, (size_t)n);
	}
	return real(f)->pMethods->xWrite(real(f), from, n, at);
}

static int disk_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	const struct disk_file *d = (struct disk_file *)f;

	if (logged(d))
		log_add(log_now, DISK_TRUNCATE, d->journal, (uint64_t)size);
	return real(f)->pMethods->xTruncate(real(f), size);
}

static int disk_sync(sqlite3_file *f, int flags)
{
	const struct disk_file *d = (struct disk_file *)f;

	if (fails())
		return SQLITE_IOERR_FSYNC;
	if (logged(d))
		log_add(log_now, DISK_SYNC, d->journal, 0);
	return real(f)->pMethods->xSync(real(f), flags);
}

static int disk_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real(f)->pMethods->xFileSize(real(f), size);
}

static int disk_lock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xLock(real(f), level);
}

static int disk_unlock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xUnlock(real(f), level);
}

static int disk_reserved(sqlite3_file *f, int *ret)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), ret);
}

static int disk_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int disk_sector(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int disk_traits(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int disk_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret)
{
	return real(f)->pMethods->xShmMap(real(f), page, size, extend, ret);
}

static int disk_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void disk_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int disk_shm_unmap(sqlite3_file *f, int drop)
{
	return real(f)->pMethods->xShmUnmap(real(f), drop);
}

static const sqlite3_io_methods disk_methods = {
        .iVersion = 2, /* without mmap, which no log would see */
        .xClose = disk_close,
        .xRead = disk_read,
        .xWrite = disk_write,
        .xTruncate = disk_truncate,
        .xSync = disk_sync,
        .xFileSize = disk_size,
        .xLock = disk_lock,
        .xUnlock = disk_unlock,
        .xCheckReservedLock = disk_reserved,
        .xFileControl = disk_control,
        .xSectorSize = disk_sector,
        .xDeviceCharacteristics = disk_traits,
        .xShmMap = disk_shm_map,
        .xShmLock = disk_shm_lock,
        .xShmBarrier = disk_shm_barrier,
        .xShmUnmap = disk_shm_unmap,
};

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct disk_file *d = (struct disk_file *)f;
	int rc;

	(void)vfs;
	d->base.pMethods = NULL;
	d->real = (sqlite3_file *)(d + 1);
	snprintf(d->name, sizeof(d->name), "%s", name ? name : "");
	d->journal = (flags & SQLITE_OPEN_WAL) != 0;
	rc = real_vfs->xOpen(real_vfs, name, d->real, flags, out);
	if (d->real->pMethods)
		d->base.pMethods = &disk_methods;
	return rc;
}

static int disk_last_error(sqlite3_vfs *vfs, int n, char *text)
{
	(void)vfs;
	if (fail_errno)
		return last_errno;
	return real_vfs->xGetLastError(real_vfs, n, text);
}

void disk_insert(void)
{
	sqlite3_vfs *now = sqlite3_vfs_find(NULL);

	if (now == &disk_vfs) /* a test that failed left it */
		return;
	real_vfs = now;
	disk_vfs = *real_vfs;
	disk_vfs.zName = "disk";
	disk_vfs.szOsFile = (int)sizeof(struct disk_file) + real_vfs->szOsFile;
	disk_vfs.xOpen = disk_open;
	disk_vfs.xGetLastError = disk_last_error;
	assert_int_equal(sqlite3_vfs_register(&disk_vfs, 1), SQLITE_OK);
}

void disk_remove(void)
{
	disk_fail(0, 0);
	disk_record(NULL, NULL);
	sqlite3_vfs_unregister(&disk_vfs);
	sqlite3_vfs_register(real_vfs, 1);
}

/* --- power cut ----------------------------------------------------------------------------------- */

struct platter {
	unsigned char *bytes;
	size_t size, cap;
};

static void platter_grow(struct platter *p, size_t size)
{
	if (size > p->cap) {
		p->cap = size * 2;
		p->bytes = realloc(p->bytes, p->cap);
		assert_non_null(p->bytes);
	}
	if (size > p->size) {
		memset(p->bytes + p->size, 0, size - p->size);
		p->size = size;
	}
}

static void platter_write(struct platter *p, uint64_t at, const void *bytes, size_t n)
{
	platter_grow(p, (size_t)at + n);
	memcpy(p->bytes + at, bytes, n);
}

static void platter_apply(struct platter *p, const struct disk_entry *e)
{
	if (e->op == DISK_WRITE)
		platter_write(p, e->offset, e->bytes, e->size);
	else if (e->offset < p->size)
		p->size = (size_t)e->offset;
	else
		platter_grow(p, (size_t)e->offset);
}

static uint64_t draw(uint64_t *random, uint64_t below)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random % below;
}

/* Wholly, not at all, or some of its sectors. */
static void platter_maybe(struct platter *p, const struct disk_entry *e, uint64_t *random)
{
	uint64_t fate = draw(random, 5);

	if (fate < 2)
		return;
	if (fate < 4 || e->op != DISK_WRITE) {
		platter_apply(p, e);
		return;
	}
	for (size_t at = 0; at < e->size;) {
		size_t n = SECTOR - (size_t)((e->offset + at) % SECTOR);

		if (n > e->size - at)
			n = e->size - at;
		if (draw(random, 2))
			platter_write(p, e->offset + at, e->bytes + at, n);
		at += n;
	}
}

static size_t last_sync(const struct disk_log *log, size_t at, bool journal)
{
	while (at > 0 &&
	       !(log->entries[at - 1].op == DISK_SYNC && log->entries[at - 1].journal == journal))
		at--;
	return at;
}

static void platter_store(const struct platter *p, const char *path)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p->bytes, 1, p->size, f), p->size);
	assert_int_equal(fclose(f), 0);
}

void disk_cut(const struct disk_log *log, size_t at, const char *base, size_t base_size,
              const char *path, uint64_t *random)
{
	for (unsigned journal = 0; journal < 2; journal++) {
		struct platter p = {NULL, 0, 0};
		size_t synced = last_sync(log, at, journal);
		char name[600];

		platter_grow(&p, 4096);
		p.size = 0;
		if (!journal)
			platter_write(&p, 0, base, base_size);
		for (size_t i = 0; i < at; i++) {
			const struct disk_entry *e = &log->entries[i];

			if (e->op > DISK_TRUNCATE || e->journal != journal)
				continue;
			if (i < synced)
				platter_apply(&p, e);
			else
				platter_maybe(&p, e, random);
		}
		snprintf(name, sizeof(name), "%s%s", path, journal ? "-wal" : "");
		platter_store(&p, name);
		free(p.bytes);
	}
}
