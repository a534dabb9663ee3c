/* SPDX-License-Identifier: MIT */
/*
 * Blocks inside the heap of two moments, size by size. Knows when two looks compare; refuses to know how sizes were
 * put into classes.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "model/diff_internal.h"

static int low_compare(const void *a, const void *b)
{
	const struct heap_class *x = *(const struct heap_class *const *)a,
	                        *y = *(const struct heap_class *const *)b;

	return (x->low > y->low) - (x->low < y->low);
}

/* The sizes of one look. */
struct side {
	const struct heap_class **list; /* by rising size; NULL: no memory */
	unsigned count;
	bool whole; /* of a size that is not listed there are no blocks; else it is not known */
};

/* A recording keeps the sizes that matter most. */
static bool is_whole(const struct heap_facts *f)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < f->class_count; i++)
		bytes = known_add(bytes, f->classes[i].bytes);
	return bytes >= f->total.live_bytes;
}

static struct side side_make(const struct heap_facts *f)
{
	struct side s = {calloc(f->class_count + 1, sizeof(*s.list)), f->class_count, is_whole(f)};

	for (unsigned i = 0; s.list && i < f->class_count; i++)
		s.list[i] = &f->classes[i];
	if (s.list)
		qsort(s.list, f->class_count, sizeof(*s.list), low_compare);
	return s;
}

static int change_compare(const void *a, const void *b)
{
	const struct diff_class *x = a, *y = b;

	if (x->bytes.change != y->bytes.change)
		return x->bytes.change < y->bytes.change ? 1 : -1;
	return (x->low > y->low) - (x->low < y->low);
}

static struct diff_class class_of(const struct heap_class *a, const struct heap_class *b)
{
	const struct heap_class *any = b ? b : a;
	struct diff_class c = {.low = any->low, .high = any->high};

	value_set(&c.blocks, a ? a->blocks : 0, b ? b->blocks : 0);
	value_set(&c.bytes, a ? a->bytes : 0, b ? b->bytes : 0);
	return c;
}

/* Merges two lists by size into what changed. */
static size_t merge(const struct side *a, const struct side *b, struct diff_class *ret)
{
	size_t n = 0;
	unsigned i = 0, k = 0;

	while (i < a->count || k < b->count) {
		bool left = i < a->count && (k == b->count || a->list[i]->low <= b->list[k]->low);
		bool right = k < b->count && (i == a->count || b->list[k]->low <= a->list[i]->low);
		struct diff_class c = class_of(left ? a->list[i] : NULL, right ? b->list[k] : NULL);

		i += left;
		k += right;
		if ((left || a->whole) && (right || b->whole) &&
		    (c.blocks.change || c.bytes.change))
			ret[n++] = c;
	}
	return n;
}

static bool has_blocks(const struct heap_facts *f)
{
	return f && f->walked;
}

int heap_compare(struct diff *d, const struct heap_facts *a, const struct heap_facts *b,
                 bool one_watch)
{
	struct side x, y;
	struct diff_class *classes;

	if (!has_blocks(a) || !has_blocks(b))
		return 0;
	d->heap = true;
	value_set(&d->live, a->total.live_bytes, b->total.live_bytes);
	value_set(&d->kept, heap_kept(a), heap_kept(b));
	d->same_look = a == b || (one_watch && a->time == b->time);
	d->heap_span = one_watch ? known_sub(b->time, a->time) : d->span;
	if (d->same_look)
		return 0;
	x = side_make(a);
	y = side_make(b);
	classes = calloc(a->class_count + b->class_count + 1ul, sizeof(*classes));
	bool ok = x.list && y.list && classes;
	if (ok) {
		d->class_count = merge(&x, &y, classes);
		qsort(classes, d->class_count, sizeof(*classes), change_compare);
	}
	d->classes = classes;
	free(x.list);
	free(y.list);
	return ok ? 0 : -ENOMEM;
}
