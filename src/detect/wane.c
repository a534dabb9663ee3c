/* SPDX-License-Identifier: MIT */
#include "detect/wane.h"

/*
 * Knows the pace of growth while the time since it began doubled, and doubled again. Refuses to know what
 * else speaks for or against a leak.
 */

enum { SAMPLES_LEAST = 64 };

/* A logarithm falls by 2, an endless curve like a root by 1.41 with each doubling. */
static const double falls_by = 1.5, still_falls_by = 1.42, begins_by = 1.3;

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

bool wane_seen(const struct point *p, unsigned count, bool before)
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
	/* The pace while the time doubled, the last four times. */
	double pace[4], by = before ? still_falls_by : falls_by;
	for (unsigned k = 0; k < 4; k++) {
		double width = span / (16 >> k), low = value_at(p, count, t0 + width);
		pace[k] = (value_at(p, count, t0 + 2 * width) - low) / width;
	}
	return pace[3] > 0 && pace[2] > by * pace[3] && pace[1] > by * pace[2] &&
	       (before || pace[0] > begins_by * pace[1]);
}
