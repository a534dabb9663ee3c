/* SPDX-License-Identifier: MIT */
#ifndef TUI_STRIP_H
#define TUI_STRIP_H

/*
 * The address space as one line, low to high, coloured by kind. Holes are left out, and a region is as
 * wide as the square root of its size, so that a small heap still shows beside a large reservation.
 */

#include "tui/canvas.h"
#include "tui/maps_rows.h"

enum { STRIP_CELLS = 512 };

struct strip_cell {
	enum region_kind kind; /* of the regions that fill most of it */
	unsigned resident;     /* how much of them is in memory, in quarters: 0 to 4 */
	uint32_t first, last;  /* rows of m->regions that lie in it */
};

struct strip {
	unsigned count;
	struct strip_cell cells[STRIP_CELLS];
};

/* Shares `width` cells out among the regions of a moment. */
void strip_make(struct strip *s, const struct maps_rows *rows, const struct moment *m, int width);

/* One line; the cells of region row `selected` are marked (SIZE_MAX: none). */
void strip_draw(const struct strip *s, const struct canvas *c, int y, int x, size_t selected);

/* Which kind is which, with what each has in memory, the largest first. */
void strip_legend(const struct moment *m, const struct canvas *c, int y);

#endif
