/* SPDX-License-Identifier: MIT */
/*
 * Knows the figures from which changes are counted. Refuses to know when a baseline is taken.
 */
#include <stdlib.h>
#include <string.h>

#include "model/moment.h"

static int row_compare(const void *a, const void *b)
{
	uint64_t x = ((const struct baseline_row *)a)->id, y = ((const struct baseline_row *)b)->id;

	return (x > y) - (x < y);
}

/* Ids are given in the order of addresses at the first pass, so most rows lie where their id says. */
static const struct baseline_row *row_of(const struct baseline *b, uint64_t id)
{
	struct baseline_row key = {.id = id};
	uint64_t guess;

	if (!b->count || id < b->rows[0].id)
		return NULL;
	guess = id - b->rows[0].id;
	if (guess < b->count && b->rows[guess].id == id)
		return &b->rows[guess];
	return bsearch(&key, b->rows, b->count, sizeof(key), row_compare);
}

static void baseline_rows(struct baseline *b, const struct region_table *regions)
{
	for (size_t i = 0; i < regions->count; i++) {
		const struct region *r = regions->rows[i];

		b->rows[i] = (struct baseline_row){
		        .id = r->id,
		        .weight = region_weight(r),
		        .rss = r->bytes[SMAPS_RSS],
		        .size = r->size,
		        .start = r->start,
		        .end = r->end,
		};
	}
	qsort(b->rows, b->count, sizeof(b->rows[0]), row_compare);
	/* A table rises by address. */
	for (size_t i = 0; i < regions->count; i++) {
		const struct region *r = regions->rows[i];

		if (!r->inode && r->kind != REGION_HEAP)
			b->by_place[b->anonymous++] = (uint32_t)(row_of(b, r->id) - b->rows);
	}
}

struct baseline *baseline_new(const struct sample *s, const uint64_t *status,
                              const uint64_t *meminfo, const struct region_table *regions)
{
	size_t count = regions ? regions->count : 0;
	struct baseline *b =
	        calloc(1, sizeof(*b) + count * (sizeof(b->rows[0]) + sizeof(*b->by_place)));

	if (!b)
		return NULL;
	atomic_init(&b->refs, 1);
	b->sample = *s;
	for (size_t i = 0; i < MEMINFO_KEY_COUNT; i++)
		b->meminfo[i] = meminfo ? meminfo[i] : UNKNOWN;
	for (size_t i = 0; i < STATUS_KEY_COUNT; i++)
		b->status[i] = status ? status[i] : UNKNOWN;
	b->has_regions = regions != NULL;
	b->whole = regions && !regions->torn && !regions->partial;
	b->pass = regions ? regions->time : 0;
	b->count = count;
	b->by_place = (uint32_t *)(void *)(b->rows + count);
	if (regions)
		baseline_rows(b, regions);
	return b;
}

struct baseline *baseline_ref(struct baseline *b)
{
	atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
	return b;
}

void baseline_unref(struct baseline *b)
{
	if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1)
		free(b);
}

bool baseline_precedes(const struct baseline *b, const struct region *r)
{
	return b->whole && known(r->born) && r->born > b->pass && !row_of(b, r->id);
}

/* The first of the anonymous ones that lay at `start` or behind. */
static size_t place_from(const struct baseline *b, uint64_t start)
{
	size_t from = 0, to = b->anonymous;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (b->rows[b->by_place[middle]].start < start)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* What lay then where it lies now: neighbours that the kernel made one are no growth of the one whose id stays. */
static struct baseline_row rows_within(const struct baseline *b, const struct region *r,
                                       const struct baseline_row *own)
{
	struct baseline_row sum = *own;

	if (r->inode || r->kind == REGION_HEAP)
		return sum;
	for (size_t i = place_from(b, r->start); i < b->anonymous; i++) {
		const struct baseline_row *row = &b->rows[b->by_place[i]];

		if (row->end > r->end)
			break;
		if (row->id == r->id)
			continue;
		sum.weight = known_add(sum.weight, row->weight);
		sum.rss = known_add(sum.rss, row->rss);
		sum.size = known_add(sum.size, row->size);
	}
	return sum;
}

bool baseline_change(const struct baseline *b, const struct region *r, int64_t *ret_weight,
                     int64_t *ret_rss, int64_t *ret_size)
{
	struct baseline_row before = {.id = r->id};
	const struct baseline_row *own;
	int64_t weight, rss, size;

	if (!b || !b->has_regions)
		return false;
	own = row_of(b, r->id);
	if (!own && !baseline_precedes(b, r))
		return false;
	if (own)
		before = rows_within(b, r, own);
	if (!known_delta(region_weight(r), before.weight, &weight) ||
	    !known_delta(r->bytes[SMAPS_RSS], before.rss, &rss) ||
	    !known_delta(r->size, before.size, &size))
		return false;
	*ret_weight = weight;
	*ret_rss = rss;
	*ret_size = size;
	return true;
}
