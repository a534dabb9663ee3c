/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "detect/stats.h"

/*
 * Knows how a stretch of points becomes a few values at equal distances. Refuses to know what they
 * are used for.
 */

static unsigned block_of(const struct point *p, double from, double width, unsigned n)
{
	double at = ((p->t0 + p->t) / 2 - from) / width;

	return at < n ? (unsigned)at : n - 1;
}

struct weighed {
	double value, weight;
};

static int by_value(const void *a, const void *b)
{
	double x = ((const struct weighed *)a)->value, y = ((const struct weighed *)b)->value;

	return (x > y) - (x < y);
}

/* The value that a share of all weight stays below; sorts w. */
static double quantile(struct weighed *w, unsigned count, double share)
{
	double all = 0, below = 0;

	qsort(w, count, sizeof(w[0]), by_value);
	for (unsigned i = 0; i < count; i++)
		all += w[i].weight;
	for (unsigned i = 0; i + 1 < count; i++) {
		below += w[i].weight;
		if (below == all * share)
			return (w[i].value + w[i + 1].value) / 2;
		if (below > all * share)
			return w[i].value;
	}
	return w[count - 1].value;
}

/* Spikes in either direction do not move it. */
static double median_mean(const struct point *p, unsigned count)
{
	struct weighed w[SERIES_POINTS];

	for (unsigned i = 0; i < count; i++)
		w[i] = (struct weighed){p[i].mean, p[i].count};
	return quantile(w, count, 0.5);
}

double points_range(const struct point *p, unsigned count)
{
	struct weighed low[SERIES_POINTS], high[SERIES_POINTS];

	for (unsigned i = 0; i < count; i++) {
		low[i] = (struct weighed){p[i].min, p[i].count};
		high[i] = (struct weighed){p[i].max, p[i].count};
	}
	return quantile(high, count, 0.99) - quantile(low, count, 0.01);
}

static double value_of(const struct point *p, unsigned count, enum block_view view)
{
	double sum = 0, weight = 0, low = INFINITY, high = -INFINITY;

	if (view == BLOCK_MEDIAN)
		return median_mean(p, count);
	for (unsigned i = 0; i < count; i++) {
		sum += p[i].mean * p[i].count;
		weight += p[i].count;
		low = fmin(low, p[i].min);
		high = fmax(high, p[i].max);
	}
	return view == BLOCK_MIN ? low : view == BLOCK_MAX ? high : sum / weight;
}

bool blocks_make(const struct point *p, unsigned count, unsigned n, enum block_view view,
                 struct blocks *ret)
{
	double from = p[0].t0, width = (p[count - 1].t - from) / n;
	unsigned empty = 0, i = 0;

	if (!(width > 0))
		return false;
	ret->n = n;
	for (unsigned b = 0; b < n; b++) {
		unsigned begin = i;
		while (i < count && block_of(&p[i], from, width, n) <= b)
			i++;
		if (i > begin)
			ret->e[b] = value_of(p + begin, i - begin, view);
		else
			ret->e[b] = b ? ret->e[b - 1] : p[0].last, empty++;
	}
	return empty * 4 <= n;
}
