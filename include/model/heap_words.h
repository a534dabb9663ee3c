/* SPDX-License-Identifier: MIT */
#ifndef MODEL_HEAP_WORDS_H
#define MODEL_HEAP_WORDS_H

/*
 * What was found in a heap, in sentences that the screen, the reports and the pages share, and the figures
 * that need a rule. Sentences have no full stop and begin in upper case; they hold only what we wrote
 * ourselves and the layout's name, which is still to pass safe_text.
 */

#include "model/heap.h"

enum {
	HEAP_LINE = 320,     /* bytes a sentence needs at most */
	HEAP_NAME = 48,      /* of a class or a rate */
	HEAP_SCANS_SURE = 3, /* fewer scans have suspects only */
};

/* --- names and figures ---------------------------------------------------------------------------- */

/* "48", beyond 64 KiB "136 kB" or "136-140 kB". Returns out. */
char *heap_class_short(const struct heap_class *c, char *out, size_t size);

/* What malloc was asked for: "25-40", "0-24"; beyond 64 KiB "" (what the block says). Returns out. */
char *heap_class_requests(const struct heap_class *c, char *out, size_t size);

/* "+194/s", "+9.5/min", "-2.0/h", "0"; NAN "-". Blocks a second. Returns out. */
char *heap_count_rate(char *out, size_t size, double blocks_per_s);

/* The part of the free memory that lies outside its largest piece, 0..1; NAN: none is free. */
double heap_fragmentation(const struct heap_arena *a);

/* The name of an arena: "main", "thread", "own mappings" (blocks with a mapping each). */
const char *heap_arena_name(const struct heap_arena *a);

/* Arenas proper among all rows: blocks with a mapping of their own left out. */
unsigned heap_arenas(const struct heap_facts *f);

/* The part that a class has in the growth of all that grow, 0..1; NAN: none does, or unknown. */
double heap_class_share(const struct heap_facts *f, const struct heap_class *c);

/* The steadily growing class that grows most, or NULL. */
const struct heap_class *heap_grows(const struct heap_facts *f);

/* Kept bytes that are in memory, as far as is known; UNKNOWN before a walk. */
uint64_t heap_kept_resident(const struct heap_facts *f);

/* True once enough scans were made to call blocks lost. */
bool heap_lost_sure(const struct heap_facts *f);

/*
 * What a look costs, before the first one: `bytes` are to be read; ns that takes, about, and ns from one look to
 * the next. UNKNOWN for unknown bytes.
 */
void heap_price(uint64_t bytes, uint64_t *ret_took, uint64_t *ret_period);

/* The part of the time spent looking, 0..1: `busy` ns of all since the first look began; NAN unknown. */
double heap_busy(const struct heap_facts *f, const struct heap_progress *p, uint64_t now);

/* --- sentences into out[size]; false: there is nothing to say, out is "" -------------------------- */

/* "glibc 2.36", "glibc 2.32 to 2.41 (probably: 80 % sure)", "jemalloc", "an unknown allocator". */
void heap_allocator_line(const struct heap_facts *f, char *out, size_t size);

/* What still works without block sizes, and what to ask the allocator itself. */
const char *heap_allocator_advice(enum allocator a);

/* "RSS is 2.1 GB, 1.7 GB of it is free inside malloc; malloc_trim(0) would return 1.6 GB", when that much is kept. */
bool heap_kept_line(const struct heap_facts *f, uint64_t rss, char *out, size_t size);

/*
 * "Blocks of 528 bytes (requests of 505-520) grow by +194/s, +100.0 kB/s; 121,904 are live, 61.4 MB"; or, where no size
 * stands out, "62 sizes of blocks grow, by +498.0 kB/s in all, none by more than 4 % of it".
 */
bool heap_growth_line(const struct heap_facts *f, char *out, size_t size);

/* "30,748 blocks (15.5 MB) are lost: ...", "43,192 blocks (21.1 MB) are suspect after 1 scan ...". */
bool heap_lost_line(const struct heap_facts *f, char *out, size_t size);

/* "182,186 live blocks hold 65.9 MB; 12.5 MB are free inside malloc, ..., in 3 arenas". */
bool heap_census_line(const struct heap_facts *f, char *out, size_t size);

/* What could not be read or was seen only in part, where that is so; begins in lower case. */
bool heap_unread_line(const struct heap_facts *f, char *out, size_t size);

/* The same, and where lost blocks may not have been found. */
bool heap_doubt_line(const struct heap_facts *f, char *out, size_t size);

#endif
