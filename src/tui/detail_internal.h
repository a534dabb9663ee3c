/* SPDX-License-Identifier: MIT */
#ifndef TUI_DETAIL_INTERNAL_H
#define TUI_DETAIL_INTERNAL_H

/* The parts of the detail view: its state, its running text, the map of its pages. */

#include "tui/page.h"

struct detail {
	struct view view;
	uint64_t id;           /* region in focus; 0: none yet */
	size_t row;            /* where it was in m->regions */
	struct region *region; /* as last seen, with a reference of its own; NULL: never seen */
	bool gone;             /* it is no longer in the table */
	uint64_t seen;         /* ns of the watch when it was last seen */
	bool changed;          /* the changes since the baseline are known */
	int64_t weight, rss, size;
	double rate; /* bytes per second; NAN unknown */
	size_t top, total;
};

/* Every fact in running text (detail_facts.c). */
void detail_facts(const struct detail *d, struct page *p);

/* Cells, legend and sums of the page map, or why there is none (detail_pages.c). */
void detail_pages(const struct detail *d, struct page *p, const struct moment *m);

/* The call sites that touched its pages, or how to learn of them (detail_sites.c). */
void detail_sites(const struct detail *d, struct page *p, const struct moment *m);

/* The row of the next line on the canvas, -1 when it is out of sight. */
int detail_row(struct page *p);

#endif
