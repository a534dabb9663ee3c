/* SPDX-License-Identifier: MIT */
/*
 * The figures of the process, sample by sample and then in buckets. Refuses to know what they mean.
 */
#include <errno.h>

#include "model/history.h"
#include "model/history_internal.h"

static uint64_t figure_of(const struct history *h, const struct sample *s, int series)
{
	switch (series) {
	case SERIES_BASE:
		return sample_base(s, NULL);
	case SERIES_WALL:
		return s->wall;
	case SERIES_FLAGS:
		return s->flags;
	case SERIES_ORDINAL:
		return h->sample_count;
	default:
		return s->v[series];
	}
}

/*
 * A pass is stamped when it ends, a sample with its tick: one of the old image may well be the later
 * of the two, and the first of the new one the earlier. What came in before the sample is old.
 */
static void epoch_add(struct history *h, uint64_t time)
{
	const struct region_table *newest = history_newest_table(h);
	uint64_t from = newest ? newest->time + 1 : 0;

	if (h->epoch_ring.count == EPOCHS) {
		h->epoch_ring.head = (h->epoch_ring.head + 1) % EPOCHS;
		h->epoch_ring.count--;
	}
	h->epochs[(h->epoch_ring.head + h->epoch_ring.count++) % EPOCHS] =
	        (struct stored_epoch){.time = time,
	                              .from = from,
	                              .looks = from > time ? from : time};
}

/* The newest that is not later; NULL: it is of the first image. */
static const struct stored_epoch *epoch_at(const struct history *h, uint64_t time)
{
	for (unsigned i = h->epoch_ring.count; i-- > 0;) {
		const struct stored_epoch *e = &h->epochs[(h->epoch_ring.head + i) % EPOCHS];

		if (e->time <= time)
			return e;
	}
	return NULL;
}

uint64_t history_epoch(const struct history *h, uint64_t time)
{
	const struct stored_epoch *e = epoch_at(h, time);

	return e ? e->from : 0;
}

uint64_t history_epoch_looks(const struct history *h, uint64_t time)
{
	const struct stored_epoch *e = epoch_at(h, time);

	return e ? e->looks : 0;
}

int history_sample(struct history *h, const struct sample *s)
{
	struct timeline_steps steps;

	if (h->sample_count && s->time <= h->newest.time)
		return -EINVAL;
	if (!h->sample_count)
		h->first = *s;
	if (h->sample_count && s->flags & SAMPLE_EPOCH)
		epoch_add(h, s->time);
	h->newest = *s;
	h->sample_count++;
	timeline_push(&h->samples, s->time, s->flags & SAMPLE_GAP, &steps);
	for (int k = 0; k < SERIES_COUNT; k++)
		series_put(&h->figures[k], &h->samples, &steps, figure_of(h, s, k));
	rows_add(h, s);
	return 0;
}

void history_sample_at(const struct history *h, unsigned i, struct sample *ret)
{
	unsigned slot = timeline_slot(&h->samples, i);

	if (i + 1 == timeline_count(&h->samples)) {
		*ret = h->newest;
		return;
	}
	ret->time = h->samples.end[slot];
	for (int k = 0; k < FIGURE_COUNT; k++)
		ret->v[k] = k < FIGURE_KEPT ? series_get(&h->figures[k], &h->samples, slot).last
		                            : UNKNOWN;
	ret->wall = series_get(&h->figures[SERIES_WALL], &h->samples, slot).last;
	ret->flags = (unsigned)series_get(&h->figures[SERIES_FLAGS], &h->samples, slot).last;
}

static uint64_t item_time(const struct history *h, unsigned i)
{
	return h->samples.end[timeline_slot(&h->samples, i)];
}

uint64_t history_oldest(const struct history *h)
{
	return timeline_count(&h->samples) ? item_time(h, 0) : UNKNOWN;
}

uint64_t history_newest(const struct history *h)
{
	unsigned n = timeline_count(&h->samples);

	return n ? item_time(h, n - 1) : UNKNOWN;
}

uint64_t history_before(const struct history *h, uint64_t time)
{
	unsigned n = time ? timeline_until(&h->samples, time - 1) : 0;

	return n ? item_time(h, n - 1) : UNKNOWN;
}

uint64_t history_after(const struct history *h, uint64_t time)
{
	unsigned n = timeline_until(&h->samples, time);

	return n < timeline_count(&h->samples) ? item_time(h, n) : UNKNOWN;
}
