/* SPDX-License-Identifier: MIT */
#ifndef SITES_GUARD_H
#define SITES_GUARD_H

/*
 * What tracing may cost: decides from hits and their price how long probes may be set. Pure: figures in, a decision out.
 *
 * Slowdown is of the whole time, in per cent: 100 x (time the target lost in probes) / (time), the mean of its threads where there are
 * several. While probes are set it loses what hits and their price make of its CPU time, and in the worst case all. Where that
 * is nearly half and more, more is kept to than is said: the price is measured elsewhere, in warmer caches.
 */

#include <stdbool.h>
#include <stdint.h>

/* What was seen of the target, all since some moment before the begin. */
struct guard_seen {
	double hits;
	uint64_t run;    /* ns of CPU time that its threads used; UNKNOWN */
	double crowding; /* times as long as that it took: more than 1 where others had the CPU, less where several threads run at a time */
	double busy; /* 0..1: of that, what threads had who never sleep: not for the guard, see progress.h */
};

struct guard {
	double max;         /* per cent */
	uint64_t begin;     /* ns: the tracing began */
	uint64_t set_since; /* ns; probes are set since; 0: they are not */
	uint64_t set, lost; /* ns that they were set for tracing, that the target lost, up to now */
	uint64_t said;      /* ns; `lost` without what is added to be on the safe side */
	uint64_t on;        /* ns that they were set for any reason */
	double on_lost, on_said; /* ns: what of it was, as far as moments tell */
	unsigned sets;
	struct guard_seen seen; /* up to now */
	double hit_ns;          /* price of one */
	unsigned bursts;        /* begun */
	bool rested;            /* ever, as it would have cost too much */
};

enum guard_order {
	GUARD_GO_ON,   /* as it is: set, or not */
	GUARD_REST,    /* withdraw them, then call guard_away() */
	GUARD_SET,     /* set them: also the first time */
	GUARD_GIVE_UP, /* withdraw them for good: even in bursts they cost too much */
};

/* Probes are not set yet. The price unknown (NAN): a high one is assumed. */
void guard_begin(struct guard *g, double max, double hit_ns, uint64_t now);

/* Probes are about to be set for another reason than tracing: to count hits. It costs the same. guard_away() ends it. */
void guard_count(struct guard *g, const struct guard_seen *seen, uint64_t now);

/* Tracing begins only now, maybe long after a price was told: waiting earns what that cost, and no more. */
void guard_resume(struct guard *g, uint64_t now);

/* Setting them may take a while: from now on they are, and are seen to be. What hits cost meanwhile is not forgotten. */
void guard_begun(struct guard *g, uint64_t now);

/* Probes are gone by now: until then they cost. */
void guard_away(struct guard *g, const struct guard_seen *seen, uint64_t now);

/* Once each turn (10 to 100 ms). What to do now; *ret_next: when to ask again, at the latest. */
enum guard_order guard_turn(struct guard *g, const struct guard_seen *seen, uint64_t now,
                            uint64_t *ret_next);

double guard_slowdown(const struct guard *g, uint64_t now); /* per cent so far */

/* Per cent that it costs while probes are set, if what follows is like the `time` ns that went by while `seen` changed from `from` to `to`. */
double guard_expect(const struct guard_seen *from, const struct guard_seen *to, double hit_ns,
                    uint64_t time);

#endif
