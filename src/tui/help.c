/* SPDX-License-Identifier: MIT */
/* Two sheets: the keys, from their table, and what the words on the screen mean. */

#include <string.h>

#include "model/glossary.h"
#include "tui/keys.h"
#include "tui/page.h"

enum { SHEETS = 2, KEY_WIDTH = 11, WORD_WIDTH = 14 };

static void help_keys(struct page *p)
{
	page_text(p, 1, ROLE_TITLE, "Keys  (? again: what the words mean; Esc: back)");
	page_text(p, 0, ROLE_TEXT, "");
	for (const struct key_binding *b = key_bindings; b->keys[0]; b++)
		if (b->help)
			page_item(p, ROLE_KEY, b->label, KEY_WIDTH, b->help);
}

static void help_words(struct page *p)
{
	page_text(p, 1, ROLE_TITLE, "Words  (Left: keys; Esc: back)");
	page_text(p, 0, ROLE_TEXT, "");
	for (const struct glossary_word *w = glossary; w->word; w++)
		page_item(p, ROLE_HEAD, w->word, WORD_WIDTH, w->meaning);
}

static void help_write(const struct page_view *v, struct page *p, const struct moment *m)
{
	(void)m;
	if (v->sheet == 0)
		help_keys(p);
	else
		help_words(p);
}

/* `?` walks on to the next sheet; behind the last one the frame closes the view. */
static bool help_act(struct view *view, const struct request *what, const struct moment *m,
                     struct request *ret)
{
	struct page_view *v = (struct page_view *)view;
	int sheet = v->sheet;

	if (what->action == ACTION_LEFT)
		sheet = 0;
	else if (what->action == ACTION_HELP || what->action == ACTION_RIGHT)
		sheet++;
	else
		return page_view_act(view, what, m, ret);
	bool handled = sheet < SHEETS;
	if (sheet != v->sheet)
		v->top = 0;
	v->sheet = handled ? sheet : what->action == ACTION_HELP ? 0 : v->sheet;
	page_view_refresh(view, m);
	return handled;
}

static const struct view_ops help_ops = {
        .title = "Help",
        .place = PLACE_HELP,
        .free = page_view_free,
        .refresh = page_view_refresh,
        .draw = page_view_draw,
        .act = help_act,
};

struct view *view_help_new(const struct view_settings *settings)
{
	return page_view_new(&help_ops, settings, help_write);
}
