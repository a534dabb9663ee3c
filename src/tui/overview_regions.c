/* SPDX-License-Identifier: MIT */
/* The regions that carry the growth: found by their rate, drawn as a list. */

#include <math.h>
#include <string.h>

#include "tui/overview_internal.h"
#include "tui/page.h"

enum { SPARK = 14 };

/* Below this a rate prints as 0. */
#define RATE_LEAST (1024.0 / 86400.0)

/* Growth that matters: a good part of what made the verdict. */
static bool rate_matters(const struct verdict *v, double rate)
{
	return v->kind >= VERDICT_SUSPICIOUS && rate * 10 >= v->growth;
}

/*
 * Its rate is that of the last minutes. Where it holds less than at the baseline this is no growth: it came from a
 * merge or a split, or takes back what it gave; unless the verdict counts on it.
 */
static bool region_grows(const struct moment *m, const struct region *r, double rate)
{
	int64_t change, rss, size;

	if (!isfinite(rate) || rate < RATE_LEAST)
		return false;
	if (!m->baseline || !baseline_change(m->baseline, r, &change, &rss, &size) || change >= 0)
		return true;
	return rate_matters(&m->verdict, rate);
}

/* Keeps the fastest, in order; `rates` are theirs. */
static void carrier_add(struct overview *o, double rates[CARRIERS], struct carrier c, double rate)
{
	size_t at;

	if (o->count == CARRIERS && rates[CARRIERS - 1] >= rate)
		return;
	at = o->count < CARRIERS ? o->count++ : CARRIERS - 1;
	for (; at > 0 && rates[at - 1] < rate; at--) {
		o->carriers[at] = o->carriers[at - 1];
		rates[at] = rates[at - 1];
	}
	o->carriers[at] = c;
	rates[at] = rate;
}

/* One walk over the table: what is gone has no row. */
void carriers_find(struct overview *o, const struct moment *m)
{
	double rates[CARRIERS];

	o->count = 0;
	for (size_t row = 0; m->regions && m->trend_count && row < m->regions->count; row++) {
		const struct region *r = m->regions->rows[row];
		const struct region_trend *trend = moment_trend(m, r->id);
		if (trend && region_grows(m, r, trend->rate))
			carrier_add(o, rates, (struct carrier){r->id, row}, trend->rate);
	}
}

/* Where the columns of a region's row stand; what does not fit is at a negative place. */
struct columns_of {
	int label, label_width, rss, change, rate, spark, spark_width;
};

static struct columns_of columns_find(int width)
{
	struct columns_of at = {
	        .label = 11,
	};
	int x = width - 1;

	if (width >= 76)
		at.spark_width = width >= 120 ? SPARK_POINTS : SPARK;
	x -= at.spark_width;

	at.spark = x;
	at.rate = x -= 13;
	at.change = x -= 11;
	at.rss = x -= 10;
	at.label_width = x - at.label - 1;
	return at;
}

static void region_draw(const struct canvas *c, int y, const struct moment *m,
                        const struct carrier *carrier, const struct overview *o)
{
	const struct region *r = m->regions->rows[carrier->row];
	const struct region_trend *trend = moment_trend(m, carrier->id);
	struct columns_of at = columns_find(c->columns);
	enum human_unit unit = o->view.settings->unit;
	char text[HUMAN_MAX] = "-", label[256];
	int64_t change, rss, size;

	region_label(r, label, sizeof(label));
	canvas_text(c, y, 1, 9, (enum role)(ROLE_KIND + r->kind), region_kinds[r->kind].name);
	canvas_name(c, y, at.label, at.label_width, ROLE_TEXT, label, strlen(label), true);
	if (m->baseline && baseline_change(m->baseline, r, &change, &rss, &size))
		human_delta(text, change, unit);
	canvas_right(c, y, at.change, 10, ROLE_TEXT, text);
	canvas_right(c, y, at.rss, 9, ROLE_TEXT, human_size(text, r->bytes[SMAPS_RSS], unit));
	if (trend) {
		canvas_right(c, y, at.rate, 12,
		             rate_matters(&m->verdict, trend->rate) ? ROLE_GROWTH : ROLE_TEXT,
		             human_rate(text, trend->rate));
		canvas_spark(c, y, at.spark, at.spark_width, ROLE_GRAPH, trend->spark,
		             trend->spark_count);
	}
	if (carrier->id == o->list.id)
		canvas_row(c, y, 0, c->columns, ROLE_SELECTED);
}

static void regions_head(const struct canvas *c)
{
	struct columns_of at = columns_find(c->columns);

	canvas_text(c, 0, 1, CANVAS_REST, ROLE_HEAD, "Regions that grow");
	canvas_right(c, 0, at.rss, 9, ROLE_DIM, "RSS");
	canvas_right(c, 0, at.change, 10, ROLE_DIM, "change");
	canvas_right(c, 0, at.rate, 12, ROLE_DIM, "rate");
	canvas_text(c, 0, at.spark + 1, at.spark_width - 1, ROLE_DIM, "course");
}

static const char *regions_none(const struct moment *m)
{
	for (size_t i = 0; m->regions && i < m->trend_count; i++)
		if (isfinite(m->trends[i].rate))
			return "none";
	if (m->regions)
		return "a rate needs a second pass over smaps";
	if (m->abilities.lacking[0])
		return m->abilities.lacking;
	return m->sample.flags & SAMPLE_REDUCED ? "not permitted to read them"
	                                        : "before the first pass over smaps";
}

void carriers_draw(const struct canvas *c, const struct overview *o, const struct moment *m)
{
	size_t rows = c->rows > 1 ? (size_t)c->rows - 1 : 0;
	size_t top = o->list.at >= rows && rows > 0 ? o->list.at - rows + 1 : 0;

	regions_head(c);
	if (o->count == 0) {
		struct page p = {.canvas = canvas_part(c, 1, 0, c->rows - 1, c->columns),
		                 .cut = true};
		page_text(&p, 2, ROLE_DIM, regions_none(m));
	}
	for (size_t i = 0; i < rows && top + i < o->count; i++)
		region_draw(c, (int)i + 1, m, &o->carriers[top + i], o);
}
