/* SPDX-License-Identifier: MIT */
#ifndef DETECT_HIGH_H
#define DETECT_HIGH_H

/* Whether growth is going on: did the figure set a new high of late, beyond its noise? */

#include "detect/series.h"

struct high {
	double rest;    /* seconds since the last new high */
	double samples; /* samples since then */
	double noise;   /* bytes: what a new high must exceed the last one by */
};

/* New highs of p[from..count), against all since p[from]. */
struct high high_find(const struct point *p, unsigned count, unsigned from);

/* True within three samples or a twentieth of `watched` seconds of a new high. */
bool high_is_fresh(const struct high *h, double watched);

#endif
