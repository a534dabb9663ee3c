/* SPDX-License-Identifier: MIT */
/* Knows how many short reads become one. Refuses to know who is read, and whether it still is the same. */
#include "heap/memory_gather.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

void memory_gather_forget(struct memory_gather *g)
{
	g->count = 0;
	g->last = SIZE_MAX - 1;
	g->behind = 0;
}

void memory_gather_done(struct memory_gather *g)
{
	free(g->bytes);
	*g = (struct memory_gather){0};
}

/* The runs from `first` on that fit; their places into g->at. */
static size_t runs_choose(struct memory_gather *g, const struct memory_lists *l, size_t first,
                          struct iovec *from)
{
	size_t count = 0, total = 0;

	while (count < GATHER_RUNS && first + count < l->run_count) {
		const struct memory_run *r = &l->runs[first + count];
		size_t size = (size_t)(r->end - r->start);
		if (r->end - r->start >= GATHER_RUN || total + size > GATHER_BYTES)
			break;
		from[count] = (struct iovec){(void *)(uintptr_t)r->start, size};
		g->at[count++] = total;
		total += size;
	}
	g->at[count] = total;
	return count;
}

static void runs_fetch(struct memory_gather *g, const struct memory_lists *l, pid_t task,
                       size_t first)
{
	struct iovec from[GATHER_RUNS];
	size_t count = runs_choose(g, l, first, from);
	struct iovec into = {g->bytes, g->at[count]};
	ssize_t n = count > 1 ? process_vm_readv(task, &into, 1, from, count, 0) : 0;

	/* Up to the first hole that came meanwhile. */
	g->first = first;
	g->count = 0;
	while (n > 0 && g->count < count && g->at[g->count + 1] <= (size_t)n)
		g->count++;
}

size_t memory_gather_read(struct memory_gather *g, const struct memory_lists *l, pid_t task,
                          size_t index, uint64_t address, void *out, size_t len)
{
	const struct memory_run *r = &l->runs[index];
	bool follows = index == g->last + 1;

	/* Who reads something again wants to know what it is now. */
	if (address < g->behind || index >= g->first + g->count)
		g->count = 0;
	g->last = index;
	g->behind = address + 1;
	if (!g->count && follows && r->end - r->start < GATHER_RUN) {
		g->bytes = g->bytes ? g->bytes : malloc(GATHER_BYTES);
		if (g->bytes)
			runs_fetch(g, l, task, index);
	}
	if (!g->count)
		return 0;
	size_t offset = g->at[index - g->first] + (size_t)(address - r->start);
	size_t left = g->at[index - g->first + 1] - offset;
	len = len < left ? len : left;
	g->behind = address + len;
	memcpy(out, g->bytes + offset, len);
	return len;
}
