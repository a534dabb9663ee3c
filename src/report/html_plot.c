/* SPDX-License-Identifier: MIT */
/*
 * Knows how a course becomes a line, a band and gaps, how growth is laid over it and where events stand.
 * Refuses to know which figure it is and what the verdict makes of it.
 */
#include "report/html_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"
#include "report/html_text.h"

enum {
	LEAD_WIDTH = 1080,
	LEAD_HEIGHT = 330,
	WIDTH = 530,
	HEIGHT = 220,
	LEFT = 84,
	RIGHT = 24,
	TOP = 26,
	BOTTOM = 30,
	MARK_GAP = 160, /* tenths of a pixel between the numbers of two events */
	FAR = 100000    /* tenths: as far outside as a line is ever followed */
};

/* --- geometry ------------------------------------------------------------------------------------ */

static void extremes_find(struct plot *p)
{
	unsigned n = p->chart->count < CHART_POINTS ? p->chart->count : CHART_POINTS;

	p->lowest = p->highest = UNKNOWN;
	for (unsigned i = 0; i < n; i++) {
		const struct chart_point *at = &p->chart->points[i];
		if (!known(at->last))
			continue;
		uint64_t min = known_or(at->min, at->last), max = known_or(at->max, at->last);
		if (!known(p->lowest) || min < p->lowest)
			p->lowest = min;
		if (!known(p->highest) || max > p->highest)
			p->highest = max;
		p->first = p->first ? p->first : at;
		p->last = at;
	}
}

void plot_init(struct plot *p, const struct moment *m, const struct chart *c,
               const struct plot_extra *extra, bool lead)
{
	*p = (struct plot){.chart = c,
	                   .moment = m,
	                   .extra = extra,
	                   .width = lead ? LEAD_WIDTH : WIDTH,
	                   .height = lead ? LEAD_HEIGHT : HEIGHT,
	                   .left = LEFT,
	                   .top = TOP};
	p->inner = p->width - LEFT - RIGHT;
	p->tall = p->height - TOP - BOTTOM;
	extremes_find(p);
	axis_init(p);
}

int plot_x(const struct plot *p, uint64_t time)
{
	uint64_t from = p->chart->from, to = p->chart->to;

	/* A single sample stands alone in the middle. */
	if (to <= from)
		return p->inner * 5;
	if (time >= to)
		return p->inner * 10;
	if (time <= from)
		return 0;
	return (int)lround((double)(time - from) / (double)(to - from) * p->inner * 10);
}

int plot_y(const struct plot *p, double bytes)
{
	double part = (bytes - (double)p->low) / ((double)p->high - (double)p->low);
	double y = (1 - part) * p->tall * 10;

	return (int)lround(fmax(-FAR, fmin(FAR, y)));
}

void plot_number(struct buf *out, int tenths)
{
	int size = abs(tenths);

	buf_addf(out, "%s%d", tenths < 0 ? "-" : "", size / 10);
	if (size % 10)
		buf_addf(out, ".%d", size % 10);
}

static void point_add(struct buf *out, char command, int x, int y)
{
	buf_addc(out, command);
	plot_number(out, x);
	buf_addc(out, ' ');
	plot_number(out, y);
}

/* --- the course ---------------------------------------------------------------------------------- */

/* Known points side by side; `ret_count` is 0 at the end. */
static const struct chart_point *stretch_next(const struct plot *p, unsigned *at,
                                              unsigned *ret_count)
{
	unsigned n = p->chart->count < CHART_POINTS ? p->chart->count : CHART_POINTS, from;

	while (*at < n && !known(p->chart->points[*at].last))
		++*at;
	from = *at;
	while (*at < n && known(p->chart->points[*at].last))
		++*at;
	*ret_count = *at - from;
	return &p->chart->points[from];
}

static bool has_width(const struct chart_point *s, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (known_or(s[i].max, s[i].last) != known_or(s[i].min, s[i].last))
			return true;
	return false;
}

