/* SPDX-License-Identifier: MIT */
#ifndef SITES_LEDGER_WATCH_H
#define SITES_LEDGER_WATCH_H

/*
 * Two clocks, where probes come in bursts: one of all that the target gets done, and one of what it got done while probes were
 * set, in which nothing went by unseen. What it gets done is its own CPU time where that is told, else time. Exact for the last
 * bursts; what is further back lies on straight lines between a few moments.
 */

#include <stdbool.h>
#include <stdint.h>

enum { WATCH_RECENT = 128, WATCH_MOMENTS = 256 };

/* What both clocks showed at a time; all three in ns. */
struct watch_point {
	uint64_t time, set, all;
};

struct ledger_watch {
	bool resting, begun;
	unsigned rests; /* begun */
	uint64_t work;  /* as told last; UNKNOWN: by time */
	struct watch_point begin, latest;
	struct watch_point recent[WATCH_RECENT];   /* a ring: where bursts began and ended */
	unsigned turns;                            /* that were put there, ever */
	struct watch_point moments[WATCH_MOMENTS]; /* ends of bursts, every so many-th */
	unsigned moment_count, every;
};

void ledger_watch_init(struct ledger_watch *w); /* set since ever */

/* How much work was done up to this time, since any moment; before ledger_watch_turn() at the same time. */
void ledger_watch_work(struct ledger_watch *w, uint64_t time, uint64_t work);
void ledger_watch_turn(struct ledger_watch *w, bool on, uint64_t time);

/* Both clocks; what follows the latest told moment goes by time where no work is told, else nothing is known to be done. */
struct watch_point ledger_watch_at(const struct ledger_watch *w, uint64_t time);

#endif
