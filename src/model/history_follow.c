/* SPDX-License-Identifier: MIT */
/*
 * Which regions have a history of their own. Knows how much each one matters: its RSS, and much
 * more so what it grew by lately; refuses to know kinds and causes.
 *
 * A newcomer takes the place of the least followed one only when it matters clearly more, so that
 * regions of equal size do not chase each other out.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/history_internal.h"

#define GROWTH_COUNTS 32.0
#define CLEARLY_MORE  1.25

struct candidate {
	double score;
	struct region *region;
};

struct intake {
	struct history *h;
	struct timeline_steps steps;
	int weight_slot; /* in the ring of weights; -1: too soon for another */
	double threshold;
	struct candidate *candidates;
	size_t count;
};

static unsigned followed_place(const struct history *h, uint64_t id)
{
	unsigned from = 0, to = h->followed_count;

	while (from < to) {
		unsigned middle = from + (to - from) / 2;

		if (h->followed[middle].id < id)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct followed *history_find(const struct history *h, uint64_t id)
{
	unsigned i = followed_place(h, id);

	return i < h->followed_count && h->followed[i].id == id ? &h->followed[i] : NULL;
}

void history_unfollow(struct history *h, unsigned i)
{
	struct followed *f = &h->followed[i];

	h->followed_bytes -= series_bytes(&h->passes, true);
	if (!f->alive)
		h->followed_bytes -= record_bytes(f->record);
	series_done(&f->rss);
	region_unref(f->record);
	memmove(f, f + 1, (h->followed_count - i - 1) * sizeof(*f));
	h->followed_count--;
}

static uint32_t weight_of(const struct region *r)
{
	uint64_t w = region_weight(r);

	if (!known(w))
		return UINT32_MAX;
	return w >> 10 < UINT32_MAX ? (uint32_t)(w >> 10) : UINT32_MAX - 1;
}

/* Growth over the points of the slope; a shrinking region has none. */
static double growth_of(const struct history *h, const struct followed *f)
{
	uint32_t oldest = UINT32_MAX, newest = UINT32_MAX;

	for (unsigned i = 0; i < h->weight_ring.count; i++) {
		uint32_t w = f->weights[(h->weight_ring.head + i) % WEIGHTS];

		if (w == UINT32_MAX)
			continue;
		if (oldest == UINT32_MAX)
			oldest = w;
		newest = w;
	}
	return newest > oldest ? (double)(newest - oldest) * 1024 : 0;
}

static void followed_update(struct intake *in, struct followed *f, struct region *r)
{
	struct history *h = in->h;

	if (!f->alive) { /* overlooked by the passes since */
		h->followed_bytes -= record_bytes(f->record);
		f->alive = true;
	}
	if (f->record != r) {
		region_unref(f->record);
		f->record = region_ref(r);
	}
	f->seen = true;
	series_put(&f->rss, &h->passes, &in->steps, r->bytes[SMAPS_RSS]);
	if (in->weight_slot >= 0)
		f->weights[in->weight_slot] = weight_of(r);
	f->score = (double)known_or(r->bytes[SMAPS_RSS], 0) + GROWTH_COUNTS * growth_of(h, f);
}

/* Regions that are not in the table: they died, or live under an id that was merged away. */
static void followed_miss(struct intake *in, struct followed *f)
{
	struct history *h = in->h;

	if (f->alive)
		h->followed_bytes += record_bytes(f->record);
	f->alive = false;
	f->score = 0;
	series_put(&f->rss, &h->passes, &in->steps, UNKNOWN);
	if (in->weight_slot >= 0)
		f->weights[in->weight_slot] = UINT32_MAX;
}

/* --- regions that become one, or several ------------------------------------------------------------- */

/* The anonymous row of `t` that x lies within, which is not x. `at` rises from call to call as x does. */
static const struct region *holder_of(const struct region_table *t, size_t *at,
                                      const struct region *x)
{
	const struct region *r;

	while (*at < t->count && t->rows[*at]->end <= x->start)
		(*at)++;
	r = *at < t->count ? t->rows[*at] : NULL;
	if (!r || r->start > x->start || r->end < x->end || r->id == x->id)
		return NULL;
	/* [heap] may enclose what is none of it. */
	return r->inode || x->inode || r->kind == REGION_HEAP ? NULL : r;
}

/*
 * What `gone` held is no growth of who took it in: the course is that of both. Where it was unmapped and then grown
 * over, between two passes, it looks the same: that growth is missed.
 */
static void followed_take_in(struct history *h, struct followed *f, const struct region *gone)
{
	const struct followed *g = history_find(h, gone->id);
	uint32_t weight = weight_of(gone);

	for (unsigned i = 0; i < h->weight_ring.count; i++) {
		unsigned slot = (h->weight_ring.head + i) % WEIGHTS;
		uint32_t then = g                                     ? g->weights[slot]
		                : h->weight_times[slot] >= gone->born ? weight
		                                                      : 0;

		if (f->weights[slot] != UINT32_MAX && then != UINT32_MAX)
			f->weights[slot] = then < UINT32_MAX - 1 - f->weights[slot]
			                           ? f->weights[slot] + then
			                           : UINT32_MAX - 1;
	}
}

/* What is split off is no decline of who keeps the id. */
static void followed_give_off(struct history *h, struct followed *f, const struct region *part)
{
	uint32_t weight = weight_of(part);

	for (unsigned i = 0; i < h->weight_ring.count && weight != UINT32_MAX; i++) {
		uint32_t *w = &f->weights[(h->weight_ring.head + i) % WEIGHTS];

		if (*w != UINT32_MAX)
			*w = *w > weight ? *w - weight : 0;
	}
}

/* Before the figures of `now` are taken in. */
static void follow_joins(struct history *h, const struct region_table *before,
                         const struct region_table *now)
{
	size_t at = 0;

	for (size_t i = 0; before && i < before->count; i++) {
		const struct region *r = holder_of(now, &at, before->rows[i]);
		struct followed *f = r ? history_find(h, r->id) : NULL;

		if (f)
			followed_take_in(h, f, before->rows[i]);
	}
	at = 0;
	for (size_t i = 0; before && i < now->count; i++) {
		const struct region *r = holder_of(before, &at, now->rows[i]);
		struct followed *f = r ? history_find(h, r->id) : NULL;

		if (f)
			followed_give_off(h, f, now->rows[i]);
	}
}

/* --- whole tables ------------------------------------------------------------------------------------- */

static void intake_update(struct region *before, struct region *now, void *arg)
{
	struct intake *in = arg;
	struct followed *f = now ? history_find(in->h, now->id) : NULL;

	(void)before;
	if (f)
		followed_update(in, f, now);
}

static void intake_consider(struct region *before, struct region *now, void *arg)
{
	struct intake *in = arg;
	uint64_t rss = now ? known_or(now->bytes[SMAPS_RSS], 0) : 0;
	double score = (double)rss;

	if (!now)
		return;
	if (before && before != now && before->id == now->id)
		score += GROWTH_COUNTS *
		         (double)known_or(known_sub(rss, before->bytes[SMAPS_RSS]), 0);
	if (score > in->threshold && !history_find(in->h, now->id))
		in->candidates[in->count++] = (struct candidate){.score = score, .region = now};
}

static int candidate_compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->score > y->score || x->score < y->score)
		return x->score > y->score ? -1 : 1;
	return (x->region->id > y->region->id) - (x->region->id < y->region->id);
}

