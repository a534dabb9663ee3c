/* SPDX-License-Identifier: MIT */
/*
 * A table of regions for a time whose own table is no longer kept. Knows the RSS of the followed
 * regions then and where they lay last; everything else about them is unknown, and says so.
 */
#include <errno.h>
#include <stdlib.h>

#include "model/history_internal.h"
#include "model/tracker_internal.h"

static struct region *region_of_past(const struct followed *f, uint64_t rss)
{
	struct region *r = region_copy(f->record);

	if (!r)
		return NULL;
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		r->bytes[k] = UNKNOWN;
	r->bytes[SMAPS_RSS] = rss;
	r->size = r->peak = UNKNOWN;
	r->flags = 0;
	return r;
}

static int start_compare(const void *a, const void *b)
{
	const struct region *x = *(struct region *const *)a, *y = *(struct region *const *)b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* What lay at one address one after the other cannot both have been there: the larger stays. */
static void rows_untangle(struct region_table *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++) {
		struct region *r = t->rows[i];
		struct region *last = kept ? t->rows[kept - 1] : NULL;

		if (!last || last->end <= r->start || last->kind == REGION_HEAP) {
			t->rows[kept++] = r;
			continue;
		}
		if (r->bytes[SMAPS_RSS] > last->bytes[SMAPS_RSS]) {
			t->rows[kept - 1] = r;
			r = last;
		}
		region_unref(r);
	}
	t->count = kept;
}

static void table_sum(struct region_table *t)
{
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		t->totals[k] = UNKNOWN;
	for (int k = 0; k < REGION_KIND_COUNT; k++) {
		t->by_kind[k].size = t->by_kind[k].swap = UNKNOWN;
		t->by_kind[k].rss = UNKNOWN;
	}
	t->size = t->mappings = UNKNOWN;
	for (size_t i = 0; i < t->count; i++) {
		const struct region *r = t->rows[i];

		t->totals[SMAPS_RSS] = figure_sum(t->totals[SMAPS_RSS], r->bytes[SMAPS_RSS]);
		t->by_kind[r->kind].rss = figure_sum(t->by_kind[r->kind].rss, r->bytes[SMAPS_RSS]);
		t->by_kind[r->kind].count++;
	}
}

int history_rebuild(const struct history *h, uint64_t time, struct region_table **ret)
{
	unsigned items = history_passes(h, time), slot;
	uint64_t from = history_epoch(h, time);
	struct region_table *t;

	if (!items || !h->followed_count)
		return 0;
	slot = timeline_slot(&h->passes, items - 1);
	t = calloc(1, sizeof(*t) + h->followed_count * sizeof(t->rows[0]));
	if (!t)
		return -ENOMEM;
	atomic_init(&t->refs, 1);
	t->time = h->passes.end[slot];
	t->partial = true;
	for (unsigned i = 0; i < h->followed_count; i++) {
		const struct followed *f = &h->followed[i];
		uint64_t rss = series_get(&f->rss, &h->passes, slot).last;
		/* A bucket may reach back into another image, which the region then is of. */
		bool then = known(rss) && f->record->born >= from;
		struct region *r = then ? region_of_past(f, rss) : NULL;

		if (!then)
			continue;
		if (!r) {
			region_table_unref(t);
			return -ENOMEM;
		}
		t->rows[t->count++] = r;
	}
	qsort(t->rows, t->count, sizeof(t->rows[0]), start_compare);
	rows_untangle(t);
	table_sum(t);
	*ret = t;
	return 0;
}
