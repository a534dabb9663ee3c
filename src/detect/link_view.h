/* SPDX-License-Identifier: MIT */
#ifndef DETECT_LINK_VIEW_H
#define DETECT_LINK_VIEW_H

/* Counters and memory at one scale, and how well the changes of the one explain those of the other. */

#include "detect/link.h"

enum { LINK_LEAST = 20 }; /* changes that can be judged at all */

/* A stretch without gaps in equal steps; a series that is not known all along it is left out. */
struct link_view {
	unsigned n;                  /* levels; one change less */
	double step;                 /* seconds from one to the next */
	double cycle;                /* levels of a cycle in memory; 0: none */
	bool whole[LINK_SERIES];     /* known all along */
	unsigned moved[LINK_SERIES]; /* changes that are not 0 */
	double level[LINK_SERIES][LINK_BLOCKS];
};

/*
 * The last 1/part of the blocks, `merge` of them made one. False with fewer than LINK_LEAST changes.
 */
bool link_view_make(const struct linker *l, unsigned merge, unsigned part, struct link_view *ret);

/* Length of the cycle that memory follows in this view, in levels; 0: none to be seen. */
double link_cycle(const struct link_view *v);

/* Counters that are told already: what they explain is taken out of memory first. */
struct link_told {
	unsigned count;
	unsigned counter[LINKS_MAX];
};

/* How certain it is that x and y go together; 0: not at all. */
double link_test(const struct link_view *v, unsigned x, unsigned y, const struct link_told *told);

/* Bytes of y for each unit of x, with the 95 % interval and how closely both agree. False: no telling. */
struct link_slope {
	double slope, low, high, r;
};
bool link_slope(const struct link_view *v, unsigned x, unsigned y, const struct link_told *told,
                struct link_slope *ret);

#endif
