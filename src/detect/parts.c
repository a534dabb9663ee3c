/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "detect/detect_internal.h"
#include "detect/words.h"

/*
 * Knows which part of the memory, a region or all of a kind, grows on its own below the noise of the
 * whole, and when that is material for the process. Refuses to know how the whole is judged.
 */

#define MIB (1024.0 * 1024.0)

/*
 * Growth of a part is material from this size and this share of all that is held, when it has gone on for
 * this long: below, it may be a busy minute of one corner; above, a restart or a limit is in sight.
 */
static const double material_bytes = 16 * MIB, material_share = 0.1, material_span = 60;

/* By these shares of a part's growth its process must have grown along, and asked the kernel for more. */
static const double follows_share = 0.5, asked_share = 0.25, peak_share = 0.1;

/* How a series moved over a stretch, seen through its thirds, so that ups and downs weigh little. */
struct lift {
	double rise; /* bytes: last third over the first, the lesser of means and lows */
	double top;  /* bytes: most in the last third */
	double data; /* growth of VmData; NAN unknown */
	double held; /* movement of the peak */
};

static struct lift lift_of(const struct track *t, double since, struct point *p)
{
	unsigned count = series_list(t->series, p), from;
	double third = (p[count - 1].t - since) / 3, end = p[count - 1].t;
	double sum[2] = {0}, samples[2] = {0}, low[2] = {INFINITY, INFINITY};
	struct lift l = {.top = p[count - 1].last};

	from = window_from(p, count, end - since);
	for (unsigned i = from; i < count; i++) {
		bool last = p[i].t >= end - third;
		if (!last && p[i].t > since + third)
			continue;
		sum[last] += p[i].mean * p[i].count;
		samples[last] += p[i].count;
		low[last] = fmin(low[last], p[i].min);
		l.top = last ? fmax(l.top, p[i].max) : l.top;
	}
	if (samples[0] > 0 && samples[1] > 0)
		l.rise = fmin(sum[1] / samples[1] - sum[0] / samples[0], low[1] - low[0]);
	l.data = p[count - 1].data - p[from].data;
	l.held = p[count - 1].held - p[from].held;
	return l;
}

/* Not in VmData, and not in the base series either unless made of huge pages. */
static bool is_shared(const struct region_track *part)
{
	return part->kind == REGION_SHM;
}

static double held_with(const struct lift *base, const struct region_track *part)
{
	return base->top + (is_shared(part) ? part->track.level : 0);
}

/* Pages that fill what was reserved, or come back to a level the kernel has seen, are no news. */
static bool is_new(struct detect *d, const struct region_track *part, const struct lift *base)
{
	double since = part->track.trend.onset, growth = part->track.trend.course.growth;
	bool mapped = is_shared(part) || part->kind == REGION_HUGE;
	double asked = mapped ? track_change(&d->track[TRACK_VSZ], since, d->scratch) : base->data;
	bool outlived_youth = part->track.trend.course.span > d->track[TRACK_BASE].birth.age;

	if (asked < asked_share * growth)
		return false;
	return is_shared(part) || outlived_youth || base->held >= peak_share * growth;
}

/* What moves from one part to another makes the process no larger. */
static bool whole_follows(struct detect *d, const struct region_track *part,
                          const struct lift *base, double bar)
{
	const struct trend *t = &part->track.trend;

	if (is_shared(part))
		return true;
	return base->rise >= bar * follows_share * lift_of(&part->track, t->onset, d->scratch).rise;
}

static double bytes_needed(const struct lift *base, const struct region_track *part)
{
	return fmax(material_bytes, material_share * held_with(base, part));
}

/* Once it was, half of it keeps it so: the verdict must not flap with the level of the whole. */
static bool is_material(struct detect *d, const struct region_track *part)
{
	const struct trend *t = &part->track.trend;
	struct lift base = lift_of(&d->track[TRACK_BASE], t->onset, d->scratch);
	double bar = part->material ? 0.5 : 1;

	return t->course.span >= bar * material_span &&
	       t->course.growth >= bar * bytes_needed(&base, part) &&
	       whole_follows(d, part, &base, bar) && (part->material || is_new(d, part, &base));
}

/*
 * Growth of a part that the whole has come to rest after is that of the whole. A rise counts from a share
 * of all growth on, so that the most even growth rests in between, for as long as it ever did.
 */
static bool goes_on(const struct trend *base, const struct region_track *part)
{
	const struct trend *t = &part->track.trend;

	return t->hold != HOLD_NONE && t->course.growth >= MIB &&
	       t->course.rest <= t->course.longest + 1.5 * t->step &&
	       base->ending != ENDING_STOPPED;
}

static double growth_of(const struct region_track *part)
{
	return part ? part->track.trend.course.growth : 0;
}

struct region_track *part_growing(struct detect *d)
{
	struct region_track *region = NULL, *sum = NULL;

	for (unsigned i = 0; i < REGION_PARTS; i++) {
		struct region_track *part = regions_part(&d->regions, i);
		if (!part || !goes_on(&d->track[TRACK_BASE].trend, part))
			continue;
		struct region_track **best = part->sum ? &sum : &region;
		if (growth_of(part) > growth_of(*best))
			*best = part;
	}
	/* One region that makes most of it is the better name. */
	struct region_track *part = growth_of(region) >= 0.7 * growth_of(sum) ? region : sum;
	if (part)
		part->material = is_material(d, part);
	return part;
}

void part_condition(struct detect *d, const struct region_track *part, char *ret, size_t size)
{
	const struct course *c = &part->track.trend.course;
	struct lift base = lift_of(&d->track[TRACK_BASE], part->track.trend.onset, d->scratch);
	double need = bytes_needed(&base, part);
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (!is_new(d, part, &base))
		snprintf(ret, size, "it grew beyond the memory that was reserved or held before");
	else if (c->growth < need)
		snprintf(ret, size,
		         "it grew by %s, which is material for the process, for a minute",
		         words_bytes(a, need));
	else if (c->span < material_span)
		snprintf(ret, size, "it goes on for about %s more",
		         words_seconds(b, fmax(1, ceil(material_span - c->span))));
	else
		snprintf(ret, size,
		         "the growth stood out from the ups and downs of the whole process");
}
