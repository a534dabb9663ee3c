/* SPDX-License-Identifier: MIT */
#ifndef SITES_PLACE_POOL_H
#define SITES_PLACE_POOL_H

/*
 * Memory in one piece for a library that crashes where it gets none in the middle of its work: it is there before the
 * work begins, or the work does not begin. One at a time in a thread; what it gave is gone with it.
 */

#include <stdbool.h>
#include <stddef.h>

/* Takes `bytes`. False: there is no memory, and nothing to give back. */
bool place_pool_begin(size_t bytes);

/* Gives the whole of it back. */
void place_pool_end(void);

/* As their namesakes of libc, out of the pool of this thread; NULL where that is used up, or has not begun. */
void *place_pool_malloc(size_t bytes);
void *place_pool_calloc(size_t count, size_t bytes);
void *place_pool_realloc(void *p, size_t bytes);
void place_pool_free(void *p);

#endif
