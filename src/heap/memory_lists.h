/* SPDX-License-Identifier: MIT */
#ifndef HEAP_MEMORY_LISTS_H
#define HEAP_MEMORY_LISTS_H

/* What a look at memory begins with, however it came: ranges, their names, threads, and runs of pages in memory. */

#include "base/buf.h"
#include "heap/memory.h"

struct memory_run {
	uint64_t start, end; /* addresses */
	uint64_t at;         /* bytes into an image where its content begins; 0 of a live process */
};

struct memory_lists {
	struct memory_range *ranges;
	size_t range_count, range_room;
	struct buf names;
	struct memory_thread *threads;
	size_t thread_count, thread_room;
	struct memory_run *runs; /* by rising address, they do not touch unless in an image */
	size_t run_count, run_room;
	size_t last; /* the run that was found last: reads come in rows */
};

void memory_lists_init(struct memory_lists *l);
void memory_lists_done(struct memory_lists *l);
void memory_lists_reset(struct memory_lists *l); /* keeps the storage */

/*
 * Append. Ranges and runs come by rising address; one that lies before the end of the last is -EINVAL. A run
 * that touches the last one lengthens it, so that one read passes both. 0, -EINVAL or -ENOMEM.
 */
int memory_lists_range(struct memory_lists *l, const struct mapping *m);
int memory_lists_thread(struct memory_lists *l, int32_t tid, uint64_t sp);
int memory_lists_run(struct memory_lists *l, uint64_t start, uint64_t end);

/* Makes the lists those of `m`. */
void memory_lists_show(const struct memory_lists *l, struct memory *m);

/* Index of the first run that ends behind `address`; run_count: none. */
size_t memory_lists_find(struct memory_lists *l, uint64_t address);

/* The first address from `address` on that lies in a run, `end` where there is none before. */
uint64_t memory_lists_next(struct memory_lists *l, uint64_t address, uint64_t end);

/* The first one that lies in none. */
uint64_t memory_lists_absent(struct memory_lists *l, uint64_t address, uint64_t end);

/*
 * Puts `count` runs, which lie in there, in the place of what the run that `start` lies in has from there on. Nothing
 * happens where `start` lies in none. 0 or -ENOMEM.
 */
int memory_lists_splice(struct memory_lists *l, uint64_t start, const struct memory_run *runs,
                        size_t count);

/* True when its pages may be read: readable, and no page of the kernel's own. */
bool memory_range_readable(const struct memory_range *r);

#endif
