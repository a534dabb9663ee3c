/* SPDX-License-Identifier: MIT */
#ifndef MODEL_NORMAL_H
#define MODEL_NORMAL_H

/*
 * What is normal for a process, learnt from its first day or from a recording of another watch, and
 * when it departs from that. An alarm beside the verdict, never part of it: a daily cycle is normal, and
 * so may be growth that the verdict calls a leak.
 *
 * Learnt by the time of day where more than a day was seen, else as one range of levels, with the
 * most growth there was in a sixteenth of the time. In bounded memory; the same samples give the same.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/sample.h"

/* Quarters of an hour of a day; points kept of what is learnt, and of the last window. */
enum { NORMAL_SLOTS = 96, NORMAL_POINTS = 256, NORMAL_RECENT = 9 };

/* One figure. Values are bytes, UNKNOWN where none was seen. */
struct normal_figure {
	uint64_t slot[NORMAL_SLOTS]; /* the most at that time of day */
	unsigned count, stride, skipped;
	uint64_t time[NORMAL_POINTS], most[NORMAL_POINTS]; /* ns; the most since the point before */
	uint64_t low, high, middle;                        /* once learnt; UNKNOWN: never seen */
	uint64_t growth, window; /* the most within a window, bytes; its length, ns */
};

enum normal_series { NORMAL_BASE, NORMAL_RSS, NORMAL_SERIES_COUNT };

struct normal {
	bool given, learnt;   /* given: from a recording, learnt before the watch */
	bool by_day;          /* told by the time of day */
	bool by_wall;         /* its times of day are those of the world, not of the watch */
	uint64_t begin, last; /* ns: the first and the last sample learnt from */
	uint64_t samples;
	struct normal_figure figure[NORMAL_SERIES_COUNT];
	/* the departure */
	bool departed;
	unsigned times;
	uint64_t beyond;       /* ns: since when it is beyond, or back; UNKNOWN: it is not */
	unsigned beyond_count; /* samples of that */
	unsigned recent;       /* samples kept of the last window, newest last */
	uint64_t recent_time[NORMAL_RECENT], recent_value[NORMAL_RECENT];
};

void normal_init(struct normal *n);

/* Forgets what it learnt itself: another program runs now. */
void normal_restart(struct normal *n);

/* A sample of a recording that is normal. */
void normal_teach(struct normal *n, const struct sample *s);

/* The end of such a recording. 0, or -ENODATA: too short to tell anything (10 samples). */
int normal_taught(struct normal *n);

/*
 * The next sample of the watch. True when a departure begins with it; then, and while it lasts
 * (n->departed), normal_line says what it is.
 */
bool normal_check(struct normal *n, const struct sample *s);

/* "anonymous memory 512.3 MB is above what is normal at this time of day, 400 MB"; "" if it is not. */
void normal_line(const struct normal *n, const struct sample *s, char *ret, size_t size);

#endif
