/* SPDX-License-Identifier: MIT */
#ifndef HEAP_MEMORY_GATHER_H
#define HEAP_MEMORY_GATHER_H

/*
 * Reads ahead where memory has many holes: short runs of pages that lie behind each other are fetched by one system
 * call and handed out as they are asked for. Only for who reads in order; what was fetched is forgotten by the first
 * read elsewhere and by any that goes back, so that nothing is handed out twice.
 */

#include <sys/types.h>

#include "heap/memory_lists.h"

enum {
	GATHER_RUN = 32 << 10, /* bytes; longer runs are read directly */
	GATHER_RUNS = 128,
	GATHER_BYTES = 512 << 10,
};

struct memory_gather {
	char *bytes;                /* GATHER_BYTES; NULL until the first use */
	size_t first, count;        /* runs that are in there, as indices into the lists */
	size_t at[GATHER_RUNS + 1]; /* where each begins, and where the last ends */
	size_t last;                /* the run that was read last */
	uint64_t behind; /* the address behind what was read last: reads go on from here */
};

void memory_gather_forget(struct memory_gather *g);
void memory_gather_done(struct memory_gather *g);

/*
 * Up to `len` bytes from `address` in the run `index`, from what was fetched, else fetching it when this read follows
 * the last one. How many; 0: to be read directly.
 */
size_t memory_gather_read(struct memory_gather *g, const struct memory_lists *l, pid_t task,
                          size_t index, uint64_t address, void *out, size_t len);

#endif
