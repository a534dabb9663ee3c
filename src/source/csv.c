/* SPDX-License-Identifier: MIT */
/*
 * Knows how rows of a file become samples: the time of the first row is 0, time goes forward, and a
 * column without a unit gets one. Refuses to know the forms a row can have (csv_rows, csv_log).
 */
#include "source/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/safe_text.h"
#include "source/csv_internal.h"

/* From here on a column without a unit is taken for bytes. */
#define BYTES_FROM 1048576.0

static struct csv *csv_of(struct source *s)
{
	return (struct csv *)s;
}

void csv_note_add(struct csv *c, const char *format, ...)
{
	va_list args;
	char raw[WARNING_MAX];
	if (c->note_count == CSV_NOTES)
		return;
	va_start(args, format);
	vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	safe_copy(c->notes[c->note_count++], WARNING_MAX, raw, strlen(raw), SAFE_UTF8);
}

__attribute__((format(printf, 3, 0))) static int fail(struct csv *c, uint64_t line,
                                                      const char *format, va_list args)
{
	char what[300];
	vsnprintf(what, sizeof(what), format, args);
	return fault_set(&c->fault, STATUS_USAGE, "%s:%llu: %s", c->name, (unsigned long long)line,
	                 what);
}

int csv_fail(struct csv *c, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int e = fail(c, c->lines.number, format, args);
	va_end(args);
	return e;
}

