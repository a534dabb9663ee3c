/* SPDX-License-Identifier: MIT */
#include "detect/detect.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "detect/detect_internal.h"
#include "detect/pattern.h"

/*
 * Knows the order of work: a sample becomes a reading, readings become series, series are judged,
 * the judgement becomes a verdict. Refuses to know how any of these steps is done.
 */

/*
 * At fast intervals two judgements a second are enough, and late in a long watch one for every
 * thousandth of it. The schedule follows the samples alone, so that who asks how often changes nothing.
 */
static bool is_due(const struct detect *d)
{
	return !(d->feed.clock - d->judged < fmax(0.45, 0.001 * d->feed.clock));
}

static void begin_anew(struct detect *d, uint64_t from)
{
	feed_reset(&d->feed);
	for (unsigned i = 0; i < TRACK_COUNT; i++)
		track_reset(&d->track[i]);
	regions_reset(&d->regions);
	power_reset(&d->power);
	climbs_reset(&d->ends);
	linker_reset(&d->linker);
	heap_reset(&d->heap, from);
	sites_reset(&d->sites, from);
	d->judged = NAN;
	d->region_gap = false;
}

struct detect *detect_new(void)
{
	struct detect *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	begin_anew(d, 0);
	d->flagged = UNKNOWN;
	d->limits = detect_no_limits();
	verdict_init(&d->verdict);
	return d;
}

void detect_free(struct detect *d)
{
	if (!d)
		return;
	for (unsigned i = 0; i < TRACK_COUNT; i++)
		track_done(&d->track[i]);
	regions_done(&d->regions);
	free(d);
}

void detect_settle(struct detect *d)
{
	for (unsigned i = 0; i < TRACK_COUNT; i++)
		d->track[i].whole = true;
	for (unsigned i = 0; i < SUM_COUNT; i++)
		d->regions.sum[i].track.whole = true;
	for (unsigned i = 0; i < REGION_TRACKS; i++)
		d->regions.track[i].track.whole = true;
}

static double birth_age(const struct sample *s)
{
	uint64_t age = s->v[FIGURE_AGE];

	return known(age) ? (double)age / (double)NS_PER_S : NAN;
}

/* VmHWM is the peak of anonymous, file and shared pages together: it bounds each of the first two series. */
static int push_reading(struct detect *d, const struct reading *r, const struct sample *s)
{
	bool first = !d->track[TRACK_BASE].begun;

	for (unsigned i = 0; i < TRACK_COUNT; i++) {
		if (first)
			d->track[i].birth.age = birth_age(s);
		/* Most figures of a CSV are unknown: only a gap is news to their series. */
		if (isnan(r->value[i]) && !r->gap)
			continue;
		bool resident = i == TRACK_BASE || i == TRACK_SHMEM;
		struct track_value v = {
		        .clock = r->clock,
		        .watch = r->watch,
		        .value = r->value[i],
		        .headroom = resident && d->feed.kind <= BASE_RSS ? r->headroom : 0,
		        .data = i == TRACK_BASE ? r->data : NAN,
		        .gap = r->gap,
		};
		int err = track_push(&d->track[i], &v);
		if (err)
			return err;
	}
	return 0;
}

static void judge(struct detect *d)
{
	static const enum track_id judged[] = {TRACK_BASE, TRACK_SHMEM, TRACK_FILE, TRACK_VSZ};
	static const enum track_id counts[] = {TRACK_MAPS, TRACK_THREADS};

	d->judged = d->feed.clock;
	for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++)
		track_judge(&d->track[judged[i]], d->scratch);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		if (d->track[counts[i]].moved)
			track_judge(&d->track[counts[i]], d->scratch);
	}
}

static void name_pattern(struct detect *d, const struct carrier *c, struct verdict *v)
{
	if (v->kind != VERDICT_LEAK)
		return;
	unsigned count = series_list(c->track->series, d->scratch);
	double span = d->scratch[count - 1].t - c->track->trend.onset;
	v->pattern = pattern_of(d->scratch, count, window_from(d->scratch, count, span));
}

