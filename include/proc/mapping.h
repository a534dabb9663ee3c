/* SPDX-License-Identifier: MIT */
#ifndef PROC_MAPPING_H
#define PROC_MAPPING_H

/* One line of /proc/PID/maps, and the parser of that line. Pure: text in, struct out. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MAP_READ = 1,
	MAP_WRITE = 2,
	MAP_EXEC = 4,
	MAP_MAYSHARE = 8, /* the fourth letter is 's' */
};

struct mapping {
	uint64_t start, end;   /* addresses; start < end */
	uint64_t offset;       /* bytes into the file */
	uint64_t inode;        /* 0: no file */
	uint32_t major, minor; /* device of the file */
	unsigned prot;         /* MAP_... bits */
	uint32_t name_len;     /* bytes of name */
	const char *name;      /* raw bytes as the kernel wrote them, not terminated; borrowed */
};

/*
 * Parses one line (without its newline) of maps or the head line of a record of smaps.
 * `ret->name` points into `line`. Behind the padding everything is name: blanks inside and at the
 * end, escapes; no name begins with a blank. 0, or -EINVAL when the line is no mapping
 * or longer than 64 KiB; then *ret is untouched.
 */
int mapping_parse(const char *line, size_t len, struct mapping *ret);

/* True for a kernel pseudo name such as "[heap]" - never for a file that is called so. */
bool mapping_is_pseudo(const struct mapping *m, const char *name);

/* Called for each mapping in the order of the text; the mapping is borrowed. Non-zero stops. */
typedef int mapping_fn(const struct mapping *m, void *arg);

/* What a walk over a whole maps text met. */
struct mapping_walk {
	uint64_t mappings; /* lines handed on */
	uint64_t damaged;  /* lines that are no mapping */
	bool torn;         /* addresses went backwards: read while the target changed */
};

/*
 * Hands every mapping of a complete maps text to `fn`. A cut last line is dropped.
 * Returns 0 or what `fn` returned; *ret is filled either way.
 */
int mapping_each(const char *text, size_t len, mapping_fn *fn, void *arg, struct mapping_walk *ret);

#endif
