/* SPDX-License-Identifier: MIT */
#ifndef SITES_ALLOC_INSIDE_H
#define SITES_ALLOC_INSIDE_H

/* Between the files of allocation sites: the way (tracer_alloc.c), its price (alloc_price.c), its bursts (alloc_bursts.c). */

#include "sites/cpu_use.h"
#include "sites/probes.h"
#include "sites/progress.h"
#include "sites/tracer_alloc.h"

struct allocations {
	struct spots spots;
	struct hit_prices prices;
	double hit_ns;
	int nice; /* of this thread, where it need not hurry */
	struct probes *probes;
	enum probes_mode mode;
	struct guard guard;
	struct cpu_use cpu;
	struct progress progress;
	uint64_t counted; /* hits, before tracing */
	struct alloc_period period;
	struct probes_tally tally; /* newest */
	bool set;
	uint64_t ended; /* CLOCK_MONOTONIC ns: probes are gone for good; 0 */
};

/* --- alloc_price.c ---------------------------------------------------------------------------------------- */

/* What the guard and the reckoning of progress are to see: hits, and samples as so many more as they cost more. */
struct guard_seen alloc_seen(struct tracing *c);

/* Probes are about to be set, not yet for a burst. */
void alloc_warn(struct tracing *c);

/* As allocations_price(), unless it was told a while ago: then that is what it costs. */
int alloc_price_once(struct tracing *c);

/* --- alloc_bursts.c --------------------------------------------------------------------------------------- */

/* Probes were opened and are set: from now on the guard decides. */
void alloc_bursts_begin(struct tracing *c);

/* Every turn, with a new tally. */
void alloc_bursts_turn(struct tracing *c);

/* All that was seen is booked before what follows goes unseen. */
void alloc_rest(struct tracing *c);

/*
 * Whether others must wait for this thread, where that is permitted: while probes are set for a moment, each ms that we come late
 * is one that the target pays for.
 */
void alloc_hurry(const struct allocations *a, bool on);

/* Takes what the probes tell. */
void alloc_drain(struct tracing *c);

uint64_t alloc_time_set(const struct tracing *c); /* ns */

#endif