/* The rate is one of bytes: where a count carries the verdict, that of the memory meanwhile. */
static void name_rate(const struct detect *d, const struct carrier *c, struct verdict *v)
{
	const struct trend *t = &d->track[carrier_counts(c) ? TRACK_BASE : c->id].trend;

	if (c->region)
		t = &c->region->track.trend;
	if (!c->track || !c->track->trend.judged)
		return;
	v->growth = t->rate.slope;
	v->growth_low = t->rate.low;
	v->growth_high = t->rate.high;
	if (c->kind == VERDICT_LEAK || c->kind == VERDICT_SUSPICIOUS)
		v->since = (uint64_t)(c->track->trend.onset_watch * (double)NS_PER_S);
}

static void conclude(struct detect *d)
{
	struct carrier c = carrier_choose(d);
	struct verdict *v = &d->verdict;

	heap_weigh(d, &c);
	outlook_doubt(d, &c);

	verdict_init(v);
	v->kind = c.kind;
	v->cause = c.cause;
	if (c.kind == VERDICT_LEAK && !known(d->flagged))
		d->flagged = d->feed.last.time;
	v->flagged = d->flagged;
	reason_write(d, &c, v);
	v->confidence = c.kind == VERDICT_UNKNOWN ? -1 : confidence_of(d, &c);
	name_rate(d, &c, v);
	name_pattern(d, &c, v);
	where_find(d, &c, v);
	limits_find(d, &c, v);
	outlook_plateau(d, &c, v);
	if (c.kind == VERDICT_NO_LEAK)
		v->power = power_rate(&d->power);
	evidence_write(d, &c, v);
	linker_tell(&d->linker, v->kind >= VERDICT_SUSPICIOUS, &v->links);
}

int detect_sample(struct detect *d, const struct sample *s)
{
	struct reading r;
	bool concerns = s->flags || d->feed.stopped || !d->feed.begun;
	int err = 0;

	if ((s->flags & SAMPLE_EPOCH) || feed_outgrown(&d->feed, s)) {
		d->epoch = (s->flags & SAMPLE_EPOCH) && d->feed.begun;
		d->restart = d->epoch && (s->flags & SAMPLE_RESTART);
		begin_anew(d, s->flags & SAMPLE_EPOCH ? s->time : 0);
	}
	d->region_gap = d->region_gap || (s->flags & SAMPLE_GAP);
	if (feed_take(&d->feed, s, &r)) {
		err = push_reading(d, &r, s);
		limits_take(d, &r);
		linker_push(&d->linker, s, r.value[TRACK_BASE],
		            r.gap || s->flags & SAMPLE_APPENDED);
		concerns = concerns || is_due(d);
		if (!err && is_due(d))
			judge(d);
	}
	if (!err && concerns)
		conclude(d);
	return err;
}

int detect_regions(struct detect *d, const struct region_table *t)
{
	if (t->torn || t->partial || !d->feed.begun)
		return 0;
	double watch = (double)t->time / (double)NS_PER_S;
	int err = regions_take(&d->regions, t, d->feed.clock, watch, d->region_gap, d->scratch);

	d->region_gap = false;
	if (!err)
		conclude(d);
	return err;
}

/* The trend clock at a time of the watch. */
static double clock_at(const struct detect *d, uint64_t time)
{
	return d->feed.clock - ((double)d->feed.last.time - (double)time) / (double)NS_PER_S;
}

void detect_heap(struct detect *d, const struct heap_facts *f)
{
	if (!d->feed.begun)
		return;
	if (!f) {
		heap_reset(&d->heap, d->heap.from);
		conclude(d);
		return;
	}
	if (heap_take(&d->heap, f, clock_at(d, f->time)))
		conclude(d);
}

void detect_sites(struct detect *d, const struct sites_facts *f)
{
	if (!d->feed.begun)
		return;
	if (!f) {
		sites_reset(&d->sites, d->sites.from);
		conclude(d);
		return;
	}
	if (sites_take(&d->sites, f, clock_at(d, f->begin), clock_at(d, f->time)))
		conclude(d);
}

const struct verdict *detect_verdict(struct detect *d)
{
	return &d->verdict;
}
