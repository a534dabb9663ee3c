/* SPDX-License-Identifier: MIT */
#ifndef DETECT_WANE_H
#define DETECT_WANE_H

/*
 * Growth that never quite stops and yet goes nowhere: as much comes while the time doubles as came while it
 * doubled before. Seen through its latter half alone such a curve looks straight.
 */

#include "detect/series.h"

/* True when the pace fell by about half with each of the last two doublings of the time since it began. */
bool wane_seen(const struct point *p, unsigned count);

#endif
