/* SPDX-License-Identifier: MIT */
#ifndef DETECT_STRETCH_H
#define DETECT_STRETCH_H

/*
 * One stretch of a series seen in blocks, and what it has to say about endless growth: a number for
 * each factor, free of units, so that a megabyte in a minute and a gigabyte in a week are judged alike.
 */

#include "detect/series.h"
#include "detect/stats.h"

enum factor {
	FACTOR_DRIFT,   /* z of the blocks' drift against a walk without any, or of their line */
	FACTOR_ENDLESS, /* how much better endless models describe it than bounded ones */
	FACTOR_SHARE,   /* growth in shares of all that the whole series moved over */
	FACTOR_RISES,   /* effective number of rises among 15 steps: 1 when one makes all */
	FACTOR_CLEAR,   /* logarithm of growth over what is left around a straight line */
	FACTOR_NEW,     /* how far it ends above all before the stretch, in shares of its growth */
	FACTOR_WHOLE,   /* FACTOR_ENDLESS of the whole series, when the stretch is a part of it */
	FACTOR_RECENT,  /* sixteenths of the stretch since its last new high; negative */
	FACTOR_END,     /* growth of its last quarter against a fair one */
	FACTOR_STEADY,  /* share of the steps between blocks that rise */
	FACTOR_HIGHER, /* highs of the latter half above those of the former, shares of the range */
	FACTOR_BEND,   /* z of its curvature; negative: it slows down */
	FACTOR_SLOWER, /* where it bends down: growth of the latter half against the former */
	FACTOR_LATE,   /* late growth of the whole series, against a fair share */
	FACTOR_OWN_COUNT, /* those above come from the stretch; those below from circumstances */
	FACTOR_TIME = FACTOR_OWN_COUNT, /* logarithm of its seconds */
	FACTOR_SAMPLES,                 /* samples in it */
	FACTOR_BYTES,                   /* logarithm of its growth in KiB */
	FACTOR_DAILY,                   /* growth a day against what is held */
	FACTOR_BIRTH, /* above the peak before the watch, in shares of the growth */
	FACTOR_ASKED, /* growth of VmData, in shares of the growth */
	FACTOR_PEAK,  /* movement of the peak, in shares of the growth */
	FACTOR_COUNT
};

/* A stretch: the last points of a series, from index `from`. */
struct stretch {
	const struct point *p;
	unsigned count, from;
	double before; /* the most held before it; -INFINITY: nothing came before */
};

/* What the whole series says, for the factors of its parts. */
struct whole {
	double range;         /* bytes between its least and most */
	double higher;        /* FACTOR_HIGHER */
	double endless, late; /* in the same view; 0 and 1 until they are known */
};

/* FACTOR_HIGHER and range of the whole series. */
struct whole whole_of(const struct point *p, unsigned count);

/*
 * Fills the factors before FACTOR_OWN_COUNT of blocks `b` and returns the growth in bytes, by Theil
 * and Sen's slope. Where `is_whole`, *w learns FACTOR_ENDLESS and FACTOR_LATE. `quantum`: what figures
 * are rounded to, bytes. Without growth nothing is filled.
 */
double stretch_factors(const struct stretch *s, const struct blocks *b, bool is_whole,
                       double quantum, struct whole *w, double ret[FACTOR_COUNT]);

/* --- weighing ------------------------------------------------------------------------------------ */

/* What a factor of this size takes from the log odds: 0 or less. */
double factor_weight(enum factor f, double value);

/* Log odds when no factor has anything against it. */
extern const double factor_best;

/* Probability of endless growth for these factors; NAN among them is unknown and takes nothing. */
double factors_weigh(const double v[FACTOR_COUNT]);

#endif
