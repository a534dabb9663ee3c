/* SPDX-License-Identifier: MIT */
#ifndef APP_PRIVILEGES_H
#define APP_PRIVILEGES_H

/*
 * What root gives up once it has started. Rights (capabilities(7)) are kept in sets, one bit each. They are of a thread, and those
 * that it begins later have its own: this is called while there is only one.
 */

#include <stdint.h>

#include "app/options.h"

#define PRIVILEGE(number) (1ull << (number))

/* By number: Linux 5.8, and older headers do not name the last two. */
enum {
	PRIVILEGE_CHOWN = 0,
	PRIVILEGE_DAC_OVERRIDE = 1,
	PRIVILEGE_DAC_READ_SEARCH = 2,
	PRIVILEGE_FOWNER = 3,
	PRIVILEGE_KILL = 5,
	PRIVILEGE_SYS_PTRACE = 19,
	PRIVILEGE_SYS_ADMIN = 21,
	PRIVILEGE_SYS_RESOURCE = 24,
	PRIVILEGE_PERFMON = 38,
	PRIVILEGE_BPF = 39,
};

/* The most that a run with these options has use for, whoever it is. `outputs`: what the files it names need besides. */
uint64_t privileges_wanted(const struct options *o, uint64_t outputs);

/*
 * What of CHOWN, DAC_OVERRIDE and FOWNER the files that the options name cannot be written without, by one who has `others`
 * otherwise. Begins a thread for it and waits; 0 when that cannot be had.
 */
uint64_t privileges_of_outputs(const struct options *o, uint64_t others);

/*
 * Leaves the calling thread what of `wanted` it has, for good: also what a program could bring that it executes. 0, or
 * -errno: then it has what it had.
 */
int privileges_keep(uint64_t wanted);

/* All of this for these options. What people must know of it stands in o->privileges_note then. */
void privileges_leave(struct options *o);

#endif
