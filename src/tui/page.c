/* SPDX-License-Identifier: MIT */
/* Text that wraps and scrolls. It knows lines and columns, not what is written. */

#include "tui/page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/safe_text.h"

enum { PAGE_WIDTH = 100 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number without its unit says nothing: true for a blank between the two. */
static bool is_before_unit(const char *text, size_t blank)
{
	static const char *const units[] = {"%", "B",  "kB", "MB",  "GB", "TB", "PB",
	                                    "s", "ms", "us", "min", "h",  "d"};
	const char *word = text + blank + 1;
	size_t len = *word == '%' ? 1 : strspn(word, "BGMPTdhikmnsu");

	if (!blank || !is_digit(text[blank - 1]) || (word[len] >= 'A' && word[len] <= 'z'))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i]) == len && !strncmp(units[i], word, len))
			return true;
	return false;
}

/*
 * Bytes of `text` for a line of `width` columns: to the last blank that fits, at least one
 * character.
 */
static size_t page_break(const char *text, int width)
{
	size_t fit = text_fit(text, width);

	if (!text[fit])
		return fit;
	for (size_t i = fit; i > 0; i--)
		if (text[i] == ' ' && !is_before_unit(text, i))
			return i;
	return fit > 0 ? fit : strlen(text);
}

static void page_line(struct page *p, int x, int width, enum role role, const char *text,
                      size_t len)
{
	char line[PAGE_WIDTH * 4 + 1];

	if (p->line < p->top || p->line - p->top >= (size_t)p->canvas.rows)
		return;
	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	memcpy(line, text, len);
	line[len] = 0;
	canvas_text(&p->canvas, (int)(p->line - p->top), x, width, role, line);
}

/* The last line in sight of a text that goes on. */
static void page_end(struct page *p, int x, int width, enum role role, const char *text)
{
	const char *mark = p->canvas.ascii ? " .." : " \u2026";
	char line[PAGE_WIDTH * 4 + 8];
	int room = width - text_width(mark);
	size_t len = room > 0 ? page_break(text, room) : 0;

	snprintf(line, sizeof(line), "%.*s%s", (int)(len < PAGE_WIDTH * 4 ? len : 0), text, mark);
	page_line(p, x, width, role, line, strlen(line));
}

static bool is_last(const struct page *p)
{
	return p->cut && p->canvas.rows > 0 && p->line + 1 == p->top + (size_t)p->canvas.rows;
}

void page_text(struct page *p, int indent, enum role role, const char *text)
{
	int line = p->canvas.columns < PAGE_WIDTH ? p->canvas.columns : PAGE_WIDTH;
	int width = line - indent - 2 > 1 ? line - indent - 2 : 1;

	do {
		size_t len = page_break(text, width);
		const char *rest = text + len + strspn(text + len, " ");
		if (*rest && is_last(p))
			page_end(p, indent, width, role, text);
		else
			page_line(p, indent, width, role, text, len);
		p->line++;
		text = rest;
	} while (*text);
}

void page_item(struct page *p, enum role role, const char *label, int width, const char *text)
{
	page_line(p, 2, width, role, label, strlen(label));
	page_text(p, 2 + width + 1, ROLE_TEXT, text);
}

bool page_next(struct page *p, struct canvas *ret)
{
	size_t line = p->line++;

	if (line < p->top || line - p->top >= (size_t)p->canvas.rows)
		return false;
	*ret = canvas_part(&p->canvas, (int)(line - p->top), 0, 1, p->canvas.columns);
	return true;
}

struct view *page_view_new(const struct view_ops *ops, const struct view_settings *settings,
                           void (*write)(const struct page_view *, struct page *,
                                         const struct moment *))
{
	struct page_view *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->view.ops = ops;
	v->view.settings = settings;
	v->write = write;
	return &v->view;
}

void page_view_free(struct view *v)
{
	free(v);
}

static size_t page_last(const struct page_view *v)
{
	int rows = v->view.settings->rows;
	size_t page = rows > 0 ? (size_t)rows : 1;

	return v->total > page ? v->total - page : 0;
}

void page_view_refresh(struct view *view, const struct moment *m)
{
	struct page_view *v = (struct page_view *)view;
	struct page p = {.canvas = {.columns = view->settings->columns}};

	v->write(v, &p, m);
	v->total = p.line;
	if (v->top > page_last(v))
		v->top = page_last(v);
}

void page_view_draw(const struct view *view, const struct moment *m, const struct canvas *c)
{
	const struct page_view *v = (const struct page_view *)view;
	struct page p = {.canvas = *c, .top = v->top};

	v->write(v, &p, m);
	canvas_scroll(c, 0, c->rows, v->top, v->total);
}

bool page_scroll(enum action action, int rows, size_t last, size_t *top)
{
	size_t step = rows > 2 ? (size_t)rows - 1 : 1;

	switch (action) {
	case ACTION_UP:
		*top -= *top > 0;
		break;
	case ACTION_DOWN:
		++*top;
		break;
	case ACTION_PAGE_UP:
		*top -= *top < step ? *top : step;
		break;
	case ACTION_PAGE_DOWN:
		*top += step;
		break;
	case ACTION_HOME:
		*top = 0;
		break;
	case ACTION_END:
		*top = last;
		break;
	default:
		return false;
	}
	if (*top > last)
		*top = last;
	return true;
}

bool page_view_act(struct view *view, const struct request *what, const struct moment *m,
                   struct request *ret)
{
	struct page_view *v = (struct page_view *)view;

	(void)m;
	(void)ret;
	return page_scroll(what->action, view->settings->rows, page_last(v), &v->top);
}
