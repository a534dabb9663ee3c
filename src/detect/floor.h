/* SPDX-License-Identifier: MIT */
#ifndef DETECT_FLOOR_H
#define DETECT_FLOOR_H

/*
 * The argument from below: whatever a figure does on its way, what it never falls under rises, and
 * what it reaches rises with it. And how it swings: growth after one great fall is news, growth after
 * many is how a job works.
 */

#include "detect/series.h"

struct floor {
	double growth; /* bytes the floor rose over the stretch */
	double span;   /* seconds of it */
	double late;   /* growth of its end against a fair share */
	bool rises;    /* several times, until the end */
	bool steady;   /* and in every part of the stretch alike, below ups and downs */
};

/* The floor of the whole series, or of its latter part where that tells more. */
struct floor floor_find(const struct point *p, unsigned count);

struct swings {
	unsigned falls;
	unsigned low; /* index of the lowest point after the last fall; 0 without */
};

/* Falls of at least `deep` bytes. */
struct swings swings_of(const struct point *p, unsigned count, double deep);

/* Great falls: deeper than a third of all it moved over. */
struct swings swings_great(const struct point *p, unsigned count);

#endif
