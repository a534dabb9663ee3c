/* SPDX-License-Identifier: MIT */
#ifndef MODEL_CHART_H
#define MODEL_CHART_H

/* A window of history, ready for drawing: at most CHART_POINTS buckets with min, max and last. */

#include <stdint.h>

#include "base/known.h"

enum { CHART_POINTS = 240, SPARK_POINTS = 24 };

struct chart_point {
	uint64_t time;           /* ns of the watch when the bucket ends */
	uint64_t min, max, last; /* UNKNOWN when nothing was known in it */
};

struct chart {
	uint64_t from, to; /* ns of the watch that the points span */
	unsigned count;
	struct chart_point points[CHART_POINTS];
};

/* Resamples to `columns` points for drawing (min of mins, max of maxes, last). Returns how many. */
unsigned chart_fit(const struct chart *c, unsigned columns, struct chart_point *ret);

#endif
