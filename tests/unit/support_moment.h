/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_MOMENT_H
#define SUPPORT_MOMENT_H

/*
 * Moments made by hand, always the same, for tests of everything that shows one: the process 4711
 * "shopd", watched for 10 minutes at 5 s (121 samples) until 2026-11-20 13:44:00 UTC. Each call gives
 * a moment of its own with one reference, which a test may change before it shows it. Without memory
 * they abort.
 */

#include <stddef.h>
#include <stdint.h>

#include "model/moment.h"

#define SUPPORT_WALL 1795182240000000000ull /* 2026-11-20T13:44:00Z, ns */

/* A linear leak of 100 KiB/s in [heap], flagged at 00:35: about 40 regions of all kinds, charts,
 * trends, events, one warning, a cgroup limit of 512 MB. */
struct moment *support_moment(void);

/* The same process without growth: no leak. */
struct moment *support_moment_idle(void);

/* smaps is not permitted: a leak told from status alone, no regions. */
struct moment *support_moment_reduced(void);

/* The first sample: regions are there, no verdict, no trend. */
struct moment *support_moment_first(void);

/* As the leak, but comm, command, exe, user, cgroup and regions carry escapes, bidi controls, stray
 * bytes, wide characters, formulas, quotes, and a path of 4 KB. */
struct moment *support_moment_hostile(void);

/* As the leak, with `regions` regions; the first HISTORY_REGIONS have a trend. */
struct moment *support_moment_big(size_t regions);

/* As the leak, and it is linked with open connections, with threads, and stops with them. */
struct moment *support_moment_links(void);

/*
 * No target; 30 processes, one of them with a hostile name, one that leaks, one suspicious; a machine whose
 * kernel slab grows.
 */
struct moment *support_moment_picker(void);
/* Makes the list of a picker that of a first look: no growth, no verdict, no machine before. */
void support_first_look(struct moment *m);

/* Puts the first region of this kind into focus, with its chart and its page map. */
void support_focus(struct moment *m, enum region_kind kind);

/* The regions of shopd `seconds` into its watch; `grows` as it does when it leaks. */
struct region_table *support_regions(double seconds, bool grows);

/* The same for hostile names, and for a table of n regions. */
struct region_table *support_regions_hostile(double seconds);
struct region_table *support_regions_big(size_t n, double seconds);

#endif
