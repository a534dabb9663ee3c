/* SPDX-License-Identifier: MIT */
#ifndef SITES_TRACER_ALLOC_H
#define SITES_TRACER_ALLOC_H

/* Allocation sites, of the tracer: see tracer_internal.h. */

#include "sites/calibrate.h"
#include "sites/guard.h"
#include "sites/tracer_internal.h"

/* A price as it was told: kept for the tracing that follows. */
struct alloc_priced {
	uint64_t time; /* CLOCK_MONOTONIC ns; 0: none */
	struct hit_prices prices;
	double hit_ns, hits_per_s, expected; /* as in sites_facts */
	struct guard guard;                  /* what counting cost */
};

extern const struct tracing_way tracing_allocations;

/*
 * What it would cost: finds the functions, what a hit costs, and counts hits for a moment, into progress. 0 or -errno:
 * then progress.why is filled; -ECANCELED: somebody wants something else.
 */
int allocations_price(struct tracing *c);

enum {
	ALLOC_SAMPLES_MAX =
	        4000, /* a second: more raise the period; unwinding them is our own price */
	ALLOC_SET_SAMPLES_MAX = 15000, /* a second that probes are set: the target pays for them */
	ALLOC_SAMPLES_MIN = 1500, /* fewer lower it: small blocks are the rarer the larger it is */
};

/* Mean bytes between samples: more where samples come too fast or are lost, fewer where they are rare. Pure. */
struct alloc_period {
	uint64_t value;                     /* bytes; 1: every block */
	uint64_t since, set, samples, lost; /* ns, and ns set and counts then: this window began */
};
void alloc_period_begin(struct alloc_period *p, double hits_per_s, uint64_t now);

/* With all samples and losses, and the ns that probes were set, every turn. True: `value` changed. */
bool alloc_period_turn(struct alloc_period *p, uint64_t samples, uint64_t lost, uint64_t set,
                       uint64_t now);

#endif
