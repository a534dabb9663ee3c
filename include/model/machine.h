/* SPDX-License-Identifier: MIT */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

/* The memory of the machine as a whole, at two times. Plain facts; what they mean is detect's to say. */

#include <stdint.h>

#include "proc/system.h"

struct machine {
	uint64_t first[MEMINFO_KEY_COUNT]; /* bytes; at the first look */
	uint64_t now[MEMINFO_KEY_COUNT];   /* bytes; UNKNOWN where meminfo does not tell */
	uint64_t span;                     /* ns from first to now */
	struct pressure pressure;
};

/* All unknown. */
void machine_init(struct machine *m);

#endif
