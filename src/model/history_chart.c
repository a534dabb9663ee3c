/* SPDX-License-Identifier: MIT */
/*
 * Charts of everything kept up to a time: evenly spaced points, as many as there are samples and at
 * most CHART_POINTS. Knows which items a chart is made of; refuses to know how they are drawn.
 */
#include "model/history_internal.h"
#include "model/plot.h"

static void chart_series(const struct timeline *t, const struct series *s, unsigned items,
                         struct chart *ret)
{
	struct plot p;

	ret->count = 0;
	ret->from = ret->to = 0;
	if (!items)
		return;
	plot_begin(&p, ret, t->start[timeline_slot(t, 0)], t->end[timeline_slot(t, items - 1)],
	           items);
	for (unsigned i = 0; i < items; i++) {
		unsigned slot = timeline_slot(t, i);
		const struct series_value v = series_get(s, t, slot);
		const struct plot_item item = {.start = t->start[slot],
		                               .end = t->end[slot],
		                               .gap = t->gap[slot],
		                               .min = v.min,
		                               .max = v.max,
		                               .last = v.last};

		plot_add(&p, &item);
	}
	plot_end(&p);
}

void history_charts(const struct history *h, unsigned items, struct moment *m)
{
	static const int series_of[CHART_COUNT] = {
	        [CHART_RSS] = FIGURE_RSS,     [CHART_VSZ] = FIGURE_VSZ,
	        [CHART_HEAP] = FIGURE_HEAP,   [CHART_BASE] = SERIES_BASE,
	        [CHART_SHMEM] = FIGURE_SHMEM, [CHART_FILE] = FIGURE_FILE,
	        [CHART_SWAP] = FIGURE_SWAP,
	};

	for (int k = 0; k < CHART_COUNT; k++)
		chart_series(&h->samples, &h->figures[series_of[k]], items, &m->charts[k]);
}

/* The row with this id that starts at or near `start`, without looking at all of them. */
static const struct region *row_near(const struct region_table *t, uint64_t start, uint64_t id)
{
	size_t from = 0, to = t->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (t->rows[middle]->start < start)
			from = middle + 1;
		else
			to = middle;
	}
	for (size_t i = from ? from - 1 : 0; i <= from && i < t->count; i++) {
		if (t->rows[i]->id == id)
			return t->rows[i];
	}
	return NULL;
}

/* A region that is not followed: what the kept tables say of it. */
static void chart_tables(const struct history *h, uint64_t time, struct moment *m)
{
	const struct region *now = region_table_find(m->regions, m->focus);
	unsigned n = 0;
	struct plot p;

	while (n < h->table_ring.count &&
	       h->tables[(h->table_ring.head + n) % TABLES].table->time <= time)
		n++;
	if (!now || !n)
		return;
	plot_begin(&p, &m->focus_chart, h->tables[h->table_ring.head].table->time,
	           h->tables[(h->table_ring.head + n - 1) % TABLES].table->time, n);
	for (unsigned i = 0; i < n; i++) {
		const struct region_table *t = h->tables[(h->table_ring.head + i) % TABLES].table;
		const struct region *r = row_near(t, now->start, now->id);
		uint64_t rss = r ? r->bytes[SMAPS_RSS] : UNKNOWN;
		const struct plot_item item = {t->time, t->time, false, rss, rss, rss};

		plot_add(&p, &item);
	}
	plot_end(&p);
}

void history_focus(const struct history *h, uint64_t time, struct moment *m)
{
	const struct followed *f = m->focus ? history_find(h, m->focus) : NULL;

	m->focus_chart.count = 0;
	m->focus_chart.from = m->focus_chart.to = 0;
	if (f && f->record->born < history_epoch(h, time))
		return;
	if (f)
		chart_series(&h->passes, &f->rss, history_passes(h, time), &m->focus_chart);
	else if (m->focus)
		chart_tables(h, time, m);
}
