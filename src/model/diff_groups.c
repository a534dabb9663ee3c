/* SPDX-License-Identifier: MIT */
/*
 * Mappings of one size, and sums by kind and by name. Knows how rows of both tables meet by sorting; refuses to
 * know which region of one was which of the other: here only numbers count.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "model/diff_internal.h"

/* Rows of one table that belong together and lie side by side: pools do, which keeps the sorting short. */
struct item {
	const struct region *r; /* the first of them */
	int side;
	uint32_t count;
	uint64_t held, size;
};

/* The sums of all that belong together. */
struct run {
	uint64_t count[DIFF_SIDES], held[DIFF_SIDES], size[DIFF_SIDES];
};

static void run_add(struct run *run, const struct item *item)
{
	run->count[item->side] += item->count;
	run->held[item->side] = known_add(run->held[item->side], item->held);
	run->size[item->side] = known_add(run->size[item->side], item->size);
}

/* Adds up the items from `at` on that equal the first. Returns how many they are. */
static size_t run_take(struct run *run, const struct item *items, size_t at, size_t count,
                       int (*compare)(const void *, const void *))
{
	size_t n = 0;

	*run = (struct run){0};
	do
		run_add(run, &items[at + n++]);
	while (at + n < count && compare(&items[at], &items[at + n]) == 0);
	return n;
}

static bool both_whole(const struct diff *d)
{
	return diff_whole(d->side[DIFF_A].regions) && diff_whole(d->side[DIFF_B].regions);
}

/* Adds the row to the item before it, or as one of its own: returns how many items more there are. */
static size_t item_put(struct item *items, size_t first, size_t n, const struct diff *d, int side,
                       const struct region *r, int (*compare)(const void *, const void *))
{
	struct item item = {r, side, 1, diff_held(d, r), r->size},
	            *last = n > first ? &items[n - 1] : NULL;

	if (!last || compare(last, &item) != 0) {
		items[n] = item;
		return 1;
	}
	last->count++;
	last->held = known_add(last->held, item.held);
	last->size = known_add(last->size, item.size);
	return 0;
}

/* The rows of both tables that `wanted` wants, in order. NULL: no memory. */
static struct item *items_make(const struct diff *d, bool (*wanted)(const struct region *),
                               int (*compare)(const void *, const void *), size_t *ret_count)
{
	size_t room = d->side[DIFF_A].regions->count + d->side[DIFF_B].regions->count, n = 0;
	struct item *items = calloc(room + 1, sizeof(*items));

	if (!items)
		return NULL;
	for (int side = 0; side < DIFF_SIDES; side++) {
		const struct region_table *t = d->side[side].regions;
		for (size_t i = 0, first = n; i < t->count; i++)
			if (wanted(t->rows[i]))
				n += item_put(items, first, n, d, side, t->rows[i], compare);
	}
	qsort(items, n, sizeof(*items), compare);
	*ret_count = n;
	return items;
}

/* Gives back what was not needed; that it could not is no failure. */
static void *trimmed(void *p, size_t count, size_t size)
{
	void *less = realloc(p, (count + 1) * size);

	return less ? less : p;
}

/* --- mappings of one size ------------------------------------------------------------------------- */

static int order(uint64_t x, uint64_t y)
{
	return (x > y) - (x < y);
}

static int size_compare(const void *a, const void *b)
{
	const struct region *x = ((const struct item *)a)->r, *y = ((const struct item *)b)->r;
	int o = order(x->kind, y->kind);

	if (!o)
		o = order(x->prot, y->prot);
	return o ? o : order(x->size, y->size);
}

static bool has_size(const struct region *r)
{
	return known(r->size) && r->size > 0;
}

static struct diff_value address_space(const struct diff_group *g)
{
	struct diff_value v;

	value_set(&v, known_mul(g->count.v[DIFF_A], g->size),
	          known_mul(g->count.v[DIFF_B], g->size));
	return v;
}

static int group_compare(const void *a, const void *b)
{
	const struct diff_group *x = a, *y = b;
	struct diff_value x_size = address_space(x), y_size = address_space(y);
	int o = growth_compare(&x->held, &x_size, &y->held, &y_size);

	if (!o)
		o = order(y->size, x->size);
	if (!o)
		o = order(x->kind, y->kind);
	return o ? o : order(x->prot, y->prot);
}

