/* SPDX-License-Identifier: MIT */
#ifndef DETECT_ETA_H
#define DETECT_ETA_H

/*
 * When a growing figure will reach a level: on a straight line, or, where its growth accelerates, on a
 * curve that describes what was seen. Pure functions.
 */

#include <stdbool.h>

#include "detect/stats.h"

/* Seconds from now; NAN: nobody knows, as `high` also: it may never come. */
struct eta {
	double at, low, high;
};

/* The course of a figure in few values at rising times. */
enum { ETA_POINTS = 48 };
struct eta_course {
	unsigned n;
	double now; /* seconds: the end of it */
	double t[ETA_POINTS], y[ETA_POINTS];
};

/* Means of equal shares of the time that p[from..count) covers. */
void eta_course(const struct point *p, unsigned count, unsigned from, struct eta_course *ret);

/* On the line with this slope (units a second), from the upper edge of what lies around it. */
struct eta eta_straight(const struct eta_course *c, double level, const struct sen *rate);

/*
 * True when growth accelerates; *ret then says when the curve reaches `level`. Where that is too far to
 * follow a curve, false, and only ret->low is known: it may come as soon as that.
 */
bool eta_curved(const struct eta_course *c, double level, double quantum, struct eta *ret);

/* True when the line describes the course well: what is left around it has no shape. */
bool eta_is_straight(const struct eta_course *c);

#endif
