/* SPDX-License-Identifier: MIT */
/*
 * What the neighbourhood tells about a mapping. Knows how glibc lays out arenas and thread stacks
 * and how the loader lays out files; refuses to know what happened in earlier passes, but for one
 * thing: an arena that is full looks like any other memory, so what was an arena stays one.
 */
#include "model/tracker_internal.h"

#define STACK_MIN (16ull << 10) /* PTHREAD_STACK_MIN */
enum { STACK_SIZES = 16 };

static bool is_rw(const struct part *p)
{
	return p->anonymous &&
	       (p->prot & (MAP_READ | MAP_WRITE | MAP_EXEC)) == (MAP_READ | MAP_WRITE);
}

static bool is_closed(const struct part *p)
{
	return p->anonymous && !(p->prot & (MAP_READ | MAP_WRITE | MAP_EXEC));
}

static bool is_file(const struct part *p)
{
	return p->kind == REGION_FILE || p->kind == REGION_TEXT || p->kind == REGION_DATA;
}

/* --- files: read-only pages beside code of the same object are its constants --- */

static void run_mark_rodata(struct part *run, size_t count)
{
	bool code = false;

	for (size_t i = 0; i < count; i++)
		code = code || run[i].kind == REGION_TEXT;
	for (size_t i = 0; code && i < count; i++) {
		if (run[i].kind == REGION_FILE && !(run[i].prot & MAP_MAYSHARE))
			run[i].kind = REGION_RODATA;
	}
}

/* From `i`, no anonymous memory, on: the end of the run of mappings of its file. */
static size_t classify_file(struct tracker *t, size_t i)
{
	size_t next = i + 1;

	if (!is_file(&t->parts[i]))
		return next;
	while (next < t->count && is_file(&t->parts[next]) &&
	       region_same_object(t->parts[i].region, t->parts[next].region))
		next++;
	if (next > i + 1)
		run_mark_rodata(&t->parts[i], next - i);
	return next;
}

/* The loader maps what does not fit into the last page of the data right behind it. */
static bool is_bss(const struct part *p)
{
	return p->kind == REGION_ANON && is_rw(p) && p[-1].kind == REGION_DATA &&
	       p[-1].end == p->start && p->size < ARENA_SLOT && p->start % ARENA_SLOT;
}

/* --- arenas --- */

static bool was_arena(const struct tracker *t, uint64_t start)
{
	size_t from = 0, to = t->before ? t->before->count : 0;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct region *r = t->before->rows[middle];

		if (r->start == start)
			return r->kind == REGION_ARENA;
		if (r->start < start)
			from = middle + 1;
		else
			to = middle;
	}
	return false;
}

/*
 * Parts from `i` on that lie in its slot of 64 MiB without a hole; *ret_closed: the last one is
 * closed and reaches the end of the slot. It may reach a little beyond: the kernel joins it with
 * the guard of a stack that happens to lie there.
 */
static size_t slot_extent(const struct tracker *t, size_t i, bool *ret_closed)
{
	const struct part *p = t->parts;
	uint64_t slot = p[i].start - p[i].start % ARENA_SLOT, over;
	size_t next = i + 1;

	while (next < t->count && p[next].anonymous && p[next].start == p[next - 1].end &&
	       p[next].start - slot < ARENA_SLOT && p[next].end - slot <= ARENA_SLOT + GUARD_MAX)
		next++;
	over = p[next - 1].end - slot;
	*ret_closed = next > i + 1 && is_closed(&p[next - 1]) && over >= ARENA_SLOT;
	return next;
}

static void arena_mark(struct part *p, size_t count)
{
	for (size_t k = 0; k < count; k++) {
		p[k].kind = REGION_ARENA;
		p[k].joins = k > 0;
	}
}

/* From `i` on: behind the arena that begins there, or the next part. */
static size_t classify_arena(struct tracker *t, size_t i)
{
	struct part *p = &t->parts[i];
	bool named = p->kind == REGION_ARENA, closed;
	size_t next;

	if ((!named && p->start % ARENA_SLOT) || !is_rw(p))
		return i + 1;
	if (!named && p->kind != REGION_ANON && p->kind != REGION_RESERVED)
		return i + 1;
	next = slot_extent(t, i, &closed);
	if (closed) {
		arena_mark(p, next - i);
		return next;
	}
	if (p->size <= ARENA_SLOT && was_arena(t, p->start))
		p->kind = REGION_ARENA;
	return i + 1;
}

/* --- thread stacks --- */

/* Sizes of the stacks that a stack pointer proves. */
struct stack_sizes {
	uint64_t v[STACK_SIZES];
	unsigned count;
};

static bool sizes_have(const struct stack_sizes *s, uint64_t size)
{
	for (unsigned i = 0; i < s->count; i++) {
		if (s->v[i] == size)
			return true;
	}
	return false;
}

static void classify_by_pointers(struct tracker *t, struct stack_sizes *sizes)
{
	size_t k = 0;

	for (size_t i = 0; i < t->count && k < t->stack_count; i++) {
		struct part *p = &t->parts[i];

		while (k < t->stack_count && t->stacks[k] < p->start)
			k++;
		if (k == t->stack_count || t->stacks[k] >= p->end || !is_rw(p) ||
		    p->kind != REGION_ANON)
			continue;
		p->kind = REGION_STACK;
		if (sizes->count < STACK_SIZES && !sizes_have(sizes, p->size))
			sizes->v[sizes->count++] = p->size;
	}
}

/* A closed part right below; the end of an arena's reserve may be joined with it. */
static bool has_guard(const struct part *p)
{
	const struct part *below = p - 1;
	uint64_t from;

	if (below->end != p->start || !is_closed(below))
		return false;
	if (below->kind != REGION_ARENA)
		return below->size <= GUARD_MAX && below->size < p->size;
	from = below->start - below->start % ARENA_SLOT + ARENA_SLOT;
	return below->end > from;
}

/*
 * Where the stack pointers are known a guard alone proves little (guarded heaps have them too):
 * then the size must be that of a proven stack, which the C library keeps for the next thread.
 */
static bool is_guarded_stack(const struct tracker *t, const struct part *p,
                             const struct stack_sizes *sizes)
{
	return p->kind == REGION_ANON && p->size >= STACK_MIN && is_rw(p) && has_guard(p) &&
	       (!t->stack_count || sizes_have(sizes, p->size));
}

/* --- what the kernel keeps apart but a person does not --- */

static bool may_join(const struct part *a, const struct part *b)
{
	return a->end == b->start && a->kind == b->kind && a->prot == b->prot && a->anonymous &&
	       b->anonymous &&
	       (b->kind == REGION_ANON || b->kind == REGION_RESERVED || b->kind == REGION_JIT) &&
	       region_same_name(a->region, b->region);
}

/* Two walks, not one a rule: 60,000 parts are more than the caches near the processor hold. */
void parts_classify(struct tracker *t)
{
	struct stack_sizes sizes = {.count = 0};
	size_t next;

	for (size_t i = 0; i < t->count; i = next) {
		struct part *p = &t->parts[i];

		if (p->anonymous && i && is_bss(p))
			p->kind = REGION_BSS;
		next = p->anonymous ? classify_arena(t, i) : classify_file(t, i);
	}
	classify_by_pointers(t, &sizes);
	for (size_t i = 1; i < t->count; i++) {
		struct part *p = &t->parts[i];

		if (!p->anonymous)
			continue;
		if (is_guarded_stack(t, p, &sizes))
			p->kind = REGION_STACK;
		p->joins = p->joins || may_join(p - 1, p);
	}
}
