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

/* Classes by rising size. NULL: no memory. */
static const struct heap_class **sorted(const struct heap_facts *f)
{
	const struct heap_class **list = calloc(f->class_count + 1, sizeof(*list));

	for (unsigned i = 0; list && i < f->class_count; i++)
		list[i] = &f->classes[i];
	if (list)
		qsort(list, f->class_count, sizeof(*list), low_compare);
	return list;
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
static size_t merge(const struct heap_class *const *a, unsigned a_count,
                    const struct heap_class *const *b, unsigned b_count, struct diff_class *ret)
{
	size_t n = 0;
	unsigned i = 0, k = 0;

	while (i < a_count || k < b_count) {
		bool left = i < a_count && (k == b_count || a[i]->low <= b[k]->low);
		bool right = k < b_count && (i == a_count || b[k]->low <= a[i]->low);
		struct diff_class c = class_of(left ? a[i] : NULL, right ? b[k] : NULL);

		i += left;
		k += right;
		if (c.blocks.change || c.bytes.change)
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
	const struct heap_class **x, **y;
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
	x = sorted(a);
	y = sorted(b);
	classes = calloc(a->class_count + b->class_count + 1ul, sizeof(*classes));
	if (x && y && classes) {
		d->class_count = merge(x, a->class_count, y, b->class_count, classes);
		qsort(classes, d->class_count, sizeof(*classes), change_compare);
	}
	d->classes = classes;
	free(x);
	free(y);
	return x && y && classes ? 0 : -ENOMEM;
}
