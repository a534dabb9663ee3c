/* SPDX-License-Identifier: MIT */
#ifndef PROC_COUNTERS_H
#define PROC_COUNTERS_H

/* What a process did and what its cgroup holds: io and memory.stat. Pure parsers. */

#include <stddef.h>
#include <stdint.h>

#include "base/known.h"

enum io_key {
	IO_RCHAR,       /* bytes; by read(2) and its like from anything, without recv(2) */
	IO_WCHAR,       /* bytes; by write(2) and its like */
	IO_READ_BYTES,  /* bytes; fetched from storage */
	IO_WRITE_BYTES, /* bytes; sent to storage, or to be */
	IO_KEY_COUNT
};

/* A whole io into bytes; UNKNOWN where missing. 0, or -EINVAL if nothing is known. */
int io_parse(const char *text, size_t len, uint64_t ret[IO_KEY_COUNT]);

/* Each group with all below it. */
enum memstat_key {
	MEMSTAT_ANON,   /* v2 "anon", v1 "total_rss" (which counts swap cache too) */
	MEMSTAT_FILE,   /* v2 "file", v1 "total_cache" */
	MEMSTAT_KERNEL, /* v2 "kernel", before 5.18 "slab"; v1 does not tell */
	MEMSTAT_SOCK,   /* v2 "sock"; v1 does not tell */
	MEMSTAT_KEY_COUNT
};

/* A whole memory.stat into bytes; UNKNOWN where missing. 0, or -EINVAL if nothing is known. */
int memstat_parse(const char *text, size_t len, uint64_t ret[MEMSTAT_KEY_COUNT]);

#endif
