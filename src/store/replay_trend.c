/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * The courses of regions in the minutes before a time, as a live history tells them. Knows which passes are
 * looked at, and which neighbours became one region meanwhile; refuses to know which growth is a leak.
 */

#include <errno.h>
#include <math.h>
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
	JOINS = 64,    /* of more that one became, or several, no weights are kept */
	LOOKED = 2000, /* of more that came and went none is looked for: it takes too long */
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

/* --- neighbours that became one, and one that became several --------------------------------------- */

/* What a region held that lies within another one by now: no growth of that. */
struct joined {
	uint64_t to; /* id */
	uint64_t weight[GRID];
};

/* Before `time` it was more than it is now. */
struct parted {
	uint64_t from; /* id */
	uint64_t time;
};

struct joins {
	struct joined all[JOINS];
	struct parted parts[JOINS];
	unsigned count, part_count;
	bool *unsure; /* for each row of the table: not all that it took in or gave off is here */
};

/* The first row that ends behind `address`. */
static size_t row_behind(const struct region_table *t, uint64_t address)
{
	size_t from = 0, to = t->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (t->rows[middle]->end <= address)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* [heap] may enclose what is none of it, and files lie where they lie. */
static bool can_join(const struct region *r)
{
	return !r->inode && r->kind != REGION_HEAP;
}

static bool lies_within(const struct region *x, const struct region *r)
{
	return r->start <= x->start && r->end >= x->end && r->id != x->id && can_join(r) &&
	       !x->inode;
}

/* The row of the anonymous region that `gone` lies within now, and was beside before; t->count: none. */
static size_t taker_of(const struct region_table *t, const struct region *gone, uint64_t when)
{
	size_t at = row_behind(t, gone->start);
	const struct region *r = at < t->count ? t->rows[at] : NULL;

	return r && lies_within(gone, r) && r->born < when ? at : t->count;
}

static int join_add(const struct replay *r, const struct grid *g, uint64_t gone, uint64_t to,
                    struct joins *j)
{
	struct joined *one = &j->all[j->count];
	struct seen seen[GRID];
	int err = look_back(r, g, gone, seen);

	one->to = to;
	for (unsigned i = 0; i < g->count; i++)
		one->weight[i] = seen[i].weight;
	j->count += !err;
	return err;
}

static int join(struct replay *r, const struct grid *g, const struct span *span,
                const struct region_table *t, struct joins *j)
{
	struct region *gone;
	size_t taker;
	int err = replay_region_at(r, span->id, span->gone - 1, &gone);

	if (err || !gone)
		return err;
	taker = taker_of(t, gone, span->gone);
	region_unref(gone);
	if (taker == t->count)
		return 0;
	if (j->count < JOINS)
		return join_add(r, g, span->id, t->rows[taker]->id, j);
	j->unsure[taker] = true;
	return 0;
}

static void part_add(struct joins *j, size_t row, uint64_t from, uint64_t time)
{
	if (j->part_count < JOINS)
		j->parts[j->part_count++] = (struct parted){from, time};
	else
		j->unsure[row] = true;
}

/* Of the regions beside a new one: which it was a part of right before. */
static int part_from(struct replay *r, const struct span *span, const struct region_table *t,
                     struct joins *j)
{
	struct region *part, *then = NULL;
	int err = replay_region_at(r, span->id, span->first, &part);
	size_t at;

	if (err || !part)
		return err;
	at = row_behind(t, part->start);
	for (size_t i = at ? at - 1 : 0; !err && i < t->count && i <= at + 1; i++) {
		err = replay_region_at(r, t->rows[i]->id, span->first - 1, &then);
		if (!err && then && lies_within(part, then))
			part_add(j, i, then->id, span->first);
		region_unref(then);
		then = NULL;
	}
	region_unref(part);
	return err;
}

static bool came(const struct grid *g, const struct span *s)
{
	return s->first > g->time[g->rate] && s->first <= g->time[g->count - 1];
}

static bool went(const struct grid *g, const struct span *s)
{
	return known(s->gone) && s->first < s->gone && s->gone > g->time[g->rate] &&
	       s->gone <= g->time[g->count - 1];
}

/* Whose place is not what it was may have taken others in, or given some off. */
static int joins_suspect(struct replay *r, const struct grid *g, const struct region_table *t,
                         struct joins *j)
{
	int err = 0;

	for (size_t i = 0; !err && i < t->count; i++) {
		const struct region *now = t->rows[i];
		struct region *then = NULL;

		if (!can_join(now))
			continue;
		err = replay_region_at(r, now->id, g->time[g->rate], &then);
		j->unsure[i] = then && (then->start != now->start || then->end != now->end);
		region_unref(then);
	}
	return err;
}

static int joins_find(struct replay *r, const struct grid *g, const struct region_table *t,
                      struct joins *j)
{
	const struct span *spans = r->spans.rows;
	unsigned many = 0;
	int err = 0;

	j->count = j->part_count = 0;
	for (size_t i = 0; i < r->spans.count; i++)
		many += went(g, &spans[i]) || came(g, &spans[i]);
	if (many > LOOKED)
		return joins_suspect(r, g, t, j);
	for (size_t i = 0; !err && i < r->spans.count; i++) {
		if (went(g, &spans[i]))
			err = join(r, g, &spans[i], t, j);
		if (!err && came(g, &spans[i]))
			err = part_from(r, &spans[i], t, j);
	}
	return err;
}

static void joins_add(const struct joins *j, const struct grid *g, uint64_t id,
                      struct seen seen[GRID])
{
	for (unsigned k = 0; k < j->count; k++)
		for (unsigned i = 0; j->all[k].to == id && i < g->count; i++)
			if (known(seen[i].weight) && known(j->all[k].weight[i]))
				seen[i].weight = known_add(seen[i].weight, j->all[k].weight[i]);
	for (unsigned k = 0; k < j->part_count; k++)
		for (unsigned i = 0; j->parts[k].from == id && i < g->count; i++)
			if (g->time[i] < j->parts[k].time)
				seen[i].weight = UNKNOWN;
}

/* --- trends --------------------------------------------------------------------------------------- */

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

static int trends_fill(struct replay *r, const struct grid *g, struct joins *j, struct moment *m)
{
	struct seen seen[GRID];
	int err = joins_find(r, g, m->regions, j);

	for (size_t i = 0; !err && i < m->regions->count; i++) {
		struct region_trend *t = &m->trends[i];

		t->id = m->regions->rows[i]->id;
		err = look_back(r, g, t->id, seen);
		if (err)
			break;
		joins_add(j, g, t->id, seen);
		trend_of(g, seen, t);
		if (j->unsure[i])
			t->rate = (double)NAN;
	}
	return err;
}

int replay_trends(struct replay *r, uint64_t time, struct moment *m)
{
	size_t count = m->regions ? m->regions->count : 0;
	struct joins joins;
	struct grid g;
	int err = -ENOMEM;

	if (!count || !grid_init(r, time, count, &g))
		return 0;
	m->trends = calloc(count, sizeof(*m->trends));
	joins.unsure = calloc(count, sizeof(*joins.unsure));
	if (m->trends && joins.unsure) {
		err = trends_fill(r, &g, &joins, m);
		m->trend_count = count;
		qsort(m->trends, count, sizeof(*m->trends), by_id);
	}
	free(joins.unsure);
	return err;
}
