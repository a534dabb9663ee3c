/* SPDX-License-Identifier: MIT */
#include "app/pace.h"

/*
 * The median of a few neighbours: deterministic, and one gap does not change what is usual.
 */

/* Logs of cron jobs are uneven; only what is far beyond that is a gap. */
enum { GAP_FACTOR = 10 };

uint64_t pace_usual(const struct pace *p)
{
	unsigned n = p->count < PACE_RECENT ? p->count : PACE_RECENT;
	uint64_t sorted[PACE_RECENT];

	for (unsigned i = 0; i < n; i++) {
		unsigned at = i;
		for (; at > 0 && sorted[at - 1] > p->recent[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = p->recent[i];
	}
	return n ? sorted[n / 2] : 0;
}

void pace_add(struct pace *p, uint64_t spacing)
{
	p->recent[p->count++ % PACE_RECENT] = spacing;
}

bool pace_is_gap(const struct pace *p, uint64_t spacing)
{
	return p->count >= 3 && spacing / GAP_FACTOR > pace_usual(p);
}
