/* SPDX-License-Identifier: MIT */
/*
 * Knows how the files of processes look, and what may become of them between two reads. Refuses to know who reads them, and
 * blocks nothing that is read on the clock: stat, statm and status never block in a kernel.
 */
#include "keys.h"

#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../unit/support_hostile.h"

enum { PAGE_KB = 4, REGIONS = 40, REGIONS_MANY = 3000 };

static const char *const files_slow[] = {"smaps",  "maps",         "cmdline", "cgroup",
                                         "limits", "smaps_rollup", "io"};

static void path_of(const struct forest *f, int pid, const char *name, char out[256])
{
	snprintf(out, 256, "%s/%d/%s", f->path, pid, name);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void remove_all(const char *path)
{
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Opened to write, so that a FIFO in its place is gone before. */
static FILE *file_begin(const struct forest *f, int pid, const char *name)
{
	char path[256];

	path_of(f, pid, name, path);
	unlink(path);
	return fopen(path, "we");
}

static void file_write(const struct forest *f, int pid, const char *name, const char *format, ...)
        __attribute__((format(printf, 4, 5)));

static void file_write(const struct forest *f, int pid, const char *name, const char *format, ...)
{
	FILE *file = file_begin(f, pid, name);
	va_list args;

	if (!file)
		return;
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	fclose(file);
}

static const char *any_name(struct dice *d)
{
	unsigned count = 0;

	while (hostile_names[count])
		count++;
	return dice_once(d, 3) ? "worker" : hostile_names[dice_roll(d, count)];
}

/* --- the mappings of one --------------------------------------------------------------------------------- */

/* Paths come raw from a kernel, but for newlines. */
static void put_name(FILE *out, const char *name)
{
	for (; *name; name++)
		if (*name == '\n')
			fputs("\\012", out);
		else
			fputc(*name, out);
}

/* Figures of a mapping in kB; seldom such as no machine has. */
static uint64_t figure(struct dice *d, uint64_t size_kb)
{
	static const uint64_t wild[] = {UINT64_MAX, UINT64_MAX / 1024, (uint64_t)1 << 53, 0};

	return dice_once(d, 400) ? wild[dice_roll(d, 4)] : dice_roll(d, size_kb + 1);
}

static void put_region(FILE *maps, FILE *smaps, struct dice *d, unsigned i, uint64_t *at,
                       const struct tree *t)
{
	static const char *const perms[] = {"rw-p", "r-xp", "r--p", "rw-s", "---p", "rwxp"};
	uint64_t size_kb = i == 1 ? t->heap_kb : PAGE_KB * (1 + dice_roll(d, 2000)), start = *at;
	bool file = i != 1 && !dice_once(d, 3);
	const char *perm = i == 1 ? "rw-p" : perms[dice_roll(d, 6)];
	FILE *const both[] = {maps, smaps};

	*at = start + size_kb * 1024 + (dice_once(d, 3) ? 4096 : 0);
	const char *name = i == 1            ? "[heap]"
	                   : file            ? any_name(d)
	                   : dice_once(d, 8) ? "[stack]"
	                   : dice_once(d, 8) ? "[anon: \033[5m pool]"
	                                     : "";
	uint64_t offset = dice_roll(d, 64) * 4096, inode = file ? 1 + dice_roll(d, 99999) : 0;
	for (unsigned k = 0; k < 2; k++) {
		fprintf(both[k], "%" PRIx64 "-%" PRIx64 " %s %08" PRIx64 " 08:01 %" PRIu64 " %s",
		        start, *at, perm, offset, inode, file ? "/opt/" : "");
		put_name(both[k], name);
		fputc('\n', both[k]);
	}
	fprintf(smaps,
	        "Size: %" PRIu64 " kB\nRss: %" PRIu64 " kB\nPss: %" PRIu64
	        " kB\nShared_Clean: %" PRIu64 " kB\nShared_Dirty: 0 kB\nPrivate_Clean: %" PRIu64
	        " kB\nPrivate_Dirty: %" PRIu64 " kB\nReferenced: 0 kB\nAnonymous: %" PRIu64
	        " kB\nLazyFree: %" PRIu64 " kB\nAnonHugePages: 0 kB\nSwap: %" PRIu64
	        " kB\nSwapPss: 0 kB\nLocked: 0 kB\n"
	        "VmFlags: rd wr mr mw me ac zz\n",
	        size_kb, i == 1 ? size_kb : figure(d, size_kb), figure(d, size_kb),
	        figure(d, size_kb), figure(d, size_kb), i == 1 ? size_kb : figure(d, size_kb),
	        i == 1 ? size_kb : figure(d, size_kb), figure(d, 8), figure(d, 64));
}

/* The same regions as before, for they follow from its salt; only their figures are new where it grew. */
static void put_regions(const struct forest *f, const struct tree *t)
{
	struct dice same = {t->salt};
	FILE *maps = file_begin(f, t->pid, "maps"), *smaps = file_begin(f, t->pid, "smaps");
	uint64_t at = 0x55d000000000;

	for (unsigned i = 0; maps && smaps && i < t->regions; i++)
		put_region(maps, smaps, &same, i, &at, t);
	if (maps)
		fclose(maps);
	if (smaps)
		fclose(smaps);
}

/* --- one process ------------------------------------------------------------------------------------------ */

static void put_figures(const struct forest *f, const struct tree *t)
{
	uint64_t anon = t->rss_kb / 2;

	file_write(f, t->pid, "statm", "%" PRIu64 " %" PRIu64 " %" PRIu64 " 1 0 2 0\n",
	           3 * t->rss_kb / PAGE_KB, t->rss_kb / PAGE_KB, (t->rss_kb - anon) / PAGE_KB);
	file_write(f, t->pid, "stat",
	           "%d (%s) %c 1 1 1 0 -1 4194304 10 0 2 0 3 4 0 0 20 0 1 0 %u %" PRIu64 " %" PRIu64
	           " 0 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
	           t->pid, t->comm, t->state, t->start, 3 * t->rss_kb * 1024, t->rss_kb / PAGE_KB);
	file_write(f, t->pid, "status",
	           "Name:\t%s\nUmask:\t0022\nState:\t%c (x)\nTgid:\t%d\nPid:\t%d\nPPid:\t1\n"
	           "TracerPid:\t0\nUid:\t0\t0\t0\t0\nVmPeak:\t%" PRIu64 " kB\nVmSize:\t%" PRIu64
	           " kB\nVmHWM:\t%" PRIu64 " kB\nVmRSS:\t%" PRIu64 " kB\nRssAnon:\t%" PRIu64
	           " kB\nRssFile:\t%" PRIu64 " kB\nRssShmem:\t0 kB\nVmData:\t%" PRIu64
	           " kB\nVmSwap:\t%" PRIu64 " kB\nThreads:\t1\n",
	           "x", t->state, t->pid, t->pid, 3 * t->rss_kb, 3 * t->rss_kb, t->rss_kb,
	           t->rss_kb, anon, t->rss_kb - anon, anon, t->rss_kb / 9);
}

static void put_tree(const struct forest *f, const struct tree *t)
{
	char path[256];

	path_of(f, t->pid, "", path);
	mkdir(path, 0755);
	path_of(f, t->pid, "fd", path);
	mkdir(path, 0755);
	put_figures(f, t);
	put_regions(f, t);
	file_write(f, t->pid, "comm", "%.15s\n", t->comm);
	file_write(f, t->pid, "cmdline", "/usr/bin/%s%c--number%c%d", t->comm, 0, 0, t->pid);
	file_write(f, t->pid, "cgroup", "0::/system.slice/%.20s.service\n", t->comm);
	file_write(
	        f, t->pid, "limits",
	        "Limit                     Soft Limit           Hard Limit           Units     \n"
	        "Max address space         unlimited            unlimited            bytes     \n"
	        "Max open files            1024                 4096                 files     \n");
	file_write(f, t->pid, "io", "rchar: 1\nwchar: 2\nread_bytes: 3\n");
}

static void tree_begin(struct tree *t, int pid, struct dice *d)
{
	*t = (struct tree){.pid = pid,
	                   .there = true,
	                   .state = 'S',
	                   .comm = any_name(d),
	                   .start = 100 + (unsigned)dice_roll(d, 1000),
	                   .regions = 2 + (unsigned)dice_roll(d, REGIONS),
	                   .rss_kb = 1000 + dice_roll(d, 100000),
	                   .heap_kb = PAGE_KB * (1 + dice_roll(d, 5000)),
	                   .salt = dice_roll(d, UINT64_MAX)};
	if (dice_once(d, 40))
		t->regions = REGIONS_MANY;
}

void forest_plant(struct forest *f, const char *path, struct dice *d)
{
	unsigned count = 1 + (unsigned)dice_roll(d, FOREST_MAX);
	char name[256];

	*f = (struct forest){0};
	snprintf(f->path, sizeof(f->path), "%s", path);
	/* A file of the directory itself: as that of a process without a number. */
	static const char *const global[][2] = {
	        {"meminfo", "MemTotal: 8000000 kB\nMemFree: 4000000 kB\nMemAvailable: 5000000 kB\n"
	                    "SwapTotal: 100 kB\nSwapFree: 0 kB\nShmem: 1000 kB\n"},
	        {"uptime", "1000.00 4000.00\n"},
	        {"stat", "cpu 1 2 3 4\nbtime 1700000000\n"},
	};
	for (unsigned i = 0; i < sizeof(global) / sizeof(global[0]); i++) {
		snprintf(name, sizeof(name), "%s/%s", path, global[i][0]);
		FILE *file = fopen(name, "we");
		if (!file)
			broken("cannot write %s", name);
		fputs(global[i][1], file);
		fclose(file);
	}
	for (unsigned i = 0; i < count; i++) {
		tree_begin(&f->trees[i], FOREST_PID + (int)i, d);
		put_tree(f, &f->trees[i]);
	}
}

/* --- what becomes of them ---------------------------------------------------------------------------------- */

/* Whoever opened it for reading goes on, with nothing read. */
static void tree_release(const struct forest *f, struct tree *t)
{
	char path[256];

	if (!t->blocked)
		return;
	path_of(f, t->pid, t->blocked, path);
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	unlink(path);
	if (fd >= 0)
		close(fd);
	t->blocked = NULL;
}

void forest_release(struct forest *f)
{
	for (unsigned i = 0; i < FOREST_MAX; i++)
		tree_release(f, &f->trees[i]);
}

static void tree_end(const struct forest *f, struct tree *t)
{
	char path[256];

	tree_release(f, t);
	path_of(f, t->pid, "", path);
	remove_all(path);
	t->there = false;
}

static void tree_block(const struct forest *f, struct tree *t, struct dice *d)
{
	char path[256];

	tree_release(f, t);
	t->blocked = files_slow[dice_roll(d, sizeof(files_slow) / sizeof(files_slow[0]))];
	path_of(f, t->pid, t->blocked, path);
	unlink(path);
	if (mkfifo(path, 0600))
		t->blocked = NULL;
}

/* A file with what no kernel writes: cut, empty, noise, or none at all. */
static void tree_garble(const struct forest *f, const struct tree *t, struct dice *d)
{
	static const char *const names[] = {"smaps", "maps",    "status", "stat",
	                                    "statm", "cmdline", "limits", "cgroup"};
	const char *name = names[dice_roll(d, sizeof(names) / sizeof(names[0]))];
	char path[256];
	FILE *file;

	path_of(f, t->pid, name, path);
	if (t->blocked && !strcmp(t->blocked, name))
		return;
	if (dice_once(d, 4)) {
		unlink(path);
		return;
	}
	if (dice_once(d, 3)) {
		if (truncate(path, (off_t)dice_roll(d, 3000)))
			return;
		return;
	}
	file = file_begin(f, t->pid, name);
	for (uint64_t i = 0, n = dice_roll(d, 500); file && i < n; i++)
		fputc((int)dice_roll(d, 256), file);
	if (file)
		fclose(file);
}

static void tree_grow(const struct forest *f, struct tree *t, struct dice *d)
{
	t->rss_kb += dice_once(d, 4) ? 0 : dice_roll(d, 3000);
	t->heap_kb += PAGE_KB * dice_roll(d, 300);
	if (dice_once(d, 6))
		t->regions = 2 + (unsigned)dice_roll(d, REGIONS);
	tree_release(f, t);
	put_figures(f, t);
	put_regions(f, t);
}

static void tree_change(struct forest *f, struct tree *t, struct dice *d)
{
	switch (dice_roll(d, 12)) {
	case 0:
		tree_end(f, t);
		break;
	case 1: /* another process under the same number */
		tree_end(f, t);
		tree_begin(t, t->pid, d);
		put_tree(f, t);
		break;
	case 2: /* exec */
		tree_release(f, t);
		t->salt = dice_roll(d, UINT64_MAX);
		t->comm = any_name(d);
		put_tree(f, t);
		break;
	case 3:
		tree_block(f, t, d);
		break;
	case 4:
		tree_release(f, t);
		put_tree(f, t);
		break;
	case 5:
		tree_garble(f, t, d);
		break;
	case 6:
		t->state = "SRDTZtXI"[dice_roll(d, 8)];
		put_figures(f, t);
		break;
	default:
		tree_grow(f, t, d);
		break;
	}
}

void forest_live(struct forest *f, struct dice *d)
{
	unsigned at = dice_once(d, 3) ? (unsigned)dice_roll(d, FOREST_MAX) : 0;
	struct tree *t = &f->trees[at];

	if (t->there) {
		/* The one that is watched mostly lives: there is little to see of the dead. */
		if (at == 0 && !dice_once(d, 8))
			tree_grow(f, t, d);
		else
			tree_change(f, t, d);
		return;
	}
	if (at == 0 && !dice_once(d, 4))
		return;
	tree_begin(t, FOREST_PID + (int)at, d);
	put_tree(f, t);
}
