/* SPDX-License-Identifier: MIT */
#include "detect/pattern.h"

#include <math.h>

/*
 * Knows the names of growth. Refuses to know whether it is a leak: only growth that is called one
 * gets a name.
 */

enum { GRID = 64, NEWEST = 64 };

/* Two steps of brk, bytes. */
static const double brk_steps = 264 * 1024.0;

/* The figure at equal distances in time, none finer than the points are anywhere in the stretch. */
struct grid {
	unsigned n;
	double y[GRID + 1];
};

static struct grid grid_of(const struct point *p, unsigned count, unsigned from)
{
	double t0 = p[from].t, span = p[count - 1].t - t0, coarsest = span / GRID;
	struct grid g = {0};

	for (unsigned i = from + 1; i < count; i++)
		coarsest = fmax(coarsest, p[i].t - p[i - 1].t);
	g.n = coarsest > 0 ? (unsigned)(span / coarsest + 0.5) : 0;
	for (unsigned k = 0, i = from; k <= g.n && g.n; k++) {
		double t = t0 + span * k / g.n;
		while (i + 1 < count && p[i + 1].t <= t + 0.25 * coarsest)
			i++;
		g.y[k] = p[i].last;
	}
	return g;
}

struct rises {
	unsigned carrying; /* intervals that carry the growth */
	unsigned runs;     /* groups of them without a break */
};

/* Half the rise that a typical byte came with: larger rises carry the growth. */
static struct rises count_rises(const struct grid *g)
{
	double sum = 0, squares = 0;
	struct rises r = {0};
	bool before = false;

	for (unsigned i = 1; i <= g->n; i++) {
		double rise = fmax(0, g->y[i] - g->y[i - 1]);
		sum += rise;
		squares += rise * rise;
	}
	for (unsigned i = 1; i <= g->n && sum > 0; i++) {
		bool carries = g->y[i] - g->y[i - 1] >= squares / sum / 2;
		r.carrying += carries;
		r.runs += carries && !before;
		before = carries;
	}
	return r;
}

/* Rises with rests between them, as close as the newest points show them. */
struct rests {
	bool long_ones; /* more than seven samples between rises */
	bool at_once;   /* a rise takes less than three samples */
};

/* Steps as small as those of brk are how any growth looks from close by. */
static struct rests look_closely(const struct point *p, unsigned count, unsigned from)
{
	double sum = 0, squares = 0, rest = 0, rests = 0;
	unsigned first = count > from + NEWEST ? count - NEWEST : from, runs = 0, carrying = 0;
	bool before = false;

	for (unsigned i = first + 1; i < count; i++) {
		double rise = fmax(0, p[i].last - p[i - 1].last);
		sum += rise;
		squares += rise * rise;
	}
	double typical = sum > 0 ? squares / sum : INFINITY;
	for (unsigned i = first + 1; i < count; i++) {
		double rise = p[i].last - p[i - 1].last;
		bool carries = rise >= typical / 2;
		if (carries && !before)
			rests += runs++ ? rest : 0;
		if (carries)
			rest = 0;
		else if (rise < typical / 10)
			rest += p[i].count;
		carrying += carries;
		before = carries;
	}
	return (struct rests){
	        .long_ones = runs >= 2 && typical > brk_steps && rests > 7 * (runs - 1),
	        .at_once = carrying < 3 * runs,
	};
}

static double growth_between(const struct point *p, unsigned count, unsigned from, double a,
                             double b)
{
	double t0 = p[from].t, span = p[count - 1].t - t0, low = p[from].last, high = p[from].last;

	for (unsigned i = from; i < count; i++) {
		if (p[i].t <= t0 + a * span)
			low = p[i].last;
		if (p[i].t <= t0 + b * span)
			high = p[i].last;
	}
	return high - low;
}

static bool accelerates(const struct point *p, unsigned count, unsigned from)
{
	double all = p[count - 1].last - p[from].last;
	double first = growth_between(p, count, from, 0, 1 / 3.0) / all * 3;
	double last = growth_between(p, count, from, 2 / 3.0, 1) / all * 3;

	return count - from >= 16 && all > 0 && last > 1.35 && first < 0.7;
}

static bool gives_back(const struct point *p, unsigned count, unsigned from)
{
	double up = 0, down = 0;

	for (unsigned i = from + 1; i < count; i++) {
		up += p[i].up;
		down += p[i].down;
	}
	return down > 0.12 * up;
}

enum verdict_pattern pattern_of(const struct point *p, unsigned count, unsigned from)
{
	if (count - from < 3)
		return PATTERN_LINEAR;
	if (gives_back(p, count, from))
		return PATTERN_RISING_FLOOR;
	struct rests rests = look_closely(p, count, from);
	if (rests.long_ones)
		return rests.at_once ? PATTERN_STEPWISE : PATTERN_BURSTY;
	struct grid g = grid_of(p, count, from);
	struct rises r = count_rises(&g);
	if (r.carrying * 2 < g.n && r.carrying >= 3 * r.runs)
		return PATTERN_BURSTY;
	return accelerates(p, count, from) ? PATTERN_ACCELERATING : PATTERN_LINEAR;
}
