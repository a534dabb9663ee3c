/* SPDX-License-Identifier: MIT */
#ifndef SITES_TRACER_H
#define SITES_TRACER_H

/*
 * Traces which code of one process grows, on request, on a thread of its own. Nobody ever waits for
 * it. Probes vanish with the descriptors that hold them: when tracing ends, when the tool exits,
 * when it is killed. When the process executes another program or ends, so does the tracing; what
 * was found stays.
 */

#include "model/sites.h"

struct tracer;

/*
 * For the process `pid` below `proc`; `start` is CLOCK_MONOTONIC ns of the watch's time 0;
 * max_slowdown is per cent. Opens nothing yet. NULL: no memory.
 */
struct tracer *tracer_new(const char *proc, int32_t pid, uint64_t start, double max_slowdown);

/*
 * Any thread. Begins tracing of this kind for `duration` ns (UNKNOWN: until told; allocations
 * always have an end); SITES_NONE stops what is on. Allocations that are not permitted become hits,
 * and where no probe can be set growth stacks; `note` says so. What was found before is dropped
 * when another tracing begins.
 */
void tracer_run(struct tracer *t, enum sites_kind kind, uint64_t duration);

/*
 * Counts for a moment (some 200 ms) how often the allocator is called, and what a hit costs here:
 * the phase becomes SITES_PRICED, with what tracing allocations would cost. It sets probes for that
 * moment.
 */
void tracer_price(struct tracer *t, uint64_t duration);

/*
 * Whether the heap census saw growth, and of which block sizes: growth stacks cannot name who
 * allocates blocks that are smaller than a page, and say so. `largest` is the size that grows most;
 * UNKNOWN: not known.
 */
void tracer_hint(struct tracer *t, uint64_t largest);

/* Readable when tracer_take() has something new, or the phase changed. */
int tracer_fd(const struct tracer *t);

/* The newest facts if they are newer than the last ones taken, with a reference; NULL: none. */
struct sites_facts *tracer_take(struct tracer *t);

/* What it is doing; never waits. */
void tracer_progress(struct tracer *t, struct sites_progress *ret);

/* Ends it. Never waits for a thread that hangs: the last one to leave frees. NULL is fine. */
void tracer_free(struct tracer *t);

/*
 * What of it was built in, for -V: "growth stacks, allocation sites (BPF, capstone)" or "no (built
 * without elfutils)".
 */
const char *tracer_built(void);

/* Why this build can trace nothing, and what helps; NULL: it can. */
const char *tracer_missing(void);

#endif
