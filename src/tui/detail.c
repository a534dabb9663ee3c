/* SPDX-License-Identifier: MIT */
/*
 * One region: its course above, its pages and every fact about it below. It keeps a reference to the
 * record seen last, so that a region that vanished can still be read; the text is detail_facts.c, the
 * pages detail_pages.c.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/detail_internal.h"
#include "tui/keys.h"

/* From so many columns on the text stands beside chart and pages. */
enum { TWO_PANES = 140, ROWS_CHART = 10, CHART_LEAST = 4, CHART_MOST = 14 };

/* --- which region ----------------------------------------------------------------------------------- */

static struct region *region_find(const struct detail *d, const struct moment *m)
{
	const struct region_table *t = m->regions;

	if (!t)
		return NULL;
	if (d->row < t->count && t->rows[d->row]->id == d->id)
		return t->rows[d->row];
	for (size_t i = 0; i < t->count; i++)
		if (t->rows[i]->id == d->id)
			return t->rows[i];
	return NULL;
}

static void region_hold(struct detail *d, struct region *r)
{
	struct region *before = d->region;

	d->region = r ? region_ref(r) : NULL;
	region_unref(before);
}

static void region_take(struct detail *d, const struct moment *m, struct region *r)
{
	const struct region_trend *trend = moment_trend(m, d->id);

	region_hold(d, r);
	d->gone = false;
	d->seen = m->regions->time;
	d->rate = trend ? trend->rate : (double)NAN;
	d->changed = m->baseline && baseline_change(m->baseline, r, &d->weight, &d->rss, &d->size);
}

/* --- the running text ------------------------------------------------------------------------------- */

/* Below the chart, or beside it where there is room. */
static bool two_panes(int width)
{
	return width >= TWO_PANES;
}

static void text_write(const struct detail *d, struct page *p, const struct moment *m)
{
	if (!two_panes(d->view.settings->columns))
		detail_pages(d, p, m);
	detail_sites(d, p, m);
	detail_facts(d, p);
}

/* Rows of the chart, and of all that stands still above the text. */
static int chart_rows(int rows)
{
	int wanted = rows * 2 / 5;

	if (rows < ROWS_CHART)
		return 0;
	return wanted < CHART_LEAST ? CHART_LEAST : wanted > CHART_MOST ? CHART_MOST : wanted;
}

static int text_rows(const struct detail *d)
{
	int rows = d->view.settings->rows - 1;

	return two_panes(d->view.settings->columns) ? rows : rows - chart_rows(rows);
}

static int text_columns(int width)
{
	return two_panes(width) ? width / 2 : width;
}

static size_t text_last(const struct detail *d)
{
	int rows = text_rows(d);
	size_t page = rows > 0 ? (size_t)rows : 1;

	return d->total > page ? d->total - page : 0;
}

static void detail_refresh(struct view *view, const struct moment *m)
{
	struct detail *d = (struct detail *)view;
	struct region *r = region_find(d, m);

	if (r)
		region_take(d, m, r);
	else
		d->gone = true;
	d->total = 0;
	if (!d->region)
		return;
	struct page p = {.canvas = {.columns = text_columns(view->settings->columns),
	                            .ascii = view->settings->ascii}};
	text_write(d, &p, m);
	d->total = p.line;
	if (d->top > text_last(d))
		d->top = text_last(d);
}

static bool detail_act(struct view *view, const struct request *what, const struct moment *m,
                       struct request *ret)
{
	struct detail *d = (struct detail *)view;
	struct list at = {.top = d->top};

	(void)m;
	(void)ret;
	if (what->action == ACTION_FOCUS) {
		region_hold(d, NULL);
		d->id = what->id;
		d->row = d->top = 0;
		d->gone = false;
		return true;
	}
	/* a list whose page is one row moves its top with the cursor */
	at.at = d->top;
	if (what->action == ACTION_PAGE_DOWN || what->action == ACTION_PAGE_UP) {
		size_t step = text_rows(d) > 2 ? (size_t)text_rows(d) - 1 : 1;
		if (what->action == ACTION_PAGE_DOWN)
			at.at += step;
		else
			at.at -= at.at < step ? at.at : step;
		list_settle(&at, text_last(d) + 1, 1);
	} else if (!list_act(&at, what->action, text_last(d) + 1, 1)) {
		return false;
	}
	d->top = at.at;
	return true;
}

