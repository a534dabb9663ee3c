/* SPDX-License-Identifier: MIT */
/*
 * Knows rows with cells under a header: our CSV, anybody's, and the batch table. Refuses to know what
 * time the first row has.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "source/csv_internal.h"

void csv_row_init(struct csv_row *row)
{
	sample_init(&row->sample);
	row->sample.wall = UNKNOWN;
	row->time = (struct time_read){0};
	row->guess = NAN;
	row->line = 0;
	row->wide = false;
}

/* What people and programs write where a figure is missing. */
static bool cell_unknown(struct cell c)
{
	static const char *const words[] = {"", "-", "--", "nan", "null", "none", "n/a", NULL};
	for (const char *const *w = words; *w; w++) {
		if (cell_is(c, *w))
			return true;
	}
	return false;
}

int csv_value(struct csv *c, struct cell cell, const struct csv_column *column, struct csv_row *row)
{
	double v;
	if (cell_unknown(cell))
		return 0;
	if (num_double(cell.text, cell.len, &v) < 0)
		return csv_fail(c, "\"%.*s\" is no number; leave the cell empty if it is unknown",
		                cell.len < 40 ? (int)cell.len : 40, cell.text);
	if (v < 0)
		return csv_fail(c, "%.*s is below 0, which no memory can be; correct or empty it",
		                cell.len < 40 ? (int)cell.len : 40, cell.text);
	if (column->scale <= 0) {
		row->guess = v;
		return 0;
	}
	v *= column->scale;
	if (v >= 0x1p63)
		return csv_fail(c, "%.*s is more than there is; check the unit of the column",
		                cell.len < 40 ? (int)cell.len : 40, cell.text);
	row->sample.v[column->figure] = (uint64_t)(v + 0.5);
	return 0;
}

static int row_cell(struct csv *c, struct cell cell, const struct csv_column *column,
                    struct csv_row *row)
{
	struct time_read t;
	switch (column->use) {
	case USE_TIME:
		if (!time_cell(cell, &row->time))
			return csv_fail(
			        c, "\"%.*s\" is no time; seconds, seconds since 1970 or a date",
			        cell.len < 40 ? (int)cell.len : 40, cell.text);
		return 0;
	case USE_UTC:
		if (time_cell(cell, &t) && t.wall)
			row->sample.wall = (uint64_t)t.ns;
		return 0;
	case USE_FIGURE:
		return csv_value(c, cell, column, row);
	case USE_NONE:
	case USE_RATE:
		break;
	}
	return 0;
}

/* The rate of the batch table, "+1.0 MB/s", is two words. */
static void rate_join(const struct csv_form *f, struct cell *cells, int *count)
{
	for (unsigned i = 0; i < f->count; i++) {
		if (f->columns[i].use != USE_RATE || *count != (int)f->count + 1)
			continue;
		memmove(&cells[i], &cells[i + 1], (size_t)(*count - (int)i - 1) * sizeof(*cells));
		(*count)--;
	}
}

/* Rows of the batch table are known by their clock; warnings and the diagnosis stand among them. */
static bool batch_is_row(const struct csv_form *f, const struct cell *cells, int count)
{
	struct time_read t;
	for (int i = 0; i < count && i < (int)f->count; i++) {
		if (f->columns[i].use == USE_TIME)
			return count == (int)f->count && time_cell(cells[i], &t) &&
			       t.form != TIME_NUMBER;
	}
	return false;
}

static int row_fill(struct csv *c, const struct cell *cells, int count, struct csv_row *ret)
{
	bool timed = false;
	csv_row_init(ret);
	ret->line = c->lines.number;
	for (int i = 0; i < count && i < (int)c->form.count; i++) {
		int e = row_cell(c, cells[i], &c->form.columns[i], ret);
		if (e < 0)
			return e;
		timed |= c->form.columns[i].use == USE_TIME;
	}
	for (int i = (int)c->form.count; i < count; i++)
		ret->wide |= cells[i].len > 0;
	return timed ? 1 : csv_fail(c, "the row ends before its time; it needs all columns");
}

int csv_table_row(struct csv *c, struct csv_row *ret)
{
	struct cell cells[CSV_CELLS];
	char *line;
	size_t len;

	for (;;) {
		int e = lines_next(&c->lines, &line, &len);
		if (e == -E2BIG)
			return csv_fail(c, "the line is longer than 64 KiB; is this a CSV?");
		if (e <= 0)
			return e;
		if (c->lines.number <= c->form.header)
			continue;
		struct cell whole = cell_trim((struct cell){line, len});
		if (!whole.len || *whole.text == '#')
			continue;
		int n = cells_split(line, len, c->form.separator, cells);
		if (n < 0)
			return csv_fail(c,
			                "a quote is not closed; double the quotes inside a cell");
		if (c->form.kind == CSV_BATCH) {
			rate_join(&c->form, cells, &n);
			if (!batch_is_row(&c->form, cells, n))
				continue;
		}
		/* A number without its newline may lack digits: the file may still be written. */
		if (c->lines.cut) {
			csv_note_add(c, "the last line has no end and was left out");
			return 0;
		}
		return row_fill(c, cells, n, ret);
	}
}
