/* SPDX-License-Identifier: MIT */
/*
 * Birth, end and size of a history, and what it tells of any past time. Knows its parts and their
 * budget; refuses to know how each part thins out.
 */
#include "model/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "model/history_internal.h"

#define SAMPLES_A_BUCKET 8ull
#define PASS_BUCKET_MIN  (8ull * 1000000000) /* ns: passes are rare, whatever the interval */

static int history_init(struct history *h, uint64_t interval)
{
	uint64_t width = interval * SAMPLES_A_BUCKET;
	int r = timeline_init(&h->samples, FULL_SAMPLES, SAMPLE_BUCKETS, width, HISTORY_SPAN);

	for (int k = 0; r == 0 && k < SERIES_COUNT; k++)
		r = series_init(&h->figures[k], &h->samples, false);
	if (r == 0)
		r = timeline_init(&h->passes, FULL_TABLES, TABLE_BUCKETS,
		                  width > PASS_BUCKET_MIN ? width : PASS_BUCKET_MIN, HISTORY_SPAN);
	if (r < 0)
		return r;
	h->verdicts = calloc(VERDICTS, sizeof(*h->verdicts));
	h->events = calloc(EVENTS, sizeof(*h->events));
	h->epochs = calloc(EPOCHS, sizeof(*h->epochs));
	h->rows = calloc(ROWS, sizeof(*h->rows));
	h->tables = calloc(TABLES, sizeof(*h->tables));
	h->followed = calloc(HISTORY_REGIONS, sizeof(*h->followed));
	if (!h->verdicts || !h->events || !h->epochs || !h->rows || !h->tables || !h->followed)
		return -ENOMEM;
	h->fixed_bytes = sizeof(*h) + timeline_bytes(&h->samples) + timeline_bytes(&h->passes) +
	                 SERIES_COUNT * series_bytes(&h->samples, false) +
	                 VERDICTS * sizeof(*h->verdicts) + EVENTS * sizeof(*h->events) +
	                 EPOCHS * sizeof(*h->epochs) + ROWS * sizeof(*h->rows) +
	                 TABLES * sizeof(*h->tables) + HISTORY_REGIONS * sizeof(*h->followed);
	return 0;
}

struct history *history_new(uint64_t interval_ns)
{
	struct history *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->interval = interval_ns ? interval_ns : 1;
	h->row_stride = 1;
	h->heaps.kind = &history_heaps;
	h->sites.kind = &history_sites_found;
	sample_init(&h->first);
	sample_init(&h->newest);
	if (history_init(h, h->interval) < 0) {
		history_free(h);
		return NULL;
	}
	return h;
}

void history_free(struct history *h)
{
	if (!h)
		return;
	while (h->followed && h->followed_count)
		history_unfollow(h, h->followed_count - 1);
	while (h->tables && h->table_ring.count)
		history_drop_table(h);
	shelf_done(&h->heaps);
	shelf_done(&h->sites);
	for (int k = 0; k < SERIES_COUNT; k++)
		series_done(&h->figures[k]);
	timeline_done(&h->samples);
	timeline_done(&h->passes);
	free(h->verdicts);
	free(h->events);
	free(h->epochs);
	free(h->rows);
	free(h->tables);
	free(h->followed);
	free(h);
}

size_t history_size(const struct history *h)
{
	return h->fixed_bytes + h->followed_bytes + h->tables_bytes + h->heaps.bytes +
	       h->sites.bytes;
}

static void timeline_touch(struct timeline *t)
{
	size_t slots = t->full + (size_t)t->levels * t->per_level;

	array_touch(t->start, slots * sizeof(*t->start));
	array_touch(t->end, slots * sizeof(*t->end));
	array_touch(t->gap, slots * sizeof(*t->gap));
}

void history_settle(struct history *h)
{
	for (int k = 0; k < SERIES_COUNT; k++)
		array_touch(h->figures[k].values, series_bytes(&h->samples, false));
	timeline_touch(&h->samples);
	timeline_touch(&h->passes);
	array_touch(h->verdicts, VERDICTS * sizeof(*h->verdicts));
	array_touch(h->events, EVENTS * sizeof(*h->events));
	array_touch(h->epochs, EPOCHS * sizeof(*h->epochs));
	array_touch(h->rows, ROWS * sizeof(*h->rows));
	array_touch(h->tables, TABLES * sizeof(*h->tables));
	array_touch(h->followed, HISTORY_REGIONS * sizeof(*h->followed));
}

static void fill_heap(const struct history *h, uint64_t time, struct moment *m)
{
	struct heap_facts *f = history_heap_at(h, time);

	heap_facts_unref(m->heap);
	m->heap = f ? heap_facts_ref(f) : NULL;
}

static void fill_sites(const struct history *h, uint64_t time, struct moment *m)
{
	struct sites_facts *f = history_sites_at(h, time);

	sites_facts_unref(m->sites);
	m->sites = f ? sites_facts_ref(f) : NULL;
}

/* Fills regions and trends; the moment is untouched on -ENOMEM. */
static int fill_regions(const struct history *h, uint64_t time, struct moment *m)
{
	struct region_table *table = history_table_at(h, time);
	struct region_trend *trends = NULL;
	size_t count = 0;
	int r = history_trends(h, time, &trends, &count);

	if (r < 0)
		return r;
	if (table)
		region_table_ref(table);
	else
		r = history_rebuild(h, time, &table);
	if (r < 0) {
		free(trends);
		return r;
	}
	region_table_unref(m->regions);
	m->regions = table;
	free(m->trends);
	m->trends = trends;
	m->trend_count = count;
	return 0;
}

int history_fill(const struct history *h, uint64_t time, struct moment *m)
{
	const struct stored_verdict *v;
	unsigned items = timeline_until(&h->samples, time);
	bool live = !known(time);
	int r;

	if (!items && timeline_count(&h->samples))
		items = 1; /* before all: the oldest there is */
	if (items)
		history_sample_at(h, items - 1, &m->sample);
	/* A pass may end after the newest sample: now is whatever is newest. */
	if (!live)
		time = items && m->sample.time > time ? m->sample.time : time;
	r = fill_regions(h, time, m);
	if (r < 0)
		return r;
	fill_heap(h, time, m);
	fill_sites(h, time, m);
	m->live = live;
	m->time = m->sample.time;
	m->wall = m->sample.wall;
	m->samples = items ? series_get(&h->figures[SERIES_ORDINAL], &h->samples,
	                                timeline_slot(&h->samples, items - 1))
	                             .last
	                   : 0;
	m->first = h->first;
	m->oldest = known_or(history_oldest(h), 0);
	v = history_verdict_at(h, time);
	if (v)
		m->verdict = v->verdict;
	else
		verdict_init(&m->verdict);
	history_charts(h, items, m);
	history_focus(h, time, m);
	history_events_fill(h, time, m);
	rows_fill(h, items ? &m->sample : NULL, m);
	return 0;
}
