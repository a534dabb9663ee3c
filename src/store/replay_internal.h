/* SPDX-License-Identifier: MIT */
#ifndef STORE_REPLAY_INTERNAL_H
#define STORE_REPLAY_INTERNAL_H

/*
 * The inside of a replay, shared by its files. A recording is the work of somebody else: every number is
 * checked when it is read, every text passes safe_text, and nothing in it is believed to be in order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "store/replay.h"

/* Times beyond this (146 years) are no times, figures beyond it no figures: sums and differences stay sane. */
#define REPLAY_MOST (1ull << 62)

/* Of more than this a recording is not made. */
enum {
	REPLAY_MARKS = 1 << 22,
	REPLAY_PASSES = 1 << 22,
	REPLAY_IDS = 1 << 22,
	REPLAY_IMAGES = 1 << 16
};

/* Everything that is asked of the file. */
enum replay_query {
	QUERY_FACT,
	QUERY_MARKS,
	QUERY_PASSES,
	QUERY_IMAGES,
	QUERY_TARGET,
	QUERY_SAMPLE, /* at or before a time */
	QUERY_AFTER,  /* some samples after a time */
	QUERY_NEWEST_ID,
	QUERY_LIVES,   /* after an id; not prepared where there is no such table */
	QUERY_SPANS,   /* all rows after an id */
	QUERY_IDS,     /* the next id */
	QUERY_GONE,    /* the last word on an id */
	QUERY_REGION,  /* at or before a time, not before another */
	QUERY_LIGHT,   /* the same, only what trends need */
	QUERY_CHANGES, /* after a time, a few */
	QUERY_COURSE,  /* RSS from one time to another */
	QUERY_NAME,
	QUERY_VERDICT,
	QUERY_EVIDENCE,
	QUERY_LINKS,
	QUERY_CONFIDENCE,
	QUERY_EVENTS,
	QUERY_EVENT_BEFORE,
	QUERY_EVENT_AFTER,
	QUERY_NEWS, /* the next end or restart behind (time, id), until a time */
	QUERY_COUNT
};

/* What charts need of a sample; those of one with extremes have them in a list of their own. */
struct mark {
	uint64_t time, wall, span;
	uint64_t last[CHART_COUNT];
	uint32_t extremes; /* 1 + index; 0: it stands for itself alone */
	uint32_t flags;
};
struct extremes {
	uint64_t min[CHART_COUNT], max[CHART_COUNT];
};

struct pass {
	uint64_t time, mappings;
	bool estimated;
};

/* From `time` on another process or program is watched. */
struct image {
	uint64_t time, start_ticks;
	int32_t pid;
};

/* When a region was there: an id is never used again. */
struct span {
	uint64_t id, first, gone; /* gone: UNKNOWN when it was not so when it was looked at last */
};

struct name {
	uint64_t id;
	char *text; /* safe; NULL: an empty place */
};

/* A growable array; `rows` has room for `room` of `size` bytes. */
struct rows {
	void *rows;
	size_t count, room;
};

/* Bounds what one look may take: thousands of steps of SQLite's machine, a few seconds. */
enum { REPLAY_LOOK = 60 * 1000 };
struct guard {
	unsigned left;
};

/* Facts that are numbers. */
enum replay_fact {
	FACT_INTERVAL,
	FACT_CGROUP,
	FACT_AS,
	FACT_DATA,
	FACT_STACK,
	FACT_NOFILE,
	FACT_MAPPINGS,
	FACT_MEMORY,
	FACT_COUNT
};

/* By which a file is seen to have changed. */
struct stamp {
	uint64_t size, inode;
	int64_t changed; /* ns */
};

struct replay {
	char *path;
	char label[256]; /* the path, safe to print */
	sqlite3 *db;
	struct guard *guard;
	sqlite3_stmt *query[QUERY_COUNT];
	char *journal[2];          /* where a writer has its own: -wal, -journal */
	bool immutable;            /* nobody wrote to it when it was opened */
	struct stamp stamp;        /* of then */
	int64_t version;           /* PRAGMA data_version when it was read */
	bool stale;                /* a row that was there is not: all must be read again */
	uint64_t read_whole;       /* ns: the newest sample when all was read last */
	uint64_t fact[FACT_COUNT]; /* bytes, ns, counts; UNKNOWN */
	char cgroup[256];          /* path of its cgroup, safe */
	char lacking[240];         /* what could not be read, one sentence; "" */
	enum watch_end ended;      /* the watch recorded last; END_NOT_YET: not told */
	char child[80];            /* how its command fared, safe; "" */
	unsigned warning_count;
	char warnings[MOMENT_WARNINGS][WARNING_MAX]; /* safe */
	struct rows marks;                           /* struct mark, rising */
	struct rows extremes;                        /* struct extremes */
	struct rows passes;                          /* struct pass, rising */
	struct rows images;                          /* struct image, rising */
	struct rows spans;                           /* struct span, by rising id */
	struct rows names;                           /* struct name, hashed by id */
	size_t name_count;
	struct sample first;
	struct target *target; /* of the image at target_time */
	uint64_t target_time;
	uint64_t rebased;          /* ns; UNKNOWN: the first sample of each image */
	struct baseline *baseline; /* of the time below */
	uint64_t baseline_time;
};

