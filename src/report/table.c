/* SPDX-License-Identifier: MIT */
/*
 * Knows the shape of the batch table: widths, signs, rounding, what an unknown figure looks like.
 * Refuses to know which columns exist (the column table of the model does) and where rows go.
 */
#include "report/table.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/human.h"
#include "base/known.h"

#define HEAP_UNKNOWN INT64_MIN
#define LATE_MOST    400000000ull /* ns */
#define CLOCK_TENTHS 7            /* width of "00:00.5" */

static const char default_columns[] = "time,rss,heap,delta";

/* --- choosing columns ---------------------------------------------------------------------------- */

static int unknown_column(struct fault *fault, const char *name, size_t len)
{
	struct buf names;
	int err;

	buf_init(&names, 400);
	for (const struct column *c = columns; c->header; c++)
		if (c->name)
			buf_addf(&names, " %s", c->name);
	err = fault_set(fault, STATUS_USAGE,
	                "--columns: no column \"%.*s\"; choose of:%s; or all alone",
	                len > 60 ? 60 : (int)len, name, buf_str(&names));
	buf_done(&names);
	return err;
}

static void choose_all(struct table *t)
{
	for (const struct column *c = columns; c->header && t->count < TABLE_COLUMNS_MAX; c++)
		if (c->name)
			t->columns[t->count++] = c;
}

static int choose_one(struct table *t, const char *name, size_t len, struct fault *fault)
{
	const struct column *c = column_find(name, len);

	if (!c)
		return unknown_column(fault, name, len);
	if (t->count == TABLE_COLUMNS_MAX)
		return fault_set(fault, STATUS_USAGE, "--columns: more than %d columns; name fewer",
		                 TABLE_COLUMNS_MAX);
	t->columns[t->count++] = c;
	return 0;
}

int table_init(struct table *t, const char *list, uint64_t interval, struct fault *fault)
{
	struct table made = {.tenths = interval < 1000000000,
	                     .interval = interval,
	                     .heap_tenths = HEAP_UNKNOWN};
	int err = 0;

	if (!list)
		list = default_columns;
	if (strcmp(list, "all") == 0) {
		choose_all(&made);
		list = NULL;
	}
	while (list && !err) {
		list += strspn(list, " ");
		size_t len = strcspn(list, ","), end = len;
		while (end && list[end - 1] == ' ')
			end--;
		err = choose_one(&made, list, end, fault);
		list = list[len] ? list + len + 1 : NULL;
	}
	if (!err)
		*t = made;
	return err;
}

/* --- cells --------------------------------------------------------------------------------------- */

static bool column_is(const struct column *c, const char *name)
{
	return c->figure < 0 && strcmp(c->name, name) == 0;
}

/* Text stands left, figures right. */
static bool stands_left(const struct column *c)
{
	return column_is(c, COLUMN_TIME) || column_is(c, COLUMN_DATE);
}

static int width_of(const struct table *t, const struct column *c)
{
	return t->tenths && column_is(c, COLUMN_TIME) ? CLOCK_TENTHS : c->width;
}

/* Tenths of a MB as the table prints them; only so does Delta agree with what one can see. */
static int64_t tenths_of(uint64_t bytes)
{
	const uint64_t mb = 1ull << 20;

	return known(bytes) ? (int64_t)(bytes / mb * 10 + (bytes % mb * 10 + mb / 2) / mb)
	                    : HEAP_UNKNOWN;
}

static void tenths_write(char out[HUMAN_MAX], const char *sign, uint64_t tenths)
{
	snprintf(out, HUMAN_MAX, "%s%" PRIu64 ".%u", sign, tenths / 10, (unsigned)(tenths % 10));
}

static void delta_write(char out[HUMAN_MAX], const struct table *t, uint64_t heap)
{
	int64_t now = tenths_of(heap), d;

	if (!t->has_row)
		strcpy(out, "--");
	else if (now == HEAP_UNKNOWN || t->heap_tenths == HEAP_UNKNOWN)
		strcpy(out, "-");
	else {
		d = now - t->heap_tenths;
		tenths_write(out, d < 0 ? "-" : "+", d < 0 ? (uint64_t)-d : (uint64_t)d);
	}
}

