/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "detect/detect_internal.h"

/*
 * Knows which series decides about the process and how far it gets. Refuses to know the words.
 */

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
static bool is_huge_pages(struct detect *d, const struct track *t)
{
	const struct track *base = &d->track[TRACK_BASE];
	double since = t->trend.onset, growth = track_change(t, since, d->scratch);
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

/* Beside the whole; only what is material for it makes a leak of the process. */
static struct carrier part_carrier(struct detect *d, const struct region_track *part)
{
	enum verdict_kind kind = part->material ? VERDICT_LEAK : VERDICT_SUSPICIOUS;
	struct carrier c = carry(d, kind, part->kind == REGION_SHM ? TRACK_SHMEM : TRACK_BASE);

	c.track = &part->track;
	c.region = part;
	return c;
}

/* What grows beside the growth of the whole, the most telling first. */
static bool choose_suspect(struct detect *d, const struct region_track *part, struct carrier *ret)
{
	const struct trend *shmem = &d->track[TRACK_SHMEM].trend;
	const struct trend *file = &d->track[TRACK_FILE].trend;
	enum track_id count = counts_growing(d);

	if (shmem->judged && trend_grows(shmem))
		*ret = carry(d, VERDICT_SUSPICIOUS, TRACK_SHMEM);
	/* Mapped files are cache: only growth that outlasts a warm-up is worth a word. */
	else if (file->hold == HOLD_PERSIST && d->feed.kind == BASE_ANON)
		*ret = carry(d, VERDICT_SUSPICIOUS, TRACK_FILE);
	else if (part)
		*ret = part_carrier(d, part);
	else if (count != TRACK_COUNT)
		*ret = carry(d, VERDICT_SUSPICIOUS, count);
	else
		return false;
	return true;
}

struct carrier carrier_choose(struct detect *d)
{
	const struct trend *base = &d->track[TRACK_BASE].trend;
	struct carrier c = {VERDICT_UNKNOWN, CAUSE_NULL, TRACK_BASE, &d->track[TRACK_BASE], NULL};

	if (!base->judged)
		return c;
	bool huge = trend_grows(base) && is_huge_pages(d, &d->track[TRACK_BASE]);
	if (base->hold != HOLD_NONE && !huge)
		return base_carrier(d);
	if (d->track[TRACK_SHMEM].trend.hold != HOLD_NONE)
		return carry(d, VERDICT_LEAK, TRACK_SHMEM);
	const struct region_track *part = part_growing(d);
	if (part && is_huge_pages(d, &part->track))
		part = NULL;
	if (part && part->material)
		return part_carrier(d, part);
	/* A part that grows straight says more than a floor of the whole that rises. */
	bool part_tells = part && !straight_looks(&base->straight);
	if (trend_grows(base) && !huge && !part_tells)
		return base_carrier(d);
	if (!choose_suspect(d, part, &c) && carrier_enough(d) && !trend_is_young(base)) {
		c.kind = VERDICT_NO_LEAK;
		c.cause = CAUSE_NONE;
	}
	return c;
}

const char *carrier_words(const struct detect *d, const struct carrier *c)
{
	switch (c->id) {
	case TRACK_SHMEM:
		return "shared memory";
	case TRACK_FILE:
		return "file-backed memory";
	case TRACK_MAPS:
		return "the number of mappings";
	case TRACK_THREADS:
		return "the number of threads";
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
