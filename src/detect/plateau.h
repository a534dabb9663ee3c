/* SPDX-License-Identifier: MIT */
#ifndef DETECT_PLATEAU_H
#define DETECT_PLATEAU_H

/* Where growth that slows down would come to rest, and when. */

#include <stdbool.h>

#include "detect/series.h"

struct plateau {
	double level; /* bytes, in the units of the points */
	double ahead; /* seconds until 95 % of the way from the first point to it; 0: that is done */
};

/*
 * Fits growth that slows down exponentially to p[0..count). False, and nothing is written, where the
 * points are straight or too few, where the end is too far off to be seen from here, or where the first
 * three quarters of them pointed somewhere else.
 */
bool plateau_find(const struct point *p, unsigned count, struct plateau *ret);

#endif
