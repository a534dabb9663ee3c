/* SPDX-License-Identifier: MIT */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

/*
 * The file: schema 1. Whoever opens it with sqlite3 meets these names, so they only ever gain columns. Bytes
 * and nanoseconds are integers, unknown is NULL, names from the target are safe_text as UTF-8.
 */

#define SCHEMA_APPLICATION 0x4d4c6b44 /* "MLkD"; PRAGMA application_id */
#define SCHEMA_VERSION     1          /* PRAGMA user_version */

/*
 * Facts of the watch that was recorded last, which one that is appended begins without: a word of
 * watch_end_json, how a started command fared, warnings (the only value of several lines).
 */
#define SCHEMA_FACT_ENDED    "ended"
#define SCHEMA_FACT_CHILD    "child"
#define SCHEMA_FACT_WARNINGS "warnings"

/* The only table that a recording of ours may lack: the writer adds it when it appends, readers do without. */
#define SCHEMA_LIFE \
	"CREATE TABLE life(id INTEGER PRIMARY KEY, first INTEGER NOT NULL, gone INTEGER)"

#include "base/buf.h"
#include "model/sample.h"

/*
 * Column of a figure in table `sample` ("rss_kb" of the CSV without "_kb"; bytes, counts, ns); every figure has
 * one. Figures before SCHEMA_EXTREMES also have NAME_min and NAME_max, which are NULL in a full-rate row.
 */
extern const char *const schema_figures[FIGURE_COUNT];
enum { SCHEMA_EXTREMES = FIGURE_FILE + 1 };

/*
 * CREATE statements of all tables:
 *
 *   fact(key PRIMARY KEY, value)
 *   image(time PRIMARY KEY, pid, inner_pid, uid, start_ticks, page, comm, command, exe, user)
 *   sample(time PRIMARY KEY, wall, flags, span, FIGURE..., base_min, base_max, FIGURE_min..., FIGURE_max...)
 *     time: ns since the first sample; span: ns that a thinned row stands for, 0 for a sample as taken;
 *     base: sample_base()
 *   pass(time PRIMARY KEY, mappings, estimated)   one row a table of regions that was taken
 *   name(id PRIMARY KEY, text UNIQUE)              of regions
 *   region(id, time, gone, kind, perms, start, end, size, mappings, offset, inode, major, minor, name, flags,
 *          born, peak, SMAPS_FIGURE..., PRIMARY KEY (id, time)) WITHOUT ROWID
 *     one row whenever a region differs from the pass before; gone = 1: no longer there from `time` on
 *   life(id PRIMARY KEY, first, gone)              of each region that has a row: the pass that saw it first, even
 *     where thinning left only later rows of it, and the one that missed it, NULL while it is there
 *   event(id PRIMARY KEY, time, kind, text), indexed by time
 *   verdict(time PRIMARY KEY, kind, cause, pattern, place, outside_heap, confidence, reason, condition, needs,
 *           growth, growth_low, growth_high, since, flagged, limit_kind, limit_bytes, limit_count, eta, eta_low,
 *           eta_high, power, plateau, plateau_in)
 *   evidence(time, rank, speaks_for, weight, text, PRIMARY KEY (time, rank)) WITHOUT ROWID
 *   link(time, rank, kind, figure, per_unit, low, high, r, count, text, PRIMARY KEY (time, rank)) WITHOUT ROWID
 *
 * Words (kind, cause, ...) are those of JSON; the figure of a link is its column in `sample`. Addresses and
 * offsets beyond 2^63 are negative (64-bit two's complement). In `fact`, "thinned" is the writer's own: up to
 * which time rows are how coarse. Once older rows were dropped, the newest row before of each region and of
 * the verdict stays. 0 or -errno of the buffer.
 */
int schema_write(struct buf *out);

/*
 * What was found inside the heap, a look a time; of every look the same `time` in all of them:
 *
 *   census(time PRIMARY KEY, allocator, walked, why, layout, layout_confidence, took, looks, span, resident, arenas,
 *          ARENA...)   the sums over all arenas
 *   census_arena(time, rank, address, main, ARENA..., PRIMARY KEY (time, rank))     the 32 largest
 *   census_class(time, low, high, rank, blocks, bytes, first_blocks, growth_blocks, growth_bytes, steady,
 *                PRIMARY KEY (time, low))                                           live blocks by size, 256 of them
 *   lost(time PRIMARY KEY, scans, scanned, ...)                                     blocks that nobody points to
 *   lost_head(time, rank, address, size, kind, certainty, twins, bytes, indirect_blocks, indirect_bytes, scans,
 *             since, growth, first, type, PRIMARY KEY (time, rank))                 the 32 that weigh most
 *
 * Figures are those of model/heap.h; `first` is hex. A recording may lack these tables; at most 1024 looks are
 * kept, the older the further apart.
 */
enum schema_heap {
	SCHEMA_CENSUS,
	SCHEMA_ARENA,
	SCHEMA_CLASS,
	SCHEMA_LOST,
	SCHEMA_HEAD,
	SCHEMA_HEAP_COUNT
};
extern const char *const schema_heap_tables[SCHEMA_HEAP_COUNT];
extern const char
        *const schema_heap_columns[SCHEMA_HEAP_COUNT]; /* separated by commas, `time` first */
int schema_heap_write(
        struct buf *out); /* creates those that are not there; also part of schema_write */

/* Column of a figure of smaps in table `region`: "rss", "private_dirty", ...; static. */
const char *schema_smaps(unsigned key);

#endif
