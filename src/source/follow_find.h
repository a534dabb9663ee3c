/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_FOLLOW_FIND_H
#define SOURCE_FOLLOW_FIND_H

/*
 * Looks for a process by name or unit, pass after pass. Cheap: of a process it has met before it reads nothing,
 * but for a few passes after it was born (it may be about to execute what is looked for) and a sixteenth of
 * the others each pass. Never ourselves, a thread, a kernel thread or a zombie. Used by one thread.
 */

#include <stddef.h>
#include <stdint.h>

struct finder;

struct follow_found {
	int32_t pid;
	uint64_t start; /* clock ticks after boot: with the pid its identity */
	size_t count; /* how many answer to the name; of a unit: how many main processes it may have */
};

/* `proc` and `name` are copied. NULL: no memory. */
struct finder *finder_new(const char *proc, const char *name);
void finder_free(struct finder *f); /* NULL is fine */

/* Opens the directory, unless it is open. 0, or -errno: it cannot be read. */
int finder_open(struct finder *f);

/* One pass. 0; -ESRCH: nobody has that name; other -errno: the directory cannot be read. */
int finder_pass(struct finder *f, struct follow_found *ret);

#endif
