/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_DEMO_H
#define SOURCE_DEMO_H

/* The bundled targets of --demo: real memory, really allocated, in a process of their own. */

#include <stdint.h>

struct demo {
	const char *name; /* "slow-leak" */
	const char *help; /* one sentence: what it does and what the verdict should be */
	int (*run)(void); /* never returns before the target is told to die */
};
extern const struct demo demos[]; /* ends with a NULL name; the first is the default */

/* The row of that name in demos[], which is static; NULL: none. */
const struct demo *demo_find(const char *name);

/*
 * Becomes the target: ties its life to the parent, runs the scenario up to 256 MB. Exit status.
 * Called in a freshly executed copy of this program, so that its memory is its own.
 */
int demo_main(const struct demo *demo);

#endif
