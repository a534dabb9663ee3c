/* SPDX-License-Identifier: MIT */
/*
 * Knows how items of any width fall into the points of a chart. Refuses to know where they come from and
 * how they are drawn.
 */
#include "model/plot.h"

#include <string.h>

void plot_begin(struct plot *p, struct chart *c, uint64_t from, uint64_t to, uint64_t items)
{
	memset(p->has, 0, sizeof(p->has));
	memset(p->gap, 0, sizeof(p->gap));
	p->chart = c;
	c->from = from;
	c->to = to;
	c->count = items < CHART_POINTS ? (unsigned)items : CHART_POINTS;
	p->step = c->count > 1 ? (to - from) / (c->count - 1) : 0;
	if (!p->step)
		p->step = 1;
	for (unsigned i = 0; i < c->count; i++)
		c->points[i] = (struct chart_point){from + i * p->step, UNKNOWN, UNKNOWN, UNKNOWN};
}

/* Samples that come a little early or late still fall each into a point of its own. */
static unsigned plot_column(const struct plot *p, uint64_t time)
{
	uint64_t i = (time - p->chart->from + p->step / 2) / p->step;

	return i < p->chart->count ? (unsigned)i : p->chart->count - 1;
}

void plot_add(struct plot *p, const struct plot_item *item)
{
	unsigned first = plot_column(p, item->start), last = plot_column(p, item->end);

	if (!p->has[first])
		p->gap[first] = item->gap;
	for (unsigned i = first; i <= last; i++) {
		struct chart_point *point = &p->chart->points[i];

		p->has[i] = true;
		if (i == last)
			point->time = item->end;
		if (!known(item->last))
			continue;
		if (!known(point->min) || item->min < point->min)
			point->min = item->min;
		if (!known(point->max) || item->max > point->max)
			point->max = item->max;
		point->last = item->last;
	}
}

/* A point that no sample fell into repeats the one before, unless nobody was looking then. */
void plot_end(struct plot *p)
{
	unsigned next = 0;

	for (unsigned i = 0; i < p->chart->count; i++) {
		struct chart_point *point = &p->chart->points[i];

		if (p->has[i] || !i)
			continue;
		for (next = i; next < p->chart->count && !p->has[next];)
			next++;
		if (next == p->chart->count || p->gap[next])
			continue;
		point->min = point->max = point->last = point[-1].last;
		p->has[i] = true;
	}
}
