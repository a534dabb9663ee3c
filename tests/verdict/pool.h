/* SPDX-License-Identifier: MIT */
#ifndef VERDICT_POOL_H
#define VERDICT_POOL_H

/* Work on all cores: processes that take the next piece, and memory that they share. */

#include <stddef.h>

/* Zeroed memory that outlives the process that writes it; NULL: none. */
void *pool_room(size_t bytes);
void pool_free(void *room, size_t bytes);

/*
 * Calls one(i, data) for every i below `count` in `jobs` processes, whose other memory is lost. 0, or -EIO when
 * a call failed or a process died.
 */
int pool_each(unsigned count, unsigned jobs, int (*one)(unsigned i, void *data), void *data);

#endif
