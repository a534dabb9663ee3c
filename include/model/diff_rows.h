/* SPDX-License-Identifier: MIT */
#ifndef MODEL_DIFF_ROWS_H
#define MODEL_DIFF_ROWS_H

/*
 * A comparison as one table in words: sections of rows, all with the same columns, what grew most first.
 * Screen and report lay out the same rows, each in its own width.
 */

#include "base/human.h"
#include "model/diff.h"

enum diff_cell {
	DIFF_CELL_A,
	DIFF_CELL_B,
	DIFF_CELL_CHANGE,
	DIFF_CELL_RATE, /* a minute */
	DIFF_CELL_LAST, /* what the head of the section says: memory, regions, address space */
	DIFF_CELLS
};

enum diff_row_kind {
	DIFF_ROW_HEAD, /* begins a section: its title as name, the headings as cells */
	DIFF_ROW,
	DIFF_ROW_MORE, /* "and 12 more", as name; no cells */
};

struct diff_row {
	enum diff_row_kind kind;
	bool matters;   /* this growth is one of memory, or of something that runs out */
	char name[256]; /* safe, UTF-8 */
	char extra[32]; /* "anon rw-p": said where there is room; "" none */
	char cells[DIFF_CELLS][HUMAN_MAX]; /* "" empty; unknown is "-" */
};

/* Hands on all rows, at most `most` of a section. */
void diff_rows(const struct diff *d, size_t most, enum human_unit unit,
               void (*fn)(const struct diff_row *row, void *arg), void *arg);

#endif
