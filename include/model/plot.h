/* SPDX-License-Identifier: MIT */
#ifndef MODEL_PLOT_H
#define MODEL_PLOT_H

/*
 * Gathers a course into a chart: evenly spaced points, as many as there are items and at most CHART_POINTS.
 * An item that lasts fills all points it touches; one that no item touches repeats the one before.
 */

#include <stdbool.h>
#include <stdint.h>

#include "model/chart.h"

/* A sample, a bucket of them, a region while it stayed the same. */
struct plot_item {
	uint64_t start, end;     /* ns of the watch; not before `from`, in rising order */
	bool gap;                /* nobody was looking just before it */
	uint64_t min, max, last; /* UNKNOWN when nothing is known */
};

struct plot {
	struct chart *chart; /* borrowed */
	uint64_t step;       /* ns between points */
	bool has[CHART_POINTS], gap[CHART_POINTS];
};

/* Begins a chart of so many items, which span `from` to `to`. */
void plot_begin(struct plot *p, struct chart *c, uint64_t from, uint64_t to, uint64_t items);
void plot_add(struct plot *p, const struct plot_item *item);
void plot_end(struct plot *p);

#endif
