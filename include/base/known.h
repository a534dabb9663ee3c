/* SPDX-License-Identifier: MIT */
#ifndef BASE_KNOWN_H
#define BASE_KNOWN_H

/*
 * Unknown is not zero.
 *
 * Every figure read from the kernel is a uint64_t in bytes, nanoseconds or a plain count. A figure
 * that could not be read is UNKNOWN. Arithmetic on figures goes through these functions, so that an
 * unknown part makes an unknown whole and no sum wraps round.
 */

#include <stdbool.h>
#include <stdint.h>

#define UNKNOWN UINT64_MAX

/* True when `v` was read; false for UNKNOWN. */
static inline bool known(uint64_t v)
{
	return v != UNKNOWN;
}

/* `v`, or `fallback` when v is unknown. */
static inline uint64_t known_or(uint64_t v, uint64_t fallback)
{
	return v == UNKNOWN ? fallback : v;
}

/* a + b; UNKNOWN when either is; saturates one below UNKNOWN. */
static inline uint64_t known_add(uint64_t a, uint64_t b)
{
	if (a == UNKNOWN || b == UNKNOWN)
		return UNKNOWN;
	return a < UNKNOWN - 1 - b ? a + b : UNKNOWN - 1;
}

/* a - b, but never below 0; UNKNOWN when either is. */
static inline uint64_t known_sub(uint64_t a, uint64_t b)
{
	if (a == UNKNOWN || b == UNKNOWN)
		return UNKNOWN;
	return a > b ? a - b : 0;
}

/* a * b; UNKNOWN when either is; saturates one below UNKNOWN. */
static inline uint64_t known_mul(uint64_t a, uint64_t b)
{
	if (a == UNKNOWN || b == UNKNOWN)
		return UNKNOWN;
	if (b && a > (UNKNOWN - 1) / b)
		return UNKNOWN - 1;
	return a * b;
}

/* Signed a - b into *ret_delta; false (nothing written) when either is unknown. Saturates. */
static inline bool known_delta(uint64_t a, uint64_t b, int64_t *ret_delta)
{
	if (a == UNKNOWN || b == UNKNOWN)
		return false;
	uint64_t d = a > b ? a - b : b - a;
	int64_t m = d > INT64_MAX ? INT64_MAX : (int64_t)d;
	*ret_delta = a > b ? m : -m;
	return true;
}

/* a + b of two such differences; saturates. */
static inline int64_t known_delta_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return b < 0 ? -INT64_MAX : INT64_MAX;
	return sum;
}

#endif
