/* SPDX-License-Identifier: MIT */
#ifndef SITES_TRACER_INTERNAL_H
#define SITES_TRACER_INTERNAL_H

/* Between the files of the tracer: what its thread shares with others, and what is the thread's own. */

#include "proc/pages.h"
#include "proc/procdir.h"
#include "sites/facts.h"
#include "sites/intake.h"
#include "sites/tracer.h"

/* --- shared: tracer.c ------------------------------------------------------------------------------------- */

struct tracer_order {
	bool price; /* only what it would cost */
	enum sites_kind kind;
	uint64_t duration; /* ns; UNKNOWN */
};

/* Whether somebody wants something else by now. */
bool tracer_stopped(struct tracer *t);

/* Sleeps until `fd` (-1: none) is readable, somebody wants something else, or so many ns are over. */
void tracer_wait(struct tracer *t, int fd, uint64_t ns);

/* Hands facts over, which it owns from then on, and what is being done at the same moment. */
void tracer_publish(struct tracer *t, struct sites_facts *f, const struct sites_progress *p);

/* What is being done just now. */
void tracer_tell(struct tracer *t, const struct sites_progress *p);

uint64_t tracer_hinted(struct tracer *t); /* see tracer_hint() */

/*
 * Reading symbols takes seconds of a CPU: those of a tracing go on to the next one that begins within a minute, and the
 * child that read them waits. On the tracer's thread. As symbols_open() and symbols_close().
 */
int tracer_symbols_open(struct tracer *t, struct symbols **ret);
void tracer_symbols_close(struct tracer *t, struct symbols *s);

/* --- the thread's own: tracer_run.c ----------------------------------------------------------------------- */

struct tracing;

/* One way to trace. */
struct tracing_way {
	/* Begins. 0 or -errno: then progress.why is filled. */
	int (*open)(struct tracing *c);
	/* Every 100 ms or so, and when the descriptor of fd() is readable. */
	void (*turn)(struct tracing *c);
	int (*fd)(const struct tracing *c);
	/* Takes all events out of the kernel: what waits is booked, figures stay. */
	void (*stop)(struct tracing *c);
	/* Its part of the facts, whose sites are filled; `stacks` are those of the rows. */
	void (*tell)(struct tracing *c, struct sites_facts *f, const uint32_t *stacks);
	void (*close)(struct tracing *c); /* also after a failed open */
};
extern const struct tracing_way tracing_growth;

struct growth;
struct allocations;
struct alloc_priced;

/* One tracing, from an order to its end. */
struct tracing {
	struct tracer *t;
	const char *proc; /* borrowed */
	int32_t pid;
	uint64_t start;      /* CLOCK_MONOTONIC ns of the watch's time 0 */
	double max_slowdown; /* per cent */
	struct procdir dir;
	int pagemap; /* -1: not permitted */
	enum pages_way pages;
	struct symbols *symbols; /* NULL: none to be had */
	char no_symbols[200];    /* and why; "" */
	struct trie *trie;
	struct ledger *ledger;
	struct site_names *names;
	struct intake *intake;
	const struct tracing_way *way;
	struct sites_progress progress;
	uint64_t samples;
	bool mapped;        /* code was mapped since names were last asked for */
	bool exec, ended;   /* it executed another program; it ended */
	uint64_t refreshed; /* ns of the watch */
	uint64_t due;       /* ns of the watch: the way wants its turn; UNKNOWN: whenever */
	bool dear;          /* the target pays for each moment until then: nothing long now */
	char given_up[240]; /* what was asked for and is not possible; "" */
	struct growth *growth;
	struct allocations *allocations;
	struct alloc_priced *priced; /* borrowed: from one tracing to the next */
};

enum { LEDGER_MAX = 1 << 17, TRIE_MAX = 1 << 20 };

/* Does what is ordered until it is over or somebody wants something else. `priced`: 0 at first, then as it was left. */
void tracing_run(struct tracer *t, const char *proc, int32_t pid, uint64_t start,
                 double max_slowdown, const struct tracer_order *order,
                 struct alloc_priced *priced);

uint64_t tracing_now(const struct tracing *c); /* ns of the watch */

/* The same moment for a time of CLOCK_MONOTONIC. */
uint64_t tracing_time(const struct tracing *c, uint64_t mono);

/* Reads what is to be read of symbols, before samples need it. */
void tracing_warm(struct tracing *c);

/* Of the way in use: fills progress.why and returns `e`. */
int tracing_fail(struct tracing *c, int e, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* --- what the reader must know: tracer_words.c ------------------------------------------------------------ */

/* What a note is made from. */
struct note_facts {
	uint64_t largest; /* bytes: block size that grows most; UNKNOWN */
	uint64_t samples, lost, stacks, broken;
	uint64_t hidden;        /* of those broken: where some tool probes a return */
	uint64_t cut;           /* of those broken: deeper than what was taken of them */
	uint64_t made;          /* bytes, of live: by code without a name, made at run time */
	uint64_t files;         /* samples of pages of files and of shared memory, left out */
	bool no_pagemap;        /* whether pages stayed cannot be told */
	bool no_kernel;         /* faults of the kernel are not seen */
	uint64_t live, time;    /* bytes; ns traced */
	const char *no_symbols; /* why there are no names; "" */
	const char *given_up;   /* what was asked for and is not possible; "" */
};

struct alloc_note {
	double set_share; /* of the time; 1: no bursts */
	double taken;     /* 0..1: of the target's CPU time in bursts, what probes took */
	double max;       /* per cent that it may cost */
	uint64_t samples, lost, full, stacks, broken;
	bool hits;                         /* no bytes, no frees */
	const char *no_symbols, *given_up; /* as above */
};
void words_allocations(const struct alloc_note *n, char *note, size_t size);

void words_growth(const struct note_facts *n, char *note, size_t note_size, char *next,
                  size_t next_size);

#endif