static void band_write(const struct plot *p, const struct chart_point *s, unsigned count,
                       struct buf *out)
{
	if (count < 2 || !has_width(s, count))
		return;
	buf_adds(out, "<path class=\"band\" d=\"");
	for (unsigned i = 0; i < count; i++)
		point_add(out, i ? 'L' : 'M', plot_x(p, s[i].time),
		          plot_y(p, (double)known_or(s[i].max, s[i].last)));
	for (unsigned i = count; i-- > 0;)
		point_add(out, 'L', plot_x(p, s[i].time),
		          plot_y(p, (double)known_or(s[i].min, s[i].last)));
	buf_adds(out, "Z\"/>");
}

static void dot_write(const struct plot *p, const struct chart_point *at, struct buf *out)
{
	buf_adds(out, "<circle class=\"dot\" r=\"3\" cx=\"");
	plot_number(out, plot_x(p, at->time));
	buf_adds(out, "\" cy=\"");
	plot_number(out, plot_y(p, (double)at->last));
	buf_adds(out, "\"/>");
}

static void line_write(const struct plot *p, const struct chart_point *s, unsigned count,
                       struct buf *out)
{
	if (count == 1) {
		dot_write(p, s, out);
		return;
	}
	buf_adds(out, "<path class=\"line\" d=\"");
	for (unsigned i = 0; i < count; i++)
		point_add(out, i ? 'L' : 'M', plot_x(p, s[i].time), plot_y(p, (double)s[i].last));
	buf_adds(out, "\"/>");
}

static void course_write(const struct plot *p, struct buf *out)
{
	const struct chart_point *s;
	unsigned at = 0, count;

	while (s = stretch_next(p, &at, &count), count)
		band_write(p, s, count, out);
	at = 0;
	while (s = stretch_next(p, &at, &count), count)
		line_write(p, s, count, out);
}

/* --- what is laid over it ------------------------------------------------------------------------ */

/* The figure at `time` of a line through the present that rises by `rate`. */
static double fitted_at(const struct plot *p, uint64_t time, double rate)
{
	return (double)p->last->last - rate * ((double)p->last->time - (double)time) / 1e9;
}

static bool is_fitted(const struct plot *p, uint64_t *ret_from)
{
	const struct plot_extra *e = p->extra;

	if (!e->fitted || !p->last)
		return false;
	*ret_from = e->since > p->chart->from ? e->since : p->chart->from;
	return *ret_from < p->last->time;
}

/* All rates of the interval meet in the present. */
static void interval_write(const struct plot *p, struct buf *out)
{
	const struct plot_extra *e = p->extra;
	uint64_t from;

	if (!is_fitted(p, &from) || !isfinite(e->low) || !isfinite(e->high))
		return;
	int x = plot_x(p, from);
	buf_adds(out, "<path class=\"interval\" d=\"");
	point_add(out, 'M', x, plot_y(p, fitted_at(p, from, e->low)));
	point_add(out, 'L', plot_x(p, p->last->time), plot_y(p, (double)p->last->last));
	point_add(out, 'L', x, plot_y(p, fitted_at(p, from, e->high)));
	buf_adds(out, "Z\"/>");
}

static void fitted_write(const struct plot *p, struct buf *out)
{
	uint64_t from;

	if (!is_fitted(p, &from))
		return;
	buf_adds(out, "<path class=\"fit\" d=\"");
	point_add(out, 'M', plot_x(p, from), plot_y(p, fitted_at(p, from, p->extra->rate)));
	point_add(out, 'L', plot_x(p, p->last->time), plot_y(p, (double)p->last->last));
	buf_adds(out, "\"/>");
}

static void limit_write(const struct plot *p, struct buf *out)
{
	const struct plot_extra *e = p->extra;

	if (!known(e->limit) || !known(p->lowest))
		return;
	int y = plot_y(p, (double)e->limit);
	buf_adds(out, "<path class=\"limit\" d=\"");
	point_add(out, 'M', 0, y);
	point_add(out, 'L', p->inner * 10, y);
	buf_adds(out, "\"/><text class=\"limit\" x=\"6\" y=\"");
	plot_number(out, y < 160 ? y + 150 : y - 60);
	buf_adds(out, "\">");
	html_word(out, e->limit_text);
	buf_adds(out, "</text>");
}

