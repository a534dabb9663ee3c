/* SPDX-License-Identifier: MIT */
#ifndef DETECT_SERIES_H
#define DETECT_SERIES_H

/*
 * One figure over time in bounded memory: an exponential histogram. The last 32 samples are kept as
 * they are, the 32 pairs before them, the 32 groups of four before those, and so on, so that every
 * window that ends now holds at least 16 points, whatever its length.
 */

#include <stdbool.h>
#include <stdint.h>

enum { SERIES_KEEP = 32, SERIES_LEVELS = 20, SERIES_POINTS = SERIES_LEVELS * (SERIES_KEEP + 1) };

/* One or more samples in a row. Times are seconds of the trend clock, values bytes. */
struct point {
	double t0, t;          /* trend clock: first and last sample of it */
	double watch;          /* seconds of the watch: last sample */
	double mean, min, max; /* of its samples */
	double last;           /* its last sample */
	double up, down;       /* sums of the rises and of the falls inside it and into it */
	double held;           /* the most ever held until its end, see struct track */
	double data;           /* VmData at its end; NAN unknown */
	double count;          /* samples */
};

struct series {
	unsigned used[SERIES_LEVELS];
	double total; /* samples ever */
	struct point p[SERIES_LEVELS][SERIES_KEEP + 1];
};

_Static_assert(sizeof(struct series) <= 64 * 1024, "a series must stay within 64 KiB");

struct series *series_new(void); /* NULL: no memory */
void series_free(struct series *s);
void series_reset(struct series *s);

/* The next sample; up, down and count of `p` are set here. */
void series_push(struct series *s, struct point p);

/* All points, oldest first, into ret[SERIES_POINTS]. Returns how many. */
unsigned series_list(const struct series *s, struct point *ret);

#endif
