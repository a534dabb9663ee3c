/* SPDX-License-Identifier: MIT */
/*
 * Knows when the next look is due, so that looking takes its share of the time and no more. Refuses to know the time:
 * it is told.
 */
#include "heap/scanner_internal.h"

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint64_t pace_next(struct pace *p, uint64_t least, uint64_t begin, uint64_t end)
{
	uint64_t took = end - begin;

	if (p->begun)
		p->spent += took;
	else
		p->origin = begin;
	p->begun = true;
	/* The rest is as if the next look took as long as this one; if it takes longer, the one after it waits for both. */
	uint64_t own = begin + larger(least, SCANNER_SHARE * took);
	return larger(own, p->origin + SCANNER_SHARE * (p->spent + took));
}
