/* SPDX-License-Identifier: MIT */
#ifndef MODEL_ALLOCATOR_H
#define MODEL_ALLOCATOR_H

/* Which malloc a process uses, as far as its mappings tell. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum allocator {
	ALLOCATOR_UNKNOWN,
	ALLOCATOR_GLIBC,
	ALLOCATOR_MUSL,
	ALLOCATOR_JEMALLOC,
	ALLOCATOR_TCMALLOC,
	ALLOCATOR_MIMALLOC,
	ALLOCATOR_GO,
	ALLOCATOR_SCUDO,
	ALLOCATOR_COUNT
};
extern const char
        *const allocator_names[ALLOCATOR_COUNT]; /* "glibc"; also in JSON; NULL for unknown */

/*
 * Takes the names of mappings one by one, in any order, and keeps the best evidence in *seen, which begins
 * as ALLOCATOR_UNKNOWN: a library of its own (libjemalloc.so.2) beats the C library it stands before.
 * `pseudo`: a name of the kernel's, such as "[anon: Go: heap]", not of a file.
 */
void allocator_see(enum allocator *seen, const char *name, size_t len, bool pseudo);

/*
 * The same by where a writable anonymous mapping begins: Go places its heap at an address of its choice, and
 * older kernels keep no names.
 */
void allocator_see_start(enum allocator *seen, uint64_t start);

#endif