static struct diff_group group_of(const struct diff *d, const struct region *r,
                                  const struct run *run)
{
	struct diff_group g = {.kind = r->kind, .prot = r->prot, .size = r->size, .rate = NAN};

	value_set(&g.count, run->count[DIFF_A], run->count[DIFF_B]);
	value_set(&g.held, run->held[DIFF_A], run->held[DIFF_B]);
	if (known(d->pass_span) && d->pass_span)
		g.rate = (double)g.count.change / ((double)d->pass_span / (60.0 * NS_PER_S));
	return g;
}

/* One of a size is no group, and a number that stands is no news. */
static bool group_tells(const struct diff_group *g)
{
	return g->count.change && (g->count.v[DIFF_A] > 1 || g->count.v[DIFF_B] > 1);
}

int groups_make(struct diff *d)
{
	struct diff_group *groups;
	struct item *items;
	size_t count = 0, n = 0;
	struct run run;

	if (!both_whole(d))
		return 0;
	items = items_make(d, has_size, size_compare, &count);
	groups = items ? calloc(count + 1, sizeof(*groups)) : NULL;
	for (size_t i = 0; groups && i < count;) {
		const struct region *r = items[i].r;
		i += run_take(&run, items, i, count, size_compare);
		struct diff_group g = group_of(d, r, &run);
		if (group_tells(&g))
			groups[n++] = g;
	}
	free(items);
	if (!groups)
		return -ENOMEM;
	qsort(groups, n, sizeof(*groups), group_compare);
	d->groups = trimmed(groups, n, sizeof(*groups));
	d->group_count = n;
	return 0;
}

/* --- kinds and names ------------------------------------------------------------------------------ */

static int kind_compare(const void *a, const void *b)
{
	return order(((const struct item *)a)->r->kind, ((const struct item *)b)->r->kind);
}

static int name_compare(const void *a, const void *b)
{
	const struct region *x = ((const struct item *)a)->r, *y = ((const struct item *)b)->r;

	if (x->name_len != y->name_len)
		return order(x->name_len, y->name_len);
	return memcmp(x->name, y->name, x->name_len);
}

static bool any_kind(const struct region *r)
{
	(void)r;
	return true;
}

static bool has_name(const struct region *r)
{
	return r->name_len > 0;
}

static bool sum_changed(const struct diff_sum *s)
{
	return s->count.change || s->held.change || s->size.change;
}

static int sum_compare(const void *a, const void *b)
{
	const struct diff_sum *x = a, *y = b;
	int o = growth_compare(&x->held, &x->size, &y->held, &y->size);

	if (!o)
		o = order(known_or(y->held.v[DIFF_B], 0), known_or(x->held.v[DIFF_B], 0));
	return o ? o : order(x->one->start, y->one->start);
}

static int sums_of(const struct diff *d, bool (*wanted)(const struct region *),
                   int (*compare)(const void *, const void *), bool all, size_t *ret_count,
                   const struct diff_sum **ret)
{
	size_t count = 0, n = 0;
	struct item *items = items_make(d, wanted, compare, &count);
	struct diff_sum *sums = items ? calloc(count + 1, sizeof(*sums)) : NULL;
	struct run run;

	for (size_t i = 0; sums && i < count;) {
		struct diff_sum s = {.one = items[i].r};
		i += run_take(&run, items, i, count, compare);
		value_set(&s.count, run.count[DIFF_A], run.count[DIFF_B]);
		value_set(&s.held, run.held[DIFF_A], run.held[DIFF_B]);
		value_set(&s.size, run.size[DIFF_A], run.size[DIFF_B]);
		if (all || sum_changed(&s))
			sums[n++] = s;
	}
	free(items);
	if (!sums)
		return -ENOMEM;
	qsort(sums, n, sizeof(*sums), sum_compare);
	*ret = trimmed(sums, n, sizeof(*sums));
	*ret_count = n;
	return 0;
}

int sums_make(struct diff *d)
{
	int err;

	if (!both_whole(d))
		return 0;
	err = sums_of(d, any_kind, kind_compare, true, &d->kind_count, &d->kinds);
	return err ? err : sums_of(d, has_name, name_compare, false, &d->name_count, &d->names);
}
