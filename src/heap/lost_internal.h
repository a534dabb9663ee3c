/* SPDX-License-Identifier: MIT */
#ifndef HEAP_LOST_INTERNAL_H
#define HEAP_LOST_INTERNAL_H

/*
 * What the files of lost_*.c share. One scan goes: roots and blocks are read once and marked (lost_mark.c), inner
 * pointers that are as good as others are told (lost_guess.c), what is unreachable is looked for again
 * (lost_mark.c), compared with the scans before (lost_age.c), folded under heads (lost_kind.c), and grouped
 * (lost_heads.c). A block is its index in the walk, 32 bits: 48 bytes a block in all is what the tool may take.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "heap/lost.h"

#define NO_BLOCK UINT32_MAX

/* --- lost_index.c: from an address to its block ------------------------------------------------ */

struct index_span {
	uint64_t start, end;
	uint32_t first, count; /* its blocks */
	uint32_t cell;         /* its first one of cells */
	uint32_t shift;        /* a cell is 1 << shift bytes */
};

struct lost_index {
	const struct heap_walk *walk;
	uint64_t low, range; /* all spans lie in [low, low + range) */
	uint64_t mask;       /* the bits of an address; those above it are the owner's own, a tag */
	size_t span_count, last;
	struct index_span *spans;
	uint32_t *cells; /* the last block at or before the begin of a cell */
	uint64_t cell_count;
	uint64_t *wanted; /* NULL, or a bit a cell: blocks that are looked for may be in there */
	unsigned mapped;  /* number of the arena of blocks with a mapping of their own */
};

int index_init(struct lost_index *x, const struct heap_walk *walk); /* 0, -ENOMEM */
void index_done(struct lost_index *x);

/* Bytes of a block that its owner may use. */
uint64_t index_usable(const struct lost_index *x, const struct heap_block *b);

/* The live block whose usable bytes an address is among, and how far behind their begin; or NO_BLOCK. */
uint32_t index_find(struct lost_index *x, uint64_t address, uint64_t *ret_offset);

/*
 * From now on finds no other blocks than those in the cells of suspects: most pointers are told by a small table
 * then, which stays in the processor's cache. 0, -ENOMEM.
 */
int index_narrow(struct lost_index *x, const uint8_t *flags);
void index_widen(struct lost_index *x);

/* Has what index_find() and marks of these words will need come from far memory, all at a time. */
void index_warm(const struct lost_index *x, const uint8_t *flags, const uint8_t *bytes, size_t len);

/* The span of a block, or NULL: it lies in none. */
const struct index_span *index_span_of(const struct lost_index *x, uint64_t address);

/* --- lost_reader.c: memory in large slices ----------------------------------------------------- */

struct lost_reader {
	struct memory *m;
	uint8_t *bytes;
	size_t size, len;
	uint64_t at; /* of bytes */
	/* NULL, or called with each slice that was read. */
	void (*filled)(void *arg, const uint8_t *bytes, size_t len);
	void *arg;
};

typedef void reader_fn(void *arg, uint64_t at, const uint8_t *bytes, size_t len);

int reader_init(struct lost_reader *r, struct memory *m, size_t size); /* 0, -ENOMEM */
void reader_done(struct lost_reader *r);

/*
 * Hands on what of [from, to) is in memory, piece by piece; may read ahead up to `limit`. Whoever reads near by
 * next finds it read. 0, -ESRCH, -EPERM, -ECANCELED (see memory.stop).
 */
int reader_each(struct lost_reader *r, uint64_t from, uint64_t to, uint64_t limit, reader_fn *fn,
                void *arg);

/* As many of the first `len` bytes as are in memory in one piece; how many, or -errno. */
ssize_t reader_copy(struct lost_reader *r, uint64_t from, void *out, size_t len, uint64_t limit);

/* --- lost_roots.c: where pointers may lie outside of the heap ----------------------------------- */

typedef int root_fn(void *arg, const struct memory_range *r, uint64_t from, uint64_t to);

/* Every piece of memory that is a root; stops when `fn` returns other than 0, and returns that. */
int roots_each(const struct memory *m, const struct heap_walk *walk, root_fn *fn, void *arg);

/* Threads whose stack was taken whole. */
unsigned roots_whole_stacks(const struct memory *m);

/* --- lost_mark.c: what is reached --------------------------------------------------------------- */

/* Of a block, as bits. The upper four mean one thing while marking and another one after it. */
enum {
	MARK_POSSIBLY =
	        1,        /* reached by a chain of pointers some of which point inside of a block */
	MARK_REACHED = 2, /* by a chain of pointers to begins */
	MARK_STATE = 3,
	MARK_UNSTORED = 4,  /* its pointers were too many to keep: read it again */
	MARK_PENDING = 8,   /* the stack was full: its pointers are still to be followed */
	MARK_WANT_AT8 = 16, /* a reached block or a root points 8 bytes behind its begin */
	MARK_WANT_AT24 = 32,
	MARK_WANT_INNER = 64, /* elsewhere within it */
	MARK_WANT = MARK_WANT_AT8 | MARK_WANT_AT24 | MARK_WANT_INNER,
	FOLD_CERTAIN = 16, /* see lost_kind.c */
	FOLD_POINTED = 32,
	FOLD_VISITED = 64,
	FOLD_HEAD = 128,
};

/* How a pointer points. */
enum lost_edge { EDGE_BEGIN, EDGE_AT8, EDGE_AT24, EDGE_INNER };

typedef void edge_fn(void *arg, uint32_t block, enum lost_edge how);