static inline struct mark *replay_mark(const struct replay *r, size_t i)
{
	return (struct mark *)r->marks.rows + i;
}
static inline struct pass *replay_pass(const struct replay *r, size_t i)
{
	return (struct pass *)r->passes.rows + i;
}
static inline struct image *replay_image(const struct replay *r, size_t i)
{
	return (struct image *)r->images.rows + i;
}

/* --- replay.c --- */
/* Opens it again, see replay_db_woke(). 0 or -errno with a fault; then it stays as it was. */
int replay_wake(struct replay *r, struct fault *fault);

/* --- replay_facts.c --- */
void replay_facts_load(struct replay *r);

/* Which figure a chart shows; -1: sample_base(). */
extern const int replay_chart_figure[CHART_COUNT];

/* --- replay_sql.c --- */
/* ",NAME,NAME,": what a file has of the columns that only ever become more, those of figures. */
struct replay_columns {
	struct buf sample, region;
};
/* One that the file does not have is NULL in the answer. 0 or -errno of the buffer. */
int replay_sql(enum replay_query query, const struct replay_columns *has, struct buf *out);

/* --- replay_file.c --- */
/* Opens the file and checks what it is. 0 or -errno with a fault; r->db may be set either way. */
int replay_db_open(struct replay *r, struct fault *fault);
/* True when somebody writes to a file that nobody wrote to when it was opened: open it again. */
bool replay_db_woke(const struct replay *r);
/* Changes whenever another program wrote something. 0 or -EIO. */
int replay_db_version(const struct replay *r, int64_t *ret);

/* --- replay_db.c --- */
/* Prepares every query. */
int replay_db_prepare(struct replay *r, struct fault *fault);
void replay_db_close(struct replay *r);
/* The last failure of SQLite as one line. Returns -errno. */
int replay_db_fault(const struct replay *r, struct fault *fault);
/* Likewise what SQLite did not notice. -EIO. */
int replay_damaged(const struct replay *r, const char *how, struct fault *fault);
int replay_no_memory(const struct replay *r, struct fault *fault);
/* Begins and ends a look at one state of the file, and gives it its share of time. 0 or -errno. */
int replay_db_begin(const struct replay *r, struct fault *fault);
void replay_db_end(const struct replay *r);

/* A statement, ready to be bound. */
sqlite3_stmt *replay_query(const struct replay *r, enum replay_query query);
/* 1: a row, 0: the end, -EIO; the statement is reset unless it was a row. */
int replay_step(const struct replay *r, sqlite3_stmt *s);
/* The first number of the first row; UNKNOWN when there is none. Resets. 0 or -EIO. */
int replay_number(const struct replay *r, sqlite3_stmt *s, uint64_t *ret);
void replay_bind(sqlite3_stmt *s, int i, uint64_t v);

/* A column: a number of 0 to REPLAY_MOST, any 64 bits, a real number, a safe text, one of some words. */
uint64_t replay_u64(sqlite3_stmt *s, int i);
uint64_t replay_bits(sqlite3_stmt *s, int i);
double replay_real(sqlite3_stmt *s, int i);
void replay_text(sqlite3_stmt *s, int i, char *ret, size_t size);
int replay_word(sqlite3_stmt *s, int i, const char *const *words, int count, int other);

/* Room for one more row of `size` bytes, at most `most`. NULL: no memory, or too many. */
void *rows_grow(struct rows *v, size_t size, size_t most);
void rows_done(struct rows *v);

/* --- replay_marks.c --- */
/* Reads what is new of samples, passes and images (all: forgets the old). 0 or -errno with a fault. */
int replay_marks_load(struct replay *r, bool all, struct fault *fault);
/* How many marks, passes are at or before `time`. */
size_t replay_marks_until(const struct replay *r, uint64_t time);
size_t replay_passes_until(const struct replay *r, uint64_t time);
/* The image of `time`, and where it begins (0 for the first one); NULL: none is told. */
const struct image *replay_image_at(const struct replay *r, uint64_t time, uint64_t *ret_from);
/* The target of then, with a reference; NULL with -errno in *ret_error. */
int replay_target_at(struct replay *r, uint64_t time, struct target **ret);
/* The sample at or before `time`; 0, -ENOENT or -EIO. */
int replay_sample_at(const struct replay *r, uint64_t time, struct sample *ret);
void replay_sample_read(sqlite3_stmt *s, struct sample *ret);

