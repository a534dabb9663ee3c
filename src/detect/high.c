/* SPDX-License-Identifier: MIT */
#include "detect/high.h"

#include <math.h>
#include <stdlib.h>

/*
 * Knows new highs and the noise they must stand out from. Refuses to know what comes between them.
 */

enum { NEWEST = 64 };

static const double page = 4096;

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle(double *v, unsigned n)
{
	qsort(v, n, sizeof(v[0]), by_size);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Typical difference between steps and the typical step: a steady rise has none. */
static double noise_of(const struct point *p, unsigned count)
{
	double step[NEWEST];
	unsigned from = count > NEWEST ? count - NEWEST : 1, n = 0;

	for (unsigned i = from; i < count; i++)
		step[n++] = p[i].last - p[i - 1].last;
	if (!n)
		return page;
	double typical = middle(step, n);
	for (unsigned i = 0; i < n; i++)
		step[i] = fabs(step[i] - typical);
	return fmax(1.5 * middle(step, n), page / 2);
}

struct high high_find(const struct point *p, unsigned count, unsigned from)
{
	struct high h = {.noise = 2 * noise_of(p, count)};
	double high = p[from].max, at = p[from].t;

	for (unsigned i = from + 1; i < count; i++) {
		h.samples += p[i].count;
		if (p[i].max <= high + h.noise)
			continue;
		high = p[i].max;
		at = p[i].t;
		h.samples = 0;
	}
	h.rest = p[count - 1].t - at;
	return h;
}

bool high_is_fresh(const struct high *h, double watched)
{
	return h->samples < 3 || h->rest <= 0.05 * watched;
}
