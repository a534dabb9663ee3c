/* SPDX-License-Identifier: MIT */
#ifndef TUI_OVERVIEW_INTERNAL_H
#define TUI_OVERVIEW_INTERNAL_H

/* What the files of the overview share. */

#include "tui/view.h"

enum { CARRIERS = 12 };

struct carrier {
	uint64_t id;
	size_t row; /* in m->regions until the next refresh */
};

struct overview {
	struct view view;
	struct list list;
	bool held; /* the cursor was moved: it stays with its region, else on the fastest */
	struct carrier carriers[CARRIERS]; /* fastest first */
	size_t count;
};

/* The regions that grow fastest, anew (overview_regions.c). */
void carriers_find(struct overview *o, const struct moment *m);
/* Their list, under its header. */
void carriers_draw(const struct canvas *c, const struct overview *o, const struct moment *m);

/* Two or three charts side by side (overview_charts.c). */
void overview_charts_draw(const struct canvas *c, const struct moment *m, enum human_unit unit);
/* The latest event that is marked on them. */
void overview_event_draw(const struct canvas *c, int y, const struct moment *m);

#endif
