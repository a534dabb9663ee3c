/* SPDX-License-Identifier: MIT */
/*
 * Knows how the memory of a living process is read without touching it: only pages that are in memory by its
 * page map, by process_vm_readv, which neither stops nor changes it. Two things cannot be helped: a page that is
 * swapped out between the map and the read is fetched back, and to the kernel a read is a use, so that what was read
 * is swapped out later than it else would be. Refuses to know what the bytes mean.
 *
 * The open page map stays with the memory of the program it was opened for: after exit or exec it reads as empty
 * for ever, whoever has the pid then. That is how both are noticed.
 */
#include "heap/memory_live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "proc/status.h"

enum {
	MAPS_MAX = 256 << 20,
	/* One system call copies this much at most, so that a stop is heard and no lock is held long. */
	READ_MAX = 16 << 20,
	CHECK_LENGTH =
	        32
	        << 10, /* reads from here on ask each time whether it is still the same program */
	CHECK_EVERY = 16, /* of the others one in so many does */
};

static int live_check(struct memory *m)
{
	struct live *l = (struct live *)m;
	uint64_t entry;

	l->unchecked = 0;
	l->gone = l->gone || pread(l->pagemap, &entry, sizeof(entry), 0) != sizeof(entry);
	return l->gone ? -ESRCH : 0;
}

/* Where the leader ended, its files are empty, and the memory is found by a thread that lives; also amid a watch. */
static void task_find(struct live *l)
{
	struct proc_status status;
	int32_t tid;

	l->task = l->dir.pid;
	l->dir.via = 0;
	if (procdir_read(&l->dir, "status", &l->text) == 0 &&
	    status_parse(buf_str(&l->text), l->text.len, &status) == 0 && status.state == 'Z' &&
	    procdir_living_thread(&l->dir, &tid) == 0)
		l->task = l->dir.via = tid;
}

/* --- a look begins ------------------------------------------------------------------------------------ */

static int live_begin(struct memory *m)
{
	struct live *l = (struct live *)m;

	memory_lists_reset(&l->lists);
	memory_gather_forget(&l->gather);
	int e = live_check(m);
	if (e == 0) {
		task_find(l);
		e = memory_live_look(l);
	}
	/* What was read may already be of the program after an exec. */
	if (e == 0)
		e = live_check(m);
	if (e < 0)
		memory_lists_reset(&l->lists);
	memory_lists_show(&l->lists, m);
	return e;
}

/* --- reading ------------------------------------------------------------------------------------------ */

/* The runs of [start, end) as they are now. */
static int runs_again(struct live *l, uint64_t start, uint64_t end, struct memory_lists *fresh)
{
	struct page_run runs[RUNS_AT_ONCE];
	int e = 0;

	while (start < end && e == 0) {
		size_t count;
		e = pages_runs(l->pagemap, l->way, l->memory.page, start, end, runs, RUNS_AT_ONCE,
		               &count, &start);
		for (size_t i = 0; i < count && e == 0; i++)
			if (!runs[i].swapped)
				e = memory_lists_run(fresh, runs[i].start, runs[i].end);
	}
	return e;
}

/*
 * A page that was there is not. Unmapped: then the page map knows by now how far. Or it only cannot be read (a
 * device's, or nobody may any more), which no map tells: ever more is left out, until there is something again.
 */
static void hole_note(struct live *l, uint64_t address)
{
	uint64_t start = address & -l->memory.page;
	size_t i = memory_lists_find(&l->lists, start);
	uint64_t end = l->lists.runs[i].end;
	struct memory_lists fresh;

	memory_gather_forget(&l->gather);
	memory_lists_init(&fresh);
	if (runs_again(l, start, end, &fresh) < 0)
		fresh.run_count = 0;
	l->refused = start == l->refused_to ? 2 * l->refused : l->memory.page;
	if (fresh.run_count && fresh.runs[0].start == start) {
		struct memory_run *first = &fresh.runs[0];
		uint64_t size = first->end - start;
		first->start += l->refused < size ? l->refused : size;
		l->refused_to = first->start;
	}
	bool all = fresh.run_count && fresh.runs[0].start == fresh.runs[0].end;
	memory_lists_splice(&l->lists, start, fresh.runs + all, fresh.run_count - all);
	memory_lists_done(&fresh);
}

