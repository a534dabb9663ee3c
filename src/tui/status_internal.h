/* SPDX-License-Identifier: MIT */
#ifndef TUI_STATUS_INTERNAL_H
#define TUI_STATUS_INTERNAL_H

/* What status.c (the view), status_lines.c (its lines) and status_limits.c (its limits) share. */

#include "tui/page.h"

enum { STATUS_VALUE = 11 }; /* columns of a figure */

/* One line of figures: UNKNOWN is "-". */
struct status_line {
	const char *name, *meaning;
	uint64_t value, before, peak;
	bool bytes;
	bool changes; /* there is a figure before to compare with */
	bool peaks;   /* its section has a column for the peak */
	bool matters; /* growth is bad news */
};

/* The row of the next line on the canvas, -1 when it is out of sight. */
int status_row(struct page *p);

/* A size, or a plain count; "-" for UNKNOWN. */
void status_figure_text(char out[HUMAN_MAX], uint64_t v, bool bytes, enum human_unit unit);

/* Dim where there is nothing. */
enum role status_value_role(uint64_t v);

/* Columns of a name. */
int status_name_width(const struct page *p);

/* Where the meaning begins behind so many columns of figures. */
int status_figures_end(const struct page *p, int figures);

/* What line number `line` means, from column x on, on as many lines as it takes. */
void status_meaning(struct page *p, size_t line, int x, const char *meaning);

/* The next line: name, figure, change, peak, meaning. */
void status_line(struct page *p, const struct status_line *l, enum human_unit unit);

/* A section begins: a blank line, its name, what its columns are; NULL ends these. */
void status_head(struct page *p, const char *name, const char *const columns_of[3]);

/* The section of limits: what is used of each, who is killed when memory ends, the cgroup. */
void status_limits(struct page *p, const struct moment *m, enum human_unit unit);

#endif
