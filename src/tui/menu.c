/* SPDX-License-Identifier: MIT */
/* A list to choose one line of. It knows nothing of what is chosen. */

#include <stdio.h>

#include "base/safe_text.h"
#include "tui/keys.h"
#include "tui/tui_internal.h"

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

void menu_draw(const struct menu *m, const struct canvas *c)
{
	int page = menu_page(m, c->rows), width = menu_width(m) + 2, y = (c->rows - page - 2) / 2;
	int x = (c->columns - width) / 2;
	struct canvas box = canvas_part(c, y, x, page + 2, width);
	struct list list = m->list;

	list_settle(&list, m->count, page);
	/* With a column beside it on either side, so that what lies below does not look like a part of it. */
	for (int i = 0; i < box.rows; i++)
		canvas_fill(c, y + i, x > 0 ? x - 1 : 0, width + (x > 0) + 1, ROLE_TEXT);
	canvas_line(&box, 0, 0, CANVAS_REST, ROLE_RULE);
	canvas_text(&box, 0, 1, CANVAS_REST, ROLE_TITLE, m->title);
	canvas_line(&box, page + 1, 0, CANVAS_REST, ROLE_RULE);
	for (int i = 0; i < page && list.top + (size_t)i < m->count; i++) {
		bool here = list.top + (size_t)i == list.at;
		canvas_text(&box, 1 + i, 2, CANVAS_REST, ROLE_TEXT,
		            m->entries[list.top + (size_t)i]);
		if (here)
			canvas_row(&box, 1 + i, 0, box.columns, ROLE_SELECTED);
	}
}
