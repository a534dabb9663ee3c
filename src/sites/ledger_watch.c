/* SPDX-License-Identifier: MIT */
/* Knows when somebody watched; refuses to know what was seen. */
#include "sites/ledger_watch.h"

#include <stddef.h>

void ledger_watch_init(struct ledger_watch *w)
{
	*w = (struct ledger_watch){.every = 1, .recent = {{0, UINT64_MAX, 0}}};
}

static void moment_add(struct ledger_watch *w, uint64_t time, uint64_t set)
{
	if ((w->rests - 1) % w->every != 0)
		return;
	if (w->moment_count == WATCH_MOMENTS) {
		w->every *= 2;
		w->moment_count /= 2;
		for (unsigned i = 0; i < w->moment_count; i++)
			w->moments[i] = w->moments[2 * i];
		if ((w->rests - 1) % w->every != 0)
			return;
	}
	w->moments[w->moment_count++] = (struct watch_moment){time, set};
}

void ledger_watch_turn(struct ledger_watch *w, bool on, uint64_t time)
{
	struct watch_burst *last = &w->recent[(w->rests - w->resting) % WATCH_RECENT];

	if (on == !w->resting)
		return;
	w->resting = !on;
	if (on) {
		uint64_t before = last->before + last->end - last->start;
		w->recent[w->rests % WATCH_RECENT] = (struct watch_burst){time, UINT64_MAX, before};
		return;
	}
	last->end = time > last->start ? time : last->start;
	w->rests++;
	moment_add(w, last->end, last->before + last->end - last->start);
}

/* On the line between two moments; behind the last one, where no burst is known, the clock stands. */
static uint64_t among_moments(const struct ledger_watch *w, uint64_t time)
{
	const struct watch_moment *a, *b = w->moments;
	unsigned i = 0;

	while (i < w->moment_count && w->moments[i].time < time)
		i++;
	/* Until the first rest they were set all the time. */
	if (i == 0)
		return w->moment_count ? b->set - (b->time - time) : time;
	a = &w->moments[i - 1];
	if (i == w->moment_count)
		return a->set;
	b = &w->moments[i];
	return a->set + (uint64_t)((double)(b->set - a->set) * (double)(time - a->time) /
	                           (double)(b->time - a->time));
}

uint64_t ledger_watch_at(const struct ledger_watch *w, uint64_t time)
{
	unsigned newest = w->rests - w->resting;

	for (unsigned i = 0; i < WATCH_RECENT && i <= newest; i++) {
		const struct watch_burst *b = &w->recent[(newest - i) % WATCH_RECENT];
		if (time < b->start)
			continue;
		return b->before + (time < b->end ? time : b->end) - b->start;
	}
	return among_moments(w, time);
}
