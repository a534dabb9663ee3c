/* SPDX-License-Identifier: MIT */
#ifndef MODEL_HISTORY_H
#define MODEL_HISTORY_H

/*
 * The past in bounded memory: at most HISTORY_LIMIT bytes whatever happens.
 *
 * The last 1200 samples at full rate (20 minutes at 1 s, one at 50 ms), then buckets that thin out
 * with age (min, max, last) for 30 days. The same for the RSS of the 500 largest or growing regions
 * (the last 600 passes at full rate); for the others their birth, last and peak live in the region
 * table. Region tables share unchanged records and are kept, newest first, up to 2 MiB and as far
 * as the limit allows.
 *
 * Owned by one thread (the clock). Deterministic: time comes only with samples.
 */

#include <stddef.h>
#include <stdint.h>

#include "model/moment.h"

#define HISTORY_LIMIT (8ull << 20)
enum { HISTORY_REGIONS = 500 };

struct history;

struct history *history_new(uint64_t interval_ns); /* NULL: no memory */
void history_free(struct history *h);

/*
 * Appends. Samples come in strictly rising, tables in the order of time: -EINVAL for one that does
 * not. 0 or -ENOMEM; after an error nothing was added. A table that is torn or partial is kept for
 * show and feeds no trend. The verdict of a time comes after the sample of that time. A region that
 * covers what another one was, the pass before, counts as grown together with it: a neighbour that
 * was unmapped and grown over looks the same, and that growth is missed in the rate.
 */
int history_sample(struct history *h, const struct sample *s);
int history_regions(struct history *h, struct region_table *t); /* takes a reference of its own */
int history_heap(struct history *h,
                 struct heap_facts *f); /* likewise; by time, at most 64 are kept */
int history_sites(struct history *h,
                  struct sites_facts *f); /* likewise; by time, at most 32 are kept */
int history_verdict(struct history *h, uint64_t time,
                    const struct verdict *v); /* stored when it changed */
int history_event(struct history *h, const struct event *e);

/*
 * Bytes allocated for history, shared region records counted once. Never above HISTORY_LIMIT. The
 * newest table and its records belong to the present, which holds them anyhow, and do not count.
 */
size_t history_size(const struct history *h);

/*
 * Takes at once the memory that the figures of the process, events, verdicts and rows will need in weeks, and that is
 * otherwise taken as they come: from then on a watch that lasts does not grow by them.
 */
void history_settle(struct history *h);

/*
 * Times (ns): of the oldest and newest sample kept; of the sample before or after `time`; UNKNOWN:
 * none. In thinned times these are the last samples of the buckets.
 */
uint64_t history_oldest(const struct history *h);
uint64_t history_newest(const struct history *h);
uint64_t history_before(const struct history *h, uint64_t time);
uint64_t history_after(const struct history *h, uint64_t time);
/* Time of the event before or after. */
uint64_t history_event_before(const struct history *h, uint64_t time);
uint64_t history_event_after(const struct history *h, uint64_t time);

/*
 * Fills what history knows of `time` (UNKNOWN: now) into a moment: sample, regions, trends, heap,
 * call sites, verdict, charts up to then, events, closing rows, `first`, `oldest`, `samples`, focus chart for
 * m->focus. What only the present knows (state, interval, costs, meminfo, baseline) is the
 * caller's.
 *
 * Charts reach from the oldest sample kept to `time`. Sparklines span its last 10 minutes; a rate
 * is the robust slope of region_weight over its last 5 minutes (at least 6 points where passes are
 * rarer), NAN below 3 points; further back than the weights go, it is the slope of RSS. At a past
 * time whose table is no longer kept, rows are rebuilt for the followed regions with their last
 * known addresses; all figures but RSS are UNKNOWN (size and peak too) and the table is marked
 * partial.
 *
 * A sample with SAMPLE_EPOCH begins another image of the process: moments from then on are given no
 * regions, trends or region charts of tables that came in before it; until the first pass over the
 * new image there are none. 0 or -ENOMEM.
 */
int history_fill(const struct history *h, uint64_t time, struct moment *m);

/*
 * Calls for everything that is kept, by rising time; of one time the sample first, then table, verdict,
 * events. A sample at full rate has span 0 and extremes NULL. Of a bucket it is the last one, with the
 * least and largest of each figure in extremes[0] and [1] and the ns from the first to the last sample in
 * it; SAMPLE_EPOCH and SAMPLE_GAP are set where they fall into it. Tables are borrowed. Figures that
 * history does not keep are UNKNOWN in all but the newest sample. Looks inside the heap come in their own order,
 * somewhere before the sample that follows them.
 */
struct history_visitor {
	void (*sample)(void *arg, const struct sample *s, uint64_t span,
	               const struct sample extremes[2]);
	void (*regions)(void *arg, struct region_table *t);
	void (*verdict)(void *arg, uint64_t time, const struct verdict *v);
	void (*event)(void *arg, const struct event *e);
	void (*heap)(void *arg, struct heap_facts *f); /* may be NULL */
	void (*sites)(void *arg,
	              struct sites_facts *f); /* likewise, and in their own order as those */
};
void history_visit(const struct history *h, const struct history_visitor *v, void *arg);

#endif
