/* SPDX-License-Identifier: MIT */
/*
 * View 1: the course in large, the regions that carry the growth, the evidence. It shows a
 * moment and decides nothing.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/human.h"
#include "detect/advice.h"
#include "tui/keys.h"
#include "tui/overview_internal.h"
#include "tui/page.h"

enum { FIRST_LOOKS = 8, SIDE_BY_SIDE = 150, LINKS_ROOMY = 9 };

static void overview_refresh(struct view *view, const struct moment *m)
{
	struct overview *o = (struct overview *)view;

	carriers_find(o, m);
	if (!o->held)
		o->list.at = 0;
	for (size_t i = 0; o->held && i < o->count; i++)
		if (o->carriers[i].id == o->list.id)
			o->list.at = i;
	list_settle(&o->list, o->count, CARRIERS);
	o->list.id = o->count ? o->carriers[o->list.at].id : 0;
}

static bool overview_act(struct view *view, const struct request *what, const struct moment *m,
                         struct request *ret)
{
	struct overview *o = (struct overview *)view;

	(void)m;
	if (what->action == ACTION_ENTER && o->count > 0) {
		o->held = true;
		*ret = (struct request){.action = ACTION_FOCUS, .id = o->list.id};
		return true;
	}
	if (!list_act(&o->list, what->action, o->count, CARRIERS))
		return false;
	o->held = true;
	o->list.id = o->count ? o->carriers[o->list.at].id : 0;
	return true;
}

/* Where the growth ends comes before why it is taken for a leak. */
static void end_draw(struct page *p, const struct verdict *v)
{
	struct buf text;

	buf_init(&text, 320);
	if (advice_limit(v, &text) == 0 && text.len > 0)
		page_item(p, ROLE_DIM, "limit", 6, buf_str(&text));
	buf_done(&text);
}

/* All that is linked, or where there is little room the heaviest. */
static void links_draw(struct page *p, const struct links *links)
{
	unsigned count = p->canvas.rows < LINKS_ROOMY && links->count ? 1 : links->count;

	if (count)
		page_text(p, 1, ROLE_HEAD, "Grows with");
	for (unsigned i = 0; i < count; i++)
		page_item(p, ROLE_DIM, "", 0, links->link[i].text);
}

static void evidence_draw(const struct canvas *c, const struct moment *m)
{
	const struct verdict *v = &m->verdict;
	char lines[FIRST_LOOKS][ADVICE_LINE], weight[16];
	struct page p = {.canvas = *c, .cut = true};
	unsigned looks = 0;

	links_draw(&p, &v->links);
	if (v->kind == VERDICT_UNKNOWN)
		looks = advice_first_look(m, lines, FIRST_LOOKS);
	page_text(&p, 1, ROLE_HEAD, looks > 0 ? "First look" : "Evidence");
	for (unsigned i = 0; i < looks; i++)
		page_item(&p, ROLE_DIM, "", 0, lines[i]);
	end_draw(&p, v);
	for (unsigned i = 0; i < v->evidence_count; i++) {
		const struct evidence *e = &v->evidence[i];
		snprintf(weight, sizeof(weight), "%c %.2f", e->is_for ? '+' : '-', e->weight);
		page_item(&p, ROLE_DIM, weight, 6, e->text);
	}
	if (looks == 0 && v->evidence_count == 0)
		page_text(&p, 2, ROLE_DIM, "none yet");
}

static void counters_draw(const struct canvas *c, int y, const struct moment *m)
{
	static const struct {
		enum figure figure;
		const char *name;
	} counters[] = {
	        {FIGURE_THREADS, "threads"},         {FIGURE_FDS, "fds"},
	        {FIGURE_CONNECTIONS, "connections"}, {FIGURE_MAPS, "mappings"},
	        {FIGURE_MINFLT, "minor faults"},     {FIGURE_MAJFLT, "major faults"},
	};
	int x = 1;

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		uint64_t now = m->sample.v[counters[i].figure];
		char text[HUMAN_MAX] = "-";
		int64_t change;
		if (!known(now) && counters[i].figure >= FIGURE_KEPT)
			continue;
		if (known(now))
			human_count(text, now);
		if (x + 30 > c->columns)
			return;
		x += canvas_text(c, y, x, CANVAS_REST, ROLE_DIM, counters[i].name) + 1;
		x += canvas_text(c, y, x, CANVAS_REST, ROLE_TEXT, text) + 1;
		if (m->baseline &&
		    known_delta(now, m->baseline->sample.v[counters[i].figure], &change))
			x += canvas_textf(c, y, x, CANVAS_REST, ROLE_DIM, "(%+lld)",
			                  (long long)change);
		x += 3;
	}
}

/* Rows of the region list: as many as there are, or a sentence; no more than a good third. */
static int regions_rows(const struct overview *o, const struct moment *m, int rows)
{
	int sentence = m->regions ? 1 : 3, most = rows * 2 / 5 + 1;
	int wanted = 1 + (o->count > 0 ? (int)o->count : sentence);

	return wanted < most ? wanted : most;
}

static void lower_draw(const struct canvas *c, const struct overview *o, const struct moment *m)
{
	int rows = regions_rows(o, m, c->rows);

	if (c->columns >= SIDE_BY_SIDE) {
		struct canvas left = canvas_part(c, 0, 0, c->rows, c->columns / 2 + 8);
		struct canvas right = canvas_part(c, 0, left.columns + 2, c->rows, CANVAS_REST);
		carriers_draw(&left, o, m);
		evidence_draw(&right, m);
		return;
	}
	int gap = c->rows - rows > 6;
	struct canvas upper = canvas_part(c, 0, 0, rows, c->columns);
	struct canvas lower = canvas_part(c, rows + gap, 0, c->rows - rows - gap, c->columns);
	carriers_draw(&upper, o, m);
	evidence_draw(&lower, m);
}

/* Rows of the charts: what the lists beside each other leave, or two fifths. */
static int charts_rows(const struct canvas *c)
{
	int part = c->rows * 2 / 5, rest = c->rows - 20;

	if (c->rows < 12)
		return 0;
	if (c->columns < SIDE_BY_SIDE || rest < part)
		return part;
	return rest < c->rows * 3 / 5 ? rest : c->rows * 3 / 5;
}

static void overview_draw(const struct view *view, const struct moment *m, const struct canvas *c)
{
	const struct overview *o = (const struct overview *)view;
	bool roomy = c->rows >= 18;
	int charts = charts_rows(c), y = charts;
	struct canvas upper = canvas_part(c, 0, 0, charts, c->columns);

	if (charts > 0) {
		overview_charts_draw(&upper, m, view->settings->unit);
		overview_event_draw(c, y, m);
		y += 1 + (c->rows >= 24);
	}
	struct canvas lower = canvas_part(c, y, 0, c->rows - y - roomy, c->columns);
	lower_draw(&lower, o, m);
	if (roomy)
		counters_draw(c, c->rows - 1, m);
}

static void overview_free(struct view *view)
{
	free(view);
}

static const struct view_ops overview_ops = {
        .title = "Overview",
        .number = 1,
        .place = PLACE_OVERVIEW,
        .free = overview_free,
        .refresh = overview_refresh,
        .draw = overview_draw,
        .act = overview_act,
};

struct view *view_overview_new(const struct view_settings *settings)
{
	struct overview *o = calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->view.ops = &overview_ops;
	o->view.settings = settings;
	return &o->view;
}
