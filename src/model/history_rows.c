/* SPDX-License-Identifier: MIT */
/*
 * Rows for the closing table: every sample while there are few, then every 2nd, 4th, ... of all.
 * Refuses to know columns.
 */
#include <math.h>

#include "model/history_internal.h"

static void rows_halve(struct history *h)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < h->row_count; i += 2)
		h->rows[kept++] = h->rows[i];
	h->row_count = kept;
	h->row_stride *= 2;
}

void rows_add(struct history *h, const struct sample *s)
{
	uint64_t ordinal = h->sample_count - 1;

	if (ordinal % h->row_stride)
		return;
	if (h->row_count == ROWS)
		rows_halve(h);
	if (ordinal % h->row_stride)
		return;
	h->rows[h->row_count++] = (struct stored_row){.sample = *s, .confidence = -1};
}

static double rate_between(const struct sample *a, const struct sample *b)
{
	int64_t d;

	if (b->time <= a->time || !known_delta(b->v[FIGURE_RSS], a->v[FIGURE_RSS], &d))
		return (double)NAN;
	return (double)d / ((double)(b->time - a->time) / 1e9);
}

static void row_fill(const struct history *h, const struct stored_row *from, struct moment *m)
{
	unsigned n = m->row_count++;
	struct table_row *row = &m->rows[n];

	*row = (struct table_row){
	        .sample = from->sample,
	        .confidence = from->confidence,
	        .rate = n ? rate_between(&m->rows[n - 1].sample, &from->sample) : (double)NAN,
	};
	if (row->confidence < 0) {
		const struct stored_verdict *v = history_verdict_at(h, row->sample.time);

		row->confidence = v ? v->verdict.confidence : -1;
	}
}

void rows_fill(const struct history *h, const struct sample *newest, struct moment *m)
{
	unsigned n = 0, all, shown;
	bool extra;

	m->row_count = 0;
	if (!newest)
		return;
	while (n < h->row_count && h->rows[n].sample.time <= newest->time)
		n++;
	extra = !n || h->rows[n - 1].sample.time < newest->time;
	all = n + extra;
	shown = all < MOMENT_ROWS ? all : MOMENT_ROWS;
	for (unsigned i = 0; i < shown; i++) {
		unsigned at = shown > 1 ? (i * (all - 1) + (shown - 1) / 2) / (shown - 1) : 0;
		const struct stored_row last = {.sample = *newest, .confidence = -1};

		row_fill(h, at < n ? &h->rows[at] : &last, m);
	}
}
