/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * Regions of a time and their courses in the minutes before it. Knows which passes are looked at; what a slope
 * or a sparkline is, a history of our own knows, which is fed with them.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/history.h"

#define TREND_WINDOW (600ull * 1000000000) /* ns: as far as sparklines of a history reach */
enum { GRID = 48, GRID_FEW = 6, GRID_LARGE = 12, LARGE = 4000 };

/* Passes that are looked at, rising; the last one is the table of the moment. */
struct grid {
	struct pass pass[GRID];
	unsigned count;
	uint64_t from; /* ns: no pass before it saw this image */
};

/* The regions at each of them: column[g * rows + i]; NULL: not there. */
struct courses {
	struct region **cell;
	size_t rows;
};

static bool grid_init(const struct replay *r, uint64_t time, size_t regions, struct grid *g)
{
	unsigned most = regions > LARGE ? GRID_LARGE : GRID;
	struct pass newest;
	size_t first, last, n;

	if (!replay_pass_at(r, time, &g->from, &newest))
		return false;
	last = replay_passes_until(r, time) - 1;
	first = time > TREND_WINDOW ? replay_passes_until(r, time - TREND_WINDOW) : 0;
	if (first + GRID_FEW > last + 1)
		first = last + 1 > GRID_FEW ? last + 1 - GRID_FEW : 0;
	while (first < last && replay_pass(r, first)->time < g->from)
		first++;
	n = last - first + 1;
	g->count = n < most ? (unsigned)n : most;
	for (unsigned i = 0; i < g->count; i++) {
		size_t at = g->count > 1 ? first + i * (n - 1) / (g->count - 1) : last;

		g->pass[i] = *replay_pass(r, at);
	}
	return true;
}

/* A row holds for all passes from its time on; from the newest back, one step a row that is seen. */
static int fill_course(struct replay *r, const struct grid *g, const struct span *span,
                       struct courses *c, size_t row)
{
	unsigned i = g->count;

	while (i > 0) {
		bool light = i < g->count;
		struct region *region;
		uint64_t time;
		int err = replay_region_at(r, span, g->pass[i - 1].time, light, &region, &time);

		if (err)
			return err;
		for (; i > 0 && known(time) && g->pass[i - 1].time >= time; i--)
			if (region)
				c->cell[(i - 1) * c->rows + row] = region_ref(region);
		region_unref(region);
		if (!known(time))
			break;
	}
	return 0;
}

static struct region_table *table_of(const struct grid *g, const struct courses *c, unsigned i)
{
	struct region **cell = c->cell + i * c->rows;
	struct region_table *t;
	size_t n = 0;

	for (size_t k = 0; k < c->rows; k++)
		if (cell[k])
			cell[n++] = cell[k];
	memset(cell + n, 0, (c->rows - n) * sizeof(*cell));
	t = replay_table(cell, n, &g->pass[i]);
	/* It has taken them over. */
	if (t)
		memset(cell, 0, n * sizeof(*cell));
	return t;
}

static int feed(struct history *h, const struct grid *g, const struct courses *c)
{
	int err = 0;

	for (unsigned i = 0; !err && i < g->count; i++) {
		struct region_table *t = table_of(g, c, i);

		err = t ? history_regions(h, t) : -ENOMEM;
		region_table_unref(t);
	}
	return err;
}

static size_t alive(const struct replay *r, uint64_t time)
{
	size_t n = 0;

	for (size_t i = 0; i < r->spans.count; i++)
		n += replay_span_at((struct span *)r->spans.rows + i, time);
	return n;
}

static int fill_courses(struct replay *r, const struct grid *g, struct courses *c)
{
	uint64_t now = g->pass[g->count - 1].time;
	size_t row = 0;
	int err = 0;

	for (size_t i = 0; !err && i < r->spans.count && row < c->rows; i++) {
		const struct span *span = (struct span *)r->spans.rows + i;

		if (replay_span_at(span, now))
			err = fill_course(r, g, span, c, row++);
	}
	return err;
}

int replay_trends(struct replay *r, uint64_t time, struct moment *m)
{
	struct courses c = {0};
	struct history *h = NULL;
	struct grid g;
	int err = replay_spans_load(r);

	if (err)
		return err;
	c.rows = alive(r, time);
	if (!grid_init(r, time, c.rows, &g))
		return 0;
	c.rows = alive(r, g.pass[g.count - 1].time);
	c.cell = calloc(g.count * c.rows + 1, sizeof(struct region *));
	h = history_new(1);
	if (!c.cell || !h)
		err = -ENOMEM;
	if (!err)
		err = fill_courses(r, &g, &c);
	if (!err)
		err = feed(h, &g, &c);
	if (!err)
		err = history_fill(h, UNKNOWN, m);
	for (size_t i = 0; c.cell && i < g.count * c.rows; i++)
		region_unref(c.cell[i]);
	free(c.cell);
	history_free(h);
	return err;
}
