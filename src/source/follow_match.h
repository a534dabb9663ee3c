/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_FOLLOW_MATCH_H
#define SOURCE_FOLLOW_MATCH_H

/* Who answers to a name, and who of several is meant. Pure; reads nothing. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A name that ends in ".service" is a unit of systemd. */
bool follow_is_unit(const char *name);

/*
 * True when a process with this comm and this text of its exe link has the name: as comm, as base name of the
 * executable, or, a name with a slash, as its path; exactly (" (deleted)" behind it is the kernel's).
 * `exe` NULL: not permitted to read; then the first 15 bytes, which is all that comm holds, must do for a
 * longer name.
 */
bool follow_name_is(const char *name, const char *comm, const char *exe);

/* One process that answers to the name. */
struct follow_row {
	int32_t pid, ppid;
	uint64_t start; /* clock ticks after boot */
};

/*
 * The one that is meant: of those whose parent does not answer too (the main process, not its children) the
 * oldest, of the same age the one with the lower pid. Its index; count when there is none. *ret_mains: how
 * many there were to choose from.
 */
size_t follow_choose(const struct follow_row *rows, size_t count, size_t *ret_mains);

#endif
