/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * A picture of any time, put together from what was recorded around it. Knows what a recording cannot tell,
 * and leaves that unknown; refuses to know how it is drawn.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

void replay_status_of(const struct sample *s, uint64_t ret[STATUS_KEY_COUNT])
{
	for (int i = 0; i < STATUS_KEY_COUNT; i++)
		ret[i] = UNKNOWN;
	for (const struct status_figure *f = status_figures; f->figure != FIGURE_COUNT; f++)
		ret[f->key] = s->v[f->figure];
}

/* The largest seen until then, of the figures that all of a recording was read for. */
static void status_peaks(struct moment *m)
{
	for (const struct status_figure *f = status_figures; f->figure != FIGURE_COUNT; f++)
		for (unsigned k = 0; k < CHART_COUNT; k++) {
			const struct chart *c = &m->charts[k];
			uint64_t *peak = &m->status_peak[f->key];

			if (replay_chart_figure[k] != (int)f->figure)
				continue;
			for (unsigned i = 0; i < c->count; i++)
				if (known(c->points[i].max) &&
				    (!known(*peak) || c->points[i].max > *peak))
					*peak = c->points[i].max;
		}
}

/* Files by kind as they were counted; devices were not counted apart. */
static void counts_of_then(struct moment *m)
{
	static const enum figure figures[FD_KIND_COUNT] = {
	        [FD_FILE] = FIGURE_FD_FILE,   [FD_SOCKET] = FIGURE_FD_SOCKET,
	        [FD_PIPE] = FIGURE_FD_PIPE,   [FD_EVENT] = FIGURE_FD_EVENT,
	        [FD_MEMFD] = FIGURE_FD_MEMFD, [FD_DEVICE] = FIGURE_COUNT,
	        [FD_OTHER] = FIGURE_FD_OTHER};

	for (int k = 0; k < FD_KIND_COUNT; k++)
		m->fds[k] = figures[k] == FIGURE_COUNT ? UNKNOWN : m->sample.v[figures[k]];
	replay_status_of(&m->sample, m->status);
}

/* Facts are kept of the process that was recorded last. */
static bool is_of_another(const struct replay *r, uint64_t time)
{
	const struct image *last, *then;
	uint64_t from;

	then = replay_image_at(r, time, &from);
	if (!then)
		return false;
	last = replay_image(r, r->images.count - 1);
	return then->pid != last->pid || then->start_ticks != last->start_ticks;
}

void replay_surroundings(const struct replay *r, uint64_t time, struct moment *m)
{
	m->limits[LIMIT_MAPPINGS] = r->fact[FACT_MAPPINGS];
	m->meminfo[MEMINFO_TOTAL] = r->fact[FACT_MEMORY];
	m->abilities.smaps = r->passes.count > 0;
	if (is_of_another(r, time))
		return;
	m->cgroup_limit = r->fact[FACT_CGROUP];
	m->limits[LIMIT_AS] = r->fact[FACT_AS];
	m->limits[LIMIT_DATA] = r->fact[FACT_DATA];
	m->limits[LIMIT_STACK] = r->fact[FACT_STACK];
	m->limits[LIMIT_NOFILE] = r->fact[FACT_NOFILE];
	memcpy(m->cgroup_path, r->cgroup, sizeof(m->cgroup_path));
	memcpy(m->abilities.lacking, r->lacking, sizeof(m->abilities.lacking));
}

bool replay_continues(const struct replay *r, uint64_t time)
{
	bool continues = false;

	for (size_t i = 1; i < r->images.count && replay_image(r, i)->time <= time; i++) {
		const struct image *a = replay_image(r, i - 1), *b = replay_image(r, i);

		continues = a->pid == b->pid && a->start_ticks == b->start_ticks;
	}
	return continues;
}

/* How far apart the samples before the count-th are at least, thinned ones if `thinned`; 0: there are none. */
static uint64_t apart_around(const struct replay *r, size_t count, bool thinned)
{
	uint64_t least = 0;

	for (size_t i = count > 16 ? count - 16 : 1; i <= count && i < r->marks.count; i++) {
		const struct mark *a = replay_mark(r, i - 1), *b = replay_mark(r, i);

		if ((thinned || !(a->span || b->span)) && (!least || b->time - a->time < least))
			least = b->time - a->time;
	}
	return least;
}

/* What was written down is of the watch that was recorded last; an earlier one may have had another. */
static uint64_t interval_of(const struct replay *r, size_t count, uint64_t time)
{
	uint64_t fact = known_or(r->fact[FACT_INTERVAL], 0), apart;
	size_t images = r->images.count;

	if (!fact)
		return apart_around(r, count, true);
	if (images < 2 || time >= replay_image(r, images - 1)->time)
		return fact;
	apart = apart_around(r, count, false);
	/* Timers are late by a little. */
	return apart && (apart < fact / 4 * 3 || apart > fact / 4 * 5) ? apart : fact;
}

