/* SPDX-License-Identifier: MIT */
#ifndef HEAP_WALK_H
#define HEAP_WALK_H

/*
 * The heap of glibc, walked chunk by chunk through struct memory, without symbols and without stopping
 * anybody. Layouts differ from version to version (2.26 to 2.4x): which one it is, is found by its structure,
 * once, and verified by every walk.
 *
 * A walk that meets what cannot be a chunk (the target changed it just then, it is swapped out, the heap is
 * corrupt) goes on at the next sound boundary and counts it.
 */

#include <stdatomic.h>

#include "heap/memory.h"
#include "model/heap.h"

enum block_state {
	BLOCK_LIVE,   /* handed out */
	BLOCK_CACHED, /* free, in a thread's cache */
	BLOCK_FAST,   /* free, in a fastbin */
	BLOCK_FREE,   /* free, in a bin */
	BLOCK_TOP,    /* free, the end of an arena */
	BLOCK_OWN,    /* the allocator's own: the tables of thread caches, fence posts */
};

/* 16 bytes a block. */
struct heap_block {
	uint64_t address;    /* of its first user byte: 16 behind the chunk */
	uint64_t size : 44;  /* chunk bytes; its user bytes are size - 8 (mapped ones: size - 16) */
	uint64_t state : 4;  /* enum block_state */
	uint64_t arena : 16; /* index into walk.arenas; 65535: all beyond */
};

/* Addresses [start, end) */
struct heap_span {
	uint64_t start, end;
};

/* Everything one walk found. */
struct heap_walk {
	size_t count;
	struct heap_block *blocks; /* by rising address */
	size_t arena_count;
	struct heap_arena *arenas;
	/* Memory that blocks are cut from, headers included, by rising address: no roots are in there. */
	size_t span_count;
	struct heap_span *spans;
	/* The allocator's own words elsewhere (main_arena): their pointers prove nothing either. */
	size_t own_count;
	struct heap_span *own;
	uint64_t resident; /* bytes of spans that are in memory */
};

struct walker;

/* Tells how far a look is; true: stop, whoever asked has left. May be NULL. */
struct heap_watcher {
	bool (*tell)(void *arg, enum heap_phase phase, uint64_t done, uint64_t todo);
	void *arg;
};

/*
 * Finds out which malloc and which layout this memory has, in a look that has begun. 0 and *ret; -ENOENT: no
 * glibc heap found, or none whose layout is known: `why` says so in a sentence (200 bytes); -ESRCH, -EPERM,
 * -ENOMEM, -ECANCELED.
 */
int walker_new(struct memory *m, const struct heap_watcher *w, char why[200],
               enum allocator *ret_allocator, struct walker **ret);
void walker_free(struct walker *w); /* NULL is fine */

/* "glibc 2.36", and how sure that is, 0..1, after the walks so far. */
const char *walker_layout(const struct walker *w, double *ret_confidence);

/* Walks all arenas, in a look that has begun. 0, -ESRCH, -EPERM, -ENOMEM, -E2BIG too many blocks, -ECANCELED. */
int walker_walk(struct walker *w, struct memory *m, const struct heap_watcher *watcher,
                struct heap_walk **ret);
void heap_walk_free(struct heap_walk *walk); /* NULL is fine */

/* The block an address lies in (header excluded, any state), or NULL. O(log n). */
const struct heap_block *heap_walk_find(const struct heap_walk *walk, uint64_t address);

#endif
