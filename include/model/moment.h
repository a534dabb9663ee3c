/* SPDX-License-Identifier: MIT */
#ifndef MODEL_MOMENT_H
#define MODEL_MOMENT_H

/*
 * Everything known at one time. Views, exports and reports take a `const struct moment *` and
 * nothing else: live, frozen, stepped back and replayed are the same thing to them.
 *
 * Immutable once published; reference-counted, any thread may hold and drop it.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/chart.h"
#include "model/event.h"
#include "model/heap.h"
#include "model/lives.h"
#include "model/process.h"
#include "model/region.h"
#include "model/sample.h"
#include "model/sites.h"
#include "model/target.h"
#include "model/verdict.h"
#include "proc/sockets.h"
#include "proc/status.h"
#include "proc/system.h"

struct diff;

/* Charts every moment carries. */
enum chart_kind {
	CHART_RSS,
	CHART_VSZ,
	CHART_HEAP,
	CHART_BASE,
	CHART_SHMEM,
	CHART_FILE,
	CHART_SWAP,
	CHART_COUNT
};
extern const char *const chart_names[CHART_COUNT]; /* "RSS", ..., CHART_BASE is "anon+swap" */

/* Recent course of one of the regions that history follows (the 500 largest or growing). */
struct region_trend {
	uint64_t id; /* struct region.id */
	double rate; /* bytes per second of region_weight over the last minutes; NAN unknown */
	uint8_t spark_count;          /* points in use */
	uint64_t spark[SPARK_POINTS]; /* RSS, bytes, oldest first; UNKNOWN before it was born */
};

/* Figures from which changes are counted (key `b`; else the first pass). Immutable, shared. */
struct baseline_row {
	uint64_t id;         /* struct region.id */
	uint64_t weight;     /* bytes; region_weight() then; UNKNOWN as there */
	uint64_t rss;        /* bytes; smaps "Rss:"; UNKNOWN where not told */
	uint64_t size;       /* bytes of address space */
	uint64_t start, end; /* where it lay */
};
struct baseline {
	atomic_uint refs;
	struct sample sample;                /* figures then */
	uint64_t meminfo[MEMINFO_KEY_COUNT]; /* system memory then */
	uint64_t status[STATUS_KEY_COUNT];   /* figures of status then */
	bool has_regions;                    /* a pass had been made by then */
	bool whole;                          /* that pass missed no region */
	uint64_t pass;                       /* ns: when it was made; 0 without */
	size_t count;                        /* rows */
	size_t anonymous;   /* of them: neither of a file nor [heap]; in by_place */
	uint32_t *by_place; /* the anonymous ones of the rows by rising address; behind them */
	struct baseline_row rows[]; /* by rising id */
};
struct baseline *
baseline_new(const struct sample *s, const uint64_t *status, const uint64_t *meminfo,
             const struct region_table *regions); /* one reference; NULL no memory */
struct baseline *baseline_ref(struct baseline *b);
void baseline_unref(struct baseline *b);

/*
 * It came into being after the baseline, and was not merely seen later: a pass that was not whole may have missed
 * it, and a part of a larger region is as old as that.
 */
bool baseline_precedes(const struct baseline *b, const struct region *r);

/*
 * Change of a region since the baseline, bytes of region_weight (or of RSS, size). A region born
 * later counts from 0, and one that took others in from what all of them held. Addresses do not tell
 * a neighbour that was taken in from one that was unmapped and then grown over: such growth is missed.
 * False while there is no baseline of regions, a figure is unknown, or it cannot be told what of the
 * region was there then.
 */
bool baseline_change(const struct baseline *b, const struct region *r, int64_t *ret_weight,
                     int64_t *ret_rss, int64_t *ret_size);

/* Pages of the region in focus, cell by cell. Immutable, shared. */
enum { PAGE_CELLS = 1024 };
struct page_cell {
	uint8_t resident, swapped, huge, file; /* per cent of the cell's pages, 0..100 */
};
struct page_map {
	atomic_uint refs;
	uint64_t id;                                /* region */
	uint64_t start, end;                        /* addresses covered */
	uint64_t cell;                              /* bytes a cell */
	uint64_t present, swapped, huge, untouched; /* bytes in all; UNKNOWN where not told */
	uint64_t took, longest;                     /* ns: the whole scan; its longest call */
	int error;                                  /* 0, or the -errno that ended it */
	unsigned count;
	struct page_cell cells[PAGE_CELLS];
};
/* One more reference, to be dropped with page_map_unref(). Returns p, which is not NULL. */
struct page_map *page_map_ref(struct page_map *p);
void page_map_unref(struct page_map *p); /* the last one frees; NULL is fine */

