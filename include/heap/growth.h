/* SPDX-License-Identifier: MIT */
#ifndef HEAP_GROWTH_H
#define HEAP_GROWTH_H

/*
 * Counts live blocks by size, look after look, and says which sizes grow. Bounded, whatever the heap: sizes
 * are exact up to 64 KiB, then 16 to a doubling, and of 120 looks every second is forgotten.
 */

#include "heap/walk.h"

struct growth;
struct growth *growth_new(void); /* NULL: no memory */
void growth_free(struct growth *g);

/*
 * Takes a walk of `time` (ns, rising) and fills classes, looks, span of `into` (which it owns from then on): sizes
 * that live blocks have now. A rate is the median slope between looks half of them apart (slope_robust);
 * `steady` when the count rose in at least two thirds of the steps and the last is above all of the first half.
 * 0, or -ENOMEM: then this look was not counted.
 */
int growth_take(struct growth *g, const struct heap_walk *walk, uint64_t time,
                struct heap_facts *into);

/* How many sizes it keeps a course of, 2 kB each: those that a kept look saw, fewer than 4,600. */
size_t growth_courses(const struct growth *g);

/* The target executed another program: begin anew. */
void growth_reset(struct growth *g);

#endif