static unsigned followed_least(const struct history *h)
{
	unsigned least = 0;

	for (unsigned i = 1; i < h->followed_count; i++) {
		if (h->followed[i].score < h->followed[least].score)
			least = i;
	}
	return least;
}

/* Begins to follow; false when there is no memory for it now, then a later pass tries again. */
static bool follow(struct intake *in, const struct candidate *c)
{
	struct history *h = in->h;
	struct followed f = {.id = c->region->id, .alive = true, .score = c->score};
	unsigned place;

	if (series_init(&f.rss, &h->passes, true) < 0)
		return false;
	if (h->followed_count == HISTORY_REGIONS)
		history_unfollow(h, followed_least(h));
	/* The steps of this pass were taken while nothing was known: only the new point is put. */
	in->steps.count = 0;
	series_put(&f.rss, &h->passes, &in->steps, c->region->bytes[SMAPS_RSS]);
	memset(f.weights, 0xff, sizeof(f.weights));
	if (in->weight_slot >= 0)
		f.weights[in->weight_slot] = weight_of(c->region);
	f.record = region_ref(c->region);
	place = followed_place(h, f.id);
	memmove(&h->followed[place + 1], &h->followed[place],
	        (h->followed_count - place) * sizeof(f));
	h->followed[place] = f;
	h->followed_count++;
	h->followed_bytes += series_bytes(&h->passes, true);
	return true;
}

static bool is_full(const struct history *h)
{
	return h->followed_count == HISTORY_REGIONS;
}

static void intake_choose(struct intake *in)
{
	struct history *h = in->h;

	qsort(in->candidates, in->count, sizeof(*in->candidates), candidate_compare);
	for (size_t i = 0; i < in->count; i++) {
		const struct candidate *c = &in->candidates[i];

		if (is_full(h) && c->score <= h->followed[followed_least(h)].score * CLEARLY_MORE)
			break;
		if (!follow(in, c))
			break;
	}
}

static void weight_push(struct intake *in, uint64_t time)
{
	struct history *h = in->h;
	struct ring *ring = &h->weight_ring;
	unsigned newest = (ring->head + ring->count + WEIGHTS - 1) % WEIGHTS;

	in->weight_slot = -1;
	if (ring->count && time - h->weight_times[newest] < RATE_WINDOW / WEIGHTS)
		return;
	if (ring->count == WEIGHTS) {
		ring->head = (ring->head + 1) % WEIGHTS;
		ring->count--;
	}
	newest = (ring->head + ring->count++) % WEIGHTS;
	h->weight_times[newest] = time;
	in->weight_slot = (int)newest;
}

int history_follow(struct history *h, const struct region_table *t,
                   const struct region_table *before)
{
	struct intake in = {.h = h};

	in.candidates = calloc(t->count + 1, sizeof(*in.candidates));
	if (!in.candidates)
		return -ENOMEM;
	timeline_push(&h->passes, t->time, false, &in.steps);
	weight_push(&in, t->time);
	for (unsigned i = 0; i < h->followed_count; i++)
		h->followed[i].seen = false;
	follow_joins(h, before, t);
	tables_walk(before, t, intake_update, &in);
	for (unsigned i = 0; i < h->followed_count; i++) {
		if (!h->followed[i].seen)
			followed_miss(&in, &h->followed[i]);
	}
	if (is_full(h))
		in.threshold = h->followed[followed_least(h)].score * CLEARLY_MORE;
	tables_walk(before, t, intake_consider, &in);
	intake_choose(&in);
	free(in.candidates);
	return 0;
}
