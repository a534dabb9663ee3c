/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "detect/detect_internal.h"

/*
 * Knows which series decides about the process and how far it gets. Refuses to know the words.
 */

#define MIB (1024.0 * 1024.0)

bool carrier_enough(const struct detect *d)
{
	const struct trend *t = &d->track[TRACK_BASE].trend;

	if (!t->judged)
		return false;
	if (t->samples >= 11 && t->span >= 9.75)
		return true;
	/* Few samples far apart show at least that nothing happens. */
	return t->samples >= 6 && t->span >= 20 && t->whole.top < 64 * 1024 && !trend_grows(t);
}

/* Growth that is all huge pages put together by the kernel, without address space: nobody asked for it. */
static bool is_huge_pages(struct detect *d)
{
	const struct track *base = &d->track[TRACK_BASE];
	double since = base->trend.onset, growth = track_change(base, since, d->scratch);
	double huge = track_change(&d->track[TRACK_HUGE], since, d->scratch);
	unsigned count = series_list(base->series, d->scratch);
	double data =
	        d->scratch[count - 1].data -
	        d->scratch[window_from(d->scratch, count, d->scratch[count - 1].t - since)].data;

	return growth > 0 && huge >= 0.8 * growth && data < 0.1 * growth;
}

static struct carrier carry(struct detect *d, enum verdict_kind kind, enum track_id id)
{
	return (struct carrier){kind, CAUSE_LEAK, id, &d->track[id], NULL};
}

static struct carrier base_carrier(struct detect *d)
{
	const struct trend *t = &d->track[TRACK_BASE].trend;
	struct carrier c = carry(d, VERDICT_SUSPICIOUS, TRACK_BASE);

	if (t->hold != HOLD_NONE && d->feed.kind != BASE_VSZ)
		c.kind = VERDICT_LEAK;
	else if (trend_bends(t))
		c.cause = CAUSE_WARM_UP;
	return c;
}

/* Growth of a region that the whole has come to rest after is that of the whole. */
static bool region_goes_on(const struct trend *base, const struct region_track *r)
{
	const struct trend *t = &r->track.trend;

	return t->course.growth >= MIB && t->course.rest <= 1.5 * t->step &&
	       base->ending != ENDING_STOPPED;
}

struct carrier carrier_choose(struct detect *d)
{
	const struct trend *base = &d->track[TRACK_BASE].trend;
	const struct trend *shmem = &d->track[TRACK_SHMEM].trend;
	const struct trend *file = &d->track[TRACK_FILE].trend;
	const struct region_track *region = regions_growing(&d->regions);
	struct carrier none = {VERDICT_UNKNOWN, CAUSE_NULL, TRACK_BASE, &d->track[TRACK_BASE],
	                       NULL};

	if (!base->judged)
		return none;
	if (base->hold != HOLD_NONE && !is_huge_pages(d))
		return base_carrier(d);
	if (shmem->hold != HOLD_NONE)
		return carry(d, VERDICT_LEAK, TRACK_SHMEM);
	/* A region that grows straight says more than a floor of the whole that rises. */
	bool region_tells =
	        region && region_goes_on(base, region) && !straight_looks(&base->straight);
	if (trend_grows(base) && !is_huge_pages(d) && !region_tells)
		return base_carrier(d);
	if (shmem->judged && trend_grows(shmem))
		return carry(d, VERDICT_SUSPICIOUS, TRACK_SHMEM);
	/* Mapped files are cache: only growth that outlasts a warm-up is worth a word. */
	if (file->hold == HOLD_PERSIST && d->feed.kind == BASE_ANON)
		return carry(d, VERDICT_SUSPICIOUS, TRACK_FILE);
	if (region && region_goes_on(base, region)) {
		struct carrier c = carry(d, VERDICT_SUSPICIOUS, TRACK_BASE);
		c.track = &region->track;
		c.region = region;
		return c;
	}
	if (carrier_enough(d) && !trend_is_young(base)) {
		none.kind = VERDICT_NO_LEAK;
		none.cause = CAUSE_NONE;
	}
	return none;
}

const char *carrier_words(const struct detect *d, const struct carrier *c)
{
	switch (c->id) {
	case TRACK_SHMEM:
		return "shared memory";
	case TRACK_FILE:
		return "file-backed memory";
	default:
		break;
	}
	switch (d->feed.kind) {
	case BASE_RSS:
		return "resident memory";
	case BASE_HEAP:
		return "the heap";
	case BASE_SWAP:
		return "swapped memory";
	case BASE_VSZ:
		return "address space";
	default:
		return "anonymous memory";
	}
}