/* --- replay_regions.c --- */
/* Figures of smaps that the weight of a region is made of: columns 3... of QUERY_LIGHT. */
extern const enum smaps_key replay_light_keys[];
extern const unsigned replay_light_count;

/* What courses need of a row. */
struct replay_light {
	uint64_t time;
	uint64_t rss, weight; /* UNKNOWN: gone, or not told */
};
/* The row of a region that holds at `time`. 1, 0: there is none, -errno. */
int replay_light_at(const struct replay *r, uint64_t id, uint64_t time, struct replay_light *ret);

/* A row as a region, with a reference; *ret is NULL for one that is gone, or makes no sense. 0 or -errno. */
int replay_region_read(struct replay *r, sqlite3_stmt *s, struct region **ret);
/* Takes the rows, which come in any order. NULL: no memory, the rows are the caller's still. */
struct region_table *replay_table(struct region **rows, size_t count, const struct pass *pass);
/* The newest pass of the image of `time` that is not later, and where that image begins; false: none. */
bool replay_pass_at(const struct replay *r, uint64_t time, uint64_t *ret_from, struct pass *ret);
/* The table of then, NULL when there was none. 0 or -errno. */
int replay_regions_at(struct replay *r, uint64_t time, struct region_table **ret);
/* A region as it was at `time`, with a reference; *ret is NULL when it was not there. 0 or -errno. */
int replay_region_at(struct replay *r, uint64_t id, uint64_t time, struct region **ret);

/* --- replay_spans.c --- */
/* Learns of regions that were not met yet. 0 or -errno. */
int replay_spans_load(struct replay *r);

/* --- replay_names.c --- */
/* The name with this id, "" when there is none; borrowed until the next call. 0 or -errno. */
int replay_name(struct replay *r, uint64_t id, const char **ret);
void names_done(struct replay *r);

/* --- replay_trend.c --- */
/* Fills the trends of the moment's regions. 0 or -errno. */
int replay_trends(struct replay *r, uint64_t time, struct moment *m);

/* --- replay_chart.c --- */
void replay_charts(const struct replay *r, size_t count, struct moment *m);
int replay_focus(const struct replay *r, uint64_t time, struct moment *m);

/* --- replay_course.c --- */
int replay_verdict_at(const struct replay *r, uint64_t time, struct verdict *ret);
int replay_events(const struct replay *r, uint64_t time, struct moment *m);
int replay_rows(const struct replay *r, size_t count, struct moment *m);

/* --- replay_select.c --- */
enum { REPLAY_WHERE = 128 };
/* Ready to be stepped, to be finalised by the caller; NULL with 0: there is no such table. 0 or -errno. */
int replay_select(const struct replay *r, const char *table, const char *names, const char *where,
                  sqlite3_stmt **ret);
/* The row that tells what was known at `time`: the newest of its image up to then. */
void replay_where_at(const struct replay *r, uint64_t time, char where[REPLAY_WHERE]);
/* The first row behind `after` (UNKNOWN: of all) up to `until`. */
void replay_where_after(uint64_t after, uint64_t until, char where[REPLAY_WHERE]);

/* --- replay_heap.c --- */
/*
 * What was found inside the heap: at or before `time`, of its image; the first behind `after` (UNKNOWN: of all) up to
 * `until`. *ret is NULL where there is nothing. 0 or -errno.
 */
int replay_heap_at(const struct replay *r, uint64_t time, struct heap_facts **ret);
int replay_heap_after(const struct replay *r, uint64_t after, uint64_t until,
                      struct heap_facts **ret);

/* --- replay_sites.c --- */
/* The same of call sites: what the newest tracing had found by then, as far as it is kept. */
int replay_sites_at(const struct replay *r, uint64_t time, struct sites_facts **ret);
int replay_sites_after(const struct replay *r, uint64_t after, uint64_t until,
                       struct sites_facts **ret);

/* --- replay_moment.c --- */
/* What surrounded the process: limits, its cgroup, what we were permitted to see. */
void replay_surroundings(const struct replay *r, uint64_t time, struct moment *m);
/* Of status at a past moment only what samples keep is known. */
void replay_status_of(const struct sample *s, uint64_t ret[STATUS_KEY_COUNT]);

#endif
