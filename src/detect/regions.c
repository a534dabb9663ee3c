/* SPDX-License-Identifier: MIT */
#include "detect/regions.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"

/*
 * Knows how much each kind of region and the most interesting regions hold over time. Refuses to
 * know how regions are recognised and what a growth of theirs means for the process.
 */

static const struct {
	enum region_kind kind;
	const char *label;
} sums[SUM_COUNT] = {
        [SUM_HEAP] = {REGION_HEAP, "the heap"},
        [SUM_ARENA] = {REGION_ARENA, "malloc arenas"},
        [SUM_ANON] = {REGION_ANON, "anonymous regions"},
        [SUM_STACK] = {REGION_STACK, "thread stacks"},
        [SUM_SHM] = {REGION_SHM, "shared memory"},
        [SUM_HUGE] = {REGION_HUGE, "huge pages"},
        [SUM_REST] = {REGION_OTHER, "other private memory"},
};

/* SUM_COUNT: mapped files and what is the kernel's own count nowhere. */
static enum region_sum sum_of(enum region_kind kind)
{
	switch (kind) {
	case REGION_HEAP:
		return SUM_HEAP;
	case REGION_ARENA:
		return SUM_ARENA;
	case REGION_ANON:
		return SUM_ANON;
	case REGION_STACK:
	case REGION_MAIN_STACK:
		return SUM_STACK;
	case REGION_SHM:
		return SUM_SHM;
	case REGION_HUGE:
		return SUM_HUGE;
	case REGION_BSS:
	case REGION_DATA:
	case REGION_JIT:
	case REGION_RESERVED:
		return SUM_REST;
	default:
		return SUM_COUNT;
	}
}

void regions_reset(struct regions *r)
{
	r->tables = 0;
	for (unsigned i = 0; i < SUM_COUNT; i++) {
		struct region_track *s = &r->sum[i];
		s->kind = sums[i].kind;
		snprintf(s->label, sizeof(s->label), "%s", sums[i].label);
		s->sum = true;
		s->material = false;
		s->first = s->last = 0;
		track_reset(&s->track);
	}
	for (unsigned i = 0; i < REGION_TRACKS; i++) {
		r->track[i].id = 0;
		r->track[i].material = false;
		track_reset(&r->track[i].track);
	}
}

void regions_done(struct regions *r)
{
	for (unsigned i = 0; i < SUM_COUNT; i++)
		track_done(&r->sum[i].track);
	for (unsigned i = 0; i < REGION_TRACKS; i++)
		track_done(&r->track[i].track);
}

/* A sum that misses one of its regions is none. */
static void add_up(const struct region_table *t, double ret[SUM_COUNT])
{
	for (unsigned i = 0; i < SUM_COUNT; i++)
		ret[i] = 0;
	for (size_t i = 0; i < t->count; i++) {
		enum region_sum sum = sum_of(t->rows[i]->kind);
		uint64_t w = region_weight(t->rows[i]);
		if (sum != SUM_COUNT)
			ret[sum] += known(w) ? (double)w : NAN;
	}
}

/* A kind that was not there begins at the last table without it: its first bytes are growth. */
static int begin_sum(const struct regions *r, struct region_track *s)
{
	struct track_value v = {.clock = r->clock, .watch = r->watch, .data = NAN};

	return r->tables ? track_push(&s->track, &v) : 0;
}

static int see_sum(const struct regions *r, struct region_track *s, double weight,
                   const struct track_value *at)
{
	struct track_value v = *at;
	int err = 0;

	if (isnan(weight) || (!s->track.begun && !(weight > 0)))
		return 0;
	if (!s->track.begun) {
		s->first = r->tables ? 0 : weight;
		err = begin_sum(r, s);
	}
	v.value = s->last = weight;
	return err ? err : track_push(&s->track, &v);
}

static int see_sums(struct regions *r, const struct region_table *t, const struct track_value *at)
{
	double weight[SUM_COUNT];
	int err = 0;

	add_up(t, weight);
	for (unsigned i = 0; i < SUM_COUNT && !err; i++)
		err = see_sum(r, &r->sum[i], weight[i], at);
	return err;
}

