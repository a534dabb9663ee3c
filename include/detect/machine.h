/* SPDX-License-Identifier: MIT */
#ifndef DETECT_MACHINE_H
#define DETECT_MACHINE_H

/* Whether the machine as a whole loses memory, and to whom. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/machine.h"

/* Who can hold memory. */
enum machine_part {
	MACHINE_PROCESSES, /* anonymous memory, and what of it is swapped out */
	MACHINE_SHMEM,     /* shared memory, tmpfs */
	MACHINE_CACHE,     /* files and blocks of devices, less shared memory */
	MACHINE_SLAB,      /* kernel objects that cannot be given back */
	MACHINE_TABLES,    /* page tables */
	MACHINE_HUGE,      /* set aside for huge pages */
	MACHINE_STACKS,    /* kernel stacks */
	MACHINE_PART_COUNT
};
extern const char *const machine_part_words[MACHINE_PART_COUNT]; /* "kernel slab" */
extern const char *const machine_part_json[MACHINE_PART_COUNT];  /* "slab_unreclaimable" */

struct machine_course {
	bool known;   /* false: meminfo does not tell, or no time has passed */
	int64_t lost; /* bytes less of MemAvailable and free swap than at the first look */
	bool loses;   /* that is worth a word: 0.5 % of the machine and 32 MiB at least */
	bool grown_known[MACHINE_PART_COUNT];
	int64_t grown[MACHINE_PART_COUNT]; /* bytes more than at the first look */
	int most;                          /* the part that grew most; -1: none */
};

void machine_course_find(const struct machine *m, struct machine_course *ret);

/*
 * "4.1 GB lost in 12 min: 4.0 GB grew in kernel slab, no process has it"; safe, no full stop. Before anything
 * is known "-".
 */
void machine_sentence(const struct machine *m, char *out, size_t size);

#endif
