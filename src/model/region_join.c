/* SPDX-License-Identifier: MIT */
/*
 * From mappings to logical regions. Knows how figures of several mappings add up; refuses to know
 * why they belong together (the classification says so), but for [heap], which is one wherever it
 * lies.
 */
#include <errno.h>
#include <string.h>

#include "model/tracker_internal.h"

bool region_same_name(const struct region *a, const struct region *b)
{
	return a->name_len == b->name_len &&
	       (!a->name_len || !memcmp(a->name, b->name, a->name_len));
}

/* A file that was deleted or moved has another name, but it is still the same file. */
bool region_same_object(const struct region *a, const struct region *b)
{
	if (a->inode || b->inode)
		return a->inode == b->inode && a->major == b->major && a->minor == b->minor;
	return region_same_name(a, b);
}

/* Makes the record of a part writable. */
static int part_own(struct part *p)
{
	struct region *copy;

	if (p->old == PART_NEW)
		return 0;
	copy = region_copy(p->region);
	if (!copy)
		return -ENOMEM;
	region_unref(p->region);
	p->region = copy;
	p->old = PART_NEW;
	return 0;
}

static bool part_open(const struct part *p)
{
	return p->prot & (MAP_READ | MAP_WRITE | MAP_EXEC);
}

/* Takes the part `p`, which lies above, into `head`. */
static int part_absorb(struct part *head, struct part *p)
{
	const struct region *from = p->region;
	struct region *into;

	if (part_own(head) < 0)
		return -ENOMEM;
	into = head->region;
	/* The reserve of an arena is larger than what is used of it, but tells nothing. */
	if (part_open(p) > part_open(head) ||
	    (part_open(p) == part_open(head) && p->size > head->largest)) {
		head->largest = p->size;
		head->prot = p->prot;
		into->prot = from->prot;
	}
	into->mappings += from->mappings;
	into->end = head->end = p->end;
	into->size = head->size = head->size + p->size;
	into->flags |= from->flags;
	figures_add(into->bytes, from->bytes);
	head->rss = into->bytes[SMAPS_RSS];
	head->swap = into->bytes[SMAPS_SWAP];
	region_unref(p->region);
	p->region = NULL;
	return 0;
}

int parts_join(struct tracker *t)
{
	struct part *heap = NULL;
	size_t out = 0;
	int r = 0;

	for (size_t i = 0; i < t->count; i++) {
		struct part *p = &t->parts[i];
		struct part *head = p->joins && out ? &t->parts[out - 1] : NULL;

		if (p->kind == REGION_HEAP)
			head = heap;
		if (head && r == 0)
			r = part_absorb(head, p);
		if (!p->region)
			continue;
		/* After a failure everything is still moved, so that it can be dropped. */
		if (out != i)
			t->parts[out] = *p;
		if (p->kind == REGION_HEAP)
			heap = &t->parts[out];
		out++;
	}
	t->count = out;
	return r;
}
