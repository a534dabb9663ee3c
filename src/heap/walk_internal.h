/* SPDX-License-Identifier: MIT */
#ifndef HEAP_WALK_INTERNAL_H
#define HEAP_WALK_INTERNAL_H

/* One walk on its way: what its parts share. */

#include "heap/glibc.h"
#include "heap/walk.h"

enum {
	WINDOW_BYTES =
	        1 << 18,   /* read at a time along a run; it should stay in the cache of the CPU */
	SPOT_BYTES = 4096, /* read at a time elsewhere */
	SPOTS = 256,
	/* Reads elsewhere in one walk while it looks for a boundary; a second at most. */
	SEARCH_MAX = 1 << 20,
	LOOKS_MAX = 1 << 27, /* headers looked at meanwhile */
	MARKS_MAX = 1 << 22, /* blocks of thread caches */
	/* With the index, the ages and the growth of their sizes some 48 bytes of ours for each: 1 GB. */
	BLOCKS_MAX = 20 << 20,
};

/* Memory along a run, read in large pieces. */
struct window {
	uint64_t start, end; /* what `bytes` holds; page-aligned */
	/* a bit for each 4 KiB that was in memory */
	uint64_t there[WINDOW_BYTES / SPOT_BYTES / 64];
	uint8_t *bytes;
};

/* Memory anywhere, a page at a time; a page read stays as it was for the rest of the walk. */
struct spots {
	uint64_t page[SPOTS]; /* address + 1: read; its bit 1 as well: not in memory */
	uint8_t (*bytes)[SPOT_BYTES];
};

/* How the lists of thread caches and fastbins are written down. */
enum links { LINKS_UNKNOWN, LINKS_PLAIN, LINKS_SAFE };

/* The table of a thread's cache, which is a block of the heap itself. */
struct cache_layout {
	uint8_t bins;    /* lists */
	uint8_t counter; /* bytes of a counter */
	bool down;       /* it counts what room is left, not what is there */
};
enum cache_kind { CACHE_U8, CACHE_U16, CACHE_LARGE, CACHE_KINDS };
extern const struct cache_layout cache_layouts[CACHE_KINDS];

/* A block that looks like such a table. */
struct cache_seen {
	uint64_t address; /* user bytes */
	uint8_t kind;
	bool empty; /* no list in it holds anything */
};

/*
 * The first word of a small block in use, where it may lead to another: if that block turns out to lie
 * in a fastbin, it need not be read again. A list of fastbins is in no order, and each read of a word
 * costs as much as 4 KiB.
 */
struct link {
	uint64_t address, word; /* user bytes; raw */
	size_t block;           /* index into blocks */
};

struct walker {
	uint64_t mains[8];
	size_t main_count;
	struct glibc_layout layout;
	uint64_t links_plain, links_safe; /* votes */
	uint64_t caches[CACHE_KINDS];     /* tables seen, all lists of which were right */
	uint64_t keys_own,
	        keys_other;    /* cached blocks that bear their table's address, or another word */
	uint64_t right, wrong; /* checks of the walks so far */
	unsigned banner;       /* 36: 2.36, by what the C library says of itself; 0 unknown */
	char name[48];
};

struct walk_job {
	struct walker *walker;
	struct memory *m;
	const struct heap_watcher *watcher;
	struct heap_walk *out;
	size_t cap;
	struct glibc_found found;
	struct window window;
	struct spots spots;
	struct cache_seen *caches;
	size_t cache_count;
	struct link *links; /* by address */
	size_t link_count, link_cap;
	uint64_t low, high; /* all runs lie in there */
	size_t mapped; /* blocks with mappings of their own come first, until all are put in order */
	uint64_t searches; /* left of SEARCH_MAX */
	uint64_t looks;    /* left of LOOKS_MAX */
	uint64_t marks;    /* left of MARKS_MAX */
	uint64_t done, todo;
	int error; /* the first that ends the walk */
};

/* The window that begins at `at` (rounded down). False: error, see job->error. */
bool window_load(struct walk_job *job, uint64_t at, uint64_t end);
/* Reads the page of `at` once more. */
void window_refresh(struct walk_job *job, uint64_t at);
/* 16 bytes at a multiple of 16 within the window; NULL: not in memory, or not in the window. */
const uint8_t *window_at(const struct window *w, uint64_t at);
/* True when all of it is in the window and in memory. */
const uint8_t *window_span(const struct window *w, uint64_t at, uint64_t len);

/* `len` bytes, within one page of 4 KiB. NULL: not in memory. */
const uint8_t *spot_at(struct walk_job *job, uint64_t at, unsigned len);
bool spot_word(struct walk_job *job, uint64_t at, uint64_t *ret);

/* True, and the walk has ended, when whoever asked for it wants it no more. */
bool walk_stopped(struct walk_job *job);

/* Appends a block; -E2BIG ends the walk where there are more than BLOCKS_MAX. */
void walk_emit(struct walk_job *job, uint64_t chunk, uint64_t size, enum block_state state,
               uint32_t arena);
void walk_span(struct walk_job *job, uint64_t start, uint64_t end);

/* Walks one run. */
void walk_run(struct walk_job *job, struct glibc_run *run);
/* True when what begins at `at` looks like the chunks of that run. */
bool walk_sound(struct walk_job *job, struct glibc_run *run, uint64_t at);

/* Called for each live block whose size is that of a table, while it is in the window. */
void cache_look(struct walk_job *job, uint64_t chunk, uint64_t size, bool first);
/* Called for each live block that may lie in a fastbin, while it is in the window. */
void link_note(struct walk_job *job, uint64_t chunk, size_t block);
/* What was noted of the block with these user bytes, or NULL. */
const struct link *link_find(const struct walk_job *job, uint64_t address);
/* Marks what thread caches and fastbins hold. */
void cache_mark(struct walk_job *job);

/* Finds chunks with a mapping of their own, and runs of a main arena outside the brk area. */
void mapped_find(struct walk_job *job);

/* Counts into the arenas of job->out. */
void walk_tally(struct walk_job *job);

/* The N of 2.N by what the C library says of itself; 0: it says nothing. */
unsigned glibc_banner(struct memory *m);
/* Names the layout into walker->name. */
void glibc_name(struct walker *w);

static inline struct heap_arena *walk_arena(struct walk_job *job, uint32_t arena)
{
	return &job->out->arenas[arena];
}

enum { FAST_CHUNK_MAX = CHUNK_MIN + 16 * (GLIBC_FASTBINS - 1) };

/*
 * A chunk of that size may hold a thread cache's table: as asked for, or with 16 bytes that were too
 * few to be cut off.
 */
static inline bool table_size(uint64_t size)
{
	return size == 0x250 || size == 0x260 || size == 0x290 || size == 0x2a0 || size == 0x300 ||
	       size == 0x310;
}

#endif
