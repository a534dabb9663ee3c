/* SPDX-License-Identifier: MIT */
/*
 * Knows how a file is recognised: by the names in its header, or by a line that begins with a date.
 * Refuses to guess beyond that: what is neither is refused with the forms that would be understood.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/known.h"
#include "source/csv_internal.h"

enum { HEADER_WITHIN = 50 };

static const char *const time_names[] = {"time_s", "time",  "timestamp",    "date",
                                         "ts",     "epoch", "unix_seconds", NULL};

static const struct {
	const char *suffix;
	double scale;
} suffixes[] = {
        {"_kb", 1024.0},  {"_mb", 1048576.0},  {"_gb", 1073741824.0},  {"_bytes", 1.0},
        {"(kb)", 1024.0}, {"(mb)", 1048576.0}, {"(gb)", 1073741824.0},
};

static bool is_time_name(struct cell c)
{
	for (const char *const *n = time_names; *n; n++) {
		if (cell_is(c, *n))
			return true;
	}
	return false;
}

/* Takes a unit off the end of a name; 0: there is none. */
static double suffix_take(struct cell *c)
{
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		size_t n = strlen(suffixes[i].suffix);
		if (c->len > n && !strncasecmp(c->text + c->len - n, suffixes[i].suffix, n)) {
			c->len -= n;
			return suffixes[i].scale;
		}
	}
	return 0;
}

/* The row of the column table with this name in a CSV; names of sizes without their "_kb". */
static const struct column *column_by_csv(struct cell name)
{
	for (const struct column *c = columns; c->header; c++) {
		if (!c->csv || c->figure < 0)
			continue;
		struct cell base = {c->csv, strlen(c->csv)};
		suffix_take(&base);
		if (base.len == name.len && !strncasecmp(base.text, name.text, name.len))
			return c;
	}
	return NULL;
}

/* A named column; USE_NONE where the name says nothing to us, scale 0 where it tells no unit. */
static struct csv_column column_named(struct cell name)
{
	struct csv_column col = {.figure = -1};
	if (is_time_name(name))
		return (struct csv_column){.use = USE_TIME, .figure = -1};
	if (cell_is(name, "utc"))
		return (struct csv_column){.use = USE_UTC, .figure = -1};
	struct cell base = name;
	double scale = suffix_take(&base);
	const struct column *c = column_by_csv(base);
	if (!c)
		return col;
	if (c->unit == UNIT_BYTES)
		return (struct csv_column){USE_FIGURE, c->figure, scale};
	if (!cell_is(name, c->csv))
		return col;
	return (struct csv_column){USE_FIGURE, c->figure,
	                           c->unit == UNIT_SECONDS ? (double)NS_PER_S : 1.0};
}

/* A header with units decides by itself; else one column may be taken on trust. */
static bool guess_choose(const struct cell *cells, struct csv_form *f)
{
	int known_at = -1, other_at = -1;
	unsigned others = 0;
	bool sure = false;

	for (unsigned i = 0; i < f->count; i++) {
		const struct csv_column *c = &f->columns[i];
		sure |= c->use == USE_FIGURE && c->scale > 0 && c->figure <= FIGURE_HWM;
		if (c->use == USE_FIGURE && c->scale <= 0 && known_at < 0)
			known_at = (int)i;
		if (c->use == USE_NONE && cells[i].len) {
			other_at = (int)i;
			others++;
		}
	}
	for (unsigned i = 0; i < f->count; i++) {
		if (f->columns[i].use == USE_FIGURE && f->columns[i].scale <= 0 &&
		    (sure || (int)i != known_at))
			f->columns[i].use = USE_NONE;
	}
	if (sure)
		return true;
	if (known_at >= 0) {
		f->guess = f->columns[known_at].figure;
		return true;
	}
	if (others != 1)
		return false;
	struct cell base = cells[other_at];
	double scale = suffix_take(&base);
	f->columns[other_at] = (struct csv_column){USE_FIGURE, FIGURE_RSS, scale};
	f->guess = scale > 0 ? -1 : FIGURE_RSS;
	size_t n = cells[other_at].len;
	n = n < sizeof(f->guessed_name) - 1 ? n : sizeof(f->guessed_name) - 1;
	memcpy(f->guessed_name, cells[other_at].text, n);
	return true;
}