enum watch_end { END_NOT_YET, END_DURATION, END_TARGET, END_QUIT, END_SIGNAL, END_EOF, END_COUNT };
extern const char *const watch_end_json[END_COUNT];  /* "duration" ... */
extern const char *const watch_end_words[END_COUNT]; /* for a sentence */

enum { MOMENT_EVENTS = 64, MOMENT_ROWS = 20, MOMENT_WARNINGS = 32, WARNING_MAX = 256 };

/* One row of the batch table. */
struct table_row {
	struct sample sample;
	int confidence; /* -1 unknown */
	double rate;    /* bytes per second of RSS since the row before; NAN in the first */
};

struct moment {
	atomic_uint refs;
	/* the watch */
	bool live;         /* the newest; false: stepped back or replayed */
	uint64_t time;     /* ns since the watch began */
	uint64_t wall;     /* ns, CLOCK_REALTIME; UNKNOWN */
	uint64_t interval; /* ns between samples */
	uint64_t samples;  /* taken so far */
	uint64_t oldest;   /* ns: how far one can step back */
	enum watch_end ended;
	char ended_text[160];  /* "exited, its cgroup counted an OOM kill"; "" while running */
	char child_status[80]; /* "-- COMMAND": how it ended; "" else */
	/* "gone since 12 s: waiting for the next NAME"; "" while nobody is waited for */
	char waiting[160];
	uint64_t blocked; /* see costs */
	/* the target */
	struct target *target; /* NULL: the picker */
	enum target_state state;
	char state_letter; /* of /proc: 'S'; 0 unknown */
	struct abilities abilities;
	struct costs costs;
	/* its memory */
	struct sample first, sample; /* at the begin of the watch; at this moment */
	uint64_t status[STATUS_KEY_COUNT];
	uint64_t status_peak[STATUS_KEY_COUNT]; /* the largest seen during the watch */
	uint64_t fds[FD_KIND_COUNT];
	uint64_t sockets[SOCKET_KIND_COUNT]; /* of this process, by state */
	uint64_t meminfo[MEMINFO_KEY_COUNT];
	uint64_t limits[LIMIT_KEY_COUNT];
	uint64_t cgroup_limit, cgroup_usage; /* bytes; UNKNOWN: none */
	char cgroup_path[256];               /* raw bytes */
	struct bounds bounds;
	struct region_table *regions; /* NULL before the first pass, or not permitted */
	struct baseline *baseline;    /* never NULL once there is a sample */
	size_t trend_count;
	struct region_trend *trends; /* by rising id */
	/* inside its heap, on request */
	struct heap_facts *heap;            /* the newest look at that time; NULL: none was made */
	struct heap_progress heap_progress; /* off in past moments */
	/* which code grows, on request */
	struct sites_facts *sites; /* the newest at that time; NULL: nothing was traced */
	struct sites_progress sites_progress; /* off in past moments */
	/* its course */
	struct verdict verdict;
	struct chart charts[CHART_COUNT];
	uint64_t focus;               /* region asked for; 0 none */
	struct chart focus_chart;     /* its RSS */
	struct page_map *focus_pages; /* NULL until scanned */
	struct lives lives;           /* processes followed by a name; count 0 in past moments */
	unsigned event_count;
	struct event events[MOMENT_EVENTS]; /* the latest, oldest first */
	unsigned row_count;
	struct table_row rows[MOMENT_ROWS]; /* the closing table: all rows, or evenly thinned */
	/* a threshold or the normal is exceeded now; "" nothing, or a past moment */
	char alarm[WARNING_MAX];
	unsigned alarms; /* how often an alarm rang so far */
	unsigned warning_count;
	char warnings[MOMENT_WARNINGS][WARNING_MAX]; /* alarms and notes, one line each */
	/* its recording */
	char recording[512];     /* path as given, not safe to print, of what is or was written */
	bool recording_on;       /* it goes on */
	uint64_t recording_size; /* bytes */
	char recording_trouble[160]; /* why nothing is written just now; "" all is well */
	/* the picker */
	struct process_list *processes; /* NULL unless asked for */
	/* two marked moments compared */
	struct diff *diff; /* model/diff.h; NULL unless asked for */
};

struct moment *moment_new(void); /* all unknown, one reference; NULL no memory */
struct moment *moment_ref(struct moment *m);
void moment_unref(struct moment *m); /* NULL is fine */

/*
 * A moment of one's own with everything `m` has, shared where it is shared; one reference. NULL no
 * memory.
 */
struct moment *moment_copy(const struct moment *m);

/* The trend of a region, or NULL when history does not follow it. */
const struct region_trend *moment_trend(const struct moment *m, uint64_t id);

#endif
