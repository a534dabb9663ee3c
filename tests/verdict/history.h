/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_HISTORY_H
#define VERDICT_HISTORY_H

/*
 * What the rules of others remember: every sample, and on demand a few blocks of the last share of it,
 * so that quadratic tests stay affordable on long traces.
 */

#include <stddef.h>

#include "detector.h"

struct past {
	double *t, *v; /* s, bytes */
	unsigned n, room;
	unsigned holds; /* judgements in a row that said leak; for rules that wait */
	double held;    /* s, of the last of them */
};

void *past_begin(void);
int past_feed(void *state, const struct sample *s);
void past_end(void *state);

enum past_block { BLOCK_MEAN, BLOCK_MEDIAN, BLOCK_LOW };

struct point {
	double t, v;
};

/*
 * The last `share` of the watched time in at most `blocks` blocks of equal time. Returns how many have
 * a sample in them.
 */
unsigned past_blocks(const struct past *p, double share, unsigned blocks, enum past_block kind,
                     struct point *ret);

struct line {
	double slope, at_end, r2; /* per s; bytes at the last point; 0..1 */
};
struct line past_line(const struct point *p, unsigned n);

/* Mann-Kendall with ties: the normal score of a trend. */
double past_kendall(const struct point *p, unsigned n);
/* Theil and Sen: the median of the slopes between all pairs; n at most 128. */
double past_sen(const struct point *p, unsigned n);

int past_compare(const void *a, const void *b);

/* Judgement of a rule that says yes or no. */
void past_call(struct call *ret, bool leak, double rate);

#endif
