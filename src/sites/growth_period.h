/* SPDX-License-Identifier: MIT */
#ifndef SITES_GROWTH_PERIOD_H
#define SITES_GROWTH_PERIOD_H

/*
 * Every how many-th fault is a sample: each one to begin with, fewer where they come too fast or find no room (what is
 * lost comes in bursts, and would be missing where it matters), more again where they became rare. Primes, so that a program that touches pages in turns is not always met at the same place. Pure.
 */

#include <stdbool.h>
#include <stdint.h>

enum {
	GROWTH_SAMPLES_MAX = 2000, /* a second: more raise the period */
	GROWTH_SAMPLES_MIN = 50,   /* fewer lower it */
	GROWTH_LOST_PERCENT = 2,   /* more raise it, while that leaves a good rate */
};

struct growth_period {
	uint64_t value;                /* faults */
	unsigned step, floor;          /* floor: what may not be followed for want of room */
	uint64_t since, samples, lost; /* ns, and counts then: this window began */
};

void growth_period_begin(struct growth_period *p, uint64_t now);

/* With all samples and losses since the begin of the tracing, every turn. True: `value` changed. */
bool growth_period_turn(struct growth_period *p, uint64_t samples, uint64_t lost, uint64_t now);

/* Half of what was followed was let go: do not go back below twice the period. Takes effect with the next turn. */
void growth_period_double(struct growth_period *p);

#endif
