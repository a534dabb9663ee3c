/* SPDX-License-Identifier: MIT */
/* Knows slopes that a few wild points do not bend. Refuses to know what grows, and which growth is a leak. */
#include "model/slope.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double slope_robust(const struct slope_point *p, unsigned n)
{
	double slopes[SLOPE_POINTS / 2 + 1];
	unsigned half = n / 2, count = 0;
	bool flat = true;

	if (n < SLOPE_POINTS_MIN)
		return (double)NAN;
	for (unsigned i = 1; i < n && flat; i++)
		flat = p[i].value == p[0].value;
	if (flat)
		return 0;
	for (unsigned i = 0; i + half < n; i++) {
		const struct slope_point *a = &p[i], *b = &p[i + half];

		if (b->time > a->time)
			slopes[count++] = ((double)b->value - (double)a->value) /
			                  ((double)(b->time - a->time) / 1e9);
	}
	if (!count)
		return (double)NAN;
	qsort(slopes, count, sizeof(slopes[0]), double_compare);
	return count % 2 ? slopes[count / 2] : (slopes[count / 2 - 1] + slopes[count / 2]) / 2;
}