/* Up to `len` bytes that all are in memory. How many, or -errno. */
static ssize_t run_copy(struct live *l, uint64_t address, char *out, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t want = len - done < READ_MAX ? len - done : READ_MAX;
		struct iovec into = {out + done, want};
		struct iovec from = {(void *)(uintptr_t)(address + done), want};
		ssize_t n = process_vm_readv(l->task, &into, 1, &from, 1, 0);
		if (n < 0 && errno != EFAULT)
			return memory_live_error(-errno);
		done += n < 0 ? 0 : (size_t)n;
		if (n < (ssize_t)want) {
			hole_note(l, address + done);
			break;
		}
	}
	return (ssize_t)done;
}

static ssize_t live_read(struct memory *m, uint64_t address, void *out, size_t len)
{
	struct live *l = (struct live *)m;
	size_t i = memory_lists_find(&l->lists, address);

	if (l->gone)
		return -ESRCH;
	if (i == l->lists.run_count || l->lists.runs[i].start > address)
		return 0;
	if (len > l->lists.runs[i].end - address)
		len = l->lists.runs[i].end - address;
	ssize_t n =
	        (ssize_t)memory_gather_read(&l->gather, &l->lists, l->task, i, address, out, len);
	if (!n)
		n = run_copy(l, address, out, len);
	bool checks = len >= CHECK_LENGTH || n < (ssize_t)len || ++l->unchecked >= CHECK_EVERY;
	if (n >= 0 && checks)
		return live_check(m) < 0 ? -ESRCH : n;
	return n;
}

static uint64_t live_next(struct memory *m, uint64_t address, uint64_t end)
{
	return memory_lists_next(&((struct live *)m)->lists, address, end);
}

static uint64_t live_absent(struct memory *m, uint64_t address, uint64_t end)
{
	return memory_lists_absent(&((struct live *)m)->lists, address, end);
}

/* --- opening ------------------------------------------------------------------------------------------ */

static void live_free(struct memory *m)
{
	struct live *l = (struct live *)m;

	if (l->pagemap >= 0)
		close(l->pagemap);
	procdir_close(&l->dir);
	buf_done(&l->text);
	memory_gather_done(&l->gather);
	memory_lists_done(&l->lists);
	free(l);
}

static int finding_error(enum procdir_finding finding, int other)
{
	switch (finding) {
	case PROCDIR_OK:
		return 0;
	case PROCDIR_HIDDEN:
	case PROCDIR_DENIED:
		return -EPERM;
	case PROCDIR_FAILED:
		return other ? memory_live_error(-other) : -ESRCH;
	default:
		return -ESRCH;
	}
}

/* The fifth byte of an ELF file tells how wide its pointers are. */
static int width_check(struct live *l)
{
	char head[5];
	int fd = procdir_open_file(&l->dir, "exe");

	if (fd < 0)
		return memory_live_error(fd);
	ssize_t n = read(fd, head, sizeof(head));
	close(fd);
	return n == (ssize_t)sizeof(head) && memcmp(head, "\177ELF", 4) == 0 && head[4] == 1
	               ? -ENOTSUP
	               : 0;
}

static int live_open(struct live *l)
{
	if (!l->dir.real)
		return -ENOTSUP;
	task_find(l);
	int e = width_check(l);
	if (e == 0)
		e = memory_live_permitted(l);
	if (e < 0)
		return e;
	l->pagemap = procdir_open_file(&l->dir, "pagemap");
	if (l->pagemap < 0)
		return memory_live_error(l->pagemap);
	e = live_check(&l->memory);
	l->way = pages_probe(l->pagemap, l->memory.page);
	return e < 0 ? e : l->way == PAGES_NONE ? -EPERM : 0;
}

int memory_open_live(const char *proc, int32_t pid, struct memory **ret)
{
	static const struct memory_ops ops = {
	        .begin = live_begin,
	        .read = live_read,
	        .next = live_next,
	        .absent = live_absent,
	        .check = live_check,
	        .free = live_free,
	};
	struct live *l = calloc(1, sizeof(*l));
	int other = 0;

	if (!l)
		return -ENOMEM;
	l->memory.ops = &ops;
	l->memory.page = (uint64_t)sysconf(_SC_PAGESIZE);
	l->pagemap = -1;
	l->dir = (struct procdir){.fd = -1, .rootfd = -1, .pidfd = -1};
	buf_init(&l->text, MAPS_MAX);
	memory_lists_init(&l->lists);
	int e = finding_error(procdir_open(proc, pid, &l->dir, &other), other);
	if (e == 0)
		e = live_open(l);
	if (e < 0)
		live_free(&l->memory);
	else
		*ret = &l->memory;
	return e;
}
