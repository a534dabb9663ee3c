/* SPDX-License-Identifier: MIT */
/*
 * Where pointers to blocks may lie outside of the heap. Takes rather too much than too little: what is left
 * out without reason makes blocks look lost that are not. Refuses to read memory.
 */
#include <string.h>

#include "lost_internal.h"

static bool root_range(const struct memory_range *r)
{
	if (!(r->prot & MAP_READ) || r->kind == MEMORY_OTHER)
		return false;
	/* Anonymous memory that was made read-only holds what was written before. */
	return (r->prot & MAP_WRITE) || r->kind == MEMORY_ANON;
}

static bool guard_below(const struct memory *m, size_t i)
{
	const struct memory_range *r = &m->ranges[i];

	return i > 0 && r[-1].end == r->start && !(r[-1].prot & (MAP_READ | MAP_WRITE));
}

/* What lies below the lowest stack pointer of a stack is dead: pointers in there are of calls that returned. */
static uint64_t stack_from(const struct memory *m, size_t i)
{
	const struct memory_range *r = &m->ranges[i];
	uint64_t lowest = UNKNOWN;

	/*
	 * Without a guard right below, something else may lie in the same mapping: the kernel merges neighbours,
	 * and guards may be invisible (MADV_GUARD_INSTALL). Then it is taken whole.
	 */
	if (r->kind != MEMORY_STACK && (r->kind != MEMORY_ANON || !guard_below(m, i)))
		return r->start;
	for (size_t t = 0; t < m->thread_count; t++) {
		uint64_t sp = m->threads[t].sp;
		if (known(sp) && sp >= r->start && sp < r->end && sp < lowest)
			lowest = sp;
	}
	return known(lowest) ? lowest & ~(uint64_t)7 : r->start;
}

/* The first span of the heap that ends behind an address. */
static const struct heap_span *span_behind(const struct heap_walk *w, uint64_t at)
{
	size_t low = 0, high = w->span_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (w->spans[mid].end <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low < w->span_count ? &w->spans[low] : NULL;
}

/* The first piece of the heap or of its allocator that touches [at, to). */
static struct heap_span hole_next(const struct heap_walk *w, uint64_t at, uint64_t to)
{
	const struct heap_span *s = span_behind(w, at);
	struct heap_span hole = {to, to};

	if (s && s->start < to)
		hole = *s;
	for (size_t i = 0; i < w->own_count; i++)
		if (w->own[i].end > at && w->own[i].start < hole.start)
			hole = w->own[i];
	return hole;
}

static int pieces_each(const struct heap_walk *w, const struct memory_range *r, uint64_t at,
                       root_fn *fn, void *arg)
{
	while (at < r->end) {
		struct heap_span hole = hole_next(w, at, r->end);
		/* The allocator's own words may begin anywhere, pointers do not. */
		if (hole.start > at) {
			int err = fn(arg, r, (at + 7) & ~(uint64_t)7, hole.start);
			if (err)
				return err;
		}
		at = hole.end;
	}
	return 0;
}

int roots_each(const struct memory *m, const struct heap_walk *walk, root_fn *fn, void *arg)
{
	for (size_t i = 0; i < m->range_count; i++) {
		if (!root_range(&m->ranges[i]))
			continue;
		int err = pieces_each(walk, &m->ranges[i], stack_from(m, i), fn, arg);
		if (err)
			return err;
	}
	return 0;
}

unsigned roots_whole_stacks(const struct memory *m)
{
	unsigned whole = 0;

	for (size_t t = 0; t < m->thread_count; t++) {
		const struct memory_range *r = NULL;
		if (known(m->threads[t].sp))
			r = memory_find(m, m->threads[t].sp);
		if (!r || (r->kind != MEMORY_STACK &&
		           (r->kind != MEMORY_ANON || !guard_below(m, (size_t)(r - m->ranges)))))
			whole++;
	}
	return whole;
}
