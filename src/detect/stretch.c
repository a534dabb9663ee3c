/* SPDX-License-Identifier: MIT */
#include "detect/stretch.h"

#include <math.h>

/*
 * Knows how to measure a stretch. Refuses to know what a measure is worth (factor.c) and which
 * stretches are looked at (persist.c).
 */

/* Median of the three values around each knot, so that one odd block decides nothing. */
static double knot(const double *e, unsigned n, unsigned at)
{
	unsigned from = at < 1 ? 0 : at - 1;

	if (from + 3 > n)
		from = n - 3;
	return median_of(e + from, 3);
}

/* Growth of the last third or of the latter half, whichever is less, against a fair share. */
static double late_share(const double *e, unsigned n)
{
	double end = knot(e, n, n - 1), all = end - knot(e, n, 0);

	if (!(all > 0))
		return 0;
	double third = (end - knot(e, n, n * 2 / 3)) * 3 / all;
	double half = (end - knot(e, n, n / 2)) * 2 / all;
	return fmin(third, half);
}

/* How the blocks step up and down. */
struct steps {
	double rises;  /* effective number */
	double steady; /* share of the steps */
	double recent; /* since the last new high, negative, in steps */
};

static struct steps steps_of(const double *e, unsigned n, double growth)
{
	struct steps s = {0};
	double sum = 0, squares = 0, high = e[0], up = 0;
	unsigned last = 0;

	for (unsigned i = 1; i < n; i++) {
		double rise = fmax(0, e[i] - e[i - 1]);
		sum += rise;
		squares += rise * rise;
		up += rise > 0;
		if (e[i] > high + 0.02 * growth) {
			high = e[i];
			last = i;
		}
	}
	s.rises = squares > 0 ? sum * sum / squares * (BLOCKS_MAX - 1) / (n - 1) : 0;
	s.steady = up / (n - 1);
	s.recent = -(double)(n - 1 - last) * (BLOCKS_MAX - 1) / (n - 1);
	return s;
}

/* Growth past the middle of the third quarter, against a fair share. */
static double end_share(const double *e, unsigned n, double growth)
{
	unsigned from = n * 10 / 16, to = n * 13 / 16 > from ? n * 13 / 16 : from + 1;

	return (e[n - 1] - median_of(e + from, to - from)) / growth * 4;
}

static double slower(const double *e, unsigned n, double growth)
{
	unsigned half = (n + 1) / 2;
	double former = sen_even(e, half).slope, latter = sen_even(e + n / 2, n - n / 2).slope;

	return latter / fmax(former, 0.05 * growth);
}

struct whole whole_of(const struct point *p, unsigned count)
{
	double former = -INFINITY, latter = -INFINITY;
	double middle = (p[0].t0 + p[count - 1].t) / 2;

	for (unsigned i = 0; i < count; i++) {
		if (p[i].t < middle)
			former = fmax(former, p[i].max);
		else
			latter = fmax(latter, p[i].max);
	}
	double range = fmax(points_range(p, count), 4096);
	return (struct whole){.range = range, .higher = (latter - former) / range, .late = 1};
}

double stretch_factors(const struct stretch *s, const struct blocks *b, bool is_whole,
                       double quantum, struct whole *w, double ret[FACTOR_COUNT])
{
	const double *e = b->e;
	unsigned n = b->n;
	double growth = sen_even(e, n).slope, endless = endless_over_bounded(e, n, quantum);

	if (is_whole) {
		w->endless = endless;
		w->late = late_share(e, n);
	}
	if (!(growth > 0))
		return 0;
	struct steps steps = steps_of(e, n, growth);
	struct line line = line_through(e, n);
	ret[FACTOR_DRIFT] = fmax(drift_z(e, n), 0.8 * line_z(e, n));
	ret[FACTOR_ENDLESS] = endless;
	ret[FACTOR_SHARE] = growth / w->range;
	ret[FACTOR_RISES] = steps.rises;
	ret[FACTOR_CLEAR] = log(growth / fmax(line.spread, 1000));
	ret[FACTOR_NEW] = isfinite(s->before) ? (knot(e, n, n - 1) - s->before) / growth : INFINITY;
	ret[FACTOR_WHOLE] = is_whole ? 0 : w->endless;
	ret[FACTOR_RECENT] = steps.recent;
	ret[FACTOR_END] = end_share(e, n, growth);
	ret[FACTOR_STEADY] = steps.steady;
	ret[FACTOR_HIGHER] = w->higher;
	ret[FACTOR_BEND] = bend_z(e, n, quantum);
	ret[FACTOR_SLOWER] = ret[FACTOR_BEND] < -2.5 ? slower(e, n, growth) : 1;
	ret[FACTOR_LATE] = w->late;
	return growth;
}