/* --- drawing ---------------------------------------------------------------------------------------- */

static void title_draw(const struct detail *d, const struct moment *m, const struct canvas *c)
{
	const struct region *r = d->region;
	bool matters = m->verdict.kind >= VERDICT_SUSPICIOUS;
	enum human_unit unit = d->view.settings->unit;
	char label[256], text[HUMAN_MAX], when[HUMAN_MAX];
	int x = 1;

	x += canvas_text(c, 0, x, CANVAS_REST, (enum role)(ROLE_KIND + r->kind),
	                 region_kinds[r->kind].name) +
	     1;
	if (d->gone) {
		canvas_textf(c, 0, x, CANVAS_REST, ROLE_WARN,
		             "vanished; these are its last figures, of %s",
		             human_clock(when, d->seen, false));
		return;
	}
	x += canvas_textf(c, 0, x, CANVAS_REST, ROLE_TITLE, "RSS %s",
	                  human_size(text, r->bytes[SMAPS_RSS], unit)) +
	     1;
	x += canvas_textf(c, 0, x, CANVAS_REST, ROLE_DIM, "of %s",
	                  human_size(text, r->size, unit)) +
	     2;
	if (d->changed)
		x += canvas_text(c, 0, x, CANVAS_REST,
		                 matters && d->weight > 0 ? ROLE_GROWTH : ROLE_TEXT,
		                 human_delta(text, d->weight, unit)) +
		     2;
	if (isfinite(d->rate))
		x += canvas_text(c, 0, x, CANVAS_REST,
		                 matters && d->rate > 0 ? ROLE_GROWTH : ROLE_TEXT,
		                 human_rate(text, d->rate)) +
		     2;
	if (r->name_len == 0) {
		region_label(r, label, sizeof(label));
		canvas_cut(c, 0, x, c->columns - x - 1, ROLE_DIM, label, false);
		return;
	}
	canvas_name(c, 0, x, c->columns - x - 1, ROLE_DIM, r->name, r->name_len, true);
}

static void chart_draw(const struct detail *d, const struct moment *m, const struct canvas *c)
{
	if (c->rows == 0)
		return;
	if (m->focus != d->id || m->focus_chart.count == 0) {
		canvas_text(c, c->rows / 2, 2, CANVAS_REST, ROLE_DIM,
		            d->gone ? "no history is kept of it"
		                    : "no history yet: it comes with the next look at smaps");
		return;
	}
	canvas_chart(c, &m->focus_chart, ROLE_GRAPH, NULL, 0);
}

static void detail_draw(const struct view *view, const struct moment *m, const struct canvas *c)
{
	const struct detail *d = (const struct detail *)view;
	int width = text_columns(c->columns), rows = c->rows - 1;
	bool beside = two_panes(c->columns);
	int chart = beside ? (rows > 12 ? rows * 3 / 5 : chart_rows(rows)) : chart_rows(rows);

	if (!d->region) {
		canvas_text(c, 0, 1, CANVAS_REST, ROLE_DIM,
		            "this region is no longer there; Esc goes back");
		return;
	}
	struct canvas plot = canvas_part(c, 1, 1, chart, beside ? width - 3 : width - 2);
	title_draw(d, m, c);
	chart_draw(d, m, &plot);
	struct canvas text = beside ? canvas_part(c, 1, c->columns - width, rows, width)
	                            : canvas_part(c, 1 + chart, 0, rows - chart, width);
	struct page p = {.canvas = text, .top = d->top};
	text_write(d, &p, m);
	canvas_scroll(&text, 0, text.rows, d->top, d->total);
	if (beside) {
		struct page pages = {.canvas = canvas_part(c, 2 + chart, 0, rows - chart - 1,
		                                           c->columns - width)};
		detail_pages(d, &pages, m);
	}
}

static void detail_free(struct view *view)
{
	struct detail *d = (struct detail *)view;

	region_unref(d->region);
	free(d);
}

static const struct view_ops detail_ops = {
        .title = "Region",
        .place = PLACE_DETAIL,
        .free = detail_free,
        .refresh = detail_refresh,
        .draw = detail_draw,
        .act = detail_act,
};

struct view *view_detail_new(const struct view_settings *settings)
{
	struct detail *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->view.ops = &detail_ops;
	d->view.settings = settings;
	return &d->view;
}
