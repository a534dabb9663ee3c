/* SPDX-License-Identifier: MIT */
#include "tui/status_internal.h"

#include <inttypes.h>
#include <stdio.h>

/*
 * How a line of figures stands in view 4. Refuses to know which figures there are.
 */

/* A meaning needs room to be worth reading. */
enum { MEANING_LEAST = 22 };

int status_row(struct page *p)
{
	size_t line = p->line++;

	if (line < p->top || line - p->top >= (size_t)p->canvas.rows)
		return -1;
	return (int)(line - p->top);
}

void status_figure_text(char out[HUMAN_MAX], uint64_t v, bool bytes, enum human_unit unit)
{
	if (bytes)
		human_size(out, v, unit);
	else
		human_count(out, v);
}

static void change_text(char out[HUMAN_MAX], const struct status_line *l, enum human_unit unit)
{
	int64_t change;

	if (!known_delta(l->value, l->before, &change))
		snprintf(out, HUMAN_MAX, "-");
	else if (l->bytes)
		human_delta(out, change, unit);
	else
		snprintf(out, HUMAN_MAX, "%s%" PRId64, change > 0 ? "+" : "", change);
}

enum role status_value_role(uint64_t v)
{
	return known(v) && v > 0 ? ROLE_TITLE : ROLE_DIM;
}

static enum role change_role(const struct status_line *l)
{
	if (!known(l->value) || !known(l->before) || l->value == l->before)
		return ROLE_DIM;
	return l->matters && l->value > l->before ? ROLE_GROWTH : ROLE_TEXT;
}

int status_name_width(const struct page *p)
{
	return p->canvas.columns >= 76 ? 16 : 13;
}

int status_figures_end(const struct page *p, int figures)
{
	return 2 + status_name_width(p) + figures * (STATUS_VALUE + 1) + 1;
}

void status_meaning(struct page *p, size_t line, int x, const char *meaning)
{
	struct page side = *p;

	if (p->canvas.columns - x < MEANING_LEAST)
		return;
	side.canvas = canvas_part(&p->canvas, 0, x, p->canvas.rows, CANVAS_REST);
	side.line = line;
	page_text(&side, 0, ROLE_DIM, meaning);
	p->line = side.line;
}

static void line_draw(const struct page *p, int y, const struct status_line *l,
                      enum human_unit unit)
{
	const struct canvas *c = &p->canvas;
	int x = 2 + status_name_width(p);
	char text[HUMAN_MAX];

	canvas_cut(c, y, 2, status_name_width(p) - 1, ROLE_TEXT, l->name, false);
	status_figure_text(text, l->value, l->bytes, unit);
	canvas_right(c, y, x, STATUS_VALUE, status_value_role(l->value), text);
	x += STATUS_VALUE + 1;
	if (l->changes) {
		change_text(text, l, unit);
		canvas_right(c, y, x, STATUS_VALUE, change_role(l), text);
	}
	x += STATUS_VALUE + 1;
	if (l->peaks) {
		status_figure_text(text, l->peak, l->bytes, unit);
		canvas_right(c, y, x, STATUS_VALUE, ROLE_DIM, text);
	}
}

void status_line(struct page *p, const struct status_line *l, enum human_unit unit)
{
	size_t line = p->line;
	int y = status_row(p);

	if (y >= 0)
		line_draw(p, y, l, unit);
	status_meaning(p, line, status_figures_end(p, l->peaks ? 3 : 2), l->meaning);
}

void status_head(struct page *p, const char *name, const char *const columns_of[3])
{
	const struct canvas *c = &p->canvas;

	if (p->line > 0)
		status_row(p);
	int y = status_row(p), x = 2 + status_name_width(p);
	if (y < 0)
		return;
	canvas_text(c, y, 1, x - 2, ROLE_HEAD, name);
	for (int i = 0; i < 3 && columns_of[i]; i++)
		canvas_right(c, y, x + i * (STATUS_VALUE + 1), STATUS_VALUE, ROLE_DIM,
		             columns_of[i]);
}
