/* SPDX-License-Identifier: MIT */
#ifndef MODEL_HEAP_H
#define MODEL_HEAP_H

/*
 * What looking inside the heap of a process found: its blocks by size, what its allocator keeps, and blocks
 * that nobody points to. Facts only; the room `heap` gathers them, everyone shows them.
 *
 * A block is what malloc handed out; its size is the size of its chunk: a multiple of 16 with the header of
 * 8 bytes, so that 48 stands for requests of 25 to 40 bytes. Counts are of the time of the look; a process
 * that runs on while it is read makes them inexact, by what `torn` and `unread` tell.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/known.h"
#include "model/allocator.h"
#include "model/chart.h"

/* One arena: a lock, its bins, and the memory it cut blocks from. Bytes are chunk sizes. */
struct heap_arena {
	uint64_t address; /* of its malloc_state; 0: blocks with a mapping of their own */
	bool main;        /* the one that grows by brk */
	uint64_t size;    /* bytes it has from the kernel, told by itself ("system_mem") */
	uint64_t live_blocks, live_bytes;     /* handed out */
	uint64_t cached_blocks, cached_bytes; /* freed, kept by threads for themselves (tcache) */
	uint64_t fast_blocks, fast_bytes;     /* freed, in fastbins */
	uint64_t free_blocks, free_bytes;     /* freed, in bins; the top chunk left out */
	uint64_t top_bytes;                   /* free, at the end */
	uint64_t own_bytes;    /* headers, fence posts and caches of the allocator itself */
	uint64_t largest_free; /* bytes of the largest free block, the top chunk included */
	/* bytes of whole resident pages within free memory: malloc_trim(0) returns them */
	uint64_t trimmable;
	uint64_t unread; /* bytes whose chunks could not be told: swapped out, or torn */
	uint64_t torn;   /* how often a walk lost its way and went on further on */
};

/* All blocks of one size, or of a narrow span of sizes where they are large. */
struct heap_class {
	uint64_t low, high;     /* chunk bytes, inclusive; low == high up to 64 KiB */
	uint64_t blocks, bytes; /* live */
	uint64_t first_blocks;  /* live at the first look */
	double growth_blocks,
	        growth_bytes; /* a second, over all looks so far; NAN before the third */
	bool steady;          /* it grew from look to look, not once: see heap/growth.h */
	uint8_t spark_count;
	uint32_t spark[SPARK_POINTS]; /* live blocks at the latest looks, oldest first */
};

/* How sure it is that nobody points to a block: by the number of scans in a row that found it so. */
enum lost_certainty { LOST_SUSPECT, LOST_PROBABLE, LOST_LOST, LOST_CERTAINTY_COUNT };
extern const char
        *const lost_certainty_words[LOST_CERTAINTY_COUNT]; /* "suspect" ...; also in JSON */

/* As Valgrind has them. Indirectly lost blocks are folded under their head. */
enum lost_kind { LOST_DEFINITELY, LOST_POSSIBLY, LOST_KIND_COUNT };
extern const char *const lost_kind_words[LOST_KIND_COUNT]; /* "definitely", "possibly" */

enum { HEAP_BYTES_SHOWN = 64, HEAP_TYPE_MAX = 96, HEAP_HEADS_MAX = 100 };

/* Lost blocks that look alike: same size and same first words. The first of them speaks for all. */
struct lost_head {
	uint64_t address; /* of the first block's user bytes */
	uint64_t size;    /* chunk bytes of each */
	enum lost_kind kind;
	enum lost_certainty certainty;            /* the best of them */
	uint64_t twins;                           /* blocks like it, itself included */
	uint64_t bytes;                           /* chunk bytes of all of them */
	uint64_t indirect_blocks, indirect_bytes; /* what only they point to */
	unsigned scans; /* scans in a row that found the first of them lost */
	uint64_t since; /* ns of the watch: the first of these scans */
	double growth;  /* twins a second since they were first seen; NAN unknown */
	uint8_t first_count;
	uint8_t first[HEAP_BYTES_SHOWN]; /* its first bytes */
	/* raw: the symbol its first word points to ("vtable for Session"); "" none */
	char type[HEAP_TYPE_MAX];
};

