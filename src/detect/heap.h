/* SPDX-License-Identifier: MIT */
#ifndef DETECT_HEAP_H
#define DETECT_HEAP_H

/*
 * What looks inside the heap say about the growth of a process: that of live blocks, or of memory that was
 * freed and kept. Facts that are unsure are not taken in at all: they make no verdict better or worse.
 */

#include <stdbool.h>

#include "detect/stats.h"
#include "model/heap.h"

enum { HEAP_GROWERS = 2 };

/* One look. Bytes. */
struct heap_look {
	double clock; /* trend clock, seconds */
	double live;  /* handed out */
	double held;  /* freed, and still in memory */
};

/* A size of block that grows from look to look. */
struct heap_grower {
	char name[48];
	double rate_blocks, rate_bytes; /* a second */
	double bytes;                   /* live now */
};

struct heap_view {
	uint64_t from,
	        time;   /* ns: facts before are of another image; of the newest facts; UNKNOWN */
	unsigned looks; /* as the newest facts count them */
	unsigned count; /* of look: the first, the newest, and some between */
	struct heap_look look[BLOCKS_MAX];
	double trimmable, size; /* bytes: malloc_trim(0) returns; the arenas have */
	unsigned grower_count;
	struct heap_grower grower[HEAP_GROWERS]; /* by bytes a second */
	unsigned scans;                          /* for lost blocks */
	double lost_blocks, lost_bytes;          /* certain */
	double lost_rate, lost_rate_blocks;      /* bytes, blocks a second; NAN unknown */
	bool kept;                               /* growth was put down to retention, at last */
};

/* Forgets all; facts of a time before `from` (ns of the watch) are about something else. */
void heap_reset(struct heap_view *h, uint64_t from);

/* True when taken; `clock` is the trend clock at `f->time`. */
bool heap_take(struct heap_view *h, const struct heap_facts *f, double clock);

/* Growth from the first look to the newest, bytes: surely at least, and at most. NAN with fewer than two. */
struct heap_growth {
	double live_least, live_most, held_least;
	double since, until; /* trend clock of both looks */
};
struct heap_growth heap_grown(const struct heap_view *h);

/* Freed memory that is kept in memory now, bytes; NAN: nobody looked. */
double heap_held(const struct heap_view *h);

#endif
