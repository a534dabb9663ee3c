/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_HEAP_H
#define SUPPORT_HEAP_H

/*
 * What looking inside a heap found, made by hand and always the same: the heap of "shopd" of support_moment.h,
 * looked into every 5 s since 05:05 of its watch. Each call gives facts of their own with one reference, which a
 * test may change before it shows them. Without memory they abort.
 */

#include "model/moment.h"

enum { SUPPORT_HEAP_CLASSES = 12, SUPPORT_HEAP_ARENAS = 4, SUPPORT_HEAP_HEADS = 5 };

/*
 * After 60 looks and 8 scans: the main arena, two of threads and one row of blocks with a mapping of their own;
 * 12 sizes, of which 528 grows steadily by 193.9 blocks a second; the same size lost since 07:20, a request as
 * text with what hangs on it, one possibly lost, one probable, one suspect.
 */
struct heap_facts *support_heap(void);

/* The first look: no growth yet, and suspects alone. */
struct heap_facts *support_heap_first(void);

/* Nothing grows and nothing is lost, but 1.7 GB of 2.1 GB are free, 1.6 GB of it could be given back. */
struct heap_facts *support_heap_kept(void);

/* jemalloc: named, and not walked. */
struct heap_facts *support_heap_jemalloc(void);

/* As the first, with escapes, quotes and markup in every content and type of a lost block. */
struct heap_facts *support_heap_hostile(void);

/* As the first, with this in every content, type and place that a process may choose. */
struct heap_facts *support_heap_called(const char *name);

/* Has the possibly lost block looked at closely: its bytes, and three words that point to it. */
void support_heap_peek(struct heap_facts *f);

/* Puts facts (NULL: none) into a moment, whose they become, with the memory thread in this phase. */
void support_heap_put(struct moment *m, struct heap_facts *f, enum heap_phase phase);

/* The leak of support_moment.h with support_heap() in it, resting. */
struct moment *support_moment_heap(void);

#endif
