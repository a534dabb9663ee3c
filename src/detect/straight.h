/* SPDX-License-Identifier: MIT */
#ifndef DETECT_STRAIGHT_H
#define DETECT_STRAIGHT_H

/*
 * The fast argument: a figure that rises evenly, in many rises, gives nothing back, holds more than
 * it ever held, and has not slowed down. Eleven samples over ten seconds are the least it takes.
 */

#include "detect/series.h"

/* What may speak against it. Each has a mark from 0 (fatal) to 1 (none); below 0.5 it bars. */
enum doubt {
	DOUBT_SIZE,                /* too little growth for the time */
	DOUBT_KEPT,                /* it gives back */
	DOUBT_FEW,                 /* a few jumps make most of it */
	DOUBT_LATE,                /* it slows down */
	DOUBT_BEND,                /* it is not straight */
	DOUBT_SHAPES,              /* those above are the shape; those below the circumstances */
	DOUBT_TIME = DOUBT_SHAPES, /* too short */
	DOUBT_SAMPLES,             /* too few samples */
	DOUBT_KNOWN,               /* it held as much before */
	DOUBT_RESERVED,            /* it fills memory that was reserved before */
	DOUBT_OUTLIVED,            /* an earlier growth like this ended by itself */
	DOUBT_COUNT
};

struct straight {
	double mark[DOUBT_COUNT];
	unsigned from;        /* index of the point it starts at */
	double span, samples; /* seconds; samples, the first included */
	double growth;        /* bytes over span */
	double kept;          /* share of the rises that was kept */
	double late;          /* growth of the last third against a fair third */
	double fresh;         /* share of the late growth that is above all ever held */
	double data;          /* growth of VmData, bytes; NAN unknown */
};

/* What the test must know beside the points. */
struct circumstances {
	double bridge;   /* last point: value minus this is in the units of `held` */
	double outgrown; /* bytes of the largest growth that ended by itself */
	double outlived; /* seconds that the longest growth took which ended by itself */
	double watched;  /* seconds in all */
	double fallen;   /* clock since the only great fall; NAN: none or several */
	double before;   /* seconds from the beginning to its end */
};

/* Seconds after which the least growth that counts no longer falls. */
static const double straight_young = 35;

/* Judges stretches of several lengths that end now. The longest without doubt, else the best. */
struct straight straight_find(const struct point *p, unsigned count, const struct circumstances *c);

/* No mark bars it; or none of those about its shape does. */
bool straight_passes(const struct straight *s);
bool straight_looks(const struct straight *s);

/* True when the stretch began after the only great fall and outlasted what came before that. */
bool straight_is_past(const struct straight *s, const struct circumstances *c,
                      const struct point *p);

/* The weakest mark. */
enum doubt straight_weakest(const struct straight *s);

/* Index of the first point of the stretch that is `span` seconds long and ends now. */
unsigned window_from(const struct point *p, unsigned count, double span);

#endif
