/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * Charts of a time: from the oldest sample up to it. Knows what a thinned row stands for; how items become
 * points, model knows.
 */

#include <errno.h>

#include "model/plot.h"

static struct plot_item item_of(const struct replay *r, size_t i, unsigned chart)
{
	const struct mark *m = replay_mark(r, i);
	uint64_t begin = m->span && m->span <= m->time ? m->time - m->span : m->time;
	struct plot_item item = {.start = m->time,
	                         .end = m->time,
	                         .gap = m->flags & SAMPLE_GAP,
	                         .min = m->last[chart],
	                         .max = m->last[chart],
	                         .last = m->last[chart]};

	/* A bucket begins behind the one before, whatever it claims. */
	if (m->span && i && begin <= replay_mark(r, i - 1)->time)
		begin = replay_mark(r, i - 1)->time + 1;
	if (m->span && i)
		item.start = begin;
	if (m->extremes) {
		const struct extremes *e = (struct extremes *)r->extremes.rows + (m->extremes - 1);

		item.min = e->min[chart];
		item.max = e->max[chart];
	}
	return item;
}

void replay_charts(const struct replay *r, size_t count, struct moment *m)
{
	for (unsigned k = 0; k < CHART_COUNT && count; k++) {
		struct plot p;

		plot_begin(&p, &m->charts[k], replay_mark(r, 0)->time,
		           replay_mark(r, count - 1)->time, count);
		for (size_t i = 0; i < count; i++) {
			const struct plot_item item = item_of(r, i, k);

			plot_add(&p, &item);
		}
		plot_end(&p);
	}
}

/* --- one region --------------------------------------------------------------------------------- */

/* What is known from `start` to `end`, as far as the chart reaches. */
static void plot_row(struct plot *p, uint64_t start, uint64_t end, uint64_t rss)
{
	struct plot_item item = {.start = start, .end = end, .min = rss, .max = rss, .last = rss};

	if (end < p->chart->from)
		return;
	if (start < p->chart->from)
		item.start = p->chart->from;
	plot_add(p, &item);
}

/* A row holds until the next one; before its first, nothing is known of a region. */
static int plot_rows(const struct replay *r, struct plot *p, uint64_t id, uint64_t to)
{
	sqlite3_stmt *s = replay_query(r, QUERY_COURSE);
	uint64_t since = UNKNOWN, rss = UNKNOWN;
	int err;

	replay_bind(s, 1, id);
	replay_bind(s, 2, to);
	while ((err = replay_step(r, s)) > 0) {
		uint64_t time = replay_u64(s, 0);

		if (!known(time) || (known(since) && time <= since))
			continue;
		if (known(since))
			plot_row(p, since, time - 1, rss);
		since = time;
		rss = replay_u64(s, 1) == 0 ? replay_u64(s, 2) : UNKNOWN;
	}
	if (!err && known(since))
		plot_row(p, since, to > since ? to : since, rss);
	return err;
}

int replay_focus(const struct replay *r, uint64_t time, struct moment *m)
{
	size_t n = replay_passes_until(r, time);
	struct plot p;
	int err;

	if (!m->focus || !n || !region_table_find(m->regions, m->focus))
		return 0;
	plot_begin(&p, &m->focus_chart, replay_pass(r, 0)->time, replay_pass(r, n - 1)->time, n);
	err = plot_rows(r, &p, m->focus, replay_pass(r, n - 1)->time);
	plot_end(&p);
	return err;
}
