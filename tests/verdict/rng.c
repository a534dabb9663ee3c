/* SPDX-License-Identifier: MIT */
#include "rng.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static uint64_t rotate(uint64_t x, int by)
{
	return x << by | x >> (64 - by);
}

void rng_init(struct rng *r, uint64_t seed, const char *name, uint64_t number)
{
	uint64_t state = seed * 0xd1342543de82ef95u + number * 0x2545f4914f6cdd1du;

	for (const char *c = name; *c; c++)
		state = (state ^ (uint64_t)(unsigned char)*c) * 0x100000001b3u;
	for (unsigned i = 0; i < 4; i++)
		r->s[i] = splitmix(&state);
}

static uint64_t next(struct rng *r)
{
	uint64_t *s = r->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

double rng_unit(struct rng *r)
{
	return (double)(next(r) >> 11) * 0x1p-53;
}

double rng_pick(struct rng *r, double low, double high)
{
	return low + (high - low) * rng_unit(r);
}

double rng_log(struct rng *r, double low, double high)
{
	return low * pow(high / low, rng_unit(r));
}

double rng_normal(struct rng *r)
{
	double u = 1 - rng_unit(r), v = rng_unit(r);

	return sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * v);
}

double rng_wait(struct rng *r)
{
	return -log(1 - rng_unit(r));
}

bool rng_chance(struct rng *r, double share)
{
	return rng_unit(r) < share;
}

unsigned rng_count(struct rng *r, unsigned low, unsigned high)
{
	return low + (unsigned)(rng_unit(r) * (high - low + 1));
}
