/* SPDX-License-Identifier: MIT */
#ifndef DETECT_POWER_H
#define DETECT_POWER_H

/*
 * What an all-clear is worth: the slowest leak that could not have hidden in what was seen. Not a formula
 * for noise, but the question itself: a leak is laid over the series, and the same judgement asked again.
 */

#include "detect/track.h"

struct power {
	double growth; /* bytes over the whole watch that would have been seen; NAN: not asked yet */
	double span;   /* seconds it was asked for */
	double next;   /* samples at which it is asked again */
};

void power_reset(struct power *w);

/*
 * Asks again when the number of samples has grown by a quarter, for a track that was judged and does not
 * grow: about ten judgements. `scratch` and `more` have room for SERIES_POINTS each.
 */
void power_ask(struct power *w, const struct track *t, struct point *scratch, struct point *more);

/* Bytes per second; NAN unknown. */
double power_rate(const struct power *w);

/* True when even a leak of as much as is held now (64 MiB at least) would have stayed unseen. */
bool power_is_weak(const struct power *w, double level);

#endif
