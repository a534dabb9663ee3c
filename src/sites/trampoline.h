/* SPDX-License-Identifier: MIT */
#ifndef SITES_TRAMPOLINE_H
#define SITES_TRAMPOLINE_H

/*
 * Where a probe waits for a function to return - any tool's: perf, bpftrace, another one of us - the kernel has
 * put the address of a page of its own, "[uprobes]", in the place of the return address, and keeps that one for itself. A
 * stack taken meanwhile ends there: what lies behind cannot be had.
 */

#include "proc/procdir.h"
#include "symbols/symbols.h"

struct trampoline {
	uint64_t at;      /* that page in the target; 0 not seen yet */
	uint64_t refused; /* looked up, and is none */
};

/*
 * Whether the outermost frame of a stack that ends early is that page. Reads the maps below `dir` when an address is new.
 * For a process that executed another program begin with an empty one.
 */
bool trampoline_hides(struct trampoline *t, const struct procdir *dir,
                      const struct stack_unwound *u);

#endif
