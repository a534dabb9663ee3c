/* SPDX-License-Identifier: MIT */
/*
 * The recent course of the followed regions, and their table where none is kept. Knows which points
 * a course is told by; refuses to know which growth is a leak.
 */
#include <errno.h>
#include <stdlib.h>

#include "model/history_internal.h"
#include "model/slope.h"

enum { RATE_POINTS_FEW = 6 };

_Static_assert((int)WEIGHTS <= (int)SLOPE_POINTS, "a slope takes all weights");

/* Which slots of the timeline of passes a view of the past looks at. */
struct look {
	unsigned spark[SPARK_POINTS], spark_count;
	unsigned rate[WEIGHTS], rate_count; /* slots of passes, when weights do not reach back */
	unsigned weights[WEIGHTS], weight_count;
	unsigned newest; /* slot as of the time; valid when spark_count */
};

/* Slots evenly in time; the last item at or before each mark. */
static void look_spark(const struct history *h, uint64_t time, unsigned items, struct look *l)
{
	const struct timeline *t = &h->passes;
	uint64_t to = t->end[timeline_slot(t, items - 1)];
	unsigned first = time > SPARK_WINDOW ? timeline_until(t, time - SPARK_WINDOW) : 0;
	unsigned n = items - first < SPARK_POINTS ? items - first : SPARK_POINTS;
	uint64_t from;

	if (!n) {
		first = items - 1;
		n = 1;
	}
	from = t->end[timeline_slot(t, first)];
	for (unsigned i = 0; i < n; i++) {
		uint64_t mark = n > 1 ? from + (to - from) / (n - 1) * i : to;
		unsigned until = i + 1 < n ? timeline_until(t, mark) : items;

		l->spark[l->spark_count++] = timeline_slot(t, until ? until - 1 : 0);
	}
	l->newest = timeline_slot(t, items - 1);
}

static void look_rate(const struct history *h, uint64_t time, unsigned items, struct look *l)
{
	uint64_t since = time > RATE_WINDOW ? time - RATE_WINDOW : 0;
	unsigned first = since ? timeline_until(&h->passes, since - 1) : 0, n;

	for (unsigned i = 0; i < h->weight_ring.count; i++) {
		unsigned slot = (h->weight_ring.head + i) % WEIGHTS;
		bool few = h->weight_ring.count - i <= RATE_POINTS_FEW;

		if (h->weight_times[slot] <= time && (h->weight_times[slot] >= since || few))
			l->weights[l->weight_count++] = slot;
	}
	if (items - first < RATE_POINTS_FEW)
		first = items > RATE_POINTS_FEW ? items - RATE_POINTS_FEW : 0;
	n = items - first < WEIGHTS ? items - first : WEIGHTS;
	for (unsigned i = 0; i < n; i++) {
		unsigned at = n > 1 ? first + i * (items - 1 - first) / (n - 1) : first;

		l->rate[l->rate_count++] = timeline_slot(&h->passes, at);
	}
}

/* Long past the weights are gone; there the RSS, kept for 30 days, stands for them. */
static double rate_of(const struct history *h, const struct followed *f, const struct look *l)
{
	struct slope_point p[WEIGHTS];
	unsigned n = 0;

	for (unsigned i = 0; i < l->weight_count; i++) {
		unsigned slot = l->weights[i];

		if (f->weights[slot] != UINT32_MAX)
			p[n++] = (struct slope_point){h->weight_times[slot],
			                              (uint64_t)f->weights[slot] << 10};
	}
	if (n >= SLOPE_POINTS_MIN)
		return slope_robust(p, n);
	n = 0;
	for (unsigned i = 0; i < l->rate_count && l->weight_count < SLOPE_POINTS_MIN; i++) {
		uint64_t v = series_get(&f->rss, &h->passes, l->rate[i]).last;

		if (known(v))
			p[n++] = (struct slope_point){h->passes.end[l->rate[i]], v};
	}
	return slope_robust(p, n);
}

static void trend_fill(const struct history *h, const struct followed *f, const struct look *l,
                       struct region_trend *ret)
{
	ret->id = f->id;
	ret->rate = rate_of(h, f, l);
	ret->spark_count = (uint8_t)l->spark_count;
	for (unsigned i = 0; i < l->spark_count; i++)
		ret->spark[i] = series_get(&f->rss, &h->passes, l->spark[i]).last;
	for (unsigned i = l->spark_count; i < SPARK_POINTS; i++)
		ret->spark[i] = UNKNOWN;
}

int history_trends(const struct history *h, uint64_t time, struct region_trend **ret,
                   size_t *ret_count)
{
	unsigned items = history_passes(h, time);
	struct look look = {.spark_count = 0};
	struct region_trend *trends;
	uint64_t from = history_epoch(h, time);
	size_t n = 0;

	if (!items || !h->followed_count)
		return 0;
	trends = calloc(h->followed_count, sizeof(*trends));
	if (!trends)
		return -ENOMEM;
	if (!known(time))
		time = h->passes.end[timeline_slot(&h->passes, items - 1)];
	look_spark(h, time, items, &look);
	look_rate(h, time, items, &look);
	for (unsigned i = 0; i < h->followed_count; i++) {
		const struct followed *f = &h->followed[i];

		if (f->record->born >= from &&
		    known(series_get(&f->rss, &h->passes, look.newest).last))
			trend_fill(h, f, &look, &trends[n++]);
	}
	*ret = trends;
	*ret_count = n;
	return 0;
}
