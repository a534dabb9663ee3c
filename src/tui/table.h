/* SPDX-License-Identifier: MIT */
#ifndef TUI_TABLE_H
#define TUI_TABLE_H

/*
 * A table that scrolls, sorts and filters: regions and processes are shown by it. The view says what
 * a row is by number; the table keeps an order of those numbers, made by table_refresh, and formats
 * only what is in sight.
 *
 * As the screen narrows, columns of the highest rank go first; one column takes what is left.
 */

#include "tui/view.h"

enum { TABLE_COLUMNS = 24, TABLE_TEXT = 512 };

/* A cell, or a row where no column is meant. */
struct table_at {
	const struct view *view;
	const struct moment *m;
	size_t row; /* the view's number of it, or TABLE_TOTAL */
	int width;  /* columns of the cell; 0 while sorting */
	int arg;    /* of the column */
};

/* The row of sums that stands below a table. */
#define TABLE_TOTAL SIZE_MAX

struct table_column {
	const char *header; /* NULL ends the table of columns */
	const char *name;   /* the header where it fits; NULL: there is but one */
	int arg;            /* handed to the functions below */
	int width;          /* columns it needs */
	int wide;           /* columns it takes where there is room; 0: width */
	unsigned rank;      /* 0 always stays */
	unsigned modes;     /* bits of the table's mode in which it is there; 0: in all */
	unsigned sort;      /* place in view_ops.sorts, counted from 1; 0: cannot be sorted by */
	bool rest;          /* takes what the others leave */
	bool left;          /* aligned left */
	bool up;            /* sorted smallest first unless reversed: names, addresses */
	/* Writes the cell's safe text and tells its role. May be NULL beside draw. */
	enum role (*text)(const struct table_at *at, char *out, size_t size);
	/* Draws the cell instead. May be NULL. */
	void (*draw)(const struct table_at *at, const struct canvas *cell);
	/* What the row is sorted by; UNKNOWN goes last in either direction. NULL without sort. */
	uint64_t (*key)(const struct table_at *at);
};

struct table_item {
	uint64_t key;
	size_t row;
};

struct table_ops {
	const struct table_column *columns;
	unsigned tie; /* sort that decides between equals */
	uint64_t (*id)(const struct table_at *at);
	/* False for a row that is not to be seen, whatever the filter. NULL: all are. */
	bool (*shows)(const struct table_at *at);
	/* True when the row contains the text of a filter. */
	bool (*matches)(const struct table_at *at, const char *filter);
	/* Moves the sorted items about: a tree. NULL: they stay as they are. */
	void (*arrange)(const struct table_at *at, struct table_item *items, size_t count);
};

/* All zero but ops is a table without rows. */
struct table {
	const struct table_ops *ops;
	struct list list;
	bool held;     /* the cursor was moved: it stays with its row, else on top */
	bool behind;   /* another table beside it has the keys: no cursor is drawn */
	unsigned mode; /* a bit: which of several lists it shows */
	unsigned sort; /* index into view_ops.sorts */
	bool reversed;
	bool failed;                /* no memory for the order */
	char find[VIEW_FILTER_MAX]; /* the last filter, for n and N */
	struct table_item *items, *spare;
	size_t count, room; /* rows shown; items allocated */
};

void table_done(struct table *t);

/*
 * Room for `count` rows in items and spare, which are free for the view's own sorting until
 * table_refresh. False: no memory.
 */
bool table_reserve(struct table *t, size_t count);

/* Orders the rows 0 to count - 1 that pass the view's filter; `page` of them will be in sight. */
void table_refresh(struct table *t, const struct view *v, const struct moment *m, size_t count,
                   int page);

/*
 * Moving, sorting, finding. False: the key is none of the table's. *ret_again: the order must be
 * made anew (the view refreshes).
 */
bool table_act(struct table *t, const struct view *v, const struct request *what,
               const struct moment *m, int page, bool *ret_again);

/* The view's number of the row under the cursor; false when there is none. */
bool table_selected(const struct table *t, size_t *ret_row);

/* Puts the cursor on the row with this id at the next refresh, and keeps it there. */
void table_hold(struct table *t, uint64_t id);

/* Header in the first row of the canvas, rows below it, a scroll bar at the right edge. */
void table_draw(const struct table *t, const struct view *v, const struct moment *m,
                const struct canvas *c);

/* The row of sums into row y of a canvas as wide as that of table_draw. */
void table_draw_total(const struct table *t, const struct view *v, const struct moment *m,
                      const struct canvas *c, int y);

/* Columns and the place of each at this width; a column that does not fit has width -1. */
struct table_layout {
	unsigned count;
	int x[TABLE_COLUMNS], width[TABLE_COLUMNS];
};
void table_place(const struct table *t, int room, struct table_layout *ret);

/* Orders items by rising key, equals as they were. `spare` has room for as many. */
void table_sort(struct table_item *items, struct table_item *spare, size_t count);

/* --- keys and cells (table_cell.c) ---------------------------------------------------------------- */

/* Keys of figures that are no plain counts; NAN is UNKNOWN. */
uint64_t table_key_signed(int64_t v);
uint64_t table_key_real(double v);

/* A size in the view's unit, or shorter where that does not fit; 0 and unknown are dim. */
enum role table_size(const struct table_at *at, uint64_t bytes, char *out, size_t size);

/* A change with its sign; `matters`: growth is red. */
enum role table_change(const struct table_at *at, bool is_known, int64_t bytes, bool matters,
                       char *out, size_t size);

/* A rate likewise. */
enum role table_rate(const struct table_at *at, double rate, bool matters, char *out, size_t size);

/* Raw bytes of the target as safe text for the cell; of a path the last part stays whole. */
void table_label(const struct table_at *at, const char *bytes, size_t len, char *out, size_t size);

/* Case-blind search of a filter in raw bytes of the target, or in their safe form. */
bool table_contains(const char *filter, const char *bytes, size_t len);

#endif
