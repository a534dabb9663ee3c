/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HTML_PLOT_H
#define REPORT_HTML_PLOT_H

/*
 * The picture of one chart: inline SVG without colours of its own (classes; the style sheet knows light, dark
 * and paper), told apart by stroke and shape as well. Coordinates are written from integers.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/moment.h"

/* What stands in a picture beside its course. */
struct plot_extra {
	bool fitted;            /* `rate` and its interval are known: a line through the present */
	double rate, low, high; /* bytes per second */
	uint64_t since;         /* ns of the watch: where that line begins */
	uint64_t limit;         /* bytes: a level worth a line; UNKNOWN: none */
	const char *limit_text; /* what it is; NULL without a limit */
};

/* What is drawn, and where; made by plot_init. */
struct plot {
	const struct chart *chart;
	const struct moment *moment;
	const struct plot_extra *extra;
	int width, height;          /* of the whole picture, pixels at its natural size */
	int left, top, inner, tall; /* where the plot stands in it, and its own size */
	uint64_t low, high, step;   /* bytes: the axis, and from one line of it to the next */
	uint64_t lowest, highest;   /* bytes: of the course itself; UNKNOWN: nothing is known */
	const struct chart_point *first, *last; /* known points; NULL: none */
};

/* `lead` is the large one. */
void plot_init(struct plot *p, const struct moment *m, const struct chart *c,
               const struct plot_extra *extra, bool lead);

/* The <svg> with the title `name`, its description, axes, course, extras and events; `id` makes ids unique. */
void plot_write(const struct plot *p, const char *id, const char *name, struct buf *out);

/* Pixels within the plot, in tenths: of a time from its left, of a figure from its top. */
int plot_x(const struct plot *p, uint64_t time);
int plot_y(const struct plot *p, double bytes);

/* Pixels of tenths: "12.3". */
void plot_number(struct buf *out, int tenths);

/* html_axis.c: lines and figures of both axes; decides low, high and step. */
void axis_init(struct plot *p);
void axis_write(const struct plot *p, struct buf *out);

#endif
