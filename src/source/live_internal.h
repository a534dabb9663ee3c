/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_LIVE_INTERNAL_H
#define SOURCE_LIVE_INTERNAL_H

/*
 * How the parts of a live source hang together.
 *
 * struct live belongs to the caller's thread, struct live_reader to the slow reader. Between them
 * lies struct live_shared, which the last of the two frees: a reader blocked in the kernel never
 * keeps anybody waiting. Its lock is never held across a system call on the target.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/known.h"
#include "model/source.h"
#include "model/tracker.h"
#include "proc/pages.h"
#include "proc/procdir.h"
#include "proc/smaps.h"
#include "proc/status.h"
#include "source/live.h"
#include "source/live_budget.h"

/* Where the kernel put the program: another place is another image (exec). UNKNOWN: not told. */
struct live_image {
	uint64_t code, stack;
};

/* What the newest pass says about the process as a whole. */
struct live_figures {
	uint64_t serial; /* rises with every pass; 0: none yet */
	uint64_t read;   /* CLOCK_MONOTONIC ns: the end of that pass */
	bool failed;     /* a later pass failed */
	uint64_t totals[SMAPS_KEY_COUNT];
	uint64_t mappings;
	bool torn;
};

struct live_focus {
	uint64_t id, start, end;
	uint64_t serial; /* rises with every other id */
};

struct live_shared {
	atomic_uint refs;
	/* fixed from the beginning */
	struct procdir dir;
	uint64_t page; /* bytes */
	uint64_t max_stall;
	bool regions;
	uint64_t first_id;
	int wakefd;
	/* any thread, any time */
	atomic_bool stopping;
	atomic_uint_least64_t start;       /* CLOCK_MONOTONIC ns: time 0 of the watch */
	atomic_int via;                    /* as procdir.via; set by the clock */
	atomic_uint_least64_t heap_asked;  /* number of the newest question */
	atomic_uint_least64_t focus_asked; /* focus.serial, for a look between two calls */
	_Atomic(const char *) busy_what;   /* what the reader reads */
	atomic_uint_least64_t busy_since;  /* CLOCK_MONOTONIC ns; 0: nothing */
	/* the rest under the lock */
	pthread_mutex_t lock;
	pthread_cond_t work;
	/* asked by the clock */
	bool gone;               /* nothing is left to read */
	uint64_t min_period;     /* ns */
	uint64_t epoch;          /* images seen so far */
	struct live_image image; /* of this epoch, as the clock saw it */
	struct live_focus focus;
	/* answered by the reader */
	uint64_t heap_answered, heap_bytes;
	struct region_table *table; /* not yet handed out */
	struct live_figures figures;
	struct page_map *pages;
	struct target *target;
	struct abilities abilities;
	bool reduced;
	struct costs costs; /* without those of the moment */
	uint64_t pass_cost; /* CPU ns of the last pass */
	uint64_t fds[FD_KIND_COUNT], fd_count;
	uint64_t slow[FIGURE_COUNT - FIGURE_SLOW]; /* figures from FIGURE_SLOW on */
	uint64_t sockets[SOCKET_KIND_COUNT];
	uint64_t limits[LIMIT_KEY_COUNT];
	uint64_t cgroup_limit, cgroup_usage;
	char cgroup_path[256];
	struct bounds bounds; /* without the address space, which the clock knows */
	int oomfd;            /* where its cgroup counts OOM kills; -1 */
	uint64_t oom_before;
};

/* live_shared.c */
struct live_shared *live_shared_new(const struct live_options *o, const struct procdir *dir);
void live_shared_unref(struct live_shared *sh);
void live_shared_wake(struct live_shared *sh);
void live_lock(struct live_shared *sh);
void live_unlock(struct live_shared *sh);

/* Names met in a directory of the target at the last look, and how many different ones ever. */
struct live_seen {
	uint64_t *id; /* rising */
	size_t count;
	uint64_t ever;
};

struct live_reader {
	struct live_shared *sh;
	struct procdir dir; /* a copy, with a `via` of its own */
	struct smaps_parser *parser;
	struct tracker *tracker;
	struct buf text; /* small files */
	struct buf heap; /* what the heap job reads, also in the middle of another */
	struct buf maps; /* text of maps */
	uint64_t epoch;
	uint64_t heap_served;
	bool no_query;   /* PROCMAP_QUERY is unknown here */
	bool no_smaps;   /* this kernel has no smaps */
	bool identified; /* identity read in this epoch */
	struct live_budget pass, heap_text, focus, fds, slow;
	uint64_t focus_served;
	bool focusing; /* what goes on is a scan of the region in focus */
	/* the pass going on, and what is remembered of the last one */
	uint64_t longest;               /* ns: longest single call */
	struct budget_window window;    /* resident bytes of neighbouring mappings */
	uint64_t window_then, rss_then; /* bytes, at the last pass; UNKNOWN before */
	uint64_t stacks_threads;        /* threads when their stacks were last looked up */
	unsigned stacks_age;            /* passes since then */
	struct socket_ref *refs;        /* room for the sockets of the target, or NULL */
	struct live_seen sockets, threads;
	uint64_t skipped; /* mappings that slices had to leave uncounted */
};