/* True when an earlier column tells the same figure: which of the two is meant, nobody can say. */
static bool column_repeats(const struct csv_form *f, int at)
{
	const struct csv_column *c = &f->columns[at];

	for (int i = 0; c->use == USE_FIGURE && i < at; i++)
		if (f->columns[i].use == USE_FIGURE && f->columns[i].figure == c->figure)
			return true;
	return false;
}

/* 1: a header, 0: none, -EINVAL: one that names no memory, -EEXIST: one that names some twice. */
static int header_look(char *line, size_t len, char separator, struct csv_form *ret)
{
	struct cell cells[CSV_CELLS];
	bool time = false;
	int n = cells_split(line, len, separator, cells);
	if (n < 2)
		return 0;
	*ret = (struct csv_form){
	        .kind = CSV_TABLE,
	        .separator = separator,
	        .guess = -1,
	        .count = (unsigned)n,
	};
	for (int i = 0; i < n; i++) {
		struct csv_column c = column_named(cells[i]);
		/* The first column that tells a time tells it. */
		if (c.use == USE_TIME && time)
			c.use = USE_NONE;
		time |= c.use == USE_TIME;
		ret->columns[i] = c;
		if (column_repeats(ret, i))
			return -EEXIST;
	}
	if (!time) {
		for (unsigned i = 0; i < ret->count && !time; i++) {
			if (ret->columns[i].use == USE_UTC) {
				ret->columns[i].use = USE_TIME;
				time = true;
			}
		}
	}
	if (!time)
		return 0;
	return guess_choose(cells, ret) ? 1 : -EINVAL;
}

static struct csv_column batch_column(struct cell name)
{
	for (const struct column *c = columns; c->header; c++) {
		if (!cell_is(name, c->header))
			continue;
		if (c->name && !strcmp(c->name, COLUMN_TIME))
			return (struct csv_column){.use = USE_TIME, .figure = -1};
		if (c->name && !strcmp(c->name, COLUMN_DATE))
			return (struct csv_column){.use = USE_UTC, .figure = -1};
		if (c->name && !strcmp(c->name, COLUMN_RATE))
			return (struct csv_column){.use = USE_RATE, .figure = -1};
		double scale = c->unit == UNIT_BYTES ? 1048576.0 : 1.0;
		if (c->unit == UNIT_SECONDS)
			scale = (double)NS_PER_S;
		return (struct csv_column){c->figure < 0 ? USE_NONE : USE_FIGURE, c->figure, scale};
	}
	return (struct csv_column){.figure = -1};
}

/* The heading of our own table: "Time   RSS(MB)  Heap(MB)  Delta". */
static bool batch_look(char *line, size_t len, struct csv_form *ret)
{
	struct cell cells[CSV_CELLS];
	int n = cells_split(line, len, ' ', cells);
	bool time = false, figure = false;
	*ret = (struct csv_form){.kind = CSV_BATCH, .separator = ' ', .guess = -1};
	for (int i = 0; i < n; i++) {
		struct csv_column c = batch_column(cells[i]);
		time |= c.use == USE_TIME;
		figure |= c.use == USE_FIGURE && memchr(cells[i].text, '(', cells[i].len);
		ret->columns[i] = c;
	}
	for (int i = 0; i < n && !time; i++) {
		time = ret->columns[i].use == USE_UTC;
		ret->columns[i].use = time ? USE_TIME : ret->columns[i].use;
	}
	ret->count = (unsigned)n;
	return time && figure;
}

/* A line that begins with a date, or with two numbers; or with a figure of status. */
static bool log_look(struct cell line, struct csv_form *ret)
{
	struct time_read t;
	size_t n = time_prefix(line, false, &t);
	if (!n || (t.form != TIME_DATE && n == line.len))
		return false;
	/* Cells without a header: which of them is what, nobody can say. */
	if (t.form != TIME_DATE && strchr(",;", line.text[n]))
		return false;
	*ret = (struct csv_form){.kind = CSV_LOG, .guess = t.form == TIME_DATE ? -1 : FIGURE_RSS};
	return true;
}

