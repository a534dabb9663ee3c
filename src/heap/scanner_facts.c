/* SPDX-License-Identifier: MIT */
/* Knows how a walk becomes facts, and how facts are copied. Refuses to know when they are published. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap/scanner_internal.h"

/* A copy of `size` bytes; NULL of nothing. *ok becomes false when there is no memory. */
static void *copied(const void *bytes, size_t size, bool *ok)
{
	if (!bytes || !size)
		return NULL;
	void *copy = malloc(size);
	if (copy)
		memcpy(copy, bytes, size);
	else
		*ok = false;
	return copy;
}

struct heap_facts *facts_copy(const struct heap_facts *f)
{
	struct heap_facts *copy = heap_facts_new();
	bool ok = true;

	if (!copy)
		return NULL;
	memcpy((char *)copy + offsetof(struct heap_facts, allocator),
	       (const char *)f + offsetof(struct heap_facts, allocator),
	       sizeof(*f) - offsetof(struct heap_facts, allocator));
	copy->arenas = copied(f->arenas, f->arena_rows * sizeof(*f->arenas), &ok);
	copy->classes = copied(f->classes, f->class_count * sizeof(*f->classes), &ok);
	copy->lost = copied(f->lost, sizeof(*f->lost), &ok);
	if (ok)
		return copy;
	heap_facts_unref(copy);
	return NULL;
}

static int arena_compare(const void *x, const void *y)
{
	const struct heap_arena *a = x, *b = y;

	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	return (a->address > b->address) - (a->address < b->address);
}

static void arena_sum(struct heap_arena *t, const struct heap_arena *a)
{
	t->size += a->size;
	t->live_blocks += a->live_blocks;
	t->live_bytes += a->live_bytes;
	t->cached_blocks += a->cached_blocks;
	t->cached_bytes += a->cached_bytes;
	t->fast_blocks += a->fast_blocks;
	t->fast_bytes += a->fast_bytes;
	t->free_blocks += a->free_blocks;
	t->free_bytes += a->free_bytes;
	t->top_bytes += a->top_bytes;
	t->own_bytes += a->own_bytes;
	t->trimmable += a->trimmable;
	t->unread += a->unread;
	t->torn += a->torn;
	if (a->largest_free > t->largest_free)
		t->largest_free = a->largest_free;
}

int facts_take_walk(struct heap_facts *f, const struct heap_walk *walk)
{
	bool ok = true;

	f->total = (struct heap_arena){0};
	for (size_t i = 0; i < walk->arena_count; i++)
		arena_sum(&f->total, &walk->arenas[i]);
	f->resident = walk->resident;
	f->arena_count = (unsigned)walk->arena_count;
	struct heap_arena *rows =
	        copied(walk->arenas, walk->arena_count * sizeof(*walk->arenas), &ok);
	if (!ok)
		return -ENOMEM;
	if (rows)
		qsort(rows, walk->arena_count, sizeof(*rows), arena_compare);
	free(f->arenas);
	f->arenas = rows;
	f->arena_rows = f->arena_count < SCANNER_ARENA_ROWS ? f->arena_count : SCANNER_ARENA_ROWS;
	return 0;
}

enum allocator facts_recognise(const struct memory *m)
{
	enum allocator seen = ALLOCATOR_UNKNOWN;

	for (size_t i = 0; i < m->range_count; i++) {
		const struct memory_range *r = &m->ranges[i];
		const char *name = m->names + r->name;
		bool pseudo = r->name_len && *name == '[';
		allocator_see(&seen, name, r->name_len, pseudo);
		if (r->kind == MEMORY_ANON && (r->prot & MAP_WRITE))
			allocator_see_start(&seen, r->start);
	}
	return seen;
}

void facts_refuse(struct heap_facts *f, enum allocator allocator, const char *why)
{
	const char *name = allocator_names[allocator];

	f->allocator = allocator;
	f->walked = false;
	if (*why)
		snprintf(f->why, sizeof(f->why), "%s", why);
	else if (name)
		snprintf(f->why, sizeof(f->why),
		         "%s recognised from the mappings: block sizes are not available", name);
	else
		snprintf(f->why, sizeof(f->why),
		         "no allocator recognised: block sizes are not available");
}
