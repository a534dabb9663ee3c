/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * The courses of regions in the minutes before a time, as a live history tells them. Knows which passes are
 * looked at; refuses to know which growth is a leak.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/slope.h"

#define SPARK_WINDOW (600ull * 1000000000) /* ns */
#define RATE_WINDOW  (300ull * 1000000000) /* ns */

enum {
	GRID = 48,      /* passes that are looked at; evenly many of those there were */
	GRID_FEW = 6,   /* where passes are rare, so many however long ago */
	GRID_LARGE = 6, /* for each of more than LARGE regions */
	LARGE = 4000,
};

_Static_assert((int)GRID <= (int)SLOPE_POINTS, "a slope takes a whole grid");

/* Times of the passes, rising; the last one is that of the table of the moment. */
struct grid {
	uint64_t time[GRID];
	unsigned count;
	unsigned spark[SPARK_POINTS], spark_count; /* which of them a sparkline shows */
	unsigned rate;                             /* the first of those of the rate */
};

/* One region at one of them. */
struct seen {
	uint64_t rss, weight; /* UNKNOWN: not there, or not told */
};

/* --- which passes ------------------------------------------------------------------------------- */

/* The first and last pass that is looked at, and how many there are; 0: none of this image. */
static size_t passes_of(const struct replay *r, uint64_t time, size_t *ret_first)
{
	struct pass newest;
	uint64_t from;
	size_t first, last;

	if (!replay_pass_at(r, time, &from, &newest))
		return 0;
	last = replay_passes_until(r, time) - 1;
	first = time > SPARK_WINDOW ? replay_passes_until(r, time - SPARK_WINDOW) : 0;
	if (first + GRID_FEW > last + 1)
		first = last + 1 > GRID_FEW ? last + 1 - GRID_FEW : 0;
	while (first < last && replay_pass(r, first)->time < from)
		first++;
	*ret_first = first;
	return last - first + 1;
}

/* Evenly in time within the window; each mark shows the last pass at or before it. */
static void grid_spark(struct grid *g, uint64_t time)
{
	unsigned first = 0, n, at;
	uint64_t from, to = g->time[g->count - 1];

	while (first + 1 < g->count && time > SPARK_WINDOW && g->time[first] <= time - SPARK_WINDOW)
		first++;
	n = g->count - first < SPARK_POINTS ? g->count - first : SPARK_POINTS;
	from = g->time[first];
	at = first;
	for (unsigned i = 0; i < n; i++) {
		uint64_t mark = i + 1 < n ? from + (to - from) / (n - 1) * i : to;

		while (at + 1 < g->count && g->time[at + 1] <= mark)
			at++;
		g->spark[g->spark_count++] = at;
	}
}

static bool grid_init(const struct replay *r, uint64_t time, size_t regions, struct grid *g)
{
	unsigned most = regions > LARGE ? GRID_LARGE : GRID;
	size_t first = 0, n = passes_of(r, time, &first);

	memset(g, 0, sizeof(*g));
	if (!n)
		return false;
	g->count = n < most ? (unsigned)n : most;
	for (unsigned i = 0; i < g->count; i++) {
		size_t at = g->count > 1 ? i * (n - 1) / (g->count - 1) : n - 1;

		g->time[i] = replay_pass(r, first + at)->time;
	}
	grid_spark(g, time);
	while (g->rate + GRID_FEW < g->count && time > RATE_WINDOW &&
	       g->time[g->rate] < time - RATE_WINDOW)
		g->rate++;
	return true;
}

/* --- one region --------------------------------------------------------------------------------- */

/* A row holds for all passes from its time on: from the newest back, one step a row that is seen. */
static int look_back(const struct replay *r, const struct grid *g, uint64_t id,
                     struct seen seen[GRID])
{
	unsigned i = g->count;

	for (unsigned k = 0; k < g->count; k++)
		seen[k] = (struct seen){UNKNOWN, UNKNOWN};
	while (i > 0) {
		struct replay_light row;
		int err = replay_light_at(r, id, g->time[i - 1], &row);

		if (err <= 0)
			return err;
		for (; i > 0 && g->time[i - 1] >= row.time; i--)
			seen[i - 1] = (struct seen){row.rss, row.weight};
	}
	return 0;
}

static void trend_of(const struct grid *g, const struct seen seen[GRID], struct region_trend *t)
{
	struct slope_point p[GRID];
	unsigned n = 0;

	for (unsigned i = g->rate; i < g->count; i++)
		if (known(seen[i].weight))
			p[n++] = (struct slope_point){g->time[i], seen[i].weight};
	t->rate = slope_robust(p, n);
	t->spark_count = (uint8_t)g->spark_count;
	for (unsigned i = 0; i < SPARK_POINTS; i++)
		t->spark[i] = i < g->spark_count ? seen[g->spark[i]].rss : UNKNOWN;
}

/* --- all of them -------------------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	uint64_t x = ((const struct region_trend *)a)->id, y = ((const struct region_trend *)b)->id;

	return (x > y) - (x < y);
}

int replay_trends(const struct replay *r, uint64_t time, struct moment *m)
{
	size_t count = m->regions ? m->regions->count : 0;
	struct seen seen[GRID];
	struct grid g;
	int err = 0;

	if (!count || !grid_init(r, time, count, &g))
		return 0;
	m->trends = calloc(count, sizeof(*m->trends));
	if (!m->trends)
		return -ENOMEM;
	for (size_t i = 0; !err && i < count; i++) {
		struct region_trend *t = &m->trends[i];

		t->id = m->regions->rows[i]->id;
		err = look_back(r, &g, t->id, seen);
		if (!err)
			trend_of(&g, seen, t);
	}
	m->trend_count = count;
	qsort(m->trends, count, sizeof(*m->trends), by_id);
	return err;
}
