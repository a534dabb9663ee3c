/* SPDX-License-Identifier: MIT */
#ifndef SITES_DESCRIPTORS_H
#define SITES_DESCRIPTORS_H

/* What to say where this tool may not open as many files as tracing takes. */

#include <stddef.h>
#include <stdint.h>

/*
 * One line: `what` ("probes", "page faults") of process `pid` take some `needed` descriptors (0 unknown), how many may be open, and what
 * to do. Returns out.
 */
char *descriptors_explain(const char *what, int32_t pid, uint64_t needed, char *out, size_t size);

/* How many may be open; UNKNOWN: as many as one likes. */
uint64_t descriptors_limit(void);

#endif
