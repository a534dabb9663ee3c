/* SPDX-License-Identifier: MIT */
#ifndef DETECT_REGIONS_H
#define DETECT_REGIONS_H

/*
 * Parts of the memory as series of their own: the sum of all regions of a kind and the regions that
 * grow most. They say where growth lies, and show a leak that the noise of the whole hides. Mapped files
 * have no sum here: RssFile, known at every sample, is it.
 */

#include "detect/track.h"
#include "model/region.h"

enum { REGION_TRACKS = 16 };

/* Sums over the regions of a kind. A leak may lie in all but the last. */
enum region_sum {
	SUM_HEAP,
	SUM_ARENA,
	SUM_ANON,
	SUM_STACK,
	SUM_SHM,
	SUM_HUGE,
	SUM_REST, /* private, but bounded or made of code: static data, JIT, reserved space */
	SUM_COUNT
};

enum { REGION_PARTS = SUM_REST + REGION_TRACKS };

/* One part: a region, or the sum of a kind. */
struct region_track {
	uint64_t id; /* of the region; 0: free */
	enum region_kind kind;
	char label[64]; /* safe to print */
	double first, last;
	bool seen;
	bool sum;      /* a sum of regions; then id stays 0 */
	bool material; /* its growth was a fair part of the process when last weighed */
	struct track track;
};

struct regions {
	unsigned tables;
	double clock, watch;                /* seconds: of the latest table */
	struct region_track sum[SUM_COUNT]; /* begins with the first byte of its kind */
	struct region_track track[REGION_TRACKS];
};

void regions_reset(struct regions *r);
void regions_done(struct regions *r);

/* A good table at `clock`. `gap`: what changed since the last one was not observed. 0 or -ENOMEM. */
int regions_take(struct regions *r, const struct region_table *t, double clock, double watch,
                 bool gap, struct point *scratch);

/* Growth of every sum since `clock`, bytes. False with fewer than two tables. */
bool regions_growth(const struct regions *r, double clock, double ret[SUM_COUNT],
                    struct point *scratch);

/* The parts a leak may lie in, 0 <= i < REGION_PARTS; NULL: not in use, or it proves nothing. */
struct region_track *regions_part(struct regions *r, unsigned i);

/* The region that grew most of all since it was first seen; NULL: none did. */
const struct region_track *regions_largest_growth(const struct regions *r);

#endif