/* --- from when changes count -------------------------------------------------------------------- */

/* The figures of `time`, with the regions of the first pass of its image that is not before it. */
static int baseline_make(struct replay *r, uint64_t time, struct baseline **ret)
{
	uint64_t status[STATUS_KEY_COUNT], from, then;
	struct region_table *regions = NULL;
	struct sample s;
	size_t n = replay_passes_until(r, time);
	int err = replay_sample_at(r, time, &s);

	if (err)
		return err;
	replay_image_at(r, time, &from);
	then = time;
	if (n < r->passes.count && (!n || replay_pass(r, n - 1)->time < from))
		then = replay_pass(r, n)->time;
	err = replay_regions_at(r, then, &regions);
	if (err)
		return err;
	replay_status_of(&s, status);
	*ret = baseline_new(&s, status, NULL, regions);
	region_table_unref(regions);
	return *ret ? 0 : -ENOMEM;
}

/* The first sample at or after `from`: it may have been thinned out that a process began there. */
static uint64_t first_from(const struct replay *r, uint64_t from)
{
	size_t n = from ? replay_marks_until(r, from - 1) : 0;

	return n < r->marks.count ? replay_mark(r, n)->time : from;
}

/* A baseline that was set holds for its own process; for another, the first sample of that. */
static int baseline_of(struct replay *r, uint64_t time, struct moment *m)
{
	uint64_t from, set_from, begin;
	int err = 0;

	replay_image_at(r, time, &from);
	begin = first_from(r, from);
	if (known(r->rebased)) {
		replay_image_at(r, r->rebased, &set_from);
		if (set_from == from && r->rebased > begin)
			begin = r->rebased;
	}
	if (!r->baseline || r->baseline_time != begin) {
		baseline_unref(r->baseline);
		r->baseline = NULL;
		err = baseline_make(r, begin, &r->baseline);
		r->baseline_time = begin;
	}
	if (!err)
		m->baseline = baseline_ref(r->baseline);
	return err;
}

/* --- the moment --------------------------------------------------------------------------------- */

static void fill_facts(const struct replay *r, size_t count, struct moment *m)
{
	m->live = false;
	m->time = m->sample.time;
	m->wall = m->sample.wall;
	m->first = r->first;
	m->oldest = known_or(replay_oldest(r), 0);
	m->samples = count;
	m->interval = interval_of(r, count, m->time);
	m->state = TARGET_REPLAYED;
	replay_surroundings(r, m->time, m);
	counts_of_then(m);
}

/* What happened after the sample of then and before the next one belongs to `time`. */
static int fill(struct replay *r, uint64_t time, struct moment *m)
{
	size_t count;
	int err = replay_sample_at(r, time, &m->sample);

	if (!err)
		err = replay_regions_at(r, time, &m->regions);
	if (!err)
		err = replay_trends(r, time, m);
	if (err)
		return err;
	count = replay_marks_until(r, m->sample.time);
	fill_facts(r, count, m);
	replay_charts(r, count, m);
	status_peaks(m);
	err = replay_target_at(r, m->time, &m->target);
	if (!err)
		err = baseline_of(r, m->time, m);
	if (!err)
		err = replay_verdict_at(r, time, &m->verdict);
	if (!err)
		err = replay_heap_at(r, time, &m->heap);
	if (!err)
		err = replay_sites_at(r, time, &m->sites);
	if (!err)
		err = replay_events(r, time, m);
	if (!err)
		err = replay_rows(r, count, m);
	return err ? err : replay_focus(r, time, m);
}

static int tell(const struct replay *r, int err, struct fault *fault)
{
	if (err == -ENOMEM)
		return replay_no_memory(r, fault);
	if (err != -ENOENT)
		return replay_db_fault(r, fault);
	fault_set(fault, STATUS_USAGE,
	          "%s: what was recorded of that time is gone by now; go to another time",
	          r->label);
	return err;
}

int replay_moment(struct replay *r, uint64_t time, uint64_t focus, struct moment **ret,
                  struct fault *fault)
{
	struct moment *m = moment_new();
	int err = 0;

	if (!m)
		return replay_no_memory(r, fault);
	m->focus = focus;
	if (replay_db_woke(r))
		err = replay_wake(r, fault);
	if (!err)
		err = replay_db_begin(r, fault);
	if (!err) {
		err = fill(r, time > r->first.time ? time : r->first.time, m);
		/* Thinned out since it was read: the next refresh reads all again. */
		r->stale |= err == -ENOENT || (!err && m->time < replay_at(r, time));
		if (err)
			err = tell(r, err, fault);
		replay_db_end(r);
	}
	if (err) {
		moment_unref(m);
		return err;
	}
	*ret = m;
	return 0;
}
