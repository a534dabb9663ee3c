/* SPDX-License-Identifier: MIT */
/* Reads arenas, ring by ring, and where their memory lies. Knows nothing of single chunks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heap/glibc.h"

/*
 * What a heap_info and a heap can be: HEAP_MAX is 64 MiB, or four huge pages (of 2 MiB, of 1 GiB) by a
 * tunable.
 */
static const unsigned infos[] = {48, 32};
static const uint64_t heap_maxima[] = {64ull << 20, 8ull << 20, 4ull << 30};
enum { STATE_MAX = 0x900, BIN_CHECK_MAX = 16 };

bool glibc_read_arena(struct memory *m, const struct glibc_layout *l, uint64_t address,
                      struct glibc_arena *ret)
{
	uint8_t bytes[STATE_MAX];

	if (!memory_read_all(m, address, bytes, glibc_state_size(l)))
		return false;
	*ret = (struct glibc_arena){.address = address,
	                            .top = glibc_word(bytes + l->top),
	                            .next = glibc_word(bytes + glibc_next(l)),
	                            .system_mem = glibc_word(bytes + glibc_system_mem(l))};
	memcpy(&ret->flags, bytes + 4, sizeof(ret->flags));
	for (unsigned n = 0; n < l->fastbins; n++)
		ret->fast[n] = glibc_word(bytes + l->top - 8 * (l->fastbins - n));
	for (unsigned n = 0; n < GLIBC_BINS; n++) {
		uint64_t bin = address + l->top + n * 16, back;
		uint64_t first = glibc_word(bytes + l->top + 16 + n * 16);

		if (first == bin || ret->bins_sound + ret->bins_wrong >= BIN_CHECK_MAX)
			continue;
		if (memory_word(m, first + 24, &back) && back == bin)
			ret->bins_sound++;
		else
			ret->bins_wrong++;
	}
	return true;
}

/* True when it lies at the begin of a heap; *ret_info is the size of the heap_info. */
static bool glibc_is_thread_arena(struct memory *m, uint64_t address, unsigned *ret_info)
{
	uint64_t heap = address / 4096 * 4096, owner;

	for (size_t n = 0; n < sizeof(infos) / sizeof(infos[0]); n++)
		if (address - heap == infos[n] && memory_word(m, heap, &owner) &&
		    owner == address) {
			*ret_info = infos[n];
			return true;
		}
	return false;
}

static int add_arena(struct glibc_found *f, const struct glibc_arena *a)
{
	if (!(f->arena_count & (f->arena_count - 1))) {
		size_t room = f->arena_count ? 2 * f->arena_count : 1;
		struct glibc_arena *arenas = realloc(f->arenas, room * sizeof(*arenas));
		if (!arenas)
			return -ENOMEM;
		f->arenas = arenas;
	}
	f->arenas[f->arena_count++] = *a;
	return 0;
}

