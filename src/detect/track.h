/* SPDX-License-Identifier: MIT */
#ifndef DETECT_TRACK_H
#define DETECT_TRACK_H

/* A series with its trend, and the most it ever held: memory that comes back to that is no news. */

#include "detect/trend.h"

struct track {
	struct series *series; /* NULL until it is needed */
	bool whole;            /* it takes all its room with its next value; stays when reset */
	struct trend trend;
	struct birth birth;
	double bridge;      /* sum of what changed while nobody looked, taken out of the series */
	double level, held; /* last value; the most ever held */
	bool begun;
	bool gap;   /* one lies before the next value */
	bool moved; /* it was not always the same: what never moved needs no judgement */
};

/* One value of a track. */
struct track_value {
	double clock, watch, value, headroom, data;
	bool gap;
};

/* 0 or -ENOMEM. An unknown value only waits: a gap is remembered for the next one. */
int track_push(struct track *t, const struct track_value *v);

/* Judges; `scratch` has room for SERIES_POINTS. */
void track_judge(struct track *t, struct point *scratch);

/* Change since `clock`, bytes; NAN without values. */
double track_change(const struct track *t, double clock, struct point *scratch);

void track_reset(struct track *t);
void track_done(struct track *t);

#endif
