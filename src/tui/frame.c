/* SPDX-License-Identifier: MIT */
/*
 * Where what goes: header, tabs, banner, body, footer, and what lies over them. It knows rows and
 * columns; not a figure.
 */

#include <stdio.h>
#include <string.h>

#include "base/safe_text.h"
#include "tui/keys.h"
#include "tui/tui_internal.h"

enum {
	LEAST_ROWS = 10,
	LEAST_COLUMNS = 60,
	TALL = 22, /* rows from which there is room for all of the head */
	HEADER_FULL = 8,
	HEADER_SHORT = 6,
	HEADER_LEAST = 4,
	FILTER_LEAST = 16
};

struct layout layout_find(const struct tui *t)
{
	struct layout l = {.one_line = LINES < LEAST_ROWS || COLS < LEAST_COLUMNS};

	if (l.one_line)
		return l;
	l.header = LINES >= TALL ? HEADER_FULL : LINES >= 16 ? HEADER_SHORT : HEADER_LEAST;
	/* A list of processes and the help are about no single process, a comparison about no one moment. */
	bool about_none = tui_front(t)->ops->place == PLACE_HELP || tui_front(t) == t->difference ||
	                  !t->moment || !t->moment->target;
	if (about_none)
		l.header = 1;
	l.footer = LINES >= 16 ? 2 : 1;
	l.banner = t->banner[0] != 0;
	if (LINES >= TALL && text_width(t->banner) > COLS - 2)
		l.banner = 2;
	l.body = LINES - l.header - l.banner - l.footer;
	return l;
}

static int tab_draw(const struct canvas *c, int x, const char *text, bool front)
{
	return x + canvas_text(c, 0, x, CANVAS_REST, front ? ROLE_SELECTED : ROLE_DIM, text) + 1;
}

/* What all tabs need, with what lies over the view and the filter. */
static int tabs_width(const struct tui *t)
{
	const struct view *front = tui_front(t);
	int width = 1;

	for (unsigned i = 0; i < TUI_VIEWS; i++)
		if (tui_has_view(t, i))
			width += text_width(t->views[i]->ops->title) + 5;
	for (unsigned i = 0; i < t->overlay_count; i++)
		width += text_width(t->overlays[i]->ops->title) + 3;
	if (front->filter[0])
		width += text_width(front->filter) + 12;
	return width - 1;
}

static void tabs_draw(const struct canvas *c, const struct tui *t)
{
	const struct view *front = tui_front(t);
	bool brief = tabs_width(t) > c->columns;
	char text[VIEW_FILTER_MAX + 32];
	int x = 1;

	canvas_line(c, 0, 0, CANVAS_REST, ROLE_RULE);
	for (unsigned i = 0; i < TUI_VIEWS; i++) {
		if (!tui_has_view(t, i))
			continue;
		if (brief && i != t->number)
			snprintf(text, sizeof(text), " %u ", i);
		else
			snprintf(text, sizeof(text), " %u %s ", i, t->views[i]->ops->title);
		x = tab_draw(c, x, text, t->views[i] == front);
	}
	for (unsigned i = 0; i < t->overlay_count; i++) {
		snprintf(text, sizeof(text), " %s ", t->overlays[i]->ops->title);
		x = tab_draw(c, x, text, t->overlays[i] == front);
	}
	if (front->filter[0]) {
		snprintf(text, sizeof(text), " filter: %s ", front->filter);
		int whole = text_width(text), room = c->columns - x - 1;
		int width = whole < room ? whole : room;
		if (width == whole || width >= FILTER_LEAST)
			canvas_cut(c, 0, c->columns - width - 1, width, ROLE_WARN, text, false);
	}
}

static void banner_draw(const struct canvas *c, const struct tui *t)
{
	enum role role = t->banner_alarm ? ROLE_ALARM : ROLE_BANNER;

	for (int y = 0; y < c->rows; y++)
		canvas_fill(c, y, 0, CANVAS_REST, role);
	rows_draw(c, c->rows, role, t->banner);
}

static void body_draw(const struct canvas *c, const struct tui *t)
{
	const struct view *front = tui_front(t);

	if (!t->moment) {
		canvas_text(c, c->rows / 2, 2, CANVAS_REST, ROLE_DIM,
		            "waiting for the first sample");
		return;
	}
	front->ops->draw(front, t->moment, c);
	if (t->menu.title)
		menu_draw(&t->menu, c);
}

/* Under 60x10 there is one line; what must be answered or known stands in the last one. */
static void one_line_draw(const struct canvas *all, const struct tui *t)
{
	struct canvas last = canvas_part(all, all->rows - 1, 0, 1, all->columns);

	header_one_line(all, t->moment);
	if (all->rows < 2 || t->prompt.label)
		return;
	if (t->notice[0])
		canvas_cut(&last, 0, 0, CANVAS_REST, t->notice_alarm ? ROLE_ALARM : ROLE_TEXT,
		           t->notice, false);
	else if (t->banner[0])
		banner_draw(&last, t);
}

/* The cursor shows where something is typed, and nowhere else. */
static void prompt_place(const struct canvas *all, const struct tui *t)
{
	struct canvas line = canvas_part(all, all->rows - 1, 0, 1, all->columns);

	curs_set(t->prompt.label != NULL);
	if (!t->prompt.label)
		return;
	canvas_fill(&line, 0, 0, CANVAS_REST, ROLE_TEXT);
	int x = prompt_draw(&t->prompt, &line);
	wmove(t->window, line.y, x < all->columns ? x : all->columns - 1);
}

void frame_draw(const struct tui *t)
{
	struct canvas all = {.window = t->window,
	                     .theme = &t->theme,
	                     .ascii = t->settings.ascii,
	                     .rows = LINES,
	                     .columns = COLS};
	struct layout l = layout_find(t);

	if (l.one_line) {
		one_line_draw(&all, t);
	} else {
		struct canvas head = canvas_part(&all, 0, 0, l.header - 1, COLS);
		struct canvas tabs = canvas_part(&all, l.header - 1, 0, 1, COLS);
		struct canvas banner = canvas_part(&all, l.header, 0, l.banner, COLS);
		struct canvas body = canvas_part(&all, l.header + l.banner, 0, l.body, COLS);
		struct canvas foot = canvas_part(&all, LINES - l.footer, 0, l.footer, COLS);
		if (t->moment)
			header_draw(&head, t);
		tabs_draw(&tabs, t);
		if (l.banner)
			banner_draw(&banner, t);
		body_draw(&body, t);
		footer_draw(&foot, t);
	}
	prompt_place(&all, t);
}
