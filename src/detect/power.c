/* SPDX-License-Identifier: MIT */
#include "detect/power.h"

#include <math.h>
#include <string.h>

/*
 * Knows how to lay a leak over a series, and how to find the least that is seen. Refuses to know how it is
 * seen: that is the trend's business, here as for the figures themselves.
 */

#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

static const double least = 16 * KIB, most = 64 * 1024 * MIB;

void power_reset(struct power *w)
{
	*w = (struct power){NAN, NAN, 0};
}

/* The same points, had `growth` bytes more come evenly from the first to the last. */
static void lay_over(const struct point *p, unsigned count, double growth, double bridge,
                     struct point *ret)
{
	double t0 = p[0].t0, span = p[count - 1].t - t0, before = 0, top = -INFINITY;

	for (unsigned i = 0; i < count; i++) {
		double more = growth * (p[i].t - t0) / span;
		struct point q = p[i];
		double net = q.up - q.down + more - before;
		q.mean += growth * ((p[i].t0 + p[i].t) / 2 - t0) / span;
		q.min += growth * (p[i].t0 - t0) / span;
		q.max += more;
		q.last += more;
		/* Of what was given back a part would have been kept: falls are made up for first. */
		q.down = fmax(0, q.down - (more - before));
		q.up = net + q.down;
		top = fmax(top, q.max - bridge);
		q.held = fmax(q.held, top);
		q.data += more;
		ret[i] = q;
		before = more;
	}
}

static bool is_seen(const struct track *t, const struct point *p, unsigned count, double growth,
                    struct point *more)
{
	struct trend trend;

	lay_over(p, count, growth, t->bridge, more);
	trend_reset(&trend);
	trend_judge(&trend, more, count, t->series->total, t->bridge, &t->birth);
	return trend_grows(&trend);
}

void power_ask(struct power *w, const struct track *t, struct point *scratch, struct point *more)
{
	if (!t->begun || t->series->total < w->next)
		return;
	unsigned count = series_list(t->series, scratch);
	double low = isnan(w->growth) ? least : fmax(least, w->growth / 4), high = low;

	w->next = fmax(t->series->total + 1, t->series->total * 1.25);
	w->span = scratch[count - 1].t - scratch[0].t0;
	if (count < 3 || !(w->span > 0))
		return;
	while (high < most && !is_seen(t, scratch, count, high, more)) {
		low = high;
		high *= 4;
	}
	/* To a fifth: nobody reads more from "a leak above 1.3 MB/h". */
	while (high < most && high > 1.2 * low) {
		double middle = sqrt(low * high);
		if (is_seen(t, scratch, count, middle, more))
			high = middle;
		else
			low = middle;
	}
	w->growth = high;
}

double power_rate(const struct power *w)
{
	return w->growth / w->span;
}

bool power_is_weak(const struct power *w, double level)
{
	return w->growth > fmax(level, 64 * MIB);
}
