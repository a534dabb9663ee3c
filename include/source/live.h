/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_LIVE_H
#define SOURCE_LIVE_H

/*
 * A live process. Cheap files (status, stat) are read by the caller's thread in `sample`; everything
 * that may block (maps, smaps, cmdline, fd, pagemap, cgroup) by one slow reader thread of its own,
 * on a budget: a pass at most every so many times its own duration, and no planned call that holds
 * the target's lock longer than max_stall. A read that hangs is reported (costs.blocked_ns), never waited for.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "model/source.h"

struct live_options {
	const char *proc; /* "/proc" or a fixture; borrowed for the call */
	int32_t pid;
	uint64_t max_stall; /* ns: longest planned system call that holds the target's lock */
	/* ns: passes over smaps are never closer than this; 0: no such floor */
	uint64_t min_period;
	bool regions; /* false: no passes at all (batch without region columns still wants them true) */
	uint64_t first_id; /* of its regions; 0: 1. For another process in the same history */
};

/*
 * Opens the process and starts the slow reader. 0, or -errno with *fault filled (status and one
 * sentence for each procdir_finding). The first pass over smaps begins at once.
 */
int live_open(const struct live_options *options, struct source **ret, struct fault *fault);

/*
 * From now on time 0 of the watch is `start`, CLOCK_MONOTONIC ns; until then it is when the source was
 * opened. Whoever takes the samples says so before the first: opening may take its time.
 */
void live_set_start(struct source *s, uint64_t start);

/* Readable when the process ended (a pidfd); -1 where there is none and sample() tells by -ENODATA. */
int live_exit_fd(const struct source *s);

/*
 * Asks for the page map of [start, end), addresses of the region `id`; 0 stops asking. It arrives with
 * describe(), at once for another id, and is renewed every few seconds as the budget allows. To be
 * called again with every new table: the next scan takes the addresses that were given last.
 */
void live_focus(struct source *s, uint64_t id, uint64_t start, uint64_t end);

/* Another min_period (see live_options), ns, from now on: the interval was changed. */
void live_set_period(struct source *s, uint64_t ns);

/* True when the end was an OOM kill as far as its cgroup counted one. */
bool live_oom_killed(const struct source *s);

#endif
