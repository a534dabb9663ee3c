/* SPDX-License-Identifier: MIT */
/* Knows what is left of CPU time without probes. Refuses to trust the price of a hit where that would leave hardly anything. */
#include "sites/progress.h"

#include <math.h>

#include "base/known.h"

/*
 * The price of a hit is known to a fifth or so. Where hits take nearly all, what is left is the difference of two large figures that are
 * about the same: then this much is its own, which is rather too much, and what it allocates in between rather too little.
 */
#define LEAST_OWN 0.1

void progress_begin(struct progress *p, const struct guard_seen *seen, uint64_t now)
{
	*p = (struct progress){.since = now, .seen = *seen};
}

#define LATE 10e6 /* ns: the longest tick there is */

/* A process of whose CPU time less belongs to threads that never sleep waits for others: probes do not make it do less. */
#define BUSY 0.5

/*
 * Its own CPU time while probes were set: who waits for others needs as much of the time as without them; who never sleeps gets
 * what the price of hits leaves, however often others had the CPU just then.
 */
static double own_of(const struct progress *p)
{
	double own = fmax(p->set.run - p->taken, LEAST_OWN * p->set.run);
	double as_ever = p->rest.time > 0 ? p->set.time * p->rest.run / p->rest.time : 0;

	if (p->busy >= BUSY * p->set.run || !(as_ever > 0))
		return own;
	return fmin(p->set.run, as_ever);
}

/* CPU time is told late, by up to a tick, which may be all of a burst: then what hits took is taken from what follows. */
static double run_since(struct progress *p, const struct guard_seen *seen, double hits)
{
	bool told = known(seen->run) && known(p->seen.run) && seen->run >= p->seen.run;
	double run = (told ? (double)(seen->run - p->seen.run) : 0) - p->owed;

	p->owed = told ? fmin(fmax(hits - run, 0), LATE) : 0;
	return told ? fmax(run, hits) : 0;
}

void progress_look(struct progress *p, const struct guard_seen *seen, bool set, double hit_ns,
                   uint64_t now)
{
	struct progress_part *part = set ? &p->set : &p->rest;
	double hits = set ? fmax(seen->hits - p->seen.hits, 0) * hit_ns : 0;
	double run = run_since(p, seen, hits);

	part->time += now > p->since ? (double)(now - p->since) : 0;
	part->run += run;
	p->taken += hits;
	p->busy += set ? run * seen->busy : 0;
	p->own = fmax(p->own, own_of(p));
	p->since = now;
	p->seen = *seen;
}

uint64_t progress_done(const struct progress *p)
{
	return known(p->seen.run) ? (uint64_t)(p->own + p->rest.run) : UNKNOWN;
}

double progress_taken(const struct progress *p)
{
	return p->set.run > 0 ? fmin(p->taken / p->set.run, 1) : 0;
}
