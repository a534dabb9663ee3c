/* SPDX-License-Identifier: MIT */
#ifndef DETECT_REGIONS_H
#define DETECT_REGIONS_H

/*
 * Growth by kind of region, to say where, and the course of the regions that grow most, to see a
 * leak that the noise of the whole hides.
 */

#include "detect/track.h"
#include "model/region.h"

enum { REGION_TRACKS = 16, REGION_MARKS = 48 };

/* Weights of all kinds at one time. */
struct region_mark {
	double clock;
	double weight[REGION_KIND_COUNT];
};

struct region_track {
	uint64_t id; /* 0: free */
	enum region_kind kind;
	char label[64]; /* safe to print */
	double first, last;
	bool seen;
	struct track track;
};

struct regions {
	unsigned marks;
	struct region_mark mark[REGION_MARKS]; /* oldest first; the last is the newest */
	double spacing;                        /* seconds between marks that are kept */
	struct region_track track[REGION_TRACKS];
};

void regions_reset(struct regions *r);
void regions_done(struct regions *r);

/* A good table at `clock`. `gap`: what changed since the last one was not observed. 0 or -ENOMEM. */
int regions_take(struct regions *r, const struct region_table *t, double clock, double watch,
                 bool gap, struct point *scratch);

/* Growth of every kind since `clock`, bytes. False with fewer than two tables. */
bool regions_growth(const struct regions *r, double clock, double ret[REGION_KIND_COUNT]);

/* The region that grew most among those that are held to grow for good; NULL: none. */
const struct region_track *regions_growing(const struct regions *r);

/* The region that grew most of all since it was first seen; NULL: none did. */
const struct region_track *regions_largest_growth(const struct regions *r);

#endif
