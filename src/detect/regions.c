/* SPDX-License-Identifier: MIT */
#include "detect/regions.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/safe_text.h"

/*
 * Knows how much each kind of region and the most interesting regions hold over time. Refuses to
 * know how regions are recognised and what a growth of theirs means for the process.
 */

void regions_reset(struct regions *r)
{
	r->marks = 0;
	r->spacing = 0;
	for (unsigned i = 0; i < REGION_TRACKS; i++) {
		r->track[i].id = 0;
		track_reset(&r->track[i].track);
	}
}

void regions_done(struct regions *r)
{
	for (unsigned i = 0; i < REGION_TRACKS; i++)
		track_done(&r->track[i].track);
}

/* Every second mark goes when the room is used up; the first and the newest stay. */
static void thin_marks(struct regions *r)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < r->marks; i += 2)
		r->mark[kept++] = r->mark[i];
	r->marks = kept;
	r->spacing = r->mark[kept - 1].clock - r->mark[kept - 2].clock;
}

static void add_mark(struct regions *r, const struct region_table *t, double clock)
{
	struct region_mark m = {.clock = clock};

	for (size_t i = 0; i < t->count; i++) {
		uint64_t w = region_weight(t->rows[i]);
		if (known(w))
			m.weight[t->rows[i]->kind] += (double)w;
	}
	bool crowded = r->marks >= 2 &&
	               r->mark[r->marks - 1].clock - r->mark[r->marks - 2].clock < r->spacing;
	if (!crowded && r->marks == REGION_MARKS)
		thin_marks(r);
	r->mark[crowded ? r->marks - 1 : r->marks++] = m;
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

int regions_take(struct regions *r, const struct region_table *t, double clock, double watch,
                 bool gap, struct point *scratch)
{
	struct track_value at = {.clock = clock, .watch = watch, .data = NAN, .gap = gap};

	if (r->marks && clock <= r->mark[r->marks - 1].clock)
		return 0;
	add_mark(r, t, clock);
	for (unsigned i = 0; i < REGION_TRACKS; i++)
		r->track[i].seen = false;
	for (size_t i = 0; i < t->count; i++) {
		int err = see_region(r, t->rows[i], &at);
		if (err)
			return err;
	}
	for (unsigned i = 0; i < REGION_TRACKS; i++) {
		if (!r->track[i].seen)
			r->track[i].id = 0;
		else
			track_judge(&r->track[i].track, scratch);
	}
	return 0;
}

bool regions_growth(const struct regions *r, double clock, double ret[REGION_KIND_COUNT])
{
	unsigned from = 0;

	if (r->marks < 2)
		return false;
	while (from + 2 < r->marks && r->mark[from + 1].clock <= clock)
		from++;
	for (unsigned k = 0; k < REGION_KIND_COUNT; k++)
		ret[k] = r->mark[r->marks - 1].weight[k] - r->mark[from].weight[k];
	return true;
}

static double grew(const struct region_track *t)
{
	return t->id ? t->last - t->first : 0;
}

const struct region_track *regions_growing(const struct regions *r)
{
	const struct region_track *best = NULL;

	for (unsigned i = 0; i < REGION_TRACKS; i++) {
		const struct region_track *t = &r->track[i];
		if (t->id && t->track.trend.hold != HOLD_NONE && (!best || grew(t) > grew(best)))
			best = t;
	}
	return best;
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