/* live_reader.c */
int live_reader_start(struct live_shared *sh);

/* Between two system calls of a long job: serves the heap; true when the job must be given up. */
bool live_between(struct live_reader *r);

/* Around a system call that may block. live_idle returns how long it took, ns. */
uint64_t live_busy(struct live_reader *r, const char *what);
uint64_t live_idle(struct live_reader *r, uint64_t since);

/* What a job costs that began at these times: CPU time of this thread, or all of it. */
struct live_meter {
	uint64_t started, cpu; /* ns: CLOCK_MONOTONIC; CPU time of this thread */
};
struct live_meter live_meter_start(void);
uint64_t live_meter_cost(const struct live_meter *m);

/*
 * True when the process is ending or ended: what was just read, were it without an error, says nothing
 * about its life.
 */
bool live_is_over(struct live_reader *r);

/* live_heap.c */
void live_heap_serve(struct live_reader *r);

/* live_pass.c */
void live_pass(struct live_reader *r);

/* live_slices.c: a pass from page maps; r->maps holds the text of maps. 0 or -errno. */
int live_slices(struct live_reader *r);
/* After r->skipped: sums that would lack something become UNKNOWN; says so in one sentence. */
void live_slices_doubt(struct region_table *t);
void live_slices_lacking(uint64_t skipped, char *out, size_t size);

/* live_pages.c */
/* Without PAGEMAP_SCAN what was only reserved cannot be skipped: 64 GiB are 128 MiB of entries. */
#define PAGES_ENTRIES_LIMIT (64ull << 30)
/* 0, or -EFBIG: counting so many bytes this way would be too much. */
int live_pages_bounded(enum pages_way way, uint64_t bytes);
int live_pagemap_open(struct live_reader *r, enum pages_way *ret_way);
int live_pages_range(struct live_reader *r, int fd, enum pages_way way, uint64_t start,
                     uint64_t end, struct page_counts *counts, uint64_t *longest);
void live_focus_scan(struct live_reader *r);

/* live_slow.c */
void live_identify(struct live_reader *r);
void live_surroundings(struct live_reader *r);
void live_stacks(struct live_reader *r, uint64_t threads);

/* live_counters.c */
void live_count_fds(struct live_reader *r);
void live_memory_stat(struct live_reader *r);
void live_counters_forget(struct live_reader *r); /* another image runs */
void live_counters_done(struct live_reader *r);

/* live_state.c */
bool live_image_same(const struct live_image *a, const struct live_image *b);
int live_image_read(const struct procdir *d, struct buf *text, struct live_image *ret,
                    uint64_t *ret_start_brk);
/* Bytes a 32-bit process can address, told by where its stack lies; UNKNOWN: 64-bit, or not told. */
uint64_t live_address_limit(const struct live_image *image);
struct target *live_target(const struct procdir *d, const struct proc_status *status,
                           uint64_t start_ticks, uint64_t page);
void live_user_name(uint64_t uid, char *out, size_t size);

/*
 * Why regions are left out, in one sentence with its remedy: `error` of the last attempt, and the
 * stall (ns) that smaps was spared for; 0: it was not the stall.
 */
void live_lacking(struct live_reader *r, int error, uint64_t stall, char *out, size_t size);

/* The part of the caller's thread. */
struct live {
	struct source base;
	struct live_shared *sh;
	struct procdir dir; /* a copy, with a `via` of its own */
	struct buf text;
	struct proc_status status;
	uint64_t peak[STATUS_KEY_COUNT];
	uint64_t meminfo[MEMINFO_KEY_COUNT];
	uint64_t meminfo_next; /* ns of the watch */
	enum target_state state;
	struct live_image image;
	uint64_t start_ticks;
	bool heap_wanted; /* prepare was called since the last sample */
	uint64_t heap_ticket;
	uint64_t figures_seen; /* serial */
	uint64_t asleep;       /* ns: boot clock minus monotonic clock, the time spent suspended */
	uint64_t last_time;    /* ns of the watch: the last sample; UNKNOWN before */
	uint64_t cpu_before, mono_before;
	bool ended;
	int unread; /* -errno of the newest look at it that failed; 0: it did not */
};

/* live_sample.c */
/*
 * True while what the last pass said may stand for the present: until three periods (ns; and 3 s) have
 * passed since, but not longer than three sampling intervals or a minute; or until a later pass failed.
 * `now`: CLOCK_MONOTONIC ns.
 */
bool live_figures_hold(const struct live_figures *f, uint64_t now, uint64_t period,
                       uint64_t interval);
int live_look(struct live *l, struct proc_status *ret_status, struct proc_stat *ret_stat);
int live_sample(struct source *s, uint64_t now, struct sample *ret);

#endif
