/* SPDX-License-Identifier: MIT */
#ifndef DETECT_CLIMB_H
#define DETECT_CLIMB_H

/*
 * A figure that is no memory but may run out as well: address space, VmData, the number of mappings. Kept
 * in few points over the whole watch, for one question: does it climb, and how fast.
 */

#include <stdbool.h>

#include "detect/eta.h"

enum { CLIMB_POINTS = 96 };
struct climb {
	unsigned n, stride, skipped; /* points kept; values for each; passed over since the last */
	double t[CLIMB_POINTS], y[CLIMB_POINTS]; /* seconds of the trend clock; units */
	double last_t, last_y;
};

void climb_reset(struct climb *c);
void climb_push(struct climb *c, double t, double y); /* NAN is passed over */

/* Too little is known of it for an answer. */
bool climb_is_young(const struct climb *c);

/* True when it climbs for as long as the newest half, quarter or all of it is; *ret: that stretch. */
bool climb_goes_on(const struct climb *c, double least, struct sen *ret_rate,
                   struct eta_course *ret);

#endif
