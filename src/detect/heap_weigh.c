/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "detect/detect_internal.h"

/*
 * Knows what the heap changes about a judgement: growth that is memory freed and kept is no leak, growth that
 * is blocks nobody points to is one. Refuses to know where the facts come from, and the words.
 */

#define MIB (1024.0 * 1024.0)

/* Less than this is what an allocator does all day, and two looks may be of two moments of a round. */
static const double worth = MIB;
/* That live blocks stand still says so of less, too. */
static const double worth_kept = MIB / 4;
enum { LOOKS_LEAST = 3, SCANS_PROOF = 5 };

/* Shares of the growth: from where it is put down to what was kept, and while that stays so. */
static const double held_share = 0.7, held_on = 0.5, live_share = 0.15, live_on = 0.3;

/* What is kept must also explain most of the growth before the first look and after the last. */
static const double explains = 0.5, unseen = 0.5;

/* From this share of the growth on lost blocks are what it is made of. */
static const double lost_share = 0.5;

double heap_watched(struct detect *d)
{
	const struct heap_view *h = &d->heap;
	const struct track *base = &d->track[TRACK_BASE];

	if (h->count < 2)
		return NAN;
	return track_change(base, h->look[0].clock, d->scratch) -
	       track_change(base, h->look[h->count - 1].clock, d->scratch);
}

/* Blocks of malloc are private memory, all of them or a region of it. */
static bool may_be_blocks(const struct carrier *c)
{
	if (c->id != TRACK_BASE || carrier_counts(c))
		return false;
	return !c->region || c->region->kind == REGION_HEAP || c->region->kind == REGION_ARENA ||
	       c->region->kind == REGION_ANON;
}

bool heap_follows(struct detect *d)
{
	double grew = heap_watched(d);

	return grew >= worth && heap_grown(&d->heap).live_least >= 0.5 * grew;
}

bool heap_is_flat(struct detect *d)
{
	double grew = heap_watched(d);

	return d->heap.count >= LOOKS_LEAST && grew >= worth_kept &&
	       heap_grown(&d->heap).live_most <= live_share * grew;
}

static bool is_kept(struct detect *d, const struct carrier *c)
{
	const struct heap_view *h = &d->heap;
	double grew = heap_watched(d), all = c->track->trend.course.growth;
	struct heap_growth g = heap_grown(h);

	if (h->count < LOOKS_LEAST || !(grew >= worth_kept))
		return false;
	double since = track_change(&d->track[TRACK_BASE], g.until, d->scratch);
	return g.held_least >= (h->kept ? held_on : held_share) * grew &&
	       g.live_most <= (h->kept ? live_on : live_share) * grew &&
	       heap_held(h) >= explains * all && !(since > unseen * all);
}

bool heap_proves(struct detect *d)
{
	const struct heap_view *h = &d->heap;
	double rate = d->track[TRACK_BASE].trend.rate.slope;

	return h->scans >= SCANS_PROOF && h->lost_bytes >= worth && h->lost_rate > 0 &&
	       h->lost_rate >= lost_share * rate && heap_follows(d);
}

void heap_weigh(struct detect *d, struct carrier *c)
{
	struct heap_view *h = &d->heap;
	bool grows = c->kind == VERDICT_LEAK || c->kind == VERDICT_SUSPICIOUS;

	h->kept = grows && may_be_blocks(c) && is_kept(d, c);
	if (h->kept) {
		c->kind = VERDICT_SUSPICIOUS;
		c->cause = CAUSE_RETENTION;
	} else if (c->kind == VERDICT_SUSPICIOUS && may_be_blocks(c) && !c->region &&
	           d->feed.kind != BASE_VSZ && heap_proves(d)) {
		c->kind = VERDICT_LEAK;
		c->cause = CAUSE_LEAK;
	}
}

/*
 * Log odds. No traces were fitted: what is lost for good is as good as seen, growth of live blocks is what a cache
 * does, too, and live blocks that do not grow cannot be what leaks.
 */
double heap_odds(struct detect *d, const struct carrier *c)
{
	if (!may_be_blocks(c) || c->kind == VERDICT_NO_LEAK)
		return 0;
	if (heap_proves(d))
		return 2.5;
	if (c->cause == CAUSE_RETENTION)
		return -2.5;
	if (heap_is_flat(d))
		return -0.5;
	return heap_follows(d) ? 0.4 : 0;
}
