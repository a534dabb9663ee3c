/* SPDX-License-Identifier: MIT */
#include "app/watch_internal.h"

/*
 * What follows from a sample: lines to be said, events. Knows nothing of where they go.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "detect/advice.h"

__attribute__((format(printf, 3, 0))) static void queue_line(struct watch *w, bool announces,
                                                             const char *format, va_list args)
{
	if (w->line_count == LINES_MAX)
		return;
	w->announces[w->line_count] = announces;
	vsnprintf(w->lines[w->line_count++], LINE_MAX_BYTES, format, args);
}

void watch_say(struct watch *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	queue_line(w, false, format, args);
	va_end(args);
}

void watch_announce(struct watch *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	queue_line(w, true, format, args);
	va_end(args);
}

void watch_event(struct watch *w, enum event_kind kind, const char *text)
{
	struct event e = {.time = w->row.sample.time, .kind = kind};

	snprintf(e.text, sizeof(e.text), "%.*s", (int)sizeof(e.text) - 1, text);
	history_event(w->history, &e);
	recorder_event(w->recorder, &e);
}

void watch_note(struct watch *w, const char *text)
{
	if (w->warning_count < MOMENT_WARNINGS)
		snprintf(w->warnings[w->warning_count++], WARNING_MAX, "%.*s", WARNING_MAX - 1,
		         text);
}

void watch_note_now(struct watch *w, const char *text)
{
	watch_say(w, "Note: %s", text);
	for (unsigned i = 0; i < w->warning_count; i++)
		if (!strcmp(w->warnings[i], text))
			return;
	watch_note(w, text);
}

/* --- what a sample changes ---------------------------------------------------------------------- */

/* What comes bears other ids: of none of it is known what it held before. */
static void forget_regions(struct watch *w)
{
	baseline_unref(w->baseline);
	w->baseline = NULL;
	w->based_by_key = false;
	region_table_unref(w->regions);
	w->regions = NULL;
}

void watch_see_flags(struct watch *w, unsigned before)
{
	const struct sample *s = &w->row.sample;

	if ((s->flags & SAMPLE_EPOCH) && w->samples > 1) {
		if (!(s->flags & SAMPLE_RESTART))
			watch_event(w, EVENT_EXEC,
			            "the process executed another program: baseline reset");
		normal_restart(&w->normal);
		forget_regions(w);
	}
	if (s->flags & SAMPLE_APPENDED)
		forget_regions(w);
	if (s->flags & SAMPLE_GAP)
		watch_event(w, EVENT_GAP, "time passed unobserved");
	if ((s->flags & SAMPLE_STOPPED) && !(before & SAMPLE_STOPPED))
		watch_event(w, EVENT_STOPPED, "stopped: no growth is no proof while it lasts");
	if (!(s->flags & SAMPLE_STOPPED) && (before & SAMPLE_STOPPED))
		watch_event(w, EVENT_CONTINUED, "goes on");
}

void watch_see_source(struct watch *w)
{
	const struct moment *m = w->facts;
	bool blocked = m->costs.blocked_ns > 0, reduced = m->abilities.lacking[0] != 0;
	char text[200];

	if (blocked && !w->was_blocked) {
		snprintf(text, sizeof(text),
		         "reading %s blocks: somebody holds the lock of its memory map",
		         m->costs.blocked_what);
		watch_event(w, EVENT_BLOCKED, text);
	} else if (!blocked && w->was_blocked) {
		watch_event(w, EVENT_UNBLOCKED, "the blocked read came back");
	}
	if (reduced && !w->was_reduced)
		watch_event(w, EVENT_REDUCED, m->abilities.lacking);
	w->was_blocked = blocked;
	w->was_reduced = reduced;
	for (int i = 0; i < STATUS_KEY_COUNT; i++)
		if (known(m->status[i]) &&
		    (!known(w->status_peak[i]) || m->status[i] > w->status_peak[i]))
			w->status_peak[i] = m->status[i];
}

void watch_see_limits(struct watch *w)
{
	const struct moment *m = w->facts;
	struct detect_limits l = {
	        .cgroup = m->cgroup_limit,
	        .cgroup_usage = known_sub(m->cgroup_usage, known_or(m->bounds.cgroup_cache, 0)),
	        .cgroup_throttles = m->bounds.cgroup_throttles,
	        .address = m->bounds.address,
	        .address_space = m->limits[LIMIT_AS],
	        .data = m->limits[LIMIT_DATA],
	        .available =
	                known_add(m->meminfo[MEMINFO_AVAILABLE], m->meminfo[MEMINFO_SWAP_FREE]),
	        .mappings = m->limits[LIMIT_MAPPINGS],
	};
	detect_limits(w->detect, &l);
}

/* The first line of the verdict is said when it becomes a leak, and taken back when it ceases to be one. */
void watch_see_verdict(struct watch *w)
{
	const struct verdict *v = watch_verdict(w);
	struct buf line;

	w->row.confidence = v->confidence;
	history_verdict(w->history, w->row.sample.time, v);
	recorder_verdict(w->recorder, w->row.sample.time, v);
	if (v->kind == w->told)
		return;
	w->told = v->kind;
	buf_init(&line, 1024);
	advice_line(v, &line);
	if (v->kind == VERDICT_LEAK && !w->warned) {
		watch_say(w, "%s", buf_str(&line));
		watch_event(w, EVENT_WARNING, buf_str(&line));
		w->warned = true;
	} else if (v->kind != VERDICT_LEAK && w->warned) {
		watch_say(w, "Warning withdrawn: %s", v->reason);
		watch_event(w, EVENT_WITHDRAWN, v->reason);
		w->warned = false;
	} else {
		watch_event(w, EVENT_VERDICT, buf_str(&line));
	}
	buf_done(&line);
}

/*
 * A pass that missed regions is made up for by the first one that did not; but "from here on" is where somebody said it,
 * as soon as there are regions at all.
 */
void watch_see_baseline(struct watch *w)
{
	const struct region_table *t = w->regions;
	const struct baseline *b = w->baseline;

	if (b && (!t || b->whole || (b->has_regions && (w->based_by_key || t->torn || t->partial))))
		return;
	watch_base(w, b && w->based_by_key);
}