/* The same about a line read earlier. */
static int csv_fail_at(struct csv *c, uint64_t line, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
static int csv_fail_at(struct csv *c, uint64_t line, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int e = fail(c, line, format, args);
	va_end(args);
	return e;
}

/* The next row as it stands in the file. */
static int row_read(struct csv *c, struct csv_row *ret)
{
	int e = c->form.kind == CSV_LOG ? csv_log_row(c, ret) : csv_table_row(c, ret);
	if (e < 0 && !c->fault.status)
		fault_set(&c->fault, STATUS_USAGE, "%s:%llu: %s", c->name,
		          (unsigned long long)c->lines.number, fault_reason(-e));
	return e;
}

static int row_next(struct csv *c, struct csv_row *ret)
{
	if (c->ahead_at < c->ahead_count) {
		*ret = c->ahead[c->ahead_at++];
		return 1;
	}
	if (c->ahead) {
		free(c->ahead);
		c->ahead = NULL;
		if (c->ahead_end <= 0)
			return c->ahead_end;
	}
	return c->ahead_end <= 0 ? c->ahead_end : row_read(c, ret);
}

static void unit_decide(struct csv *c, double least, bool whole)
{
	char column[96] = "";
	bool bytes = least >= BYTES_FROM;
	c->guess_scale = bytes ? 1 : 1024;
	if (c->form.guessed_name[0])
		snprintf(column, sizeof(column), " (column \"%s\", taken as RSS)",
		         c->form.guessed_name);
	csv_note_add(c, "%s assumed for figures without a unit%s: %s%s", bytes ? "bytes" : "kB",
	             column, bytes ? "all are 2^20 or more" : "not all are 2^20 or more",
	             whole ? "" : ", judged by the first 4096 rows");
}

/* A file is read twice: first for its smallest figure. */
static int unit_by_reading(struct csv *c)
{
	struct csv_row row;
	double least = INFINITY;
	if (c->lines.begin < 0)
		return -ESPIPE;
	/* What is wrong in the file is told when its turn comes. */
	while (row_read(c, &row) > 0)
		least = row.guess < least ? row.guess : least;
	c->fault = (struct fault){0};
	c->note_count = 0;
	c->has_pending = false;
	unit_decide(c, least, true);
	return lines_rewind(&c->lines);
}

/* A pipe cannot be read twice: the first rows decide. */
static int unit_by_ahead(struct csv *c)
{
	double least = INFINITY;
	c->ahead = malloc(CSV_AHEAD * sizeof(*c->ahead));
	if (!c->ahead)
		return -ENOMEM;
	while (c->ahead_count < CSV_AHEAD) {
		struct csv_row *row = &c->ahead[c->ahead_count];
		c->ahead_end = row_read(c, row);
		if (c->ahead_end <= 0)
			break;
		least = row->guess < least ? row->guess : least;
		c->ahead_count++;
	}
	unit_decide(c, least, c->ahead_end <= 0);
	return 0;
}

static int unit_find(struct csv *c)
{
	if (c->form.guessed_name[0] && c->form.guess < 0)
		csv_note_add(c, "column \"%s\" is taken as RSS", c->form.guessed_name);
	if (c->form.guess < 0)
		return 0;
	int e = unit_by_reading(c);
	return e == -ESPIPE ? unit_by_ahead(c) : e;
}

/* Puts the row on the clock of the watch. 1: fine, 0: leave it out, -EINVAL: backwards. */
static int row_time(struct csv *c, struct csv_row *row)
{
	int64_t ns = row->time.ns;
	if (!c->begun) {
		c->begun = true;
		c->origin = ns;
		row->sample.time = 0;
		return 1;
	}
	int64_t since;
	if (__builtin_sub_overflow(ns, c->origin, &since))
		return csv_fail_at(c, row->line,
		                   "it is centuries away from the first row; are all times of one "
		                   "kind?");
	if (since < 0 || (uint64_t)since < c->last_time)
		return csv_fail_at(c, row->line,
		                   "time runs backwards, %.3f s behind the row before; sort the "
		                   "rows, or cut the file where another process begins",
		                   (double)((int64_t)c->last_time - since) / 1e9);
	if ((uint64_t)since == c->last_time) {
		c->same_time++;
		return 0;
	}
	row->sample.time = (uint64_t)since;
	return 1;
}

static void row_finish(struct csv *c, struct csv_row *row, struct sample *ret)
{
	double bytes = row->guess * c->guess_scale;
	if (c->form.guess >= 0 && bytes >= 0 && bytes < 0x1p63)
		row->sample.v[c->form.guess] = (uint64_t)(bytes + 0.5);
	if (row->time.wall && row->time.zone_known && row->time.ns >= 0)
		row->sample.wall = (uint64_t)row->time.ns;
	c->last_time = row->sample.time;
	c->wide += row->wide;
	*ret = row->sample;
}

static int csv_sample_next(struct source *s, uint64_t now, struct sample *ret)
{
	struct csv *c = csv_of(s);
	struct csv_row row;
	(void)now;
	for (;;) {
		int e = row_next(c, &row);
		if (e > 0)
			e = row_time(c, &row);
		else if (e == 0)
			e = -ENODATA;
		if (e == -ENODATA && c->same_time)
			csv_note_add(c,
			             "%llu rows have the time of the row before and were left out",
			             (unsigned long long)c->same_time);
		/* 51,024 without quotes is a 51 and a cell that nobody named. */
		if (e == -ENODATA && c->wide)
			csv_note_add(c,
			             "%llu rows have more cells than the header; those beyond it "
			             "were left out: is a comma part of a figure?",
			             (unsigned long long)c->wide);
		if (e == -ENODATA)
			c->same_time = c->wide = 0;
		if (e < 0)
			return e == -ENODATA ? e : -EINVAL;
		if (e == 0)
			continue;
		row_finish(c, &row, ret);
		return 0;
	}
}

static int csv_wake(struct source *s)
{
	(void)s;
	return -1;
}

static bool csv_ready(struct source *s)
{
	(void)s;
	return true;
}

static struct region_table *csv_regions(struct source *s)
{
	(void)s;
	return NULL;
}

static void csv_describe(struct source *s, struct moment *m)
{
	struct csv *c = csv_of(s);
	target_unref(m->target);
	m->target = target_ref(c->target);
	m->state = TARGET_REPLAYED;
}

static void csv_free(struct source *s)
{
	struct csv *c = csv_of(s);
	if (!c)
		return;
	lines_close(&c->lines);
	target_unref(c->target);
	free(c->ahead);
	free(c);
}

static const struct source_ops csv_ops = {
        .wake = csv_wake,
        .ready = csv_ready,
        .sample = csv_sample_next,
        .regions = csv_regions,
        .describe = csv_describe,
        .free = csv_free,
};

static struct csv *csv_new(const char *path)
{
	struct csv *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->base.ops = &csv_ops;
	c->lines.fd = -1;
	c->ahead_end = 1;
	const char *shown = strcmp(path, "-") ? path : "standard input";
	safe_copy(c->name, sizeof(c->name), shown, strlen(shown), SAFE_UTF8);
	c->target = target_new();
	if (!c->target) {
		free(c);
		return NULL;
	}
	c->target->pid = 0;
	snprintf(c->target->comm, sizeof(c->target->comm), "%.63s", shown);
	snprintf(c->target->command, sizeof(c->target->command), "%.511s", shown);
	return c;
}

static int input_open(struct csv *c, const char *path, struct fault *fault)
{
	bool standard = !strcmp(path, "-");
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int e = fd < 0 ? -errno : lines_open(&c->lines, fd);
	if (e < 0)
		fault_set(fault, STATUS_USAGE, "%s: %s; give a CSV file or a log", c->name,
		          fault_reason(-e));
	return e;
}

int csv_open(const char *path, struct source **ret, struct fault *fault)
{
	struct cell head;
	struct csv *c = csv_new(path);
	if (!c) {
		fault_set(fault, STATUS_USAGE, "%s: out of memory", path);
		return -ENOMEM;
	}
	int e = input_open(c, path, fault);
	if (e < 0)
		goto out;
	e = lines_peek(&c->lines, &head);
	if (e < 0) {
		fault_set(fault, STATUS_USAGE, "%s: %s; give a CSV file or a log", c->name,
		          fault_reason(-e));
		goto out;
	}
	e = form_recognise(head, c->name, &c->form, fault);
	if (e == 0)
		e = unit_find(c);
	if (e < 0 && fault && !fault->status)
		fault_set(fault, STATUS_USAGE, "%s: %s", c->name, fault_reason(-e));
	if (e == 0)
		*ret = &c->base;
out:
	if (e < 0)
		csv_free(&c->base);
	return e;
}

void csv_fault(const struct source *s, struct fault *ret)
{
	*ret = ((const struct csv *)s)->fault;
}

const char *csv_note(const struct source *s, unsigned index)
{
	const struct csv *c = (const struct csv *)s;
	return index < c->note_count ? c->notes[index] : NULL;
}