/* Reachability, over all scans so far. */
struct heap_lost {
	unsigned scans;      /* made so far; 0: all that follows is unknown */
	uint64_t time, took; /* ns of the watch when the last one ended; ns it took */
	uint64_t by_certainty[LOST_CERTAINTY_COUNT]; /* heads of either kind, blocks */
	/* Blocks and chunk bytes; only what is certain (LOST_LOST) but for the suspects. */
	uint64_t definitely_blocks, definitely_bytes;
	uint64_t indirectly_blocks, indirectly_bytes;
	uint64_t possibly_blocks, possibly_bytes;
	uint64_t reachable_blocks, reachable_bytes;
	uint64_t suspect_blocks, suspect_bytes; /* unreachable in the last scan, not yet certain */
	double growth_blocks,
	        growth_bytes;  /* definitely + indirectly, a second, over the scans; NAN unknown */
	uint64_t root_bytes;   /* looked through for pointers, the heap itself left out */
	uint64_t unread_bytes; /* swapped out: pointers in there were not seen */
	/* threads whose stack was taken whole: they ran, or nothing tells its end */
	unsigned whole_stacks;
	uint64_t torn;       /* as in the walk below it */
	unsigned head_count; /* of heads; kinds there are more of lie in head_left */
	unsigned head_left;
	/* certain first, then by bytes with what hangs on them */
	struct lost_head heads[HEAP_HEADS_MAX];
};

/* One address that holds a pointer to a block. */
struct heap_pointer {
	uint64_t at;    /* address of the word */
	uint64_t block; /* the live block that lies in, its user bytes; 0: not in the heap */
	bool inner;     /* it points into the block, not to its begin */
	/* raw: what that is: "[stack]", "libfoo.so data", "block of 64 bytes" */
	char where[HEAP_TYPE_MAX];
};
enum { HEAP_POINTERS_MAX = 32, HEAP_PEEK_BYTES = 512 };

/* A block looked at closely. */
struct heap_peek {
	uint64_t address;    /* asked for; 0: none */
	uint64_t size;       /* chunk bytes; 0: there is no such block (any more) */
	unsigned byte_count; /* of bytes */
	uint8_t bytes[HEAP_PEEK_BYTES];
	unsigned pointer_count; /* of pointers; more are counted in pointer_total */
	uint64_t pointer_total;
	struct heap_pointer pointers[HEAP_POINTERS_MAX];
};

/* What looking found, at one time. Immutable once published, reference-counted. */
struct heap_facts {
	atomic_uint refs;
	enum allocator allocator;
	bool walked; /* blocks are known; else `why` says why not and all figures are UNKNOWN or 0 */
	char why[200]; /* one sentence without full stop: "jemalloc recognised from the mappings: block sizes are not available" */
	char layout[48];          /* "glibc 2.36" or "glibc 2.32 to 2.41" */
	double layout_confidence; /* 0..1: how sure that layout is */
	uint64_t time, took;      /* ns of the watch when the look ended; ns it took */
	unsigned looks;           /* censuses so far */
	uint64_t span;            /* ns between the first and the last of them */
	struct heap_arena total;  /* sums over the arenas; address 0 */
	uint64_t resident;    /* bytes of the memory the arenas have that are in memory; UNKNOWN */
	unsigned arena_count; /* there are; rows below are the largest */
	unsigned arena_rows;
	struct heap_arena *arenas; /* by size, largest first; freed with the facts */
	unsigned class_count;
	struct heap_class *classes; /* by growing bytes, then live bytes */
	struct heap_lost *lost;     /* NULL: no scan was made */
	struct heap_peek peek;
};

struct heap_facts *heap_facts_new(void); /* nothing known, one reference; NULL: no memory */
struct heap_facts *heap_facts_ref(struct heap_facts *f);
void heap_facts_unref(struct heap_facts *f); /* NULL is fine */

/* Bytes that it takes. */
size_t heap_facts_bytes(const struct heap_facts *f);

/* Bytes the allocator keeps though they were freed: caches, fastbins, bins and top. UNKNOWN before a walk. */
uint64_t heap_kept(const struct heap_facts *f);

/* "48" or "65552-69632" into out: a class as people read it. Returns out. */
char *heap_class_name(const struct heap_class *c, char *out, size_t size);

/* What the memory thread is doing just now. */
enum heap_phase {
	HEAP_OFF,     /* nobody asked for it */
	HEAP_OPENING, /* finds out which allocator and layout */
	HEAP_CENSUS,
	HEAP_MARKING, /* looks for pointers */
	HEAP_RESTING, /* until `next` */
	HEAP_STOPPED, /* by a key; what was found stays */
	HEAP_FAILED,  /* `error` says why */
	HEAP_PHASE_COUNT
};
extern const char *const heap_phase_words[HEAP_PHASE_COUNT];

struct heap_progress {
	enum heap_phase phase;
	uint64_t done, todo; /* bytes of this phase; todo 0: not known */
	uint64_t next;       /* ns of the watch: when the next look begins; UNKNOWN */
	uint64_t busy;       /* ns spent looking so far */
	uint64_t read;       /* bytes read of the target so far */
	char error[200];     /* one line: what, which process, why, what to do; "" all is well */
};
void heap_progress_init(struct heap_progress *p); /* off */

/* It looks, or rests until the next look. */
static inline bool heap_is_looking(const struct heap_progress *p)
{
	return p->phase != HEAP_OFF && p->phase != HEAP_STOPPED && p->phase != HEAP_FAILED;
}

#endif
