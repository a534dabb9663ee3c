/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_LIVE_BUDGET_H
#define SOURCE_LIVE_BUDGET_H

/*
 * The promise to the target as arithmetic: when the next costly job may begin, and whether one system
 * call of it would hold the target up for too long. Times are CLOCK_MONOTONIC ns, given by the caller.
 */

#include <stdbool.h>
#include <stdint.h>

/* A job may use one part in so many of the time: with all else that keeps it below 0.5 % of one CPU. */
enum { BUDGET_SHARE = 400 };

/* One read(2) of smaps walks this many mappings at most: its text is cut at a page. */
enum { BUDGET_WINDOW = 6 };

struct live_budget {
	uint64_t min_period; /* ns between two beginnings, at least */
	uint64_t max_stall;  /* ns: longest planned call */
	uint64_t started;    /* ns: the last beginning; 0: never */
	uint64_t cost;       /* ns: what it cost */
	uint64_t hold;       /* ns: not before this time, whatever the rest says */
	double ns_per_byte;  /* what walking one resident byte costs */
};

/* In place, nothing to free: never ran, first guess of the costs. Both times in ns. */
void budget_init(struct live_budget *b, uint64_t min_period, uint64_t max_stall);

/* When the next job may begin, ns. */
uint64_t budget_next(const struct live_budget *b);

/* ns between two beginnings of a job that costs `cost` ns. */
uint64_t budget_least(uint64_t min_period, uint64_t cost);

/* The same as things stand. */
uint64_t budget_period(const struct live_budget *b);

/*
 * A job that began at `started` used `cost` ns of CPU time. Waiting for a lock is no cost: it would
 * keep the job from being tried again for hours.
 */
void budget_ran(struct live_budget *b, uint64_t started, uint64_t cost);

/* Nothing before `until`. */
void budget_hold(struct live_budget *b, uint64_t until);

/* Another image: what the past cost says nothing about it. */
void budget_forget(struct live_budget *b);

/* Estimated ns of the call that walks `resident` bytes. */
uint64_t budget_stall(const struct live_budget *b, uint64_t resident);
bool budget_allows(const struct live_budget *b, uint64_t resident);

/*
 * A pass whose longest call took `longest` ns and walked at most `resident` bytes. Too little memory
 * to learn from is ignored.
 */
void budget_learn(struct live_budget *b, uint64_t resident, uint64_t longest);

/* No such pass was made: doubts about an expensive one fade, so that it is tried again one day. */
void budget_fade(struct live_budget *b);

/* The largest sum of BUDGET_WINDOW figures in a row. Zeroed, then fed in order. */
struct budget_window {
	uint64_t ring[BUDGET_WINDOW];
	unsigned at;
	uint64_t sum, largest;
};
/* The next figure, bytes; UNKNOWN counts as 0. */
void window_add(struct budget_window *w, uint64_t bytes);

#endif
