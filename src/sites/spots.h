/* SPDX-License-Identifier: MIT */
#ifndef SITES_SPOTS_H
#define SITES_SPOTS_H

/* Which functions of which allocator get a probe, and where in them. */

#include "sites/probes.h"

enum { SPOTS_MAX = 48 };

struct spots {
	size_t count;
	struct probe_spot spot[SPOTS_MAX];
	bool emulated[SPOTS_MAX]; /* cheap, by place.h */
	unsigned left_out;        /* for want of room */
	char source[48];          /* "malloc of libc.so.6 and 5 more functions"; raw */
};

/*
 * Looks in all that is mapped, for a second again and again where there is no allocator yet. `with_mmap`: those of the C
 * library, too. 0; -ENOENT: no allocator is found, and `why` (of `size` bytes) is one line; what symbols_find() returns.
 */
int spots_find(struct symbols *s, bool with_mmap, struct spots *ret, char *why, size_t size);

/* The same from what was found for spots_names(). Pure. 0 or -ENOENT. */
int spots_choose(const struct symbol_place *found, size_t count, bool with_mmap, struct spots *ret);
const char *const *spots_names(size_t *ret_count);

/*
 * How far around such functions lie others of the allocator, without a name that is asked for: bytes. A library of its own
 * has them all over; in an executable or the C library they are neighbours.
 */
uint64_t spot_reach(const struct symbol_place *p);

/* Whether such a function returns a block. */
bool role_returns(enum probe_role role);

#endif
