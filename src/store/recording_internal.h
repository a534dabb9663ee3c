/* SPDX-License-Identifier: MIT */
#ifndef STORE_RECORDING_INTERNAL_H
#define STORE_RECORDING_INTERNAL_H

/* What the parts of the writer share. */

#include <sqlite3.h>

#include "store/recording.h"
#include "store/schema.h"

/* Every statement that is run again and again; prepared once, when the file is opened. */
enum recording_sql {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_SAMPLE,
	SQL_IMAGE,
	SQL_EVENT,
	SQL_VERDICT,
	SQL_EVIDENCE,
	SQL_LINK,
	SQL_FACT,
	SQL_PASS,
	SQL_NAME_FIND,
	SQL_NAME_ADD,
	SQL_REGION,
	SQL_REGION_GONE,
	SQL_GONE_ALL,
	SQL_DROP_EVIDENCE,
	SQL_DROP_LINK,
	SQL_DROP_END,   /* facts of the end of a watch before */
	SQL_THIN_FIRST, /* from here on those of thinning: recording_thin_sql[] */
	SQL_PAGES = SQL_THIN_FIRST,
	SQL_FREE_PAGES,
	SQL_VACUUM,
	SQL_RANGE_SAMPLE,
	SQL_MERGE_SAMPLE,
	SQL_DROP_SAMPLE,
	SQL_MERGE_PASS,
	SQL_RANGE_VERDICT,
	SQL_BEFORE_VERDICT,
	SQL_DROP_VERDICT,
	SQL_NEXT_REGION,
	SQL_RANGE_REGION,
	SQL_BEFORE_REGION,
	SQL_DROP_REGION,
	SQL_DROP_EVENT,
	SQL_DROP_IMAGE,
	SQL_DROP_NAMES,
	SQL_LIFE_FIRST, /* from here on those of recording_life.c; NULL where there is no such table */
	SQL_LIFE_BEGIN = SQL_LIFE_FIRST,
	SQL_LIFE_END,
	SQL_LIFE_LOSE,
	SQL_LIFE_GONE_ALL,
	SQL_LIFE_END_ALL,
	SQL_COUNT
};

/*
 * Stages of thinning: 0 is as taken, then ever wider buckets; what left the last one is dropped. The first
 * three widths come with age, the others only when the file would grow beyond its limit.
 */
enum { STAGES_BY_AGE = 3, STAGES = 7, STAGE_DROP = STAGES };

/* One walk over the file that thins [from, to) to buckets of a stage; a little at a time. */
struct recording_sweep {
	unsigned stage; /* 0: none under way */
	uint64_t from, to;
	uint64_t at;     /* next bucket of samples */
	bool rows_done;  /* samples, passes and verdicts are done, regions are not */
	uint64_t region; /* id of the last region done */
};

/* What a rollback takes back together with the rows. */
struct recording_state {
	bool signed_by;  /* the version that writes is in the file */
	bool based;      /* shift is known: times can be written */
	int64_t shift;   /* ns; added to every time that is given */
	uint64_t floor;  /* ns; where this watch begins: nothing of it comes before */
	uint64_t newest; /* ns in the file; UNKNOWN: no sample yet */
	/* ns; its first sample while it is not sure which image that is of; UNKNOWN: it is sure */
	uint64_t joint;
	uint64_t newest_wall;       /* ns; UNKNOWN */
	uint64_t newest_pass;       /* ns in the file when it was opened; UNKNOWN: none */
	struct region_table *table; /* written last; a reference */
	struct verdict *verdict;    /* written last, owned; NULL: none */
	uint64_t events, images;    /* rows */
	uint64_t names_new;         /* names added since unused ones were dropped */
	/* [k]: up to there rows are at stage k or beyond; [0] unused */
	uint64_t cursor[STAGES + 1];
	int64_t weight[STAGES]; /* bytes, roughly, of the rows in each stage */
	struct recording_sweep sweep;
	uint64_t left_out; /* tables of regions that had no room */
	bool leaving_out;  /* the one before this was */
	uint64_t past; /* ns of the watch; samples before that were taken before it was recorded */
	uint64_t held; /* likewise; what is before that is in the file already */
};

/* What was given before the first sample said what time it is. */
struct recording_held;

