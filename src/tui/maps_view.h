/* SPDX-License-Identifier: MIT */
#ifndef TUI_MAPS_VIEW_H
#define TUI_MAPS_VIEW_H

/*
 * What the views Maps and Smaps do alike: list regions or groups, step into a group and out again,
 * open a region, say why there is nothing to list.
 */

#include "tui/maps_rows.h"

/* Modes of the table. */
enum { LISTS_REGIONS = 1, LISTS_GROUPS = 2 };

struct maps_view {
	struct view view;
	struct table table;
	struct maps_rows rows;
	unsigned label_sort; /* the sort that needs the order of labels */
	/* sums over the rows shown: TABLE_TOTAL */
	struct maps_row total;
	uint64_t totals[SMAPS_KEY_COUNT];
	int (*page)(const struct maps_view *v); /* rows of the table in sight */
};

/*
 * A view of `size` bytes that begins with a struct maps_view as `as` says; the rest is zero. NULL: no
 * memory.
 */
struct view *maps_view_new(size_t size, const struct maps_view *as,
                           const struct view_settings *settings);

/* For struct view_ops. */
void maps_view_free(struct view *v);
void maps_view_refresh(struct view *v, const struct moment *m);
bool maps_view_act(struct view *v, const struct request *what, const struct moment *m,
                   struct request *ret);
unsigned maps_view_sorted_by(const struct view *v);

/* For struct table_ops. */
uint64_t maps_view_id(const struct table_at *at);
bool maps_view_shows(const struct table_at *at);
bool maps_view_matches(const struct table_at *at, const char *filter);

/* The row of a cell; its region (of a group the first; none of TABLE_TOTAL); a figure of it. */
const struct maps_row *maps_at(const struct table_at *at);
const struct region *maps_region_at(const struct table_at *at);
uint64_t maps_bytes_at(const struct table_at *at, enum smaps_key key);

/* True when growth is worth a colour: somebody suspects a leak. */
bool maps_growth_matters(const struct moment *m);

/* Draws why there is no row, if so; false: there are rows. */
bool maps_view_empty(const struct maps_view *v, const struct moment *m, const struct canvas *c);

/* What is listed, in one line at `y`: "40 regions in 46 mappings", the group one is in, the last pass. */
void maps_view_summary(const struct maps_view *v, const struct moment *m, const struct canvas *c,
                       int y);

/* Columns that both views have. */
enum role maps_cell_kind(const struct table_at *at, char *out, size_t size);
enum role maps_cell_rss(const struct table_at *at, char *out, size_t size);
enum role maps_cell_size(const struct table_at *at, char *out, size_t size);
enum role maps_cell_bytes(const struct table_at *at, char *out,
                          size_t size); /* arg: enum smaps_key */
enum role maps_cell_label(const struct table_at *at, char *out, size_t size);
enum role maps_cell_regions(const struct table_at *at, char *out, size_t size);
uint64_t maps_key_kind(const struct table_at *at);
uint64_t maps_key_rss(const struct table_at *at);
uint64_t maps_key_size(const struct table_at *at);
uint64_t maps_key_bytes(const struct table_at *at);
uint64_t maps_key_label(const struct table_at *at);
uint64_t maps_key_regions(const struct table_at *at);

#endif