int glibc_add_run(struct glibc_found *f, const struct glibc_run *run)
{
	if (!(f->run_count & (f->run_count - 1))) {
		size_t room = f->run_count ? 2 * f->run_count : 1;
		struct glibc_run *runs = realloc(f->runs, room * sizeof(*runs));
		if (!runs)
			return -ENOMEM;
		f->runs = runs;
	}
	f->runs[f->run_count++] = *run;
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct glibc_run *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Sorted, and never one over another: what a hostile process says twice counts once. */
void glibc_sort_runs(struct glibc_found *f)
{
	size_t kept = 0;

	if (f->run_count)
		qsort(f->runs, f->run_count, sizeof(*f->runs), by_start);
	for (size_t n = 0; n < f->run_count; n++) {
		if (kept && f->runs[n].start < f->runs[kept - 1].end)
			continue;
		f->runs[kept++] = f->runs[n];
	}
	f->run_count = kept;
}

/*
 * Where writable private memory from `start` on ends, of one mapping or of several that touch; `end`
 * at most.
 */
static uint64_t writable_to(const struct memory *m, uint64_t start, uint64_t end)
{
	while (start < end) {
		const struct memory_range *r = memory_find(m, start);
		if (!r || !(r->prot & MAP_WRITE) || r->kind == MEMORY_SHARED)
			break;
		start = r->end;
	}
	return start < end ? start : end;
}

struct info {
	uint64_t arena, prev, size; /* as they lie in memory */
	uint64_t end;               /* of what is mapped */
};

/* A heap of this arena at `heap`. What it grew by since the look began is left out. */
static bool read_heap(struct memory *m, uint64_t heap, uint64_t arena, struct info *ret)
{
	if (heap % m->page || !memory_read_all(m, heap, ret, offsetof(struct info, end)) ||
	    ret->arena != arena || ret->size % m->page || ret->size > 4ull << 30 ||
	    heap + ret->size < heap)
		return false;
	ret->end = writable_to(m, heap, heap + ret->size);
	return ret->end >= heap + m->page;
}

/* The heap the top chunk lies in: its address is rounded down to a multiple of HEAP_MAX. */
static bool newest_heap(struct memory *m, const struct glibc_arena *a, uint64_t *ret_heap,
                        struct info *ret)
{
	for (size_t n = 0; n < sizeof(heap_maxima) / sizeof(heap_maxima[0]); n++) {
		uint64_t heap = a->top / heap_maxima[n] * heap_maxima[n];

		if (read_heap(m, heap, a->address, ret) && a->top < heap + ret->size) {
			*ret_heap = heap;
			return true;
		}
	}
	return false;
}

int glibc_thread_runs(struct memory *m, struct glibc_found *f, uint32_t arena)
{
	const struct glibc_arena *a = &f->arenas[arena];
	uint64_t oldest = a->address - f->layout.info, heap, seen = 0;
	struct info info;

	if (!newest_heap(m, a, &heap, &info))
		return 0;
	for (unsigned n = 0; n < GLIBC_ARENAS_MAX; n++) {
		if (memory_stopped(m))
			return -ECANCELED;
		uint64_t first = heap + f->layout.info;

		if (heap == oldest)
			first = (a->address + glibc_state_size(&f->layout) + 15) / 16 * 16;
		int error = glibc_add_run(f, &(struct glibc_run){.start = heap,
		                                                 .first = first,
		                                                 .end = info.end,
		                                                 .arena = arena,
		                                                 .top = n == 0});
		if (error || heap == oldest || !info.prev)
			return error;
		/* Heaps that lead back to themselves are noticed as in find_ring(). */
		if (!(n & (n - 1)))
			seen = heap;
		heap = info.prev;
		if (heap == seen || !read_heap(m, heap, a->address, &info))
			return 0;
	}
	return 0;
}

/*
 * The brk area: all of [heap], as far as the top chunk reaches if that is there. Memory in front of it
 * may be somebody else's (a static program keeps its thread-local storage there).
 */
static int glibc_main_runs(struct memory *m, struct glibc_found *f, uint32_t arena)
{
	const struct glibc_arena *a = &f->arenas[arena];

	for (size_t n = 0; n < m->range_count; n++) {
		struct glibc_run run = {.start = m->ranges[n].start, .arena = arena, .brk = true};
		uint64_t size;

		if (m->ranges[n].kind != MEMORY_HEAP)
			continue;
		while (n + 1 < m->range_count && m->ranges[n + 1].kind == MEMORY_HEAP &&
		       m->ranges[n].end == m->ranges[n + 1].start)
			n++;
		run.end = m->ranges[n].end;
		run.first = run.start;
		run.loose = true;
		run.top = a->top > run.start && a->top < run.end;
		if (run.top && memory_word(m, a->top + 8, &size) &&
		    (size & ~7ull) <= run.end - a->top)
			run.end = a->top + (size & ~7ull);
		int error = glibc_add_run(f, &run);
		if (error)
			return error;
	}
	return 0;
}

/* Follows the ring from a main arena. */
static int find_ring(struct memory *m, struct glibc_found *f, uint64_t main)
{
	uint64_t at = main, seen = 0;

	for (unsigned n = 0; n < GLIBC_ARENAS_MAX; n++) {
		struct glibc_arena a;
		unsigned info = 0;

		if (memory_stopped(m))
			return -ECANCELED;
		/* A ring that was torn may close elsewhere: remembered at every power of two, that is noticed. */
		if (at == seen)
			break;
		if (!(n & (n - 1)))
			seen = at;
		bool known_heap = at != main && glibc_is_thread_arena(m, at, &info);
		if ((at != main && !known_heap) || !glibc_read_arena(m, &f->layout, at, &a)) {
			f->strange++;
			return 0;
		}
		if (known_heap)
			f->layout.info = info;
		a.main = at == main;
		int error = add_arena(f, &a);
		if (error)
			return error;
		at = a.next;
		if (at == main)
			return 0;
	}
	f->strange++;
	return 0;
}

int glibc_find_arenas(struct memory *m, const uint64_t *mains, size_t main_count,
                      struct glibc_found *f)
{
	int error = 0;

	for (size_t n = 0; n < main_count && !error; n++)
		error = find_ring(m, f, mains[n]);
	for (uint32_t n = 0; n < f->arena_count && !error; n++) {
		if (!f->arenas[n].main)
			error = glibc_thread_runs(m, f, n);
		else if (n == 0)
			error = glibc_main_runs(m, f, n);
	}
	glibc_sort_runs(f);
	return error;
}

void glibc_found_done(struct glibc_found *f)
{
	free(f->arenas);
	free(f->runs);
	*f = (struct glibc_found){.layout = f->layout};
}
