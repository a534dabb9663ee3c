/* SPDX-License-Identifier: MIT */
#ifndef HEAP_GLIBC_H
#define HEAP_GLIBC_H

/*
 * The facts about glibc's malloc on 64 bits that all of the walk rests on, and how to find its arenas.
 *
 * A chunk is a header of two words and the user's bytes. The first word, prev_size, belongs to the
 * user of the chunk before it while that one is in use; the second is the size, a multiple of 16, with
 * three flags:
 *
 *     chunk -> prev_size   size of the chunk before, only if that one is free
 *              size|flags  1: the chunk before is in use; 2: a mapping of its own; 4: not of the main arena
 *     user  -> ...         (in lists of free chunks: forward pointer, backward pointer)
 *     chunk + size -> the next chunk
 *
 * An arena (malloc_state) holds, in this order: a lock and flags, ten fastbins (until 2.42), `top`
 * (the free chunk at the end), last_remainder, 127 bins of two words (each the head of a ring of free
 * chunks), a map of 16 bytes, `next` (all arenas form a ring), next_free, attached_threads,
 * system_mem, max_system_mem.
 *
 * The main arena lies in the data of the C library and cuts its chunks from the brk area. Every other
 * arena lies at the begin of a heap: memory whose address is a multiple of HEAP_MAX (64 MiB), that
 * begins with a heap_info: the arena's address, the arena's heap before this one, the bytes in use,
 * (from 2.35 on more, 48 bytes instead of 32).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/memory.h"

enum {
	CHUNK_HEADER = 16,
	CHUNK_MIN = 32,
	CHUNK_PREV_INUSE = 1,
	CHUNK_MAPPED = 2,
	CHUNK_NOT_MAIN = 4,
	CHUNK_FLAGS = 7,

	GLIBC_BINS = 127,
	GLIBC_FASTBINS = 10,
	GLIBC_ARENAS_MAX = 1 << 16,
	GLIBC_NONCONTIGUOUS =
	        2, /* of malloc_state.flags: the brk area has gaps, or failed to grow */
};

/* Where things are in a malloc_state. All follows from where `top` is. */
struct glibc_layout {
	unsigned top;      /* bytes: 0x60; 0x58 in 2.26; less without fastbins */
	unsigned fastbins; /* how many, right before top */
	unsigned info;     /* bytes of a heap_info: 32 or 48; 0 none seen */
};

static inline unsigned glibc_next(const struct glibc_layout *l)
{
	return l->top + 16 + GLIBC_BINS * 16 + 16;
}

static inline unsigned glibc_system_mem(const struct glibc_layout *l)
{
	return glibc_next(l) + 24;
}

static inline unsigned glibc_state_size(const struct glibc_layout *l)
{
	return glibc_next(l) + 40;
}

/* An arena as it was read. */
struct glibc_arena {
	uint64_t address, top, next, system_mem;
	uint64_t fast[GLIBC_FASTBINS];
	uint32_t flags;
	bool main;
	unsigned bins_sound,
	        bins_wrong; /* rings of free chunks that close where they begin, or do not */
};

/* Memory that an arena cuts chunks from: the first chunk begins at `first`. */
struct glibc_run {
	uint64_t start, first, end;
	uint32_t arena;
	bool top;   /* the arena's top chunk is the last */
	bool brk;   /* in the brk area: somebody else may have taken parts of it */
	bool loose; /* `first` is only where to begin to look */
};

struct glibc_found {
	struct glibc_layout layout;
	size_t arena_count, run_count;
	struct glibc_arena *arenas; /* ring by ring, its main arena first */
	struct glibc_run *runs;     /* by address */
	unsigned strange;           /* members of a ring that are no arenas */
};

/*
 * Finds the main arenas in the writable data of files, by bins that point to themselves and a ring of
 * arenas that closes. 0 and their addresses in *ret (at most `max`, the largest first), *ret_layout;
 * -ENOENT: none; -ECANCELED; -errno.
 */
int glibc_find_main(struct memory *m, uint64_t *ret, size_t max, size_t *ret_count,
                    struct glibc_layout *ret_layout);

/* Reads one arena. False: it is not in memory. */
bool glibc_read_arena(struct memory *m, const struct glibc_layout *l, uint64_t address,
                      struct glibc_arena *ret);

/* All arenas of the rings of these main arenas, and their runs; layout.info is filled. 0, -ENOMEM, -ECANCELED. */
int glibc_find_arenas(struct memory *m, const uint64_t *mains, size_t main_count,
                      struct glibc_found *f);
void glibc_found_done(struct glibc_found *f);
int glibc_add_run(struct glibc_found *f, const struct glibc_run *run);
void glibc_sort_runs(struct glibc_found *f);

/* Runs of the arena of a thread, called by glibc_find_arenas(). */
int glibc_thread_runs(struct memory *m, struct glibc_found *f, uint32_t arena);

static inline uint64_t glibc_word(const void *bytes)
{
	uint64_t v;

	__builtin_memcpy(&v, bytes, sizeof(v));
	return v;
}

static inline bool memory_word(struct memory *m, uint64_t address, uint64_t *ret)
{
	return memory_read_all(m, address, ret, sizeof(*ret));
}

#endif
