/* SPDX-License-Identifier: MIT */
#ifndef MODEL_SLOPE_H
#define MODEL_SLOPE_H

/* How fast something grew lately, by a line that a few wild points do not bend. */

#include <stdint.h>

enum { SLOPE_POINTS = 120, SLOPE_POINTS_MIN = 3 };

struct slope_point {
	uint64_t time;  /* ns, rising */
	uint64_t value; /* bytes */
};

/*
 * Bytes per second: the median of the slopes between points half the window apart. One outlier spoils two
 * slopes of sixty; a step counts as long as it lies between halves. NAN below SLOPE_POINTS_MIN points;
 * at most SLOPE_POINTS.
 */
double slope_robust(const struct slope_point *p, unsigned n);

#endif
