/* SPDX-License-Identifier: MIT */
#ifndef SITES_GUARD_H
#define SITES_GUARD_H

/*
 * What tracing may cost: decides from hits and their price how long probes may be set. Pure: figures in, a decision out.
 *
 * Slowdown is of the whole time, in per cent: 100 x (time the target lost in probes) / (time), for the one busiest thread in
 * the worst case, all hits being its own.
 */

#include <stdbool.h>
#include <stdint.h>

struct guard {
	double max;         /* per cent */
	uint64_t begin;     /* ns: the tracing began */
	uint64_t set_since; /* ns; probes are set since; 0: they are not */
	uint64_t set, lost; /* ns that they were set, that the target lost, up to now */
	uint64_t hits;      /* counted up to now */
	double hit_ns;      /* price of one */
	unsigned bursts;    /* begun */
};

enum guard_order {
	GUARD_GO_ON,   /* as it is: set, or not */
	GUARD_REST,    /* withdraw them */
	GUARD_SET,     /* set them: also the first time */
	GUARD_GIVE_UP, /* withdraw them for good: even in bursts they cost too much */
};

/* Probes are not set yet. The price unknown (NAN): a high one is assumed. */
void guard_begin(struct guard *g, double max, double hit_ns, uint64_t now);

/* Once each turn (10 to 100 ms), with all hits since the begin. What to do now; *ret_next: when to ask again, at the latest. */
enum guard_order guard_turn(struct guard *g, uint64_t hits, uint64_t now, uint64_t *ret_next);

double guard_slowdown(const struct guard *g, uint64_t now); /* per cent so far */

/* Per cent that hits at this rate would cost, set all the time. */
double guard_expect(double hits_per_s, double hit_ns);

#endif
