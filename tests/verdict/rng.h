/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_RNG_H
#define VERDICT_RNG_H

/*
 * Random numbers that are the same on every machine: xoshiro256** seeded by splitmix64.
 */

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};

/* The stream that belongs to a seed, a name and a number: no two traces share one. */
void rng_init(struct rng *r, uint64_t seed, const char *name, uint64_t number);

double rng_unit(struct rng *r);                          /* 0 to below 1 */
double rng_pick(struct rng *r, double low, double high); /* even */
double rng_log(struct rng *r, double low, double high);  /* even in the logarithm; low > 0 */
double rng_normal(struct rng *r);                        /* mean 0, standard deviation 1 */
double rng_wait(struct rng *r);                          /* exponential, mean 1 */
bool rng_chance(struct rng *r, double share);
unsigned rng_count(struct rng *r, unsigned low, unsigned high); /* both included */

#endif
