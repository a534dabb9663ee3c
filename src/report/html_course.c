/* SPDX-License-Identifier: MIT */
/*
 * Knows which charts the page has, in which order, and what stands around them. Refuses to know how one is
 * drawn.
 */
#include "report/html_parts.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"
#include "report/html.h"
#include "report/html_plot.h"
#include "report/html_text.h"

/* What stands above a chart: its id in the page, its name and what it is. */
struct chart_words {
	const char *id, *name;
	int figure; /* enum figure, or -1: what it is stands in `meaning` */
	const char *meaning;
};

static const struct chart_words chart_words[CHART_COUNT] = {
        [CHART_RSS] = {"rss", "RSS", FIGURE_RSS, NULL},
        [CHART_VSZ] = {"vsz", "VSZ", FIGURE_VSZ, NULL},
        [CHART_HEAP] = {"heap", "Heap", FIGURE_HEAP, NULL},
        [CHART_BASE] = {"base", "Anon+swap", -1,
                        "memory behind no file, in RAM or swapped out: what a leak shows in"},
        [CHART_SHMEM] = {"shmem", "Shared memory", FIGURE_SHMEM, NULL},
        [CHART_FILE] = {"file", "File-backed memory", FIGURE_FILE, NULL},
        [CHART_SWAP] = {"swap", "Swap", FIGURE_SWAP, NULL},
};

static const char *meaning_of(const struct chart_words *w)
{
	for (const struct column *c = columns; c->header; c++)
		if (w->figure >= 0 && c->figure == w->figure)
			return c->help;
	return w->meaning ? w->meaning : "";
}

/* --- which ---------------------------------------------------------------------------------------- */

static bool chart_has(const struct chart *c, uint64_t above)
{
	for (unsigned i = 0; i < c->count && i < CHART_POINTS; i++)
		if (known(c->points[i].last) && known_or(c->points[i].max, 0) >= above)
			return true;
	return false;
}

/* The one the verdict rests on: what it names, else the base series or what stands in for it. */
static enum chart_kind lead_choose(const struct moment *m)
{
	static const enum chart_kind order[] = {CHART_BASE, CHART_RSS, CHART_HEAP, CHART_SWAP,
	                                        CHART_VSZ};
	enum verdict_where where = m->verdict.where;

	if (where == WHERE_SHMEM && chart_has(&m->charts[CHART_SHMEM], 1))
		return CHART_SHMEM;
	if (where == WHERE_FILE && chart_has(&m->charts[CHART_FILE], 1))
		return CHART_FILE;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (chart_has(&m->charts[order[i]], 0))
			return order[i];
	return CHART_BASE;
}

/* --- what is laid over one ------------------------------------------------------------------------ */

/* Bytes that may still be taken before the limit of the verdict is met; UNKNOWN: nobody can say. */
static uint64_t room_of(const struct moment *m)
{
	const struct verdict *v = &m->verdict;
	uint64_t used = known_sub(m->cgroup_usage, known_or(m->bounds.cgroup_cache, 0));

	switch (v->limit) {
	case LIMIT_CGROUP:
	case LIMIT_CGROUP_HIGH:
		return v->limit_bytes == m->cgroup_limit ? known_sub(v->limit_bytes, used)
		                                         : UNKNOWN;
	case LIMIT_SYSTEM:
		return v->limit_bytes;
	default:
		return UNKNOWN;
	}
}

static void limit_find(const struct moment *m, enum chart_kind kind, uint64_t now,
                       struct plot_extra *e, char *text, size_t size)
{
	const struct verdict *v = &m->verdict;
	bool address = v->limit == LIMIT_ADDRESS ||
	               (v->limit == LIMIT_RLIMIT && v->limit_bytes == m->limits[LIMIT_AS]);
	char figure[HUMAN_MAX];

