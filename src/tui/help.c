/* SPDX-License-Identifier: MIT */
/* Two sheets: the keys, from their table, and what the words on the screen mean. */

#include <string.h>

#include "tui/keys.h"
#include "tui/page.h"

enum { SHEETS = 2, KEY_WIDTH = 11, WORD_WIDTH = 14 };

struct word {
	const char *word, *meaning;
};

static const struct word words[] = {
        {"RSS",
         "resident set size: pages of this process that are in memory now, its own and those it "
         "shares. What most people mean by \"it uses 2 GB\"."},
        {"VSZ",
         "virtual size: all address space that is mapped, touched or not. It may be a thousand "
         "times the RSS and cost nothing."},
        {"PSS",
         "proportional set size: like RSS, but a page that n processes share counts 1/n. The PSS "
         "of all processes add up to what is really used."},
        {"private", "pages only this process has: what ending it would give back."},
        {"shared", "pages that others have mapped as well: libraries, shared memory."},
        {"anon+swap",
         "memory behind no file, in core or swapped out, without what the kernel may take "
         "back freely. A leak shows here, and the verdict rests on it."},
        {"reservation",
         "address space asked for and not used: VSZ grows, RSS does not. Not a leak."},
        {"demand paging",
         "the kernel gives a page only when it is touched first: after malloc(100 MB) "
         "VSZ has grown, RSS has not."},
        {"retention",
         "the program freed the memory, the allocator keeps it for the next request. RSS "
         "stays high, but does not grow for ever."},
        {"warm-up", "growth that flattens: a cache or a pool that fills to its size."},
        {"leak",
         "memory that is still allocated, grows without bound, and that nobody will use or free "
         "again."},
        {"confidence",
         "the probability, in per cent, that this process leaks, from what was seen so far. "
         "Below 30 green, to 70 yellow, above red."},
};

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
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		page_item(p, ROLE_HEAD, words[i].word, WORD_WIDTH, words[i].meaning);
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
