/* SPDX-License-Identifier: MIT */
/*
 * Two moments compared, as a page: what changed most in one sentence, then the table of all that changed. It
 * knows widths and roles; what is compared, and in which order it is told, is the model's.
 */

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/safe_text.h"
#include "model/diff_rows.h"
#include "tui/keys.h"
#include "tui/page.h"

enum {
	CELL = 10,
	EXTRA = 14,
	NAME_LEAST = 20,
	NAME_MOST = 60,
	TEXT = 512,
	MOST_LOW = 10,
	MOST = 20
};

/* Where the columns stand at this width. */
struct places {
	int name, extra; /* widths; extra 0: left out */
	int cells;       /* how many there is room for, from the left */
	int first;       /* where the first cell begins */
};

static struct places places_find(int room)
{
	struct places w = {.cells = DIFF_CELLS};

	room -= 3; /* a margin at either side, the scroll bar */
	while (w.cells > 1 && room - w.cells * (CELL + 1) < NAME_LEAST)
		w.cells--;
	w.name = room - w.cells * (CELL + 1);
	if (w.name > NAME_LEAST + EXTRA) {
		w.extra = EXTRA;
		w.name -= EXTRA;
	}
	if (w.name > NAME_MOST)
		w.name = NAME_MOST;
	w.first = 2 + w.name + w.extra;
	return w;
}

struct sheet {
	struct page *page;
	struct places places;
};

static void cells_draw(const struct canvas *c, const struct places *w, const struct diff_row *row)
{
	for (int i = 0; i < w->cells; i++) {
		int x = w->first + i * (CELL + 1) + 1;
		enum role role = row->kind == DIFF_ROW_HEAD ? ROLE_DIM : ROLE_TEXT;
		if (row->kind == DIFF_ROW && i == DIFF_CELL_CHANGE && row->matters)
			role = ROLE_GROWTH;
		canvas_right(c, 0, x, CELL, role, row->cells[i]);
	}
}

static void row_draw(const struct canvas *c, const struct places *w, const struct diff_row *row)
{
	switch (row->kind) {
	case DIFF_ROW_HEAD:
		/* The heading of the first cell is short and leaves room for a title. */
		canvas_cut(c, 0, 1, w->first + CELL - 2, ROLE_HEAD, row->name, false);
		break;
	case DIFF_ROW_MORE:
		canvas_cut(c, 0, 2, w->name, ROLE_DIM, row->name, false);
		break;
	default:
		canvas_cut(c, 0, 2, row->extra[0] ? w->name - 1 : w->name + w->extra - 1, ROLE_TEXT,
		           row->name, true);
		if (w->extra)
			canvas_text(c, 0, 2 + w->name, w->extra, ROLE_DIM, row->extra);
		break;
	}
	cells_draw(c, w, row);
}

static void row_put(const struct diff_row *row, void *arg)
{
	const struct sheet *s = arg;
	struct canvas line;

	if (row->kind == DIFF_ROW_HEAD)
		page_text(s->page, 0, ROLE_TEXT, "");
	if (page_next(s->page, &line))
		row_draw(&line, &s->places, row);
}

static const char *when(const struct diff *d, int side, const struct moment *m, char out[HUMAN_MAX])
{
	const struct diff_side *s = &d->side[side];

	if (m->live && s->time == m->time)
		return "now";
	if (!known(s->wall))
		return human_clock(out, s->time, false);
	return human_localtime(out, s->wall);
}

/* "A 13:34:00, B 13:44:00, 10 min later" */
static void times_write(struct page *p, const struct diff *d, const struct moment *m)
{
	char text[TEXT], a[HUMAN_MAX], b[HUMAN_MAX], span[HUMAN_MAX];

	snprintf(text, sizeof(text), "A %s, B %s, %s later", when(d, DIFF_A, m, a),
	         when(d, DIFF_B, m, b), human_duration(span, d->span));
	page_text(p, 1, ROLE_DIM, text);
	for (unsigned i = 0; diff_note(d, i); i++)
		page_text(p, 1, ROLE_WARN, diff_note(d, i));
}

static void difference_write(const struct page_view *view, struct page *p, const struct moment *m)
{
	const struct view_settings *settings = view->view.settings;
	struct sheet s = {.page = p, .places = places_find(p->canvas.columns)};
	struct buf line;

	if (!m->diff) {
		page_text(p, 1, ROLE_DIM, "nothing to compare: m marks a moment");
		return;
	}
	buf_init(&line, TEXT);
	if (diff_headline(m->diff, &line) == 0)
		page_text(p, 1, ROLE_TITLE, buf_str(&line));
	buf_done(&line);
	times_write(p, m->diff, m);
	diff_rows(m->diff, settings->rows < 2 * MOST ? MOST_LOW : MOST, settings->unit, row_put,
	          &s);
}

static const struct view_ops difference_ops = {
        .title = "Difference",
        .place = PLACE_DIFFERENCE,
        .free = page_view_free,
        .refresh = page_view_refresh,
        .draw = page_view_draw,
        .act = page_view_act,
};

struct view *view_difference_new(const struct view_settings *settings)
{
	return page_view_new(&difference_ops, settings, difference_write);
}
