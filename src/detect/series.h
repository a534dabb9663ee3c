/* SPDX-License-Identifier: MIT */
#ifndef DETECT_SERIES_H
#define DETECT_SERIES_H

/*
 * One figure over time in bounded memory: an exponential histogram. The last 32 samples are kept as
 * they are, the 32 pairs before them, the 32 groups of four before those, and so on, so that every
 * window that ends now holds at least 16 points, whatever its length.
 */

#include <stdbool.h>
#include <stddef.h>
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

/*
 * A level of 2,904 bytes comes into being when it is first needed: a minute of samples takes 3 KiB, an
 * hour at 1 s 23 KiB, a week 43 KiB, and nothing more than 58,336 bytes.
 */
struct series {
	unsigned open; /* levels that have room, from the lowest */
	unsigned used[SERIES_LEVELS];
	double total;                   /* samples ever */
	struct point *p[SERIES_LEVELS]; /* SERIES_KEEP + 1 each; NULL: not needed yet */
};

_Static_assert(sizeof(struct series) + SERIES_POINTS * sizeof(struct point) <= 64 * 1024,
               "a series must stay within 64 KiB");

struct series *series_new(void); /* NULL: no memory */
void series_free(struct series *s);
void series_reset(struct series *s);

/* The next sample; up, down and count of `p` are set here. 0, or -ENOMEM with nothing changed. */
int series_push(struct series *s, struct point p);

/* Room for all levels up to this one, where they have none yet. 0 or -ENOMEM. */
int series_open(struct series *s, unsigned level);

/* Bytes it takes now. */
size_t series_room(const struct series *s);

/* All points, oldest first, into ret[SERIES_POINTS]. Returns how many. */
unsigned series_list(const struct series *s, struct point *ret);

#endif
