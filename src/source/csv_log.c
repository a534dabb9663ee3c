/* SPDX-License-Identifier: MIT */
/*
 * Knows the logs people write with a shell loop: a date and a number, on one line or on two, and
 * lines of status behind a date. Refuses a figure without a time.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "proc/status.h"
#include "source/csv_internal.h"

static const struct {
	const char *name;
	double scale;
} units[] = {
        {"", 0},           {"kb", 1024},        {"k", 1024},      {"kib", 1024},
        {"mb", 1048576},   {"m", 1048576},      {"mib", 1048576}, {"gb", 1073741824},
        {"g", 1073741824}, {"gib", 1073741824}, {"b", 1},         {"bytes", 1},
};

/* "VmRSS:" in front of a figure, taken off; -1: no key, -2: one we have no use for. */
static int key_take(struct cell *text)
{
	size_t n = 0;
	while (n < text->len && (isalnum((unsigned char)text->text[n]) || text->text[n] == '_'))
		n++;
	if (!n || n == text->len || text->text[n] != ':' || !isalpha((unsigned char)*text->text))
		return -1;
	struct cell key = {text->text, n};
	*text = cell_trim((struct cell){text->text + n + 1, text->len - n - 1});
	for (const struct status_figure *f = status_figures; f->figure != FIGURE_COUNT; f++) {
		if (cell_is(key, status_keys[f->key].name))
			return (int)f->figure;
	}
	return -2;
}

/* Takes the unit off the end of a figure. -1: an unknown word. 0: none. */
static double unit_take(struct cell *text)
{
	size_t n = text->len;
	while (n && isalpha((unsigned char)text->text[n - 1]))
		n--;
	struct cell unit = {text->text + n, text->len - n};
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (cell_is(unit, units[i].name)) {
			*text = cell_trim((struct cell){text->text, n});
			return units[i].scale;
		}
	}
	return -1;
}

/* What stands behind the time: puts it into the row. */
static int figure_take(struct csv *c, struct cell text, struct csv_row *row)
{
	struct cell shown = text;
	int key = key_take(&text);
	if (key == -2)
		return 0;
	struct csv_column column = {USE_FIGURE, key < 0 ? FIGURE_RSS : key, 0};
	double scale = unit_take(&text);
	if (scale < 0 || !text.len)
		return csv_fail(c, "\"%.*s\" is no figure; a line should read DATE: NUMBER, in kB",
		                shown.len < 40 ? (int)shown.len : 40, shown.text);
	if (scale > 0)
		column.scale = scale;
	else if (key == FIGURE_THREADS)
		column.scale = 1;
	else if (key >= 0 || c->form.guess < 0)
		column.scale = 1024;
	return csv_value(c, text, &column, row);
}

/* A new time: the row before it is complete. True when it is to be handed out. */
static bool row_begin(struct csv *c, const struct time_read *t, struct csv_row *ret)
{
	bool had = c->has_pending;
	if (had)
		*ret = c->pending;
	csv_row_init(&c->pending);
	c->pending.time = *t;
	c->pending.line = c->lines.number;
	c->has_pending = true;
	return had;
}

static struct cell separator_skip(struct cell text)
{
	while (text.len && strchr(" \t:=,;", *text.text))
		text = (struct cell){text.text + 1, text.len - 1};
	return text;
}

/* One line. 1: *ret is a complete row. */
static int line_take(struct csv *c, struct cell line, struct csv_row *ret)
{
	struct time_read t;
	bool date_only = c->form.guess < 0;
	size_t n = time_prefix(line, date_only, &t);
	int done = 0;
	if (n) {
		done = row_begin(c, &t, ret);
		line = separator_skip((struct cell){line.text + n, line.len - n});
		if (!line.len)
			return done;
	} else if (!c->has_pending) {
		return csv_fail(c, "a figure without a time; write a date in front of it");
	}
	int e = figure_take(c, line, &c->pending);
	return e < 0 ? e : done;
}

int csv_log_row(struct csv *c, struct csv_row *ret)
{
	char *line;
	size_t len;
	for (;;) {
		int e = lines_next(&c->lines, &line, &len);
		if (e == -E2BIG)
			return csv_fail(c, "the line is longer than 64 KiB; is this a log?");
		if (e < 0)
			return e;
		if (e == 0)
			break;
		struct cell text = cell_trim((struct cell){line, len});
		if (!text.len || *text.text == '#')
			continue;
		e = line_take(c, text, ret);
		if (e)
			return e;
	}
	if (!c->has_pending)
		return 0;
	*ret = c->pending;
	c->has_pending = false;
	return 1;
}