/* Cuts the next line off `rest`, into `copy` (CSV_LINE_MAX bytes), trimmed. */
static bool line_take(struct cell *rest, char *copy, struct cell *ret)
{
	if (!rest->len)
		return false;
	const char *newline = memchr(rest->text, '\n', rest->len);
	size_t len = newline ? (size_t)(newline - rest->text) : rest->len;
	struct cell line = cell_trim((struct cell){rest->text, len});
	rest->text += len + (newline ? 1 : 0);
	rest->len -= len + (newline ? 1 : 0);
	ret->len = line.len < CSV_LINE_MAX ? line.len : CSV_LINE_MAX - 1;
	memcpy(copy, line.text, ret->len);
	copy[ret->len] = '\0';
	ret->text = copy;
	return true;
}

/* Looks for the heading of our table, in front of which warnings may stand. */
static bool batch_find(struct cell head, char *copy, struct csv_form *ret)
{
	struct cell line;
	for (uint64_t number = 1; number <= HEADER_WITHIN && line_take(&head, copy, &line);
	     number++) {
		if (batch_look(copy, line.len, ret)) {
			ret->header = number;
			return true;
		}
	}
	return false;
}

/* The first line that says something; its number. 0: there is none. */
static uint64_t first_line(struct cell head, char *copy, struct cell *ret)
{
	for (uint64_t number = 1; line_take(&head, copy, ret); number++) {
		if (ret->len && *copy != '#')
			return number;
	}
	return 0;
}

static int form_of_line(char *copy, struct cell line, struct csv_form *ret)
{
	static const char separators[] = ",;\t ";
	char keep[1024];
	/* Quotes are taken off in place: each try needs the line as it was. */
	size_t n = line.len < sizeof(keep) ? line.len : sizeof(keep) - 1;
	int worst = 0;

	if (log_look(line, ret))
		return 1;
	memcpy(keep, copy, n);
	for (const char *s = separators; *s; s++) {
		if (*s != ' ' && !memchr(keep, *s, n))
			continue;
		memcpy(copy, keep, n);
		int e = header_look(copy, n, *s, ret);
		if (e > 0)
			return 1;
		worst = e < worst ? e : worst;
	}
	return worst;
}

int form_recognise(struct cell head, const char *name, struct csv_form *ret, struct fault *fault)
{
	struct cell line;
	if (memchr(head.text, '\0', head.len))
		return fault_set(fault, STATUS_USAGE,
		                 "%s: binary data; a CSV with a header or a log of dates and "
		                 "figures is needed",
		                 name);
	char *copy = malloc(CSV_LINE_MAX);
	if (!copy)
		return fault_set(fault, STATUS_USAGE, "%s: out of memory", name);
	int e = 1;
	uint64_t number = first_line(head, copy, &line);
	if (number && !batch_find(head, copy, ret)) {
		number = first_line(head, copy, &line);
		e = form_of_line(copy, line, ret);
		ret->header = ret->kind == CSV_LOG ? 0 : number;
	}
	free(copy);
	if (!number)
		return fault_set(fault, STATUS_USAGE,
		                 "%s: empty; a CSV with a header or a log of dates and figures is "
		                 "needed",
		                 name);
	if (e == -EEXIST)
		return fault_set(fault, STATUS_USAGE,
		                 "%s:%llu: two columns tell the same figure; leave one of them out",
		                 name, (unsigned long long)number);
	if (e < 0)
		return fault_set(fault, STATUS_USAGE,
		                 "%s:%llu: no column says that it is memory; name one anon_kb or "
		                 "rss_kb",
		                 name, (unsigned long long)number);
	if (e == 0)
		return fault_set(fault, STATUS_USAGE,
		                 "%s:%llu: neither a header with time and memory nor a line that "
		                 "begins with a date; the first line should read time_s,rss_kb",
		                 name, (unsigned long long)number);
	return 0;
}
