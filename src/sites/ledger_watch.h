/* SPDX-License-Identifier: MIT */
#ifndef SITES_LEDGER_WATCH_H
#define SITES_LEDGER_WATCH_H

/*
 * When probes were set, where they come in bursts: a clock that runs only then. Its differences are time in which nothing
 * went by unseen. Exact for the last bursts; what is further back lies on straight lines between a few moments.
 */

#include <stdbool.h>
#include <stdint.h>

enum { WATCH_RECENT = 64, WATCH_MOMENTS = 256 };

struct ledger_watch {
	bool resting;
	unsigned rests; /* begun */
	struct watch_burst {
		uint64_t start, end; /* end UINT64_MAX: goes on */
		uint64_t before;     /* of this clock at its start */
	} recent[WATCH_RECENT]; /* a ring; the newest is number rests, or rests - 1 while resting */
	struct watch_moment {
		uint64_t time, set;
	} moments[WATCH_MOMENTS]; /* ends of bursts, every so many-th */
	unsigned moment_count, every;
};

void ledger_watch_init(struct ledger_watch *w); /* set since ever */
void ledger_watch_turn(struct ledger_watch *w, bool on, uint64_t time);

uint64_t ledger_watch_at(const struct ledger_watch *w, uint64_t time);

#endif