struct lost_stack {
	uint32_t *items;
	size_t count;
	bool overflow; /* some lie only in MARK_PENDING */
};

enum { MARK_EDGES_MAX = 48, MARK_STACK = 1 << 16 };

struct lost_marks {
	struct memory *m;
	const struct heap_walk *walk;
	struct lost_index index;
	uint8_t *flags;  /* a block */
	uint32_t *where; /* a block: its pointers begin there in edges; NO_BLOCK: none are kept */
	uint32_t *edges; /* count, then that many blocks << 2 | enum lost_edge */
	size_t edge_len, edge_cap, edge_max;
	struct lost_stack stack;
	struct lost_reader ahead, aside;
	uint32_t cursor; /* blocks below it were read in this pass */
	bool again;      /* what is reached now is reached by looking again */
	bool guessing;   /* inner pointers are judged at once */
	uint64_t root_bytes, done, todo;
	const struct heap_watcher *watcher;
	uint64_t vtables[64]; /* what lost_guess.c found out: address | 1 where it is one */
};

/* `spare`: bytes that may go into kept pointers. 0, -ENOMEM. Done is fine after a failure. */
int marks_init(struct lost_marks *k, struct memory *m, const struct heap_walk *walk, size_t spare);
void marks_done(struct lost_marks *k);

/* Reads roots and blocks once and marks what is reached. 0, -ESRCH, -EPERM, -ENOMEM, -ECANCELED. */
int marks_pass(struct lost_marks *k);

/* The same again, for what is not reached yet; *ret_rescued: how many are now. */
int marks_again(struct lost_marks *k, uint64_t *ret_rescued);

/* The live blocks that a block points to, as when it was read, or as it is where it was not kept. */
int marks_each_edge(struct lost_marks *k, uint32_t block, edge_fn *fn, void *arg);

void marks_push(struct lost_marks *k, uint32_t block);
bool marks_pop(struct lost_marks *k, uint32_t *ret); /* false: all done */
int marks_drain(struct lost_marks *k);               /* follows all that was pushed */

static inline bool marks_live(const struct lost_marks *k, uint32_t block)
{
	return k->walk->blocks[block].state == BLOCK_LIVE;
}

/* True for live blocks that are not surely reached: lost ones and possibly lost ones. */
static inline bool marks_suspect(const struct lost_marks *k, uint32_t block)
{
	return !(k->flags[block] & MARK_REACHED) && marks_live(k, block);
}

/* --- lost_guess.c: inner pointers that are as good as pointers to the begin --------------------- */

int guess_all(struct lost_marks *k); /* after marks_pass() */

/* True when how it is pointed to and what stands in it tell that the pointer is its owner's. */
bool guess_owner(struct lost_marks *k, uint32_t block, unsigned want);

/* --- lost_age.c: what earlier scans found ------------------------------------------------------- */

struct lost_age {
	uint64_t address;
	uint64_t since;        /* ns of the watch */
	uint32_t hash;         /* of size and content */
	uint32_t scans : 31;   /* in a row */
	uint32_t possibly : 1; /* of the last one */
};

enum { AGE_LEVELS = 8 }; /* so many scans in a row are believed in any case */

struct lost_ages {
	size_t count;
	struct lost_age *items; /* by rising address */
	bool unread;            /* pointers may lie where this scan could not look */
	/*
	 * How far a suspect of so many scans is to be trusted: how many there were, and how many of them turned out to be
	 * in use by the next scan; older scans count less.
	 */
	double seen[AGE_LEVELS], back[AGE_LEVELS];
	unsigned need; /* scans in a row, before anything is certain */
};

/* True where blocks are unreachable that scans so far have not made certain of. */
bool ages_uncertain(const struct lost_ages *a, const struct lost_marks *k);

/* Takes what this scan found; then items are exactly its suspects, in their order. 0 or -errno: as before. */
int ages_take(struct lost_ages *a, struct lost_marks *k, uint64_t time);

enum lost_certainty age_certainty(const struct lost_ages *a, const struct lost_age *age,
                                  uint64_t time);

/* Of all scans so far, each block by itself: for tests and measurements. Borrowed until the next scan. */
const struct lost_ages *lost_ages_of(const struct lost *l);

/* --- lost_kind.c: heads, and what hangs on them ------------------------------------------------- */

/* Only of heads that anything hangs on. */
struct lost_fold {
	uint32_t head, blocks;
	uint64_t bytes;
};

struct lost_folds {
	size_t count, cap;
	struct lost_fold *items; /* by rising head */
};

/* Sets FOLD_CERTAIN and FOLD_HEAD of suspects. 0, -ENOMEM, -ESRCH, -EPERM. */
int folds_make(struct lost_folds *f, struct lost_marks *k, const struct lost_ages *a,
               uint64_t time);

/* --- lost_heads.c: heads that look alike -------------------------------------------------------- */

/* The time that growth is over: what was first missed later than `first` was lost within the `span` from there on. */
struct lost_course {
	uint64_t first, span; /* ns; span 0: too early to tell */
};

/* Fills the heads of `into`, its counts and growth. 0 or -errno. */
int heads_make(struct lost_marks *k, const struct lost_ages *a, const struct lost_folds *f,
               uint64_t time, const struct lost_course *course, struct heap_lost *into);

/* --- lost_where.c: names of places -------------------------------------------------------------- */

/* "[stack]", "libfoo.so data", "anonymous memory": what an address outside of the heap is in. */
void where_name(const struct memory *m, uint64_t address, char *out, size_t size);

/* "points into libfoo.so read-only data +0x1230", or "". */
void where_type(const struct memory *m, uint64_t word, char *out, size_t size);

#endif
