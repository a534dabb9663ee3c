/* SPDX-License-Identifier: MIT */
/* Knows when somebody watched, and how much was done meanwhile; refuses to know what was seen. */
#include "sites/ledger_watch.h"

#include <stddef.h>

#include "base/known.h"

void ledger_watch_init(struct ledger_watch *w)
{
	*w = (struct ledger_watch){.every = 1, .work = UNKNOWN};
}

/* So much later, with so much done. */
static struct watch_point later(const struct ledger_watch *w, uint64_t time, uint64_t done)
{
	struct watch_point p = w->latest;

	return (struct watch_point){time, p.set + (w->resting ? 0 : done), p.all + done};
}

static void advance(struct ledger_watch *w, uint64_t time, uint64_t done)
{
	if (w->begun) {
		w->latest = later(w, time > w->latest.time ? time : w->latest.time, done);
		return;
	}
	w->begun = true;
	w->begin = w->latest = (struct watch_point){time, time, time};
}

void ledger_watch_work(struct ledger_watch *w, uint64_t time, uint64_t work)
{
	uint64_t by_time = w->begun ? known_sub(time, w->latest.time) : 0;

	advance(w, time, known(w->work) && known(work) ? known_sub(work, w->work) : by_time);
	w->work = work;
}

static void moment_add(struct ledger_watch *w, struct watch_point p)
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
	w->moments[w->moment_count++] = p;
}

void ledger_watch_turn(struct ledger_watch *w, bool on, uint64_t time)
{
	advance(w, time, w->begun ? known_sub(time, w->latest.time) : 0);
	if (on == !w->resting)
		return;
	w->resting = !on;
	w->recent[w->turns++ % WATCH_RECENT] = w->latest;
	if (on)
		return;
	w->rests++;
	moment_add(w, w->latest);
}

static struct watch_point between(struct watch_point a, struct watch_point b, uint64_t time)
{
	double part = b.time > a.time ? (double)(time - a.time) / (double)(b.time - a.time) : 0;

	return (struct watch_point){time, a.set + (uint64_t)(part * (double)(b.set - a.set)),
	                            a.all + (uint64_t)(part * (double)(b.all - a.all))};
}

/* What lies before the bursts that are remembered one by one, of which `b` is the first moment. */
static struct watch_point among_moments(const struct ledger_watch *w, struct watch_point b,
                                        uint64_t time)
{
	unsigned i = 0;

	while (i < w->moment_count && w->moments[i].time < time)
		i++;
	if (i < w->moment_count && w->moments[i].time < b.time)
		b = w->moments[i];
	return between(i ? w->moments[i - 1] : w->begin, b, time);
}

struct watch_point ledger_watch_at(const struct ledger_watch *w, uint64_t time)
{
	struct watch_point next = w->latest;

	if (!w->begun)
		return (struct watch_point){time, time, time};
	/* Time is no measure where work is told: of an idle program it would be a hundred times too much. */
	if (time >= next.time)
		return later(w, time, known(w->work) ? 0 : time - next.time);
	if (time < w->begin.time)
		return (struct watch_point){time, time, time};
	for (unsigned i = w->turns; i > 0 && i + WATCH_RECENT > w->turns; i--) {
		struct watch_point p = w->recent[(i - 1) % WATCH_RECENT];
		if (time >= p.time)
			return between(p, next, time);
		next = p;
	}
	return among_moments(w, next, time);
}
