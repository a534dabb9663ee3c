/* SPDX-License-Identifier: MIT */
#ifndef SITES_CPU_USE_H
#define SITES_CPU_USE_H

/* How much CPU time the target gets, and how long it has to wait for it: what a hit costs it of the time grows with that. */

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Sums of its threads, as /proc/PID/task/TID/schedstat has them. */
struct cpu_waits {
	uint64_t run, wait; /* ns on a CPU; ns that it could have run and others did */
	uint64_t slices;    /* how often it began to run */
};

struct cpu_use {
	int dir; /* of the process in procfs; borrowed */
	clockid_t clock;
	bool has_clock;
	struct cpu_waits last, sum;
};

/* `dir` stays open for as long as this is used. Where a kernel does not tell, it is not known, and nobody waits. */
void cpu_use_begin(struct cpu_use *u, int32_t pid, int dir);

/* CPU time so far, ns, UNKNOWN where not told; and how many times as long it took since the begin, at least 1. */
void cpu_use_look(struct cpu_use *u, uint64_t *ret_run, double *ret_crowding);

/* The second part: pure. */
double cpu_use_crowding(const struct cpu_waits *w);

#endif
