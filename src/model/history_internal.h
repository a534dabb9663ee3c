/* SPDX-License-Identifier: MIT */
#ifndef MODEL_HISTORY_INTERNAL_H
#define MODEL_HISTORY_INTERNAL_H

/*
 * What the files of the history share. The budget of HISTORY_LIMIT, at 1 s: 1.5 MB figures of the
 * process, 0.5 MB verdicts, events and rows, at most 3.4 MB regions, at most HEAPS_LIMIT looks inside the heap, at
 * most SITES_LIMIT call sites, at most TABLES_LIMIT tables, which yield to all else.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/history.h"
#include "model/history_shelf.h"
#include "model/timeline.h"

enum {
	FULL_SAMPLES = 1200, /* at full rate: 20 minutes at 1 s, 1 minute at 50 ms */
	SAMPLE_BUCKETS = 128,
	FULL_TABLES = 600,
	TABLE_BUCKETS = 20,
	WEIGHTS = 120, /* points of the slope of a region, RATE_WINDOW / WEIGHTS apart or more */
	VERDICTS = 96,
	EVENTS = 512,
	EPOCHS = 256, /* images of the process; of more the oldest are let go */
	ROWS = 320,
	TABLES = 4096,
	HEAPS = 64,      /* looks inside the heap */
	SITES_KEPT = 32, /* facts of call sites */
};
#define HISTORY_SPAN (30ull * 24 * 3600 * 1000000000) /* ns */
#define RATE_WINDOW  (300ull * 1000000000)            /* ns */
#define SPARK_WINDOW (600ull * 1000000000)            /* ns */
#define HEAPS_LIMIT  (1u << 20) /* bytes; likewise, of looks inside the heap */
#define SITES_LIMIT  (1u << 20) /* bytes; likewise, of facts of call sites */
#define TABLES_LIMIT (2u << 20) /* bytes; older tables than fit are let go */

/* Series of the process: the figures, then these. */
enum {
	SERIES_BASE = FIGURE_KEPT,
	SERIES_WALL,
	SERIES_FLAGS,
	SERIES_ORDINAL, /* samples taken until then */
	SERIES_COUNT
};

struct followed {
	uint64_t id;
	struct region *record; /* as last seen */
	bool alive;            /* in the newest whole table */
	bool seen;             /* met in the table that is being taken in */
	double score;          /* what keeps it among the followed */
	struct series rss;     /* along h->passes */
	/* kB of region_weight, along h->weight_times; UINT32_MAX unknown */
	uint32_t weights[WEIGHTS];
};

struct stored_verdict {
	uint64_t time;
	struct verdict verdict;
};

/* Another image began: what was known of regions until then says nothing about it. */
struct stored_epoch {
	uint64_t time;  /* of its first sample */
	uint64_t from;  /* no earlier table is its own */
	uint64_t looks; /* and no earlier look inside it */
};

struct stored_row {
	struct sample sample;
	int confidence;
};

struct stored_table {
	struct region_table *table;
	size_t own; /* bytes of it and of its records that no newer table has */
};

struct history {
	uint64_t interval;
	/* the process */
	struct timeline samples;
	struct series figures[SERIES_COUNT];
	uint64_t sample_count;
	struct sample first, newest;
	/* verdicts, events, closing rows */
	struct stored_verdict *verdicts;
	unsigned verdict_count;
	struct event *events;
	struct ring event_ring;
	struct stored_epoch *epochs;
	struct ring epoch_ring;
	struct stored_row *rows; /* every row_stride-th sample */
	unsigned row_count;
	uint64_t row_stride;
	/* regions */
	struct timeline passes;    /* times of whole tables */
	struct followed *followed; /* by rising id */
	unsigned followed_count;
	uint64_t weight_times[WEIGHTS];
	struct ring weight_ring;
	struct stored_table *tables;
	struct ring table_ring;
	/* inside the heap */
	struct shelf heaps; /* struct heap_facts */
	/* which code grows */
	struct shelf sites;    /* struct sites_facts */
	size_t tables_bytes;   /* sum of own, without the newest table */
	size_t followed_bytes; /* series, and records that only the followed hold */
	size_t fixed_bytes;
};

/* --- history_sample.c --- */
/* The sample that timeline item `i` stands for. */
void history_sample_at(const struct history *h, unsigned i, struct sample *ret);

/* Earlier tables belong to another image than the one of `time` (UNKNOWN: now). 0: none does. */
uint64_t history_epoch(const struct history *h, uint64_t time);
/* Likewise of looks inside it, which are made of a process that is seen already. */
uint64_t history_epoch_looks(const struct history *h, uint64_t time);

/* --- history_rows.c --- */
void rows_add(struct history *h, const struct sample *s);
/* Closing rows up to `newest`, which is the last. */
void rows_fill(const struct history *h, const struct sample *newest, struct moment *m);

/* --- history_verdict.c --- */
const struct stored_verdict *history_verdict_at(const struct history *h, uint64_t time);
void history_events_fill(const struct history *h, uint64_t time, struct moment *m);

/* --- history_chart.c --- */
void history_charts(const struct history *h, unsigned items, struct moment *m);
void history_focus(const struct history *h, uint64_t time, struct moment *m);

/* --- history_follow.c --- */
struct followed *history_find(const struct history *h, uint64_t id);
/* Takes a whole table into the series, `before` being the newest so far. 0 or -ENOMEM. */
int history_follow(struct history *h, const struct region_table *t,
                   const struct region_table *before);
void history_unfollow(struct history *h, unsigned i);

/* --- history_tables.c --- */
/*
 * How many passes, from the oldest kept on, `time` can look back on; 0 where the last of them saw
 * another image.
 */
unsigned history_passes(const struct history *h, uint64_t time);
struct region_table *history_newest_table(const struct history *h);
/* The newest table kept of the image of `time` that is not later; NULL: none. */
struct region_table *history_table_at(const struct history *h, uint64_t time);
size_t record_bytes(const struct region *r);
void history_drop_table(struct history *h);
/* Lets the oldest go until the limits hold. */
void history_trim(struct history *h);

/* Calls fn for each row of two tables, paired where both start at the same address. */
typedef void pair_fn(struct region *before, struct region *now, void *arg);
void tables_walk(const struct region_table *before, const struct region_table *now, pair_fn *fn,
                 void *arg);

/* --- history_heap.c --- */
extern const struct shelf_kind history_heaps;
/* The newest look of the image of `time` that is not later, borrowed; NULL: none. */
struct heap_facts *history_heap_at(const struct history *h, uint64_t time);

/* --- history_sites.c --- */
extern const struct shelf_kind history_sites_found;
/* The newest facts of the image of `time` that are not later, borrowed; NULL: none. */
struct sites_facts *history_sites_at(const struct history *h, uint64_t time);

/* --- history_trend.c, history_rebuild.c --- */
int history_trends(const struct history *h, uint64_t time, struct region_trend **ret,
                   size_t *ret_count);
/* Rows of the followed regions as of `time`; *ret is NULL when nothing was known then. */
int history_rebuild(const struct history *h, uint64_t time, struct region_table **ret);

#endif
