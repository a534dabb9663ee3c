/* SPDX-License-Identifier: MIT */
/*
 * What a look at a living process begins with: its mappings, its threads' stack pointers, and which pages are in
 * memory. Knows what the kernel's files say of them; reads no memory.
 */
#include "heap/memory_live.h"

#include <errno.h>
#include <stdio.h>
#include <sys/uio.h>

#include "proc/status.h"

/* Without PAGEMAP_SCAN a reserved terabyte costs 2 GB of zeros to read: longer ranges are not looked at. */
#define ENTRIES_MAX (256ull << 30)

int memory_live_error(int error)
{
	if (error == -EACCES || error == -EPERM)
		return -EPERM;
	return error == -ENOENT ? -ESRCH : error;
}

/* An address that no process has answers that without reading anything. */
int memory_live_permitted(const struct live *l)
{
	char byte;
	struct iovec into = {&byte, 1};
	struct iovec from = {(void *)(uintptr_t)-l->memory.page, 1};

	if (process_vm_readv(l->task, &into, 1, &from, 1, 0) >= 0 || errno == EFAULT)
		return 0;
	return memory_live_error(-errno);
}

static int mapping_take(const struct mapping *m, void *arg)
{
	int e = memory_lists_range(arg, m);

	/* Read while it changed: what overlaps is left to the next look. */
	return e == -EINVAL ? 0 : e;
}

static int ranges_read(struct live *l)
{
	struct mapping_walk walk;
	int e = procdir_read(&l->dir, "maps", &l->text);

	if (e < 0)
		return memory_live_error(e);
	e = mapping_each(buf_str(&l->text), l->text.len, mapping_take, &l->lists, &walk);
	return e == 0 && !l->lists.range_count ? -ESRCH : e;
}

/*
 * A function that calls no other may keep words below its stack pointer (x86-64: 128 bytes), and the one that
 * made the system call may be such a function.
 */
enum { RED_ZONE = 128 };

static int thread_take(int32_t tid, void *arg)
{
	struct live *l = arg;
	char name[48];
	uint64_t sp;

	if (memory_stopped(&l->memory))
		return -ECANCELED;
	snprintf(name, sizeof(name), "task/%d/syscall", tid);
	if (procdir_read(&l->dir, name, &l->text) < 0 ||
	    syscall_parse(buf_str(&l->text), l->text.len, &sp) < 0)
		sp = UNKNOWN;
	else
		sp -= sp > RED_ZONE ? RED_ZONE : 0;
	return memory_lists_thread(&l->lists, tid, sp);
}

static int runs_take(struct live *l, const struct memory_range *r, const struct page_run *runs,
                     size_t count)
{
	bool counts = (r->prot & MAP_WRITE) && !(r->prot & MAP_MAYSHARE);
	int e = 0;

	for (size_t i = 0; i < count && e == 0; i++) {
		if (runs[i].swapped)
			l->memory.swapped += counts ? runs[i].end - runs[i].start : 0;
		else
			e = memory_lists_run(&l->lists, runs[i].start, runs[i].end);
	}
	return e;
}

static int range_scan(struct live *l, const struct memory_range *r)
{
	struct page_run runs[RUNS_AT_ONCE];
	uint64_t at = r->start;
	int e = 0;

	if (l->way == PAGES_PAGEMAP && r->end - r->start > ENTRIES_MAX)
		return 0;
	while (at < r->end && e == 0) {
		size_t count;
		if (memory_stopped(&l->memory))
			return -ECANCELED;
		e = pages_runs(l->pagemap, l->way, l->memory.page, at, r->end, runs, RUNS_AT_ONCE,
		               &count, &at);
		if (e == 0)
			e = runs_take(l, r, runs, count);
	}
	return e;
}

static int pages_read(struct live *l)
{
	int e = 0;

	l->memory.swapped = 0;
	for (size_t i = 0; i < l->lists.range_count && e == 0; i++)
		if (memory_range_readable(&l->lists.ranges[i]))
			e = range_scan(l, &l->lists.ranges[i]);
	return memory_live_error(e);
}

int memory_live_look(struct live *l)
{
	int e = ranges_read(l);

	if (e == 0)
		e = memory_live_permitted(l);
	if (e == 0)
		e = memory_live_error(procdir_each_task(&l->dir, thread_take, l));
	if (e == 0)
		e = pages_read(l);
	return e;
}
