/* SPDX-License-Identifier: MIT */
/* Knows how a chart is resampled. Refuses to know how its points were gathered or are drawn. */
#include "model/chart.h"

static void point_merge(struct chart_point *into, const struct chart_point *p)
{
	into->time = p->time;
	if (known(p->min) && (!known(into->min) || p->min < into->min))
		into->min = p->min;
	if (known(p->max) && (!known(into->max) || p->max > into->max))
		into->max = p->max;
	if (known(p->last))
		into->last = p->last;
}

unsigned chart_fit(const struct chart *c, unsigned columns, struct chart_point *ret)
{
	unsigned n = c->count < CHART_POINTS ? c->count : CHART_POINTS;

	if (columns > n)
		columns = n;
	for (unsigned i = 0; i < columns; i++) {
		unsigned from = (unsigned)((uint64_t)i * n / columns);
		unsigned to = (unsigned)((uint64_t)(i + 1) * n / columns);

		ret[i] = c->points[from];
		for (unsigned k = from + 1; k < to; k++)
			point_merge(&ret[i], &c->points[k]);
	}
	return columns;
}
