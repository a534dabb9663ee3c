/* SPDX-License-Identifier: MIT */
#ifndef DETECT_TREND_H
#define DETECT_TREND_H

/*
 * What one series does: all three arguments put to it, and the memory of what they said before. A growth
 * that was called endless stays so until it is seen to end, so that the verdict does not flap.
 */

#include "detect/floor.h"
#include "detect/high.h"
#include "detect/persist.h"
#include "detect/series.h"
#include "detect/stats.h"
#include "detect/straight.h"

enum hold {
	HOLD_NONE,
	HOLD_STRAIGHT, /* growing for good, by the fast argument */
	HOLD_PERSIST,  /* by the slow one */
	HOLD_FLOOR     /* by the one from below */
};

enum ending { ENDING_NONE, ENDING_STOPPED, ENDING_RETURNED, ENDING_FADED };

/* The course since some moment. */
struct course {
	double growth;     /* bytes, now against then */
	double top;        /* bytes, the most against then */
	double span;       /* seconds */
	double rest;       /* seconds without growth worth the name, until now */
	double longest;    /* the longest such rest before */
	double last_rise;  /* seconds of the watch when it last rose */
	double late;       /* growth of the last third against a fair third */
	double late_half;  /* the same of the last half */
	double up, down;   /* sums of rises and falls */
	double largest;    /* share of the rises that came at once */
	double largest_at; /* seconds of the watch of that */
};

struct trend {
	bool judged;
	double samples, span;     /* of the whole series */
	double level;             /* last value, bytes */
	double step;              /* seconds between the last samples */
	double now;               /* trend clock of the last sample */
	struct course whole;      /* since the series began */
	struct straight straight; /* the latest look */
	struct persist persist;
	struct floor floor;
	struct high high;
	unsigned falls; /* great ones, in all the series */
	bool wanes;     /* see wane.h */
	enum hold hold;
	double onset,
	        onset_watch; /* trend clock and watch, seconds; while held or looking straight */
	double onset_value;
	struct course course; /* since the onset */
	struct sen rate; /* bytes per second since the onset; without growth, of the latter half */
	double outgrown; /* see struct circumstances */
	double outlived; /* see struct circumstances */
	enum ending ending;  /* how the last hold ended, while that still describes the present */
	struct course ended; /* its course */
	double ended_value;  /* the figure at its onset */
	double ended_at;     /* trend clock of that */
};

void trend_reset(struct trend *t);

/* Judges the series; `p` is its list of points, count > 0. */
void trend_judge(struct trend *t, const struct point *p, unsigned count, double samples,
                 double bridge, const struct birth *birth);

/* Growth that may be endless, held to be so or not yet: neither at rest nor given back. */
bool trend_grows(const struct trend *t);

/* It has been at rest for longer than ever between two rises. */
bool trend_has_stopped(const struct trend *t);

/* Growth in a straight line, too little as yet to be one or not. */
bool trend_is_young(const struct trend *t);

/* Growth that slows down and is old enough for that to show is more likely a warm-up. */
bool trend_bends(const struct trend *t);

/* Change of the figure since `clock`, bytes; NAN without points. */
double trend_change(const struct point *p, unsigned count, double clock);

#endif