struct recording {
	sqlite3 *db;
	sqlite3_stmt *sql[SQL_COUNT];
	int lock; /* keeps other recorders out; closed last */
	char *path, *wal, *version;
	uint64_t limit, interval;
	uint64_t pages_max; /* of the file, so that the journal has its share of the limit */
	uint64_t size;
	uint64_t id_shift; /* added to every id of a region */
	bool fresh;        /* the file was made by us, now */
	bool open;         /* a transaction is */
	bool full;         /* the limit was met: room must be made first */
	bool squeeze;      /* the journal must be emptied first */
	bool read_on;      /* a reader keeps it from being emptied */
	int lost;          /* -errno: removed or replaced, moved; nothing is written any more */
	int failed;        /* -errno of the call that rolled back; told by the next commit */
	struct recording_state now, kept; /* kept: as of the last commit */
	struct recording_held *held;
	size_t held_count, held_kept, held_cap;
	uint64_t journal_max;             /* bytes; the journal's share of the limit */
	uint64_t journal_begun;           /* bytes of it when the transaction began */
	uint64_t pages_begun;             /* in use then */
	uint64_t scattered;               /* rows that it put among older ones, roughly */
	struct recording_moment *scratch; /* rows of one region or bucket, see recording_merge.c */
	size_t scratch_cap;
};

enum { RECORDING_PAGE = 4096 };

/* Roughly the bytes of a row with its share of pages. */
enum { WEIGHT_SAMPLE = 330, WEIGHT_REGION = 170, WEIGHT_GONE = 60, WEIGHT_VERDICT = 1000 };

/* --- recording_sql.c --- */

/* -errno of a result of SQLite; 0 for SQLITE_OK, ROW, DONE. */
int recording_errno(struct recording *r, int rc);
/* All statements but those of lives; -EUCLEAN: a table lacks columns. */
int recording_prepare(struct recording *r);
int recording_prepare_one(struct recording *r, enum recording_sql which, const char *sql);
/* Runs a statement without rows and resets it; -errno. */
int recording_run(struct recording *r, enum recording_sql which);
/* 1: a row, 0: none left (the statement is reset), -errno. */
int recording_step(struct recording *r, enum recording_sql which);
void recording_reset(struct recording *r, enum recording_sql which);
int recording_exec(struct recording *r, const char *sql);
/* Makes tables that a recording begun by an older version lacks. */
int recording_create(struct recording *r, int (*schema)(struct buf *out));
/* The first column of the first row; UNKNOWN when NULL or none. */
int recording_number(struct recording *r, const char *sql, uint64_t *ret);

/* Unknown figures are NULL, addresses beyond 2^63 negative; text passes safe_text, "" is NULL. */
void bind_count(sqlite3_stmt *s, int *i, uint64_t v);
void bind_real(sqlite3_stmt *s, int *i, double v);
void bind_word(sqlite3_stmt *s, int *i, const char *word); /* static or outliving the step */
int bind_text(sqlite3_stmt *s, int *i, const char *bytes, size_t n);
int bind_lines(sqlite3_stmt *s, int *i, const char *bytes, size_t n); /* newlines are kept */
uint64_t column_count(sqlite3_stmt *s, int i);

/* --- recording_file.c --- */

/* Opens or creates the file, locked and checked; r->db, lock, path, wal. */
int recording_file_open(struct recording *r, const struct recording_options *o,
                        struct fault *fault);
/* False when the file at the path is no longer the one that is open, or its journal is gone. */
bool recording_file_there(struct recording *r);
uint64_t recording_file_size(const char *path); /* 0 when it is not there */
/* Of one that is closed but for its lock: with what SQLite may have left beside it. */
void recording_file_remove(struct recording *r);

/* --- recording_moved.c --- */

/* It is no longer at its path, and nothing else is, but it has another name. */
bool recording_has_moved(const struct recording *r);
/* Between transactions: moves all that is in the journal into the file. 0 or -errno. */
int recording_into_file(struct recording *r);

/* --- recording_words.c --- */

/* "FILE: REASON; REMEDY" of an error when it is opened, and of one while writing. Return err. */
int recording_refuse(const char *path, int err, struct fault *fault);
int recording_fault(const struct recording *r, int err, struct fault *fault);

/* --- recording.c --- */

/* Rolls back, remembers err and returns it. */
int recording_fail(struct recording *r, int err);
/* What is now is what a rollback returns to. */
void recording_kept(struct recording *r);

/* --- recording_append.c --- */

/* A time of the watch as one of the file; UNKNOWN stays. */
uint64_t recording_time(const struct recording *r, uint64_t time);

/* What the file holds already: newest sample, largest ids, cursors, weights. */
int recording_tail(struct recording *r);
/* What its executable is, once that is known, tells whether the watch began with another image after all. */
int recording_image_known(struct recording *r, uint64_t time, const struct target *t);
/* Sets the shift by the first sample and writes what was held until then; *ret_flags: its own. */
int recording_base(struct recording *r, const struct sample *s, unsigned *ret_flags);
/* A sample of the time before the recording, which the file has of an earlier one: it is passed over. */
bool recording_has(struct recording *r, const struct sample *s, uint64_t span);
void recording_pass_over(struct recording *r, const struct sample *s);
int recording_hold_image(struct recording *r, uint64_t time, const struct target *t);
int recording_hold_regions(struct recording *r, struct region_table *t);
int recording_hold_event(struct recording *r, const struct event *e);
int recording_hold_verdict(struct recording *r, uint64_t time, const struct verdict *v);
void recording_held_kept(struct recording *r); /* after a commit */
void recording_held_cut(struct recording *r);  /* after a rollback */

