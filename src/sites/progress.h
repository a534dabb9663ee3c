/* SPDX-License-Identifier: MIT */
#ifndef SITES_PROGRESS_H
#define SITES_PROGRESS_H

/*
 * How much of its own work the target does while probes are set, and while they are not: its CPU time without what hits took of
 * it. A busy program does less in a burst than between bursts, by more than an order of magnitude where it mostly allocates; one that
 * waits for others does as much and is on a CPU for longer. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

#include "sites/guard.h"

/* What went by of one kind, in ns. */
struct progress_part {
	double time, run; /* of a clock; of CPU time */
};

struct progress {
	struct progress_part set, rest;
	double taken; /* ns of CPU time that hits took, by their price */
	double busy;  /* ns of set.run that threads had who never sleep */
	double own;   /* of set.run: its own, as far as told; never falls */
	double owed;  /* ns of CPU time that hits took and that were not told yet */
	uint64_t since;
	struct guard_seen seen;
};

void progress_begin(struct progress *p, const struct guard_seen *seen, uint64_t now);

/* What was seen since the last call, in all of which probes were `set`, or none was. */
void progress_look(struct progress *p, const struct guard_seen *seen, bool set, double hit_ns,
                   uint64_t now);

/* ns of work since the begin, in the same sense whether probes are set or not; UNKNOWN where CPU time is not told. */
uint64_t progress_done(const struct progress *p);

/* 0..1: of the CPU time while probes were set, the part that hits took by their price; 0 where that is not known. */
double progress_taken(const struct progress *p);

#endif
