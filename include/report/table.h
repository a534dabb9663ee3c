/* SPDX-License-Identifier: MIT */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

/* The batch table, row by row or as a whole. */

#include "base/buf.h"
#include "base/fault.h"
#include "model/moment.h"

enum { TABLE_COLUMNS_MAX = 24 };

/* The columns chosen, and what the row before printed (for Delta and Rate). */
struct table {
	unsigned count;
	const struct column *columns[TABLE_COLUMNS_MAX];
	bool tenths;         /* the clock shows tenths: interval below 1 s */
	uint64_t interval;   /* ns: the grid that times are shown on */
	bool has_row;        /* a row was written */
	int64_t heap_tenths; /* its Heap figure as printed, in tenths of a MB; INT64_MIN: unknown */
};

/*
 * An unknown figure is "-". Delta is "--" in the first row, "-" where Heap is unknown in this row or
 * in the one before. Rate is "--" in the first row, else with its unit and no blank: "+1.0MB/s".
 * Cells hold no blank, stand two blanks apart, and widen rather than being cut. Time and Date stand
 * left, figures right.
 */

/*
 * Chooses columns from a --columns list (NULL: the default; "all": every one). `interval` is in ns.
 * 0, or -EINVAL with a fault (which may be NULL); then *t is untouched.
 */
int table_init(struct table *t, const char *list, uint64_t interval, struct fault *fault);

/* Append one line each. 0 or -errno of the buffer. */
int table_header(const struct table *t, struct buf *out);
int table_row(struct table *t, const struct table_row *row, struct buf *out);

/* The closing table of a moment: header and its rows, in the columns of `chosen`. */
int table_closing(const struct table *chosen, const struct moment *m, struct buf *out);

#endif
