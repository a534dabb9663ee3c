/* SPDX-License-Identifier: MIT */
#ifndef MODEL_TRACKER_H
#define MODEL_TRACKER_H

/*
 * Turns one pass over smaps after the other into region tables whose ids are stable.
 *
 * Used by one thread (the slow reader). A pass streams its records in; nothing is copied twice.
 * Matching: same start and object first, then overlap with the same object and kind, then growth
 * downwards (same end). What splits keeps the id with its largest part; what merges keeps the
 * larger one's.
 */

#include <stdint.h>

#include "model/region.h"

struct tracker;

struct tracker *tracker_new(void); /* NULL: no memory */
void tracker_free(struct tracker *t);

/* Ids of regions not seen yet begin here; less than they are at is ignored. */
void tracker_ids_from(struct tracker *t, uint64_t first);

/* Forgets everything: the target executed another program. Ids go on rising. */
void tracker_reset(struct tracker *t);

/*
 * Stack pointers of threads (any number, any order), to tell thread stacks from other anonymous
 * memory at the next pass. Copied. 0 or -ENOMEM. Without it a stack is known by its guard page.
 */
int tracker_stacks(struct tracker *t, const uint64_t *pointers, size_t count);

/* Begins a pass. A pass that was begun and not ended is dropped. */
void tracker_begin(struct tracker *t);

/*
 * One record, as smaps_parser hands it over (usable as its smaps_fn with arg = tracker). 0,
 * -ENOMEM.
 */
int tracker_add(const struct smaps_record *record, void *tracker);

/*
 * Ends the pass: classifies, joins, matches with the table before. The new table (one reference,
 * the caller's; the tracker keeps one of its own) goes to *ret. 0 or -ENOMEM.
 * `torn` and `partial` as in smaps_stats; `estimated`: the records were made from page maps.
 */
int tracker_end(struct tracker *t, uint64_t time, bool torn, bool partial, bool estimated,
                struct region_table **ret);

#endif
