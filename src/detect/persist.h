/* SPDX-License-Identifier: MIT */
#ifndef DETECT_PERSIST_H
#define DETECT_PERSIST_H

/*
 * The slow argument: growth that is retained and goes on through all noise. It looks at stretches of
 * several lengths, in blocks, through their minima and means, and asks of each: is there drift, does
 * it go on at its end, above all held before, better described by endless than by bounded growth,
 * and for longer than a warm-up lasts?
 */

#include "detect/series.h"
#include "detect/stretch.h"

/* Facts known when the watch began. NAN: unknown. */
struct birth {
	double age;  /* seconds since the process was born */
	double held; /* the most it had held by then, bytes */
};

struct persist {
	double score;                /* 0..1, smoothed over looks */
	double next;                 /* samples at which the next look is due */
	double last;                 /* the latest look, unsmoothed */
	double span;                 /* seconds of the stretch that convinced most */
	double growth;               /* bytes over it */
	double factor[FACTOR_COUNT]; /* of that stretch */
	double endless;              /* advantage of endless models over the whole watch */
	bool looked;                 /* at least once */
};

/*
 * Looks again when the number of samples has grown by 4 % since the last look, so that the rate of
 * false alarms depends neither on the interval nor on how often anyone asks. True when it did.
 */
bool persist_look(struct persist *r, const struct point *p, unsigned count, double samples,
                  double bridge, const struct birth *birth);

#endif
