/* SPDX-License-Identifier: MIT */
#ifndef DETECT_WANE_H
#define DETECT_WANE_H

/*
 * Growth that never quite stops and yet goes nowhere: as much comes while the time doubles as came while it
 * doubled before. Seen through its latter half alone such a curve looks straight.
 */

#include "detect/series.h"

/*
 * True when the pace fell by about half with each of the last doublings of the time since it began.
 * `before`: what it said at the last look, for it takes more to change its mind than to stay with it.
 */
bool wane_seen(const struct point *p, unsigned count, bool before);

#endif
