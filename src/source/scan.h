/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_SCAN_H
#define SOURCE_SCAN_H

/*
 * Private to the room: pass after pass over all processes of a proc directory, in the caller's thread.
 * Nothing is opened that could wait for a process; what could is asked of `names`.
 */

#include <stdbool.h>
#include <stdint.h>

#include "model/process.h"
#include "source/names.h"

struct scan;

/*
 * `interval`: ns between passes as it is meant, 0 for a single look. `names` is borrowed and may be NULL:
 * then nobody has a command line. NULL: no memory.
 */
struct scan *scan_new(const char *proc, uint64_t interval, struct names *names);
void scan_free(struct scan *s);

/* One pass at `now` (ns since the first). A list with one reference; NULL: no memory. */
struct process_list *scan_pass(struct scan *s, uint64_t now);

#endif
