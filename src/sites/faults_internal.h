/* SPDX-License-Identifier: MIT */
#ifndef SITES_FAULTS_INTERNAL_H
#define SITES_FAULTS_INTERNAL_H

/* Between the files of faults.h: faults_open.c opens events and rings, faults.c takes out what is in them. */

#include <linux/perf_event.h>

#include "sites/faults.h"
#include "sites/owners.h"
#include "sites/perf_ring.h"

/* What every sample has. */
#define FAULT_SAMPLE                                                              \
	(PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR | \
	 PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)

/* Of one CPU. */
struct fault_ring {
	int fd; /* of the event that holds it, where there is a map */
	void *map; /* a page that tells head and tail, then `size` bytes; NULL: no ring, the CPU is offline */
	uint64_t size;
	uint64_t looked; /* up to where births were looked for */
	/* of the sample before */
	uint64_t address, time;
	int32_t tid;
};

struct faults {
	int32_t pid;
	uint64_t period, lost;
	uint64_t begin; /* CLOCK_MONOTONIC ns */
	bool opened;    /* an event at least */
	size_t ring_size;
	struct perf_event_attr attr;
	bool stable; /* the way to open one worked once: what fails now fails for this thread */
	unsigned cpus;
	struct fault_ring *rings; /* by CPU */
	int *fds;
	size_t fd_count, fd_room, fd_max;
	size_t page;
	int epoll;
	struct owners *owners;
	/* of a pass over the threads */
	unsigned threads, fresh;
	uint8_t scratch[PERF_RECORD_ROOM];
};

/* What waits in a ring. */
struct perf_ring ring_begin(const struct faults *f, const struct fault_ring *ring);

#endif