static struct region_track *slot_of(struct regions *r, uint64_t id)
{
	for (unsigned i = 0; i < REGION_TRACKS; i++) {
		if (r->track[i].id == id)
			return &r->track[i];
	}
	return NULL;
}

/* What a slot is worth keeping for: growth counts ten times what is merely there. */
static double worth(const struct region_track *t)
{
	return t->id ? t->last + 10 * fmax(0, t->last - t->first) : -1;
}

static struct region_track *cheapest(struct regions *r)
{
	struct region_track *c = &r->track[0];

	for (unsigned i = 1; i < REGION_TRACKS; i++) {
		if (worth(&r->track[i]) < worth(c))
			c = &r->track[i];
	}
	return c;
}

static void occupy(struct region_track *t, const struct region *region, double weight)
{
	char raw[64];

	region_label(region, raw, sizeof(raw));
	safe_copy(t->label, sizeof(t->label), raw, strlen(raw), SAFE_ASCII);
	t->id = region->id;
	t->kind = region->kind;
	t->first = t->last = weight;
	t->material = false;
	track_reset(&t->track);
}

static int see_region(struct regions *r, const struct region *region, const struct track_value *at)
{
	uint64_t w = region_weight(region);

	if (!known(w))
		return 0;
	struct region_track *t = slot_of(r, region->id);
	if (!t) {
		t = cheapest(r);
		if ((double)w <= worth(t))
			return 0;
		occupy(t, region, (double)w);
	}
	struct track_value v = *at;
	v.value = t->last = (double)w;
	t->seen = true;
	return track_push(&t->track, &v);
}

static int see_regions(struct regions *r, const struct region_table *t,
                       const struct track_value *at)
{
	for (unsigned i = 0; i < REGION_TRACKS; i++)
		r->track[i].seen = false;
	for (size_t i = 0; i < t->count; i++) {
		int err = see_region(r, t->rows[i], at);
		if (err)
			return err;
	}
	for (unsigned i = 0; i < REGION_TRACKS; i++) {
		if (!r->track[i].seen)
			r->track[i].id = 0;
	}
	return 0;
}

static void judge(struct regions *r, struct point *scratch)
{
	for (unsigned i = 0; i < REGION_PARTS; i++) {
		struct region_track *part = regions_part(r, i);
		if (!part || !part->track.moved)
			continue;
		track_judge(&part->track, scratch);
		part->material = part->material && part->track.trend.hold != HOLD_NONE;
	}
}

int regions_take(struct regions *r, const struct region_table *t, double clock, double watch,
                 bool gap, struct point *scratch)
{
	struct track_value at = {.clock = clock, .watch = watch, .data = NAN, .gap = gap};

	if (r->tables && clock <= r->clock)
		return 0;
	int err = see_sums(r, t, &at);
	if (!err)
		err = see_regions(r, t, &at);
	if (err)
		return err;
	judge(r, scratch);
	r->tables += r->tables < 2;
	r->clock = clock;
	r->watch = watch;
	return 0;
}

bool regions_growth(const struct regions *r, double clock, double ret[SUM_COUNT],
                    struct point *scratch)
{
	if (r->tables < 2)
		return false;
	for (unsigned i = 0; i < SUM_COUNT; i++) {
		double change = track_change(&r->sum[i].track, clock, scratch);
		ret[i] = isnan(change) ? 0 : change;
	}
	return true;
}

struct region_track *regions_part(struct regions *r, unsigned i)
{
	if (i < SUM_REST)
		return r->sum[i].track.begun ? &r->sum[i] : NULL;
	struct region_track *t = &r->track[i - SUM_REST];
	enum region_sum sum = sum_of(t->kind);
	return t->id && sum != SUM_REST && sum != SUM_COUNT ? t : NULL;
}

static double grew(const struct region_track *t)
{
	return t->id ? t->last - t->first : 0;
}

const struct region_track *regions_largest_growth(const struct regions *r)
{
	const struct region_track *best = NULL;

	for (unsigned i = 0; i < REGION_TRACKS; i++) {
		const struct region_track *t = &r->track[i];
		if (grew(t) > 0 && (!best || grew(t) > grew(best)))
			best = t;
	}
	return best;
}
