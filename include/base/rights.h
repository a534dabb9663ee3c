/* SPDX-License-Identifier: MIT */
#ifndef BASE_RIGHTS_H
#define BASE_RIGHTS_H

/*
 * Which rights of root (capabilities(7)) the calling thread has, and what to do where one that it
 * takes is not there.
 */

#include <stddef.h>
#include <stdint.h>

#define RIGHT(number) (1ull << (number))

/*
 * By number: older headers do not name the last two, which are Linux 5.8; before, SYS_ADMIN stands
 * for them.
 */
enum {
	RIGHT_CHOWN = 0,
	RIGHT_DAC_OVERRIDE = 1,
	RIGHT_DAC_READ_SEARCH = 2,
	RIGHT_FOWNER = 3,
	RIGHT_KILL = 5,
	RIGHT_SYS_PTRACE = 19,
	RIGHT_SYS_ADMIN = 21,
	RIGHT_PERFMON = 38,
	RIGHT_BPF = 39,
};

enum { RIGHTS_REMEDY = 256 };

/*
 * Those of `wanted`, a set of RIGHT(...), that the calling thread has not; all of them where that
 * cannot be told.
 */
uint64_t rights_lacking(uint64_t wanted);

/* Appends their names, as "SYS_ADMIN", each behind `before`, to the text in `out`; returns that. */
const char *rights_add(uint64_t rights, const char *before, const char *between, char *out,
                       size_t size);

/*
 * What helps where something that takes `wanted` was refused, into `out` (RIGHTS_REMEDY), which is
 * returned: to be root or to have these rights; for a root that has not got them, as in a container,
 * which; for one that has, what else may stand in the way.
 */
const char *rights_remedy(uint64_t wanted, char *out, size_t size);

#endif
