/* SPDX-License-Identifier: MIT */
/*
 * Knows how often a costly job may run and what a walk over resident pages costs. Pure arithmetic:
 * refuses to know clocks, files and what the job is.
 */
#include "source/live_budget.h"

#include "base/clock.h"
#include "base/known.h"

/* Measured: 10 ms a GiB of 4 KiB pages, 28 under contention. Huge pages cost far less. */
#define NS_PER_BYTE_FIRST (10.0 * (double)NS_PER_MS / (double)(1u << 30))
#define NS_PER_BYTE_LEAST (NS_PER_BYTE_FIRST / 20)
/* One preempted call must not condemn smaps for ever. */
#define NS_PER_BYTE_MOST (NS_PER_BYTE_FIRST * 4)

/* Below this the fixed cost of a call hides the cost of the walk. */
#define LEARN_FROM (64ull << 20)

void budget_init(struct live_budget *b, uint64_t min_period, uint64_t max_stall)
{
	*b = (struct live_budget){
	        .min_period = min_period,
	        .max_stall = max_stall,
	        .ns_per_byte = NS_PER_BYTE_FIRST,
	};
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint64_t budget_least(uint64_t min_period, uint64_t cost)
{
	return later(min_period, known_mul(cost, BUDGET_SHARE));
}

uint64_t budget_period(const struct live_budget *b)
{
	return budget_least(b->min_period, b->cost);
}

uint64_t budget_next(const struct live_budget *b)
{
	if (!b->started)
		return b->hold;
	return later(b->hold, known_add(b->started, budget_period(b)));
}

void budget_ran(struct live_budget *b, uint64_t started, uint64_t cost)
{
	b->started = started;
	b->cost = cost;
}

void budget_hold(struct live_budget *b, uint64_t until)
{
	b->hold = until;
}

void budget_forget(struct live_budget *b)
{
	budget_init(b, b->min_period, b->max_stall);
}

uint64_t budget_stall(const struct live_budget *b, uint64_t resident)
{
	if (!known(resident))
		return UNKNOWN;
	return (uint64_t)((double)resident * b->ns_per_byte);
}

bool budget_allows(const struct live_budget *b, uint64_t resident)
{
	return known(resident) && budget_stall(b, resident) <= b->max_stall;
}

void budget_learn(struct live_budget *b, uint64_t resident, uint64_t longest)
{
	if (!known(resident) || resident < LEARN_FROM)
		return;
	double measured = (double)longest / (double)resident;
	if (measured > NS_PER_BYTE_MOST)
		measured = NS_PER_BYTE_MOST;
	if (measured < NS_PER_BYTE_LEAST)
		measured = NS_PER_BYTE_LEAST;
	/* Bad news counts at once, good news slowly. */
	if (measured > b->ns_per_byte)
		b->ns_per_byte = measured;
	else
		b->ns_per_byte += (measured - b->ns_per_byte) / 4;
}

void budget_fade(struct live_budget *b)
{
	if (b->ns_per_byte > NS_PER_BYTE_FIRST)
		b->ns_per_byte += (NS_PER_BYTE_FIRST - b->ns_per_byte) / 8;
}

void window_add(struct budget_window *w, uint64_t bytes)
{
	bytes = known_or(bytes, 0);
	w->sum = known_add(known_sub(w->sum, w->ring[w->at]), bytes);
	w->ring[w->at] = bytes;
	w->at = (w->at + 1) % BUDGET_WINDOW;
	w->largest = later(w->largest, w->sum);
}
