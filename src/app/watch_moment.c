/* SPDX-License-Identifier: MIT */
#include "app/watch_internal.h"

/*
 * The end of a watch, and pictures of any of its moments.
 */

#include <stdio.h>
#include <string.h>

/* --- the end, and moments ----------------------------------------------------------------------- */

void watch_end(struct watch *w, enum watch_end how, const char *text)
{
	w->ended = how;
	snprintf(w->ended_text, sizeof(w->ended_text), "%s", text);
	if (how == END_TARGET && w->samples)
		watch_event(w, EVENT_EXIT, text);
	watch_heap_end(w);
	watch_sites_end(w);
	watch_record_ended(w);
}

void watch_child_status(struct watch *w, const char *text)
{
	snprintf(w->child_status, sizeof(w->child_status), "%s", text);
	watch_record_ended(w);
}

bool watch_alarmed(struct watch *w)
{
	return watch_verdict(w)->kind == VERDICT_LEAK || thresholds_crossed(&w->thresholds) ||
	       (w->normal.given && w->normal.times > 0);
}

/* Of status at a past moment only what samples keep is known. */
static void status_of_then(struct moment *m)
{
	for (int i = 0; i < STATUS_KEY_COUNT; i++)
		m->status[i] = UNKNOWN;
	for (const struct status_figure *f = status_figures; f->figure != FIGURE_COUNT; f++)
		m->status[f->key] = m->sample.v[f->figure];
	for (int i = 0; i < MEMINFO_KEY_COUNT; i++)
		m->meminfo[i] = UNKNOWN;
	for (int i = 0; i < FD_KIND_COUNT; i++)
		m->fds[i] = UNKNOWN;
	m->cgroup_usage = m->bounds.cgroup_cache = m->bounds.oom_score = UNKNOWN;
	for (int i = 0; i < SOCKET_KIND_COUNT; i++)
		m->sockets[i] = UNKNOWN;
	m->state_letter = 0;
	m->waiting[0] = '\0';
	m->state = TARGET_RUNNING;
	m->costs.blocked_ns = m->blocked = 0;
	page_map_unref(m->focus_pages);
	m->focus_pages = NULL;
}

struct moment *watch_moment(struct watch *w, uint64_t time, uint64_t focus)
{
	struct moment *m = moment_new();

	if (!m)
		return NULL;
	w->source->ops->describe(w->source, m);
	m->focus = focus;
	if (w->samples && history_fill(w->history, time, m)) {
		moment_unref(m);
		return NULL;
	}
	m->live = !known(time);
	if (m->live)
		m->samples = w->samples;
	m->interval = w->interval;
	if (m->live) {
		watch_heap_fill(w, m);
		watch_sites_fill(w, m);
	}
	if (m->live && w->samples) {
		m->verdict = *watch_verdict(w);
		lives_tell(w->lives, &m->lives);
		m->time = w->row.sample.time;
		m->wall = w->row.sample.wall;
	} else if (w->samples) {
		status_of_then(m);
	}
	memcpy(m->status_peak, w->status_peak, sizeof(m->status_peak));
	m->baseline = w->baseline ? baseline_ref(w->baseline) : NULL;
	m->ended = w->ended;
	/* What is over cannot be watched for longer. */
	if (w->ended == END_TARGET || w->from_file)
		m->verdict.needs = UNKNOWN;
	/* We are the parent, and have asked how it ended: that took the zombie away. */
	if (m->state == TARGET_ZOMBIE && w->ended == END_TARGET && w->child_status[0])
		m->state = TARGET_EXITED;
	memcpy(m->ended_text, w->ended_text, sizeof(m->ended_text));
	memcpy(m->child_status, w->child_status, sizeof(m->child_status));
	m->alarms = w->alarms;
	if (m->live && w->ended == END_NOT_YET)
		memcpy(m->alarm, w->alarm, sizeof(m->alarm));
	m->warning_count = w->warning_count;
	memcpy(m->warnings, w->warnings, sizeof(m->warnings));
	watch_record_fill(w, m);
	return m;
}
