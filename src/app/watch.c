/* SPDX-License-Identifier: MIT */
#include "app/watch.h"

/*
 * The crank: sample -> history -> verdict -> lines and events. Knows no clock, no screen, no file; what it
 * says is queued as text, and whoever turns the crank decides where it goes.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "app/watch_internal.h"
#include "base/clock.h"

int watch_new(struct source *source, const struct options *o, struct watch **ret)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w) {
		source->ops->free(source);
		return -ENOMEM;
	}
	w->source = source;
	w->interval = o->interval;
	w->from_file = o->mode == MODE_ANALYZE || o->mode == MODE_REPLAY;
	w->thresholds = o->thresholds;
	if (o->normal)
		w->normal = *o->normal;
	else
		normal_init(&w->normal);
	w->heap.proc = o->procfs;
	w->heap.on = o->heap && !w->from_file;
	heap_progress_init(&w->heap.progress);
	watch_sites_init(w, o);
	for (int i = 0; i < ALARM_COUNT; i++)
		w->noted[i] = -1;
	w->detect = detect_new();
	w->lives = lives_new();
	w->history = history_new(o->interval);
	for (int i = 0; i < STATUS_KEY_COUNT; i++)
		w->status_peak[i] = UNKNOWN;
	if (o->privileges_note[0] && !w->from_file)
		watch_note(w, o->privileges_note);
	w->own_notes = w->warning_count;
	if (!w->detect || !w->history || !w->lives) {
		watch_free(w);
		return -ENOMEM;
	}
	*ret = w;
	return 0;
}

void watch_free(struct watch *w)
{
	if (!w)
		return;
	w->source->ops->free(w->source);
	detect_free(w->detect);
	lives_free(w->lives);
	history_free(w->history);
	baseline_unref(w->baseline);
	region_table_unref(w->regions);
	region_table_unref(w->early);
	moment_unref(w->facts);
	watch_record_done(w);
	watch_heap_done(w);
	watch_sites_done(w);
	free(w);
}

struct source *watch_source(struct watch *w)
{
	return w->source;
}

uint64_t watch_interval(const struct watch *w)
{
	return w->interval;
}

void watch_set_interval(struct watch *w, uint64_t ns)
{
	w->interval = ns;
}

const struct table_row *watch_row(const struct watch *w)
{
	return &w->row;
}

uint64_t watch_samples(const struct watch *w)
{
	return w->samples;
}

int watch_unread(const struct watch *w)
{
	return source_unread(w->source);
}

const struct region_table *watch_table(const struct watch *w)
{
	return w->regions;
}

const struct history *watch_history(const struct watch *w)
{
	return w->history;
}

void watch_base(struct watch *w, bool by_key)
{
	const struct moment *m = w->facts;
	struct baseline *b;

	if (!m || !w->samples)
		return;
	b = baseline_new(&w->row.sample, m->status, m->meminfo, w->regions);
	if (!b)
		return;
	baseline_unref(w->baseline);
	w->baseline = b;
	w->based_by_key = by_key;
}

void watch_rebase(struct watch *w)
{
	watch_base(w, true);
}

static void refresh_facts(struct watch *w)
{
	struct moment *m = moment_new();

	if (!m)
		return;
	w->source->ops->describe(w->source, m);
	moment_unref(w->facts);
	w->facts = m;
}

static double rate_between(const struct sample *a, const struct sample *b)
{
	int64_t d;

	if (b->time <= a->time || !known_delta(b->v[FIGURE_RSS], a->v[FIGURE_RSS], &d))
		return NAN;
	return (double)d * (double)NS_PER_S / (double)(b->time - a->time);
}

/* A verdict that can no longer be reached must not look like a calm one. */
static void note_starvation(struct watch *w, int err)
{
	if (err != -ENOMEM || w->starved)
		return;
	w->starved = true;
	watch_note(w, "out of memory: figures and verdict may stand still");
}

/* Time passed unobserved: more than three intervals, or far more than is usual in a file. */
static bool is_gap(struct watch *w, uint64_t spacing)
{
	bool gap;

	if (!w->from_file)
		return spacing > 3 * (w->spaced > w->interval ? w->spaced : w->interval);
	gap = pace_is_gap(&w->pace, spacing);
	if (!gap)
		pace_add(&w->pace, spacing);
	w->interval = pace_usual(&w->pace);
	return gap;
}

/*
 * A watch that has lasted for so many samples, 20 minutes at 1 s, goes on for long: what it will ever need is taken now, so
 * that our own memory stands still from then on. Short ones stay small.
 */
static void settle(struct watch *w)
{
	enum { LASTING = 1200 };

	if (w->samples != LASTING)
		return;
	history_settle(w->history);
	detect_settle(w->detect);
}

int watch_sample(struct watch *w, uint64_t now)
{
	struct sample s, before = w->row.sample;
	watch_see_news(w);
	int err = w->source->ops->sample(w->source, now, &s);

	if (err) {
		watch_see_news(w);
		return err;
	}
	if (w->samples && is_gap(w, s.time - before.time))
		s.flags |= SAMPLE_GAP;
	w->samples++;
	w->spaced = w->interval;
	w->row = (struct table_row){.sample = s,
	                            .confidence = -1,
	                            .rate = w->samples > 1 ? rate_between(&before, &s) : NAN};
	refresh_facts(w);
	if (!w->facts)
		return -ENOMEM;
	note_starvation(w, history_sample(w->history, &s));
	watch_record_sample(w);
	if (w->samples == 1)
		watch_event(w, EVENT_START, "the watch began");
	watch_see_news(w);
	watch_see_flags(w, before.flags);
	watch_regions(w);
	watch_see_source(w);
	watch_see_limits(w);
	watch_see_heap(w);
	watch_see_sites(w);
	note_starvation(w, detect_sample(w->detect, &s));
	lives_sample(w->lives, &s);
	watch_see_verdict(w);
	watch_see_baseline(w);
	watch_see_alarms(w);
	watch_see_recording(w);
	settle(w);
	return 0;
}

/* History and verdict want a sample before a table: what comes earlier waits for it. */
static struct region_table *next_table(struct watch *w)
{
	struct region_table *t = w->source->ops->regions(w->source);

	if (t) {
		region_table_unref(w->early);
		w->early = t;
	}
	t = w->samples ? w->early : NULL;
	if (t)
		w->early = NULL;
	return t;
}

void watch_regions(struct watch *w)
{
	struct region_table *t = next_table(w);

	watch_see_news(w);
	if (!t)
		return;
	note_starvation(w, history_regions(w->history, t));
	note_starvation(w, detect_regions(w->detect, t));
	recorder_regions(w->recorder, t);
	region_table_unref(w->regions);
	w->regions = t;
	watch_see_baseline(w);
}

const char *watch_next_line(struct watch *w)
{
	if (w->line_next < w->line_count)
		return w->lines[w->line_next++];
	w->line_count = w->line_next = 0;
	return NULL;
}

bool watch_line_announces(const struct watch *w)
{
	return w->line_next > 0 && w->announces[w->line_next - 1];
}