/* --- recording_rows.c, recording_regions.c: write now, within a transaction --- */

int recording_put_image(struct recording *r, uint64_t time, const struct target *t);
int recording_put_event(struct recording *r, const struct event *e);
int recording_put_verdict(struct recording *r, uint64_t time, const struct verdict *v);
int recording_put_sample(struct recording *r, const struct sample *s, unsigned flags, uint64_t span,
                         const struct sample extremes[2]);
int recording_put_regions(struct recording *r, struct region_table *t);
/* Tells in the file that this table is not in it, unless the one before is not either. */
int recording_leave_out(struct recording *r, const struct region_table *t);

/* --- recording_heap.c --- */
/* "INSERT OR REPLACE INTO TABLE(COLUMNS) VALUES(?,...)", ready to be bound and finalised. 0 or -errno. */
int recording_insert(struct recording *r, const char *table, const char *names, sqlite3_stmt **ret);
int recording_put_row(struct recording *r, sqlite3_stmt *s);
int recording_put_heap(struct recording *r, const struct heap_facts *f);

/* --- recording_sites.c --- */
int recording_put_sites(struct recording *r, const struct sites_facts *f);

/* --- recording_room.c --- */

/* Counts from here. */
int recording_room_begin(struct recording *r);
/* Pages that may be changed for thinning, beside what the transaction has changed already. */
uint64_t recording_pages_left(struct recording *r);
/*
 * 0 while all that was changed fits, or would with so many bytes of rows more, `scattered` of them among older ones.
 * -E2BIG: not now; -EAGAIN: a reader keeps the journal. *ret_never: nor would it after room was made.
 */
int recording_fits(struct recording *r);
int recording_fits_more(struct recording *r, uint64_t bytes, uint64_t scattered, bool *ret_never);

/* --- recording_life.c: nothing is done, and 0 returned, where there is no such table --- */

/* Brings a file that lacks the table to have it. -errno: it stays without. */
int recording_life_open(struct recording *r);
/* Times and ids of the file. */
int recording_life_begin(struct recording *r, uint64_t id, uint64_t time);
int recording_life_end(struct recording *r, uint64_t id, uint64_t time);
/* Forgets the region unless a row of it is left. */
int recording_life_lose(struct recording *r, uint64_t id);
/* Ends all regions that are still there, also in table `region`. */
int recording_life_end_all(struct recording *r, uint64_t time);

/* --- recording_thin*.c, recording_merge*.c, recording_limit.c --- */

extern const char *const recording_thin_sql[SQL_LIFE_FIRST - SQL_THIN_FIRST];
/* ns: width of the buckets of a stage, 1 to STAGES - 1; 1 for what is dropped. */
uint64_t recording_width(unsigned stage);
/* One row, as far as it matters which of several stay. */
struct recording_moment {
	uint64_t time;
	bool gone, turn; /* of a region: no longer there; of a verdict: another kind or cause */
};
/* Row n of r->scratch. 0 or -ENOMEM. */
int recording_scratch_add(struct recording *r, size_t n, struct recording_moment m);
uint64_t recording_bucket_end(uint64_t time, unsigned stage);
/* So many rows came from the stage below, and so many are left. */
void recording_weigh(struct recording *r, unsigned stage, int64_t before, int64_t after,
                     int64_t bytes);
/* Thins all samples, passes and verdicts of the bucket that `from` begins or lies in, up to `to`. */
int recording_merge_bucket(struct recording *r, struct recording_sweep *w, unsigned *ret_rows);
int recording_merge_region(struct recording *r, const struct recording_sweep *w, uint64_t id,
                           unsigned *ret_rows);
/* Begins a sweep; goes on with it for about `budget` rows and what the journal can take. 0 or -errno. */
void recording_sweep_begin(struct recording *r, unsigned stage, uint64_t to);
int recording_sweep_on(struct recording *r, unsigned budget);
/* Shares of the limit, cursors and weights of a file that is just opened. */
int recording_limits_init(struct recording *r);
/* The number that a pragma says. */
int recording_number_of(struct recording *r, enum recording_sql which, uint64_t *ret);
/* Pages from where on it is thinned by size. */
uint64_t recording_soft_pages(const struct recording *r);
/* Thins what is due, a little; within the transaction. */
int recording_thin_some(struct recording *r);
/* Between transactions, when the limit was met: thins until there is room for more. */
int recording_make_room(struct recording *r);
/* Between transactions: room in the journal for one more. -EAGAIN: a reader keeps it from that. */
int recording_journal(struct recording *r);

#endif
