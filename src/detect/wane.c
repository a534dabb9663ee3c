/* SPDX-License-Identifier: MIT */
#include "detect/wane.h"

/*
 * Knows the pace of growth in the eighth, the quarter and the half of the time that end now. Refuses to
 * know what else speaks for or against a leak.
 */

enum { SAMPLES_LEAST = 64 };

static const double falls_by = 1.5; /* an endless curve like a root falls by 1.41 */

static double value_at(const struct point *p, unsigned count, double clock)
{
	unsigned i = 0;

	while (i + 1 < count && p[i + 1].t <= clock)
		i++;
	return p[i].last;
}

/* Where growth began: the last point before 3 % of it had come. */
static unsigned begin_of(const struct point *p, unsigned count, double growth)
{
	unsigned i = 0;

	while (i + 1 < count && p[i + 1].last < p[0].last + 0.03 * growth)
		i++;
	return i;
}

bool wane_seen(const struct point *p, unsigned count)
{
	double growth = p[count - 1].last - p[0].last, samples = 0;

	if (!(growth > 0))
		return false;
	unsigned from = begin_of(p, count, growth);
	double t0 = p[from].t, span = p[count - 1].t - t0;
	for (unsigned i = from; i < count; i++)
		samples += p[i].count;
	if (samples < SAMPLES_LEAST)
		return false;
	double eighth = value_at(p, count, t0 + span / 8),
	       quarter = value_at(p, count, t0 + span / 4);
	double half = value_at(p, count, t0 + span / 2), now = p[count - 1].last;
	double first = (quarter - eighth) / (span / 8), second = (half - quarter) / (span / 4);
	double third = (now - half) / (span / 2);

	return third > 0 && second > falls_by * third && first > falls_by * second;
}
