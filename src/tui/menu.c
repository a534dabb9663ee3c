/* SPDX-License-Identifier: MIT */
/* A list to choose one line of. It knows nothing of what is chosen. */

#include <stdio.h>

#include "base/safe_text.h"
#include "tui/keys.h"
#include "tui/tui_internal.h"

/* Columns beside it in which something can be read. */
enum { BESIDE_LEAST = 20 };

void menu_open(struct menu *m, const char *title, const char *const *entries, unsigned at,
               enum action action)
{
	*m = (struct menu){.title = title,
	                   .entries = entries,
	                   .action = action,
	                   .list = {.at = at}};
	while (entries[m->count])
		m->count++;
}

static int menu_page(const struct menu *m, int rows)
{
	int room = rows - 2;

	return m->count < (size_t)(room > 0 ? room : 0) ? (int)m->count : room;
}

bool menu_key(struct menu *m, int key, int rows)
{
	const struct key_binding *b = keys_find(key, PLACE_MAPS | PLACE_SITES);
	enum action action = b ? b->action : ACTION_NONE;

	if (list_act(&m->list, action, m->count, menu_page(m, rows)))
		return false;
	if (action == ACTION_ENTER || action == ACTION_BACK || action == m->action)
		m->title = NULL;
	return action == ACTION_ENTER;
}

static int menu_width(const struct menu *m)
{
	int width = text_width(m->title) + 2;

	for (size_t i = 0; i < m->count; i++) {
		int entry = text_width(m->entries[i]) + 2;
		width = entry > width ? entry : width;
	}
	return width;
}

/* A frame, its title in the upper line. */
static void border_draw(const struct canvas *box, const char *title)
{
	static const wchar_t corners[] = {L'\u250c', L'\u2510', L'\u2514', L'\u2518'};
	int bottom = box->rows - 1, right = box->columns - 1;

	canvas_line(box, 0, 0, CANVAS_REST, ROLE_RULE);
	canvas_line(box, bottom, 0, CANVAS_REST, ROLE_RULE);
	canvas_column(box, 1, 0, bottom - 1, ROLE_RULE);
	canvas_column(box, 1, right, bottom - 1, ROLE_RULE);
	for (int i = 0; i < 4; i++)
		canvas_glyph(box, i < 2 ? 0 : bottom, i % 2 ? right : 0, 1, ROLE_RULE,
		             box->ascii ? L'+' : corners[i]);
	canvas_textf(box, 0, 2, right - 2, ROLE_TITLE, "%s", title);
}

void menu_draw(const struct menu *m, const struct canvas *c)
{
	int page = menu_page(m, c->rows), width = menu_width(m) + 4, y = (c->rows - page - 2) / 2;
	int x = c->columns > width ? (c->columns - width) / 2 : 0;
	int beside = x < BESIDE_LEAST ? x : 1;
	struct canvas box = canvas_part(c, y, x, page + 2, width);
	struct list list = m->list;

	list_settle(&list, m->count, page);
	/* What is too narrow to be read beside it would look like a part of it. */
	for (int i = 0; i < box.rows; i++)
		canvas_fill(c, y + i, x - beside, width + 2 * beside, ROLE_TEXT);
	border_draw(&box, m->title);
	for (int i = 0; i < page && list.top + (size_t)i < m->count; i++) {
		bool here = list.top + (size_t)i == list.at;
		canvas_text(&box, 1 + i, 2, box.columns - 3, ROLE_TEXT,
		            m->entries[list.top + (size_t)i]);
		if (here)
			canvas_row(&box, 1 + i, 1, box.columns - 2, ROLE_SELECTED);
	}
}
