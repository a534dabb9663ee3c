/* SPDX-License-Identifier: MIT */
#ifndef TUI_PAGE_H
#define TUI_PAGE_H

/*
 * Running text that scrolls: help, why. The same writer runs twice, once over no rows to count the
 * lines, once to draw those in sight; nothing is allocated.
 */

#include "tui/view.h"

struct page {
	struct canvas canvas; /* rows 0: only counts */
	size_t top;           /* first line in sight */
	size_t line;          /* next line */
	bool cut; /* it does not scroll: a paragraph that the last row breaks off gets a mark */
};

/* A paragraph, wrapped at blanks, indented by `indent` columns. An empty text is an empty line. */
void page_text(struct page *p, int indent, enum role role, const char *text);

/* A label in `width` columns and its text beside it, wrapped. */
void page_item(struct page *p, enum role role, const char *label, int width, const char *text);

/* The next line as a canvas of one row, to be drawn into; false where it is out of sight. */
bool page_next(struct page *p, struct canvas *ret);

/*
 * Moves *top, the first of the lines in sight in `rows` rows, as a key says, never past `last`. False: the key
 * moves nothing.
 */
bool page_scroll(enum action action, int rows, size_t last, size_t *top);

/*
 * A view that is a page. `write` is called with p->canvas.columns valid, for counting and for
 * drawing.
 */
struct page_view {
	struct view view;
	size_t top, total;
	int sheet; /* which of several sheets is open, for the writer */
	void (*write)(const struct page_view *v, struct page *p, const struct moment *m);
};
struct view *page_view_new(const struct view_ops *ops, const struct view_settings *settings,
                           void (*write)(const struct page_view *, struct page *,
                                         const struct moment *));

/* For struct view_ops. */
void page_view_free(struct view *v);
void page_view_refresh(struct view *v, const struct moment *m);
void page_view_draw(const struct view *v, const struct moment *m, const struct canvas *c);
bool page_view_act(struct view *v, const struct request *what, const struct moment *m,
                   struct request *ret);

#endif
