/* SPDX-License-Identifier: MIT */
#include "app/watch_internal.h"

/*
 * How tracing ends: with the watch, the process, or the program in it. Knows a clock for the last wait; refuses to know
 * how it began.
 */

#include <poll.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/known.h"

/* Less than this is not worth a price. */
#define SPAN_LEAST NS_PER_S

/* How long the end of a watch waits for the last facts; a person who leaves has less patience. */
#define LAST_FACTS       (2 * NS_PER_S)
#define LAST_FACTS_HASTY (500 * NS_PER_MS)

/* What it was doing stays to be seen, and so does why it failed. */
static void leave(struct watch *w)
{
	struct sites_progress p;

	if (!w->sites.tracer)
		return;
	tracer_progress(w->sites.tracer, &p);
	if (p.phase != SITES_OFF && p.phase != SITES_FAILED && p.phase != SITES_ENDED)
		p.phase = SITES_STOPPED;
	watch_sites_mark(w, &w->sites.progress, &p);
	w->sites.progress = p;
	tracer_free(w->sites.tracer);
	w->sites.tracer = NULL;
}

void watch_sites_forget(struct watch *w)
{
	struct sites_progress *p = &w->sites.progress;

	if (!w->sites.tracer)
		return;
	watch_sites_drop(w);
	leave(w);
	w->sites.hint = UNKNOWN;
	w->sites.failed = false;
	if (w->sites.by_option) {
		w->sites.plan = watch_sites_left(w) < SPAN_LEAST ? PLAN_NOTHING : PLAN_PRICE;
	} else if (w->sites.plan != PLAN_NOTHING && w->sites.kind != SITES_GROWTH) {
		w->sites.plan = PLAN_NOTHING;
		p->phase = SITES_STOPPED;
		snprintf(p->why, sizeof(p->why),
		         "the process executed another program; start it again");
	}
}

/* Stops it and takes what it found until then. */
static void take_last(struct watch *w)
{
	bool hasty = w->ended == END_QUIT || w->ended == END_SIGNAL;
	uint64_t now = clock_mono(), until = now + (hasty ? LAST_FACTS_HASTY : LAST_FACTS);
	struct pollfd p = {tracer_fd(w->sites.tracer), POLLIN, 0};

	w->sites.whole = false;
	tracer_run(w->sites.tracer, SITES_NONE, 0);
	while (!w->sites.whole && now < until) {
		poll(&p, 1, (int)((until - now) / NS_PER_MS) + 1);
		watch_sites_take(w);
		now = clock_mono();
	}
}

void watch_sites_end(struct watch *w)
{
	struct sites_progress p;

	if (!w->sites.tracer)
		return;
	watch_sites_take(w);
	tracer_progress(w->sites.tracer, &p);
	/* It may have ended by itself since they were taken. */
	if (p.phase == SITES_TRACING)
		take_last(w);
	else
		watch_sites_take(w);
	if (w->ended != END_TARGET && watch_sites_failed(&p))
		watch_sites_trouble(w, p.why);
	leave(w);
	if (w->sites.by_option && !w->sites.found && !w->sites.told[0])
		watch_note(w, "sites: the watch ended before anything was traced; watch longer");
}

void watch_sites_fill(const struct watch *w, struct moment *m)
{
	m->sites_progress = w->sites.progress;
	if (w->sites.tracer)
		tracer_progress(w->sites.tracer, &m->sites_progress);
	m->sites_progress.limit = w->sites.max_slowdown;
	/* For so long it would be, if it were begun now. */
	if (m->sites_progress.phase == SITES_PRICED) {
		m->sites_progress.begin = m->time;
		m->sites_progress.end = known_add(m->time, w->sites.span);
	}
}

void watch_sites_done(struct watch *w)
{
	sites_facts_unref(w->sites.last);
	w->sites.last = NULL;
	tracer_free(w->sites.tracer);
	w->sites.tracer = NULL;
}
