/* SPDX-License-Identifier: MIT */
#include "detect/floor.h"

#include <math.h>

#include "detect/stats.h"

/*
 * Knows what a figure never falls under, and whether that rises. Refuses to know how the figure
 * moves above it.
 */

#define KIB 1024.0

enum { BLOCKS = 8, SAMPLES_LEAST = 12 };

static const double steady_least = 45; /* seconds */

static double top_of(const struct point *p, unsigned count, double from, double to)
{
	double top = -INFINITY;

	for (unsigned i = 0; i < count; i++) {
		if (p[i].t >= from && p[i].t <= to)
			top = fmax(top, p[i].max);
	}
	return top;
}

/* A beat between the interval and a job lifts the floor of samples, never their top. */
static bool top_rises(const struct point *p, unsigned count, double growth)
{
	double end = p[count - 1].t, at = end - (end - p[0].t) * 3 / BLOCKS;

	return top_of(p, count, at, end) > top_of(p, count, p[0].t, at) + 0.1 * growth;
}

/* The most it swings within one of the blocks. */
static double swing_of(const struct point *p, unsigned count)
{
	double width = (p[count - 1].t - p[0].t) / BLOCKS, most = 0;

	for (unsigned b = 0; b < BLOCKS; b++) {
		double low = INFINITY, high = -INFINITY;
		for (unsigned i = 0; i < count; i++) {
			unsigned at = (unsigned)((p[i].t - p[0].t) / width);
			if (at != b)
				continue;
			low = fmin(low, p[i].min);
			high = fmax(high, p[i].max);
		}
		most = fmax(most, high - low);
	}
	return most;
}

struct climb {
	unsigned steps, even; /* blocks higher than the one before: at all; by a fair part */
	double back;          /* bytes it sank in between */
};

static struct climb climb_of(const double *e, double growth)
{
	struct climb c = {0};

	for (unsigned i = 1; i < BLOCKS; i++) {
		double rise = e[i] - e[i - 1];
		c.steps += rise > 0.04 * growth;
		c.even += rise > 0.25 * growth / (BLOCKS - 1);
		c.back += fmax(0, -rise);
	}
	return c;
}

struct swings swings_of(const struct point *p, unsigned count, double deep)
{
	struct swings s = {0};
	double turn = p[0].last;
	bool falling = false;

	for (unsigned i = 1; i < count; i++) {
		double y = p[i].last;
		if (falling ? y > turn + deep : y < turn - deep) {
			falling = !falling;
			s.falls += falling;
			turn = y;
			s.low = falling ? i : s.low;
		} else if (falling ? y <= turn : y >= turn) {
			turn = y;
			s.low = falling ? i : s.low;
		}
	}
	return s;
}

/* Against what is held and against the ups and downs above it, of which there must be some. */
static bool is_large(const struct point *p, unsigned count, double growth)
{
	return growth >= 1024 * KIB && growth >= 0.05 * p[count - 1].last &&
	       growth >= 1.5 * swing_of(p, count) && swings_of(p, count, 0.03 * growth).falls >= 3;
}

/* The peak that the kernel keeps moved along, and so did what the allocator asked for. */
static bool is_new(const struct point *a, const struct point *z, double growth)
{
	double data = z->data - a->data;

	return z->held - a->held > 0.1 * growth && !(data < 0.1 * growth);
}

static struct floor floor_of(const struct point *p, unsigned count)
{
	struct floor f = {.span = p[count - 1].t - p[0].t};
	struct blocks b;

	if (!blocks_make(p, count, BLOCKS, BLOCK_MIN, &b))
		return f;
	const double *e = b.e;
	f.growth = e[BLOCKS - 1] - e[0];
	if (f.growth < fmax(256 * KIB, 0.01 * e[BLOCKS - 1]))
		return f;
	struct climb c = climb_of(e, f.growth);
	f.late = (e[BLOCKS - 1] - e[BLOCKS - 3]) / f.growth * (BLOCKS - 1) / 2;
	f.rises = c.steps >= 3 && c.back < 0.25 * f.growth && f.late >= 0.4 &&
	          drift_z(e, BLOCKS) >= 1.5 && top_rises(p, count, f.growth);
	f.steady = f.rises && f.span >= steady_least && f.late >= 0.7 && c.back <= 0 &&
	           c.even >= BLOCKS - 2 && is_large(p, count, f.growth) &&
	           is_new(&p[0], &p[count - 1], f.growth);
	return f;
}

struct floor floor_find(const struct point *p, unsigned count)
{
	double end = p[count - 1].t, middle = end - 0.6 * (end - p[0].t), samples = 0;
	unsigned from = 0;

	while (from + 1 < count && p[from].t < middle)
		from++;
	for (unsigned i = 0; i < count; i++)
		samples += p[i].count;
	if (samples < SAMPLES_LEAST)
		return (struct floor){.span = end - p[0].t};
	struct floor whole = floor_of(p, count);
	if (whole.rises || samples * 0.6 < SAMPLES_LEAST)
		return whole;
	struct floor latter = floor_of(p + from, count - from);
	return latter.rises ? latter : whole;
}

struct swings swings_great(const struct point *p, unsigned count)
{
	return swings_of(p, count, fmax(points_range(p, count) / 3, 256 * KIB));
}