	if (kind == CHART_VSZ && address)
		e->limit = v->limit_bytes;
	else if (kind == CHART_RSS || kind == CHART_BASE)
		e->limit = known_add(now, room_of(m));
	/* Far away it would make a flat line of the course. */
	if (!known(e->limit) || !known(now) || e->limit > known_mul(now, 2)) {
		e->limit = UNKNOWN;
		return;
	}
	human_size(figure, v->limit_bytes, HUMAN_AUTO);
	if (v->limit == LIMIT_SYSTEM)
		snprintf(text, size, "here this machine's memory ends (%s left)", figure);
	else if (v->limit == LIMIT_CGROUP || v->limit == LIMIT_CGROUP_HIGH)
		snprintf(text, size, "here its cgroup meets its %s of %s",
		         v->limit == LIMIT_CGROUP ? "limit" : "memory.high", figure);
	else
		snprintf(text, size, "limit of %s", figure);
	e->limit_text = text;
}

static void fit_find(const struct verdict *v, struct plot_extra *e)
{
	bool grows = v->kind == VERDICT_LEAK || v->kind == VERDICT_SUSPICIOUS;

	e->fitted = grows && isfinite(v->growth) && v->growth > 0 && known(v->since);
	e->rate = v->growth;
	e->low = v->growth_low;
	e->high = v->growth_high;
	e->since = v->since;
}

/* --- one chart ------------------------------------------------------------------------------------ */

static void caption_write(const struct plot *p, const struct chart_words *w, struct buf *out)
{
	int64_t change = 0;
	bool moved = p->last && known_delta(p->last->last, p->first->last, &change);

	buf_addf(out, "<figcaption><h3>%s</h3> <span class=\"now\">", w->name);
	html_size(out, NULL, p->last ? p->last->last : UNKNOWN);
	buf_adds(out, "</span> <span class=\"note\">");
	if (moved && p->last->time > p->first->time) {
		if (change)
			html_change(out, true, change, true);
		else
			buf_adds(out, "unchanged");
		buf_adds(out, " in ");
		html_span(out, NULL, p->last->time - p->first->time);
		buf_adds(out, "; ");
	}
	html_word(out, meaning_of(w));
	buf_adds(out, "</span></figcaption>\n");
}

static void points_write(const struct plot *p, const struct chart_words *w, struct buf *out)
{
	struct chart_point points[CHART_POINTS];
	unsigned count = chart_fit(p->chart, HTML_POINTS, points);
	bool tenths = p->moment->interval < NS_PER_S;

	if (!count)
		return;
	buf_addf(out,
	         "<details><summary>%s in figures</summary><div class=\"wide\" tabindex=\"0\" "
	         "role=\"region\" aria-label=\"%s in figures\"><table><thead><tr>"
	         "<th scope=\"col\">Until</th><th scope=\"col\">Lowest</th>"
	         "<th scope=\"col\">Highest</th><th scope=\"col\">Last</th></tr></thead>\n<tbody>",
	         w->name, w->name);
	for (unsigned i = 0; i < count; i++) {
		buf_adds(out, "<tr><th scope=\"row\">");
		html_clock(out, points[i].time, tenths);
		buf_adds(out, "</th><td>");
		html_size(out, NULL, points[i].min);
		buf_adds(out, "</td><td>");
		html_size(out, NULL, points[i].max);
		buf_adds(out, "</td><td>");
		html_size(out, NULL, points[i].last);
		buf_adds(out, "</td></tr>\n");
	}
	buf_adds(out, "</tbody></table></div></details>\n");
}

static void chart_write(const struct moment *m, enum chart_kind kind, bool lead, struct buf *out)
{
	struct plot_extra extra = {.limit = UNKNOWN};
	const struct chart_words *w = &chart_words[kind];
	struct plot p;
	char limit[120];

	if (lead)
		fit_find(&m->verdict, &extra);
	plot_init(&p, m, &m->charts[kind], &extra, lead);
	limit_find(m, kind, p.last ? p.last->last : UNKNOWN, &extra, limit, sizeof(limit));
	plot_init(&p, m, &m->charts[kind], &extra, lead);
	buf_addf(out, "<figure class=\"chart%s\" id=\"chart-%s\">", lead ? " lead" : "", w->id);
	caption_write(&p, w, out);
	buf_adds(out, "<div class=\"wide\">");
	plot_write(&p, w->id, w->name, out);
	buf_adds(out, "</div>\n");
	points_write(&p, w, out);
	buf_adds(out, "</figure>\n");
}

