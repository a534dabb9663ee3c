/* SPDX-License-Identifier: MIT */
#ifndef TESTS_KEYS_KEYS_H
#define TESTS_KEYS_KEYS_H

/*
 * Random keys on the dashboard. A seed decides who is watched, on what terminal, and every act after that: keys,
 * bytes that are none, new sizes, time, and what becomes of the processes meanwhile. What breaks tells its seed.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- dice.c ------------------------------------------------------------------------------------------- */

struct dice {
	uint64_t state;
};

/* A number below `below`, which is not 0. */
uint64_t dice_roll(struct dice *d, uint64_t below);
/* True once in so many. */
bool dice_once(struct dice *d, uint64_t in);

/* --- forest.c: a proc directory whose processes live and die -------------------------------------------- */

enum { FOREST_MAX = 12, FOREST_PID = 4242 };

/* One process of it. */
struct tree {
	int pid;
	bool there;
	char state;
	const char *comm;
	unsigned start, regions;
	uint64_t rss_kb, heap_kb;
	uint64_t salt;       /* of its mappings: the same until it executes something else */
	const char *blocked; /* the file that is a FIFO without a writer; NULL: none */
};

struct forest {
	char path[128];
	struct tree trees[FOREST_MAX];
};

/* Plants it in the directory `path`, which is there. The first process is FOREST_PID. */
void forest_plant(struct forest *f, const char *path, struct dice *d);
/* One thing happens to one of them: it grows, ends, executes, blocks, is stopped, garbled, called otherwise, ... */
void forest_live(struct forest *f, struct dice *d);
/* Whoever waits at a FIFO goes on. */
void forest_release(struct forest *f);
/* Removes a directory and all below it. */
void remove_all(const char *path);

/* --- hand.c: what is done ------------------------------------------------------------------------------- */

enum act_kind {
	ACT_BYTES,  /* these come from the keyboard */
	ACT_CODE,   /* a key as curses gives it */
	ACT_RESIZE, /* rows x columns */
	ACT_LIVE,   /* something happens to a process */
	ACT_WAIT,   /* time passes */
	ACT_REDRAW, /* as after ^Z and fg */
	ACT_LATER,  /* the time is over for which a last picture stays */
};

struct act {
	enum act_kind kind;
	char bytes[600];
	size_t len;
	int code;
	int rows, columns;
};

/* `blind`: of somebody who does not see what is asked: no path is typed that leads out of the working directory. */
void hand_act(struct dice *d, bool blind, struct act *ret);
/* A size from 1x1 to 400x120, often one of those where the layout changes. */
void hand_size(struct dice *d, int *ret_rows, int *ret_columns);

/* --- wire.c: what reaches the terminal ------------------------------------------------------------------ */

/*
 * What a terminal of this size was sent must stay inside it, and be nothing but text, movements and attributes. NULL, or what
 * is wrong with it in a static buffer. `lossy`: of a real one, which may throw away what it has not shown, in the middle of anything.
 */
const char *wire_fault(const char *bytes, size_t len, int rows, int columns, bool lossy);
/* The same of a text in lines; `columns` 0: of any width. */
const char *text_fault(const char *text, size_t len, int rows, int columns, bool ascii);

/* --- stage.c, outside.c, main.c ------------------------------------------------------------------------- */

/* Seen by the process that watches over this one, which outlives it. */
struct progress {
	uint64_t seed;
	uint64_t acts, keys, sequences; /* in all */
	uint64_t act;                   /* of this sequence */
	uint64_t worst_ns;              /* CPU time of the longest answer to one act */
	char doing[32];
};
extern struct progress *progress;
void doing(const char *what);

/* Says what is wrong, and ends this process. */
_Noreturn void broken(const char *format, ...) __attribute__((format(printf, 1, 2)));

enum { ACTS = 250, STATUS_BROKEN = 99 };

/* A sequence on a dashboard within this process; in `dir`, which is the working directory and empty. */
void stage_play(uint64_t seed, const char *dir, const char *recording);
/* Makes a recording that sequences replay. False: nothing can be recorded by this build. */
bool stage_record(const char *dir, const char *path);
/* A sequence on the program in a terminal of its own; `target`: a process to watch, 0: one of the forest. */
void outside_play(uint64_t seed, const char *dir, const char *program, int target);

#endif
