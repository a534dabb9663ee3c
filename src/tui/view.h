/* SPDX-License-Identifier: MIT */
#ifndef TUI_VIEW_H
#define TUI_VIEW_H

/*
 * What a view is: a file with a table. The frame (tui.c) owns the views, calls them on one
 * thread, and draws header, tabs and footer around them.
 *
 * A view keeps what the user chose (cursor, sorting, grouping) and an order of rows computed by
 * refresh; never history, never a verdict, never a pointer into a moment: region ids only, and row
 * numbers of m->regions that hold until the next refresh. Drawing changes nothing.
 *
 * To add a view: a file with a `static const struct view_ops`, a view_NAME_new() below, a line in
 * tui_make_views() of terminal.c, a place in keys.h and the rows of keys.c that name it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/human.h"
#include "model/moment.h"
#include "model/request.h"
#include "tui/canvas.h"

/* What all views show alike. Owned by the frame; changes are followed by refresh. */
struct view_settings {
	enum human_unit unit; /* key `u` */
	bool ascii;
	bool frozen;
	bool replay;       /* what is shown comes from a recording */
	int rows, columns; /* size of the body that draw will get */
};

enum { VIEW_FILTER_MAX = 64 };

struct view {
	const struct view_ops *ops;
	const struct view_settings *settings; /* borrowed, outlives the view */
	char filter[VIEW_FILTER_MAX]; /* safe UTF-8; "" none; written by the frame's prompt */
};

struct view_ops {
	const char *title;        /* in the tab line */
	unsigned number;          /* key and tab; 0: opened over another view */
	unsigned place;           /* PLACE_... bit of keys.h */
	const char *const *sorts; /* entries of the sort menu, NULL-terminated; NULL: no menu */
	unsigned (*sorted_by)(const struct view *v); /* index into sorts; NULL with sorts */
	/*
	 * Entries of the menu of key `x`, NULL-terminated, and where its cursor stands; NULL: there is nothing to choose.
	 * act gets ACTION_SCAN for the key first, and handles it where it needs no menu, then ACTION_TRACE with id =
	 * index into the entries. May be NULL.
	 */
	const char *const *(*traces)(const struct view *v, const struct moment *m,
	                             unsigned *ret_at);
	void (*free)(struct view *v);
	/* After a new moment, size, filter or unit: orders rows, finds the cursor by id, clamps. */
	void (*refresh)(struct view *v, const struct moment *m);
	/* Draws into an erased canvas of settings->rows x settings->columns. */
	void (*draw)(const struct view *v, const struct moment *m, const struct canvas *c);
	/*
	 * A key's meaning. True: handled. What others must do goes to *ret (ACTION_NONE on
	 * entry): ACTION_FOCUS with a region id opens the detail view over this one,
	 * ACTION_WATCH a process, ACTION_PEEK a block, ACTION_TRACE a kind of sites. Comes also as ACTION_SORT_MENU with id = index into sorts,
	 * ACTION_FOCUS with the region id to the detail view when it opens. May be NULL.
	 */
	bool (*act)(struct view *v, const struct request *what, const struct moment *m,
	            struct request *ret);
};

/* Each: a view with this settings, or NULL without memory. Freed by ops->free. */
struct view *view_overview_new(const struct view_settings *settings);
struct view *view_maps_new(const struct view_settings *settings);
struct view *view_smaps_new(const struct view_settings *settings);
struct view *view_status_new(const struct view_settings *settings);
struct view *view_heap_new(const struct view_settings *settings);
struct view *view_sites_new(const struct view_settings *settings);
struct view *view_processes_new(const struct view_settings *settings);
struct view *view_detail_new(const struct view_settings *settings);
struct view *view_why_new(const struct view_settings *settings);
struct view *view_difference_new(const struct view_settings *settings);
struct view *view_help_new(const struct view_settings *settings);

/* A cursor in a list of rows. The view keeps `id` in step: after list_act and at refresh. */
struct list {
	uint64_t id; /* what the cursor is on; 0 nothing */
	size_t at;   /* its row */
	size_t top;  /* first row shown */
};

/*
 * Moves by UP DOWN PAGE_UP PAGE_DOWN HOME END among `count` rows, `page` of them shown. False: no
 * move key.
 */
bool list_act(struct list *l, enum action action, size_t count, int page);

/* Clamps after the number of rows or the page changed; `at` as found by the view, or as it was. */
void list_settle(struct list *l, size_t count, int page);

/*
 * Bytes per second over about the last minute of a chart of the moment, within the life of the process it shows:
 * the memory of the one before is no change of this one's. NAN while there are no two known values.
 */
double view_rate(const struct moment *m, enum chart_kind kind);

/* Case-blind search of a filter in a text; an empty filter matches all. */
bool view_matches(const char *filter, const char *text);

#endif