static void event_write(const struct plot *p, unsigned number, int x, bool told, struct buf *out)
{
	const struct event *e = &p->moment->events[number - 1];
	char clock[HUMAN_MAX];

	buf_addf(out, "<g class=\"event%s\"><title>%s ",
	         e->kind == EVENT_WARNING || e->kind == EVENT_ALARM ? " loud" : "",
	         html_clock_text(clock, e->time, false));
	html_word(out, e->text);
	buf_adds(out, "</title><path d=\"");
	point_add(out, 'M', x, p->top * 10 - 20);
	point_add(out, 'L', x, (p->top + p->tall) * 10);
	buf_adds(out, "\"/>");
	if (told) {
		buf_adds(out, "<text class=\"middle\" x=\"");
		plot_number(out, x);
		buf_addf(out, "\" y=\"%d\">%u</text>", p->top - 8, number);
	}
	buf_adds(out, "</g>");
}

/* Those within the picture; the number of one that stands too close to the one before is left out. */
static void events_write(const struct plot *p, struct buf *out)
{
	int before = -MARK_GAP;

	for (unsigned i = 0; i < p->moment->event_count && i < MOMENT_EVENTS; i++) {
		uint64_t time = p->moment->events[i].time;
		if (time < p->chart->from || time > p->chart->to || p->chart->to <= p->chart->from)
			continue;
		int x = p->left * 10 + plot_x(p, time);
		bool told = x - before >= MARK_GAP;
		event_write(p, i + 1, x, told, out);
		before = told ? x : before;
	}
}

/* --- the picture --------------------------------------------------------------------------------- */

static void description_write(const struct plot *p, const char *name, struct buf *out)
{
	const struct plot_extra *e = p->extra;
	char a[HUMAN_MAX], b[HUMAN_MAX], c[HUMAN_MAX], d[HUMAN_MAX];

	if (!p->last) {
		buf_adds(out, "Nothing is known of it.");
		return;
	}
	html_word(out, name);
	buf_addf(out, ": %s at %s,", human_size(a, p->first->last, HUMAN_AUTO),
	         html_clock_text(b, p->first->time, false));
	buf_addf(out, " %s at %s;", human_size(a, p->last->last, HUMAN_AUTO),
	         html_clock_text(b, p->last->time, false));
	buf_addf(out, " lowest %s, highest %s.", human_size(c, p->lowest, HUMAN_AUTO),
	         human_size(d, p->highest, HUMAN_AUTO));
	if (e->fitted)
		buf_addf(out, " The growth that the verdict rests on: %s since %s.",
		         human_rate(a, e->rate), html_clock_text(b, e->since, false));
	if (known(e->limit)) {
		buf_addc(out, ' ');
		html_word(out, e->limit_text);
		buf_addf(out, ": at %s.", human_size(a, e->limit, HUMAN_AUTO));
	}
}

void plot_write(const struct plot *p, const char *id, const char *name, struct buf *out)
{
	buf_addf(out,
	         "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"t-%s d-%s\">"
	         "<title id=\"t-%s\">",
	         p->width, p->height, id, id, id);
	html_word(out, name);
	buf_addf(out, "</title><desc id=\"d-%s\">", id);
	description_write(p, name, out);
	buf_adds(out, "</desc>\n");
	axis_write(p, out);
	if (p->last) {
		/* An inner <svg> cuts off what leaves the plot. */
		buf_addf(out, "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\">", p->left, p->top,
		         p->inner, p->tall);
		interval_write(p, out);
		course_write(p, out);
		fitted_write(p, out);
		limit_write(p, out);
		buf_adds(out, "</svg>");
		events_write(p, out);
	} else {
		buf_addf(out,
		         "<text class=\"middle\" x=\"%d\" y=\"%d\">nothing is known of it</text>",
		         p->left + p->inner / 2, p->top + p->tall / 2);
	}
	buf_adds(out, "</svg>\n");
}
