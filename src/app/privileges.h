/* SPDX-License-Identifier: MIT */
#ifndef APP_PRIVILEGES_H
#define APP_PRIVILEGES_H

/*
 * What root gives up once it has started. Rights are kept in sets, as in base/rights.h. They are of a thread, and those
 * that it begins later have its own: this is called while there is only one.
 */

#include <stdint.h>

#include "app/options.h"
#include "base/rights.h"

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
