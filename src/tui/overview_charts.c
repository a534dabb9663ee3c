/* SPDX-License-Identifier: MIT */
/* The course in large, with what happened marked on it. */

#include <string.h>
#include <strings.h>

#include "tui/overview_internal.h"

enum { THREE_FROM = 150 };

/* Reduced mode is said in words elsewhere, for as long as it lasts. */
static bool event_is_marked(enum event_kind kind)
{
	return kind != EVENT_START && kind != EVENT_CONTINUED && kind != EVENT_UNBLOCKED &&
	       kind != EVENT_REDUCED && kind != EVENT_FREEZE;
}

static enum role event_role(enum event_kind kind)
{
	return kind == EVENT_WARNING || kind == EVENT_ALARM ? ROLE_GROWTH : ROLE_WARN;
}

static void chart_range(const struct chart *chart, uint64_t *ret_min, uint64_t *ret_max)
{
	*ret_min = *ret_max = UNKNOWN;
	for (unsigned i = 0; i < chart->count; i++) {
		const struct chart_point *p = &chart->points[i];
		if (known(p->min) && (!known(*ret_min) || p->min < *ret_min))
			*ret_min = p->min;
		if (known(p->max) && (!known(*ret_max) || p->max > *ret_max))
			*ret_max = p->max;
	}
}

static void chart_draw(const struct canvas *c, const struct moment *m, enum chart_kind kind,
                       enum human_unit unit)
{
	const struct chart *chart = &m->charts[kind];
	struct canvas plot = canvas_part(c, 1, 0, c->rows - 1, c->columns);
	struct chart_mark marks[MOMENT_EVENTS];
	char low[HUMAN_MAX], high[HUMAN_MAX];
	uint64_t min, max;
	unsigned count = 0;

	for (unsigned i = 0; i < m->event_count; i++)
		if (event_is_marked(m->events[i].kind))
			marks[count++] = (struct chart_mark){m->events[i].time,
			                                     event_role(m->events[i].kind)};
	chart_range(chart, &min, &max);
	int x = canvas_text(c, 0, 0, CANVAS_REST, ROLE_HEAD, chart_names[kind]) + 2;
	canvas_textf(c, 0, x, CANVAS_REST, ROLE_DIM, "min %s, max %s", human_size(low, min, unit),
	             human_size(high, max, unit));
	canvas_chart(&plot, chart, ROLE_GRAPH, marks, count);
}

void overview_charts_draw(const struct canvas *c, const struct moment *m, enum human_unit unit)
{
	static const enum chart_kind wide[] = {CHART_RSS, CHART_HEAP, CHART_BASE};
	static const enum chart_kind narrow[] = {CHART_RSS, CHART_BASE};
	bool three = c->columns >= THREE_FROM;
	const enum chart_kind *kinds = three ? wide : narrow;
	int count = three ? 3 : 2, gap = 2;
	int width = (c->columns - 2 - gap * (count - 1)) / count;

	for (int i = 0; i < count; i++) {
		struct canvas part = canvas_part(c, 0, 1 + i * (width + gap), c->rows, width);
		chart_draw(&part, m, kinds[i], unit);
	}
}

void overview_event_draw(const struct canvas *c, int y, const struct moment *m)
{
	char clock[HUMAN_MAX];
	unsigned i = m->event_count;

	while (i > 0 && !event_is_marked(m->events[i - 1].kind))
		i--;
	if (i == 0)
		return;
	const struct event *e = &m->events[i - 1];
	int x = 1 + canvas_text(c, y, 1, 1, event_role(e->kind), c->ascii ? "^" : "\u25b2") + 1;
	x += canvas_textf(c, y, x, CANVAS_REST, ROLE_DIM, "%s ",
	                  human_clock(clock, e->time, false));
	if (strncasecmp(e->text, event_kind_words[e->kind], strlen(event_kind_words[e->kind])) != 0)
		x += canvas_textf(c, y, x, CANVAS_REST, ROLE_DIM,
		                  "%s: ", event_kind_words[e->kind]);
	canvas_cut(c, y, x, c->columns - x - 1, ROLE_TEXT, e->text, false);
}
