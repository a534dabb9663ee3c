/* SPDX-License-Identifier: MIT */
#ifndef SITES_CPU_USE_H
#define SITES_CPU_USE_H

/* How much CPU time the target gets, and how long it has to wait for it: what a hit costs it of the time grows with that. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum {
	CPU_THREADS_MAX = 64
}; /* they speak for the others: this is asked some ten times a second */

/* As /proc/PID/task/TID/schedstat has them, at some time. */
struct cpu_waits {
	uint64_t time;      /* CLOCK_MONOTONIC ns */
	uint64_t run, wait; /* ns on a CPU; ns that it could have run and others did */
	uint64_t slices;    /* how often it began to run */
};

struct cpu_thread {
	int32_t tid;
	bool seen; /* by the look that goes on */
	struct cpu_waits from, to;
};

struct cpu_use {
	int dir; /* of the process in procfs; borrowed */
	clockid_t clock;
	bool has_clock;
	size_t count;
	struct cpu_thread threads[CPU_THREADS_MAX];
};

/* `dir` stays open for as long as this is used. Where a kernel does not tell, it is not known, and nobody waits. */
void cpu_use_begin(struct cpu_use *u, int32_t pid, int dir);

/*
 * CPU time so far, ns, UNKNOWN where not told; and how many times as long it took in the last seconds: more than once where
 * others had the CPU, less where several of its threads run or wait at a time. And 0..1, the part of it that threads had who never sleep.
 */
void cpu_use_look(struct cpu_use *u, uint64_t *ret_run, double *ret_crowding, double *ret_busy);

/* The second and third part: pure. */
double cpu_use_crowding(const struct cpu_thread *threads, size_t count);
double cpu_use_busy(const struct cpu_thread *threads, size_t count);

#endif
