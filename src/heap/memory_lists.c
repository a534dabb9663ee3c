/* SPDX-License-Identifier: MIT */
/*
 * Knows how a look keeps its ranges, threads and runs of pages, and how an address is found among them.
 * Refuses to know where they come from.
 */
#include "heap/memory_lists.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

enum { NAMES_MAX = 256 << 20 };

void memory_lists_init(struct memory_lists *l)
{
	*l = (struct memory_lists){0};
	buf_init(&l->names, NAMES_MAX);
}

void memory_lists_done(struct memory_lists *l)
{
	free(l->ranges);
	free(l->threads);
	free(l->runs);
	buf_done(&l->names);
	memory_lists_init(l);
}

void memory_lists_reset(struct memory_lists *l)
{
	l->range_count = l->thread_count = l->run_count = l->last = 0;
	buf_reset(&l->names);
}

static bool name_begins(const struct mapping *m, const char *with)
{
	size_t n = strlen(with);

	return m->name_len >= n && memcmp(m->name, with, n) == 0;
}

/* What has a name in brackets and no file and is not listed is memory with a label: "[anon: Go: heap]". */
static enum memory_kind kind_of(const struct mapping *m)
{
	static const char *const others[] = {"[vdso]",    "[vvar",     "[vsyscall]",
	                                     "[uprobes]", "[vectors]", "[sigpage]"};
	bool file = m->inode || m->major || m->minor;

	if (m->prot & MAP_MAYSHARE)
		return MEMORY_SHARED;
	if (file || name_begins(m, "/"))
		return MEMORY_FILE;
	if (mapping_is_pseudo(m, "[heap]"))
		return MEMORY_HEAP;
	if (mapping_is_pseudo(m, "[stack]"))
		return MEMORY_STACK;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (name_begins(m, others[i]))
			return MEMORY_OTHER;
	return MEMORY_ANON;
}

int memory_lists_range(struct memory_lists *l, const struct mapping *m)
{
	if (l->range_count && m->start < l->ranges[l->range_count - 1].end)
		return -EINVAL;
	if (!array_room((void **)&l->ranges, l->range_count, &l->range_room, sizeof(*l->ranges)))
		return -ENOMEM;
	struct memory_range r = {
	        .start = m->start,
	        .end = m->end,
	        .offset = m->offset,
	        .inode = m->inode,
	        .prot = m->prot,
	        .kind = kind_of(m),
	        .name = (uint32_t)l->names.len,
	        .name_len = m->name_len,
	};
	if (buf_add(&l->names, m->name, m->name_len))
		return -ENOMEM;
	l->ranges[l->range_count++] = r;
	return 0;
}

int memory_lists_thread(struct memory_lists *l, int32_t tid, uint64_t sp)
{
	if (!array_room((void **)&l->threads, l->thread_count, &l->thread_room,
	                sizeof(*l->threads)))
		return -ENOMEM;
	l->threads[l->thread_count++] = (struct memory_thread){.tid = tid, .sp = sp};
	return 0;
}

int memory_lists_run(struct memory_lists *l, uint64_t start, uint64_t end)
{
	struct memory_run *last = l->run_count ? &l->runs[l->run_count - 1] : NULL;

	if (start >= end || (last && start < last->end))
		return -EINVAL;
	if (last && last->end == start) {
		last->end = end;
		return 0;
	}
	if (!array_room((void **)&l->runs, l->run_count, &l->run_room, sizeof(*l->runs)))
		return -ENOMEM;
	l->runs[l->run_count++] = (struct memory_run){.start = start, .end = end};
	return 0;
}

void memory_lists_show(const struct memory_lists *l, struct memory *m)
{
	m->ranges = l->ranges;
	m->range_count = l->range_count;
	m->threads = l->threads;
	m->thread_count = l->thread_count;
	m->names = buf_str(&l->names);
}

static bool run_is_first(const struct memory_lists *l, size_t i, uint64_t address)
{
	return i < l->run_count && address < l->runs[i].end &&
	       (i == 0 || l->runs[i - 1].end <= address);
}

size_t memory_lists_find(struct memory_lists *l, uint64_t address)
{
	size_t low = 0, high = l->run_count;

	for (size_t i = l->last; i < l->last + 2; i++)
		if (run_is_first(l, i, address))
			return l->last = i;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (l->runs[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return l->last = low;
}

uint64_t memory_lists_next(struct memory_lists *l, uint64_t address, uint64_t end)
{
	size_t i = memory_lists_find(l, address);

	if (i == l->run_count || address >= end || l->runs[i].start >= end)
		return end;
	return l->runs[i].start > address ? l->runs[i].start : address;
}

uint64_t memory_lists_absent(struct memory_lists *l, uint64_t address, uint64_t end)
{
	size_t i = memory_lists_find(l, address);

	while (address < end && i < l->run_count && l->runs[i].start <= address)
		address = l->runs[i++].end;
	return address < end ? address : end;
}

int memory_lists_splice(struct memory_lists *l, uint64_t start, const struct memory_run *runs,
                        size_t count)
{
	size_t i = memory_lists_find(l, start);

	if (i == l->run_count || l->runs[i].start > start)
		return 0;
	while (l->run_room < l->run_count + count + 1)
		if (!array_room((void **)&l->runs, l->run_room, &l->run_room, sizeof(*l->runs)))
			return -ENOMEM;
	/* What lies before `start` stays. */
	l->runs[i].end = start;
	size_t keep = l->runs[i].start < start ? i + 1 : i;
	memmove(l->runs + keep + count, l->runs + i + 1, (l->run_count - i - 1) * sizeof(*l->runs));
	if (count)
		memcpy(l->runs + keep, runs, count * sizeof(*runs));
	l->run_count = keep + count + (l->run_count - i - 1);
	return 0;
}

bool memory_range_readable(const struct memory_range *r)
{
	return (r->prot & MAP_READ) && r->kind != MEMORY_OTHER;
}