/* Without the blank, so that a row splits into its cells at blanks. */
static void rate_write(char out[HUMAN_MAX], const struct table *t, double rate)
{
	char *blank;

	if (!t->has_row) {
		strcpy(out, "--");
		return;
	}
	human_rate(out, rate);
	blank = strchr(out, ' ');
	if (blank)
		memmove(blank, blank + 1, strlen(blank));
}

static void figure_write(char out[HUMAN_MAX], const struct column *c, uint64_t v)
{
	if (!known(v))
		strcpy(out, "-");
	else if (c->unit == UNIT_BYTES)
		tenths_write(out, "", (uint64_t)tenths_of(v));
	else if (c->unit == UNIT_SECONDS)
		tenths_write(out, "", v / 100000000 + (v % 100000000 >= 50000000));
	else
		snprintf(out, HUMAN_MAX, "%" PRIu64, v);
}

/* A sample that came a moment late is shown at the tick it was taken for. */
static uint64_t on_grid(const struct table *t, uint64_t time)
{
	uint64_t late = t->interval ? time % t->interval : 0;

	return late < LATE_MOST ? time - late : time;
}

static void cell_write(char out[HUMAN_MAX], const struct table *t, const struct column *c,
                       const struct table_row *row)
{
	const struct sample *s = &row->sample;

	if (c->figure >= 0)
		figure_write(out, c, s->v[c->figure]);
	else if (column_is(c, COLUMN_TIME))
		human_clock(out, on_grid(t, s->time), t->tenths);
	else if (column_is(c, COLUMN_DATE))
		human_utc(out, s->wall, false);
	else if (column_is(c, COLUMN_DELTA))
		delta_write(out, t, s->v[FIGURE_HEAP]);
	else if (column_is(c, COLUMN_RATE))
		rate_write(out, t, row->rate);
	else if (row->confidence < 0)
		strcpy(out, "-");
	else
		snprintf(out, HUMAN_MAX, "%d%%", row->confidence);
}

/* --- lines --------------------------------------------------------------------------------------- */

static void cell_add(const struct table *t, unsigned i, const char *text, struct buf *out)
{
	const struct column *c = t->columns[i];
	int width = width_of(t, c), fill = width - (int)strlen(text);

	if (i > 0)
		buf_adds(out, "  ");
	if (fill > 0 && !stands_left(c))
		buf_fill(out, ' ', (size_t)fill);
	buf_adds(out, text);
	if (fill > 0 && stands_left(c) && i + 1 < t->count)
		buf_fill(out, ' ', (size_t)fill);
}

int table_header(const struct table *t, struct buf *out)
{
	for (unsigned i = 0; i < t->count; i++)
		cell_add(t, i, t->columns[i]->header, out);
	return buf_addc(out, '\n');
}

int table_row(struct table *t, const struct table_row *row, struct buf *out)
{
	char cell[HUMAN_MAX];

	/* From another process there is no difference. */
	if (row->sample.flags & SAMPLE_RESTART)
		t->has_row = false;
	for (unsigned i = 0; i < t->count; i++) {
		cell_write(cell, t, t->columns[i], row);
		cell_add(t, i, cell, out);
	}
	t->heap_tenths = tenths_of(row->sample.v[FIGURE_HEAP]);
	t->has_row = true;
	return buf_addc(out, '\n');
}

int table_closing(const struct table *chosen, const struct moment *m, struct buf *out)
{
	struct table t = *chosen;

	t.has_row = false;
	t.heap_tenths = HEAP_UNKNOWN;
	table_header(&t, out);
	for (unsigned i = 0; i < m->row_count && i < MOMENT_ROWS; i++)
		table_row(&t, &m->rows[i], out);
	return out->error;
}
