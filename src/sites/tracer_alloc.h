/* SPDX-License-Identifier: MIT */
#ifndef SITES_TRACER_ALLOC_H
#define SITES_TRACER_ALLOC_H

/* Allocation sites, of the tracer: see tracer_internal.h. */

#include "sites/tracer_internal.h"

extern const struct tracing_way tracing_allocations;

/*
 * What it would cost: finds the functions, what a hit costs, and counts hits for a moment, into progress. 0 or -errno:
 * then progress.why is filled; -ECANCELED: somebody wants something else.
 */
int allocations_price(struct tracing *c);

/* Mean bytes between samples: fewer where they come too fast, more where they are rare. Pure. */
struct alloc_period {
	uint64_t value;          /* bytes; 1: every block */
	uint64_t since, samples; /* ns that probes were set, and count then: this window began */
};
void alloc_period_begin(struct alloc_period *p, double hits_per_s);

/* With all samples, and all ns that probes were set. True: `value` changed. */
bool alloc_period_turn(struct alloc_period *p, uint64_t samples, uint64_t set);

#endif
