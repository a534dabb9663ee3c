/* SPDX-License-Identifier: MIT */
#include "detect/track.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/*
 * Knows how values come into a series, across gaps and with the peaks that nobody saw. Refuses to
 * know which figure it is.
 */

/* Its series is there, with all its room if that is wanted. 0 or -ENOMEM. */
static int begin(struct track *t)
{
	if (!t->series)
		t->series = series_new();
	if (!t->series)
		return -ENOMEM;
	return t->whole ? series_open(t->series, SERIES_LEVELS - 1) : 0;
}

int track_push(struct track *t, const struct track_value *v)
{
	bool gap = v->gap || t->gap;

	t->gap = gap && t->begun;
	if (isnan(v->value))
		return 0;
	int err = begin(t);
	if (err)
		return err;
	double most = v->value + v->headroom;
	if (!t->begun) {
		t->held = most;
		t->birth.held = v->headroom > 0 ? most : NAN;
	} else if (gap) {
		t->bridge -= v->value - t->level;
	}
	t->moved = t->moved || (t->begun && v->value != t->level);
	t->begun = true;
	t->gap = false;
	t->held = fmax(t->held, most);
	t->level = v->value;
	double y = v->value + t->bridge;
	return series_push(t->series, (struct point){.t0 = v->clock,
	                                             .t = v->clock,
	                                             .watch = v->watch,
	                                             .mean = y,
	                                             .min = y,
	                                             .max = y,
	                                             .last = y,
	                                             .held = t->held,
	                                             .data = v->data});
}

void track_judge(struct track *t, struct point *scratch)
{
	if (!t->begun)
		return;
	unsigned count = series_list(t->series, scratch);
	trend_judge(&t->trend, scratch, count, t->series->total, t->bridge, &t->birth);
}

double track_change(const struct track *t, double clock, struct point *scratch)
{
	if (!t->begun)
		return NAN;
	return trend_change(scratch, series_list(t->series, scratch), clock);
}

void track_reset(struct track *t)
{
	struct series *keep = t->series;
	bool whole = t->whole;

	memset(t, 0, sizeof(*t));
	t->whole = whole;
	t->birth = (struct birth){NAN, NAN};
	t->series = keep;
	if (keep)
		series_reset(keep);
}

void track_done(struct track *t)
{
	series_free(t->series);
	t->series = NULL;
}
