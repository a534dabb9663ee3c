/* SPDX-License-Identifier: MIT */
/*
 * What became of every region: born, grown, shrunk, gone. Knows that a table which is not whole says nothing
 * about what it lacks. Refuses to know how regions were found again.
 */
#include <errno.h>
#include <stdlib.h>

#include "model/diff_internal.h"

const char *const diff_fate_words[DIFF_FATE_COUNT] = {
        [DIFF_BORN] = "born",
        [DIFF_GROWN] = "grown",
        [DIFF_SHRUNK] = "shrunk",
        [DIFF_GONE] = "gone",
};

bool diff_whole(const struct region_table *t)
{
	return t && !t->torn && !t->partial;
}

uint64_t diff_held(const struct diff *d, const struct region *r)
{
	const struct region_table *a = d->side[DIFF_A].regions, *b = d->side[DIFF_B].regions;

	if (!r)
		return 0;
	if (r->kind == REGION_HUGE)
		return region_weight(r);
	/* Swap counts on both sides, or a table without it would seem to hold less. */
	if (known(a->totals[SMAPS_SWAP]) && known(b->totals[SMAPS_SWAP]))
		return known_add(r->bytes[SMAPS_RSS], r->bytes[SMAPS_SWAP]);
	return r->bytes[SMAPS_RSS];
}

void value_set(struct diff_value *v, uint64_t a, uint64_t b)
{
	*v = (struct diff_value){.v = {a, b}};
	v->known = known_delta(b, a, &v->change);
}

int growth_compare(const struct diff_value *held_x, const struct diff_value *size_x,
                   const struct diff_value *held_y, const struct diff_value *size_y)
{
	if (held_x->change != held_y->change)
		return held_x->change > held_y->change ? -1 : 1;
	return (size_x->change < size_y->change) - (size_x->change > size_y->change);
}

static enum diff_fate fate_of(const struct diff_region *x)
{
	int64_t change = x->held.change ? x->held.change : x->size.change;

	if (!x->r[DIFF_A])
		return DIFF_BORN;
	if (!x->r[DIFF_B])
		return DIFF_GONE;
	return change > 0 ? DIFF_GROWN : change < 0 ? DIFF_SHRUNK : DIFF_SAME;
}

static struct diff_region compare_pair(const struct diff *d, const struct region *a,
                                       const struct region *b)
{
	struct diff_region x = {.r = {a, b}};

	/* A record that both tables share did not change. */
	if (a == b)
		return x;
	value_set(&x.held, diff_held(d, a), diff_held(d, b));
	value_set(&x.size, a ? a->size : 0, b ? b->size : 0);
	return x;
}

/* A table that lacks rows still holds what was born after the other one was made. */
static bool birth_is_told(const struct diff *d, const struct region *b, bool one_watch)
{
	const struct region_table *before = d->side[DIFF_A].regions;

	return diff_whole(before) || (one_watch && known(b->born) && b->born > before->time);
}

/* Hands on every region whose fate is told. */
static void each(const struct diff *d, const struct diff_pairs *p, bool one_watch,
                 void (*fn)(struct diff *d, const struct diff_region *x, void *arg),
                 struct diff *to, void *arg)
{
	const struct region_table *a = p->t[DIFF_A], *b = p->t[DIFF_B];

	for (size_t i = 0; i < a->count; i++) {
		uint32_t k = p->to[DIFF_A][i];
		if (k == DIFF_NONE && !diff_whole(b))
			continue;
		struct diff_region x =
		        compare_pair(d, a->rows[i], k == DIFF_NONE ? NULL : b->rows[k]);
		fn(to, &x, arg);
	}
	for (size_t k = 0; k < b->count; k++) {
		if (p->to[DIFF_B][k] != DIFF_NONE || !birth_is_told(d, b->rows[k], one_watch))
			continue;
		struct diff_region x = compare_pair(d, NULL, b->rows[k]);
		fn(to, &x, arg);
	}
}

static void count_one(struct diff *d, const struct diff_region *x, void *arg)
{
	enum diff_fate fate = fate_of(x);

	(void)arg;
	if (fate == DIFF_SAME) {
		d->same++;
		return;
	}
	struct diff_regions *all = &d->regions[fate];
	all->count++;
	all->held = known_delta_add(all->held, x->held.change);
	all->size = known_delta_add(all->size, x->size.change);
}

static void place_one(struct diff *d, const struct diff_region *x, void *arg)
{
	struct diff_region **next = arg;
	enum diff_fate fate = fate_of(x);

	(void)d;
	if (fate != DIFF_SAME)
		*next[fate]++ = *x;
}

static uint64_t start_of(const struct diff_region *x)
{
	return (x->r[DIFF_B] ? x->r[DIFF_B] : x->r[DIFF_A])->start;
}

static int grown_compare(const void *a, const void *b)
{
	const struct diff_region *x = a, *y = b;
	int o = growth_compare(&x->held, &x->size, &y->held, &y->size);

	return o ? o : (start_of(x) > start_of(y)) - (start_of(x) < start_of(y));
}

static int shrunk_compare(const void *a, const void *b)
{
	const struct diff_region *x = a, *y = b;
	int o = growth_compare(&y->held, &y->size, &x->held, &x->size);

	return o ? o : (start_of(x) > start_of(y)) - (start_of(x) < start_of(y));
}

int regions_judge(struct diff *d, const struct diff_pairs *p, bool one_watch)
{
	struct diff_region *rows, *next[DIFF_FATE_COUNT];
	size_t count = 0;

	if (!p->t[DIFF_A] || !p->t[DIFF_B])
		return 0;
	for (int f = 0; f < DIFF_FATE_COUNT; f++)
		d->regions[f].told = true;
	d->regions[DIFF_BORN].told = diff_whole(p->t[DIFF_A]);
	d->regions[DIFF_GONE].told = diff_whole(p->t[DIFF_B]);
	each(d, p, one_watch, count_one, d, NULL);
	for (int f = 0; f < DIFF_FATE_COUNT; f++)
		count += d->regions[f].count;
	rows = calloc(count + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (int f = 0; f < DIFF_FATE_COUNT; f++) {
		d->regions[f].rows = next[f] = rows;
		rows += d->regions[f].count;
	}
	each(d, p, one_watch, place_one, d, next);
	for (int f = 0; f < DIFF_FATE_COUNT; f++)
		qsort((void *)d->regions[f].rows, d->regions[f].count, sizeof(*rows),
		      f == DIFF_BORN || f == DIFF_GROWN ? grown_compare : shrunk_compare);
	return 0;
}
