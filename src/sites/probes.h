/* SPDX-License-Identifier: MIT */
#ifndef SITES_PROBES_H
#define SITES_PROBES_H

/*
 * Probes on the functions of an allocator, for one process and all its threads: uprobes by perf events, with
 * BPF behind them where that is permitted (bytes, and frees paired in the kernel), else as hits to count.
 * Nothing of it outlives its descriptors.
 */

#include "sites/sample.h"

struct probes;

enum probes_mode {
	PROBES_COUNT, /* only how often: for the price */
	PROBES_BPF,   /* samples of allocations and frees */
	PROBES_HITS,  /* samples of hits: where there is no BPF */
};

/* What a function does with its arguments. */
enum probe_role {
	ROLE_MALLOC,  /* (size) */
	ROLE_CALLOC,  /* (count, size) */
	ROLE_REALLOC, /* (old, size) */
	ROLE_ALIGNED, /* (alignment, size): aligned_alloc, memalign */
	ROLE_POSIX,   /* (out, alignment, size): posix_memalign */
	ROLE_FREE,    /* (address) */
	ROLE_MMAP,    /* (hint, length, ...) */
	ROLE_MUNMAP,  /* (address, length) */
	ROLE_COUNT
};

/* One function to be probed; see place.h for where. */
struct probe_spot {
	enum probe_role role;
	struct symbol_place place; /* of the function */
	uint64_t moved; /* bytes from its begin to the instruction that carries the probe */
};

struct probes_tally {
	uint64_t hits; /* of all probes since they were opened */
	uint64_t lost; /* no room in the ring */
	uint64_t full; /* no room in the map of live blocks */
	/* of addresses not followed; nearly all where only a part is sampled */
	uint64_t unmatched_frees;
	uint64_t unreturned; /* entered, and not (yet) come back */
	                     /* PROBES_HITS knows only hits, and lost ones. */
};

/*
 * Opens and sets them. `period`: mean bytes between samples, hits for PROBES_HITS; 1 every one. 0; -EACCES, -EPERM not permitted; -ENOTSUP not
 * built in, or no such kernel; another -errno: then `why` (of `size` bytes) is one line that says what and what to do.
 */
int probes_open(int32_t pid, enum probes_mode mode, const struct probe_spot *spots, size_t count,
                uint64_t period, struct probes **ret, char *why, size_t size);

/* The `why` of -EACCES and -EPERM: for this user, with these rights. */
void probes_denied_explain(char *why, size_t size);

/* Withdraws and closes. NULL is fine. */
void probes_close(struct probes *p);

/* For bursts: takes the breakpoints out of the target, and puts them in again. What is followed stays followed. 0 or -errno. */
int probes_set(struct probes *p, bool on);

/* Changes the mean bytes between samples while they are set. */
void probes_period(struct probes *p, uint64_t period);

int probes_fd(const struct probes *p); /* readable when there is something; -1: PROBES_COUNT */
void probes_drain(struct probes *p, sample_tell *tell, void *arg);
void probes_tally(struct probes *p, struct probes_tally *ret);

#endif