/* --- the section ---------------------------------------------------------------------------------- */

#define SWATCH "<svg class=\"swatch\" viewBox=\"0 0 28 12\" aria-hidden=\"true\">"

static void legend_write(const struct moment *m, struct buf *out)
{
	struct plot_extra extra = {.limit = UNKNOWN};

	fit_find(&m->verdict, &extra);
	buf_adds(out, "<p class=\"legend\"><span>" SWATCH
	              "<path class=\"line\" d=\"M0 6L28 6\"/></svg>last figure</span> <span>" SWATCH
	              "<path class=\"band\" d=\"M0 1L28 1L28 11L0 11Z\"/></svg>lowest to "
	              "highest</span> ");
	if (extra.fitted)
		buf_adds(out,
		         "<span>" SWATCH "<path class=\"interval\" d=\"M0 1L28 6L0 11Z\"/>"
		         "<path class=\"fit\" d=\"M0 6L28 6\"/></svg>growth of the verdict with "
		         "its interval</span> ");
	buf_adds(out, "<span>" SWATCH "<g class=\"event\"><path d=\"M14 0L14 12\"/></g></svg>"
	              "numbered event</span> <span>a gap: unknown</span></p>\n");
}

static void events_write(const struct moment *m, struct buf *out)
{
	bool tenths = m->interval < NS_PER_S;

	if (!m->event_count)
		return;
	buf_adds(
	        out,
	        "<h3 id=\"events\">Events</h3>\n<div class=\"wide\" tabindex=\"0\" role=\"region\" "
	        "aria-labelledby=\"events\"><table class=\"events\"><thead><tr>"
	        "<th scope=\"col\" class=\"n\">No.</th><th scope=\"col\" class=\"n\">At</th>"
	        "<th scope=\"col\">Kind</th><th scope=\"col\">What happened</th></tr></thead>\n"
	        "<tbody>");
	for (unsigned i = 0; i < m->event_count && i < MOMENT_EVENTS; i++) {
		const struct event *e = &m->events[i];
		buf_addf(out, "<tr><td class=\"n\">%u</td><td class=\"n\">", i + 1);
		html_clock(out, e->time, tenths);
		buf_addf(out, "</td><td>%s</td><td>", event_kind_words[e->kind]);
		html_word(out, e->text);
		buf_adds(out, "</td></tr>\n");
	}
	buf_adds(out, "</tbody></table></div>\n");
}

/* From when to when, so that a page that is found later can be laid beside a log. */
static void window_write(const struct moment *m, enum chart_kind lead, struct buf *out)
{
	const struct chart *c = &m->charts[lead];

	if (!known(m->wall) || c->to <= c->from || m->wall < m->time)
		return;
	buf_adds(out, "<p class=\"note\">From ");
	html_date(out, NULL, m->wall - m->time + c->from);
	buf_adds(out, " to ");
	html_date(out, NULL, m->wall - m->time + c->to);
	buf_adds(out, "; the clock of charts and tables counts from the begin of the watch.</p>\n");
}

void html_course(const struct moment *m, struct buf *out)
{
	static const enum chart_kind order[] = {CHART_RSS,   CHART_HEAP, CHART_BASE, CHART_VSZ,
	                                        CHART_SHMEM, CHART_FILE, CHART_SWAP};
	enum chart_kind lead = lead_choose(m);

	buf_adds(out, "<section aria-labelledby=\"course\"><h2 id=\"course\">Course</h2>\n");
	window_write(m, lead, out);
	buf_adds(out, "<div class=\"charts\">\n");
	chart_write(m, lead, true, out);
	legend_write(m, out);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (order[i] != lead && (i < 3 || chart_has(&m->charts[order[i]], 1)))
			chart_write(m, order[i], false, out);
	buf_adds(out, "</div>\n");
	events_write(m, out);
	buf_adds(out, "</section>\n");
}
