/* SPDX-License-Identifier: MIT */
#ifndef HEAP_GROWTH_H
#define HEAP_GROWTH_H

/*
 * Counts live blocks by size, look after look, and says which sizes grow. Bounded: at most GROWTH_CLASSES
 * sizes (exact up to 64 KiB, then 16 to a doubling), whatever the heap.
 */

#include "heap/walk.h"

struct growth;
struct growth *growth_new(void); /* NULL: no memory */
void growth_free(struct growth *g);

/*
 * Takes a walk of `time` (ns) and fills classes, looks, span of `into` (which it owns from then on). A rate is
 * the median slope between looks; `steady` when the counts rose in at least two thirds of the steps and the last
 * is above all of the first half. 0 or -ENOMEM.
 */
int growth_take(struct growth *g, const struct heap_walk *walk, uint64_t time,
                struct heap_facts *into);

/* The target executed another program: begin anew. */
void growth_reset(struct growth *g);

#endif
