/* SPDX-License-Identifier: MIT */
/*
 * Where what stands in view 6: state, notes, lines, and the stack of the one under the cursor. It knows rows; what
 * each part says is told elsewhere.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/sites_internal.h"

/* From so many rows on there is room for each part; below that the list has it. */
enum {
	ROWS_STATE = 3,
	ROWS_NOTES = 4,
	ROWS_TITLE = 8,
	ROWS_RULE = 9,
	ROWS_BOTTOM = 10,
	ROWS_PREVIEW = 34,
	ROWS_OTHERS =
	        7, /* all that is no note, with three lines of the list and without the bottom */
};

/* --- where what stands ---------------------------------------------------------------------------- */

/* First rows; below -1: there is no room for it. */
struct layout_sites {
	int title, state, notes, rule, list, bottom, preview;
	int note_rows, list_rows, bottom_rows, preview_rows;
};

static int notes_count(const struct sites_view *v, const struct moment *m)
{
	struct page p = {
	        .canvas = {.columns = v->view.settings->columns, .ascii = v->view.settings->ascii}};

	sites_notes_write(v, m, &p, INT_MAX);
	return (int)p.line;
}

/* The list as long as it is, but no more than three fifths; the stack below it. */
static void place_preview(const struct sites_view *v, const struct moment *m,
                          struct layout_sites *l)
{
	const struct table *t = sites_rows_table((struct sites_view *)v, m);
	int most = l->list_rows * 3 / 5;
	int wanted = t->count < (size_t)most ? (int)t->count + 1 : most;

	l->preview = l->list + wanted + 1;
	l->preview_rows = l->list_rows - wanted - 1;
	l->list_rows = wanted;
}

static struct layout_sites place(const struct sites_view *v, const struct moment *m, int rows)
{
	struct layout_sites l = {
	        .title = -1, .state = -1, .notes = -1, .rule = -1, .bottom = -1, .preview = -1};
	int others = ROWS_OTHERS + (rows >= ROWS_BOTTOM);
	int y = 0, end = rows, most = rows > others ? rows - others : 1;

	if (rows >= ROWS_TITLE)
		l.title = y++;
	if (rows >= ROWS_STATE)
		l.state = y++;
	if (rows >= ROWS_NOTES) {
		l.note_rows = notes_count(v, m);
		l.note_rows = l.note_rows < most ? l.note_rows : most;
		l.notes = y;
		y += l.note_rows;
	}
	if (rows >= ROWS_RULE)
		l.rule = y++;
	if (rows >= ROWS_BOTTOM)
		l.bottom = --end;
	l.list = y;
	l.list_rows = end - y;
	if (rows >= ROWS_PREVIEW)
		place_preview(v, m, &l);
	return l;
}

int sites_list_rows(const struct sites_view *v, const struct moment *m, int rows)
{
	return place(v, m, rows).list_rows;
}

const struct sites_row *sites_selected(const struct sites_view *v, const struct moment *m)
{
	const struct table *t = sites_rows_table((struct sites_view *)v, m);
	size_t row;

	return table_selected(t, &row) && row < v->lines.count ? &v->lines.rows[row] : NULL;
}

/* --- drawing -------------------------------------------------------------------------------------- */

static void rule_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c,
                      int y)
{
	const struct table *t = sites_rows_table((struct sites_view *)v, m);
	char count[HUMAN_MAX];
	int x = 1;

	canvas_line(c, y, 0, CANVAS_REST, ROLE_RULE);
	if (y < 0)
		return;
	x += canvas_textf(c, y, x, CANVAS_REST, v->tree ? ROLE_DIM : ROLE_SELECTED, " Sites %s ",
	                  human_count(count, m->sites->site_count)) +
	     1;
	x += canvas_text(c, y, x, CANVAS_REST, v->tree ? ROLE_SELECTED : ROLE_DIM, " Tree ") + 1;
	const char *const *sorts = v->view.ops->sorts;
	if (sorts)
		x += canvas_textf(c, y, x + 1, CANVAS_REST, ROLE_DIM, " by %s%s ", sorts[t->sort],
		                  t->reversed ? ", reversed" : "");
	if (x + 12 < c->columns) {
		canvas_text(c, y, c->columns - 9, CANVAS_REST, ROLE_KEY, " t");
		canvas_text(c, y, c->columns - 7, CANVAS_REST, ROLE_DIM,
		            v->tree ? " list " : " tree ");
	}
}

static void list_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c)
{
	const struct table *t = sites_rows_table((struct sites_view *)v, m);

	if (v->failed)
		canvas_text(c, 0, 2, CANVAS_REST, ROLE_ALARM, "not enough memory to list them");
	else if (t->count > 0 || t->failed)
		table_draw(t, &v->view, m, c);
	else
		canvas_text(c, 0, 2, CANVAS_REST, ROLE_DIM,
		            "nothing here matches the filter; Esc takes it away");
}

/* The facts have what grows most first. */
static uint32_t first_below(const struct sites_view *v, const struct sites_row *r)
{
	size_t at = (size_t)(r - v->lines.rows), end = at + r->below;
	uint32_t first = r->site;

	for (; at <= end && at < v->lines.count; at++)
		if (v->lines.rows[at].site < first)
			first = v->lines.rows[at].site;
	return first;
}

static void preview_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c)
{
	const struct sites_row *r = sites_selected(v, m);
	struct page p = {.canvas = canvas_part(c, 1, 0, c->rows - 1, c->columns)};

	canvas_line(c, 0, 0, CANVAS_REST, ROLE_RULE);
	if (!r)
		return;
	if (r->site == SITES_INNER)
		canvas_textf(c, 0, 1, CANVAS_REST, ROLE_DIM,
		             " Stack of the first of %u sites below this line ", r->sites);
	else
		canvas_text(c, 0, 1, CANVAS_REST, ROLE_DIM, " Stack of the site under the cursor ");
	sites_stack_write(&p, m->sites, &m->sites->sites[first_below(v, r)]);
}

static void notes_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c)
{
	struct page p = {.canvas = *c};

	sites_notes_write(v, m, &p, c->rows);
}

void sites_list_draw(const struct sites_view *v, const struct moment *m, const struct canvas *c)
{
	struct layout_sites l = place(v, m, c->rows);
	struct canvas notes = canvas_part(c, l.notes, 0, l.note_rows, c->columns);
	struct canvas list = canvas_part(c, l.list, 0, l.list_rows, c->columns);
	struct canvas preview = canvas_part(c, l.preview, 0, l.preview_rows, c->columns);
	char text[512], fits[512];

	if (l.title >= 0)
		sites_source_draw(m, c, l.title);
	if (l.state >= 0)
		sites_state_draw(v, m, c, l.state);
	if (l.notes >= 0)
		notes_draw(v, m, &notes);
	rule_draw(v, m, c, l.rule);
	list_draw(v, m, &list);
	if (l.preview >= 0)
		preview_draw(v, m, &preview);
	sites_missing(m->sites, text, sizeof(text));
	if (text_width(text) > c->columns - 2)
		sites_clauses(text, c->ascii, c->columns, 1, fits, sizeof(fits));
	else
		memcpy(fits, text, sizeof(fits));
	canvas_text(c, l.bottom, 1, CANVAS_REST, ROLE_DIM, fits);
}
