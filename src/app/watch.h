/* SPDX-License-Identifier: MIT */
#ifndef APP_WATCH_H
#define APP_WATCH_H

/*
 * One watch: a source, what it told so far, and what follows from it. Batch, dashboard and --analyze are
 * three ways to turn the same crank. Owned by one thread (the clock).
 */

#include <stdint.h>

#include "app/options.h"
#include "model/moment.h"
#include "model/source.h"

struct watch;

/* Begins a watch over `source`, which it owns from now on (also on failure). 0 or -ENOMEM. */
int watch_new(struct source *source, const struct options *o, struct watch **ret);
void watch_free(struct watch *w); /* NULL is fine */

struct source *watch_source(struct watch *w); /* borrowed */
uint64_t watch_interval(const struct watch *w);
void watch_set_interval(struct watch *w, uint64_t ns);

/*
 * Takes the next sample (`now`: ns of the watch) through history, verdict and thresholds. 0; -EAGAIN none
 * this time; -ENODATA the end; other -errno: the source failed.
 */
int watch_sample(struct watch *w, uint64_t now);

/* Time 0 of the watch is `start`, CLOCK_MONOTONIC ns; to be said before the first sample. */
void watch_begin(struct watch *w, uint64_t start);

/*
 * Begins to look inside the heap of the process (heap/scanner.h), or stops; what was found stays. When the process
 * becomes another one it begins anew. False: nobody can look, for it is a file, or over.
 */
bool watch_heap_run(struct watch *w, bool on);
/* Wants to know more of the block at this address; 0: no more. */
void watch_heap_peek(struct watch *w, uint64_t address);
/* Readable when watch_heap_take has something; -1: nobody looks. */
int watch_heap_fd(const struct watch *w);
bool watch_heap_take(struct watch *w);        /* true: there was something new */
bool watch_heap_moves(const struct watch *w); /* a look is on its way just now */

/*
 * Begins to trace which code grows (sites/tracer.h): growth stacks until told, allocations for the time of --sites, 30 s
 * without; SITES_NONE stops; what was found stays. Where another program comes in its place growth stacks begin anew.
 * False: there is nothing to trace, for it is a file, or over.
 */
bool watch_sites_run(struct watch *w, enum sites_kind kind);
/* Finds out what tracing allocations would cost. Likewise. */
bool watch_sites_price(struct watch *w);
/* What --sites wants, if it was given: announces the price, then traces. To be said before the first sample. */
void watch_sites_ask(struct watch *w);
/* Readable when watch_sites_take has something; -1: nobody traces. */
int watch_sites_fd(const struct watch *w);
bool watch_sites_take(struct watch *w);        /* true: there was something new */
bool watch_sites_moves(const struct watch *w); /* it gets ready, and is to be looked after soon */

/* Takes region tables that came in. */
void watch_regions(struct watch *w);

/* The newest sample as a row of the table. Valid after the first watch_sample that gave 0. */
const struct table_row *watch_row(const struct watch *w);
uint64_t watch_samples(const struct watch *w);

/* Why the newest look gave no sample: -errno; 0: it gave one, or nobody knows. */
int watch_unread(const struct watch *w);

/*
 * The next line that must be said at once ("Warning: linear heap growth detected"), NULL when all is
 * said. Borrowed until the next call on w.
 */
const char *watch_next_line(struct watch *w);

/* The line given last must be seen also where no lines go (--json): on stderr. */
bool watch_line_announces(const struct watch *w);

/*
 * Counts changes from here on, until another image runs: of regions that the pass of now missed, none is known.
 * Before the first pass they count from that.
 */
void watch_rebase(struct watch *w);

/* What a person did, for who looks at it later: a baseline was set; the picture was frozen. */
void watch_mark_baseline(struct watch *w);
void watch_mark_freeze(struct watch *w);

/*
 * Tells this recorder everything from now on, with what history keeps of the time until now. It keeps a
 * reference; one that was there before gets nothing more.
 */
struct recorder;
void watch_record(struct watch *w, struct recorder *r);

/* Notes what the recorder came to; when it has ended, before the report. */
void watch_record_end(struct watch *w);

/* A note for the report and JSON "warnings". */
void watch_note(struct watch *w, const char *text);
/* The same, unless it was noted before, and a line "Note: TEXT" at once. */
void watch_note_now(struct watch *w, const char *text);

/* The watch is over; `text` says how in words ("exited 03:12:44"), "" for nothing to add. */
void watch_end(struct watch *w, enum watch_end how, const char *text);
/* How a started command fared, beginning with a verb: "ended with exit status 3". */
void watch_child_status(struct watch *w, const char *text);

/*
 * True when the final verdict is leak, a threshold was crossed, or memory departed from --normal: what
 * --exit-code tells.
 */
bool watch_alarmed(struct watch *w);

/*
 * Everything known at `time` (UNKNOWN: now), with the chart of region `focus` (0: none). One reference, the
 * caller's. NULL: no memory.
 */
struct moment *watch_moment(struct watch *w, uint64_t time, uint64_t focus);

/* The newest table of regions; NULL: none yet. Borrowed until the next call on w. */
const struct region_table *watch_table(const struct watch *w);

/* Neighbours in time, for stepping: see model/history.h. */
const struct history *watch_history(const struct watch *w);

#endif
