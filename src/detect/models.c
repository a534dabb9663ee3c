/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "detect/stats.h"

/*
 * Knows shapes: those that grow for ever (line, line after rest, line on top of a saturating start,
 * convex curve) and those that come to rest (saturation, logarithm, hyperbola, roots, ramp to a plateau, step).
 * Refuses to know time and bytes: everything happens between 0 and 1.
 */

enum { TERMS = 3 };

struct contest {
	const double *e;
	unsigned n;
	double effective; /* independent values among n */
	double quantum;   /* sum of squares that rounding alone makes */
	double best;
};

/* Least squares of e on a constant and `terms` columns; the rest's sum of squares. */
static double fit(const double *e, unsigned n, double column[][BLOCKS_MAX], unsigned terms,
                  double *ret_last)
{
	double a[TERMS + 1][TERMS + 2] = {{0}};
	unsigned k = terms + 1;

	for (unsigned i = 0; i < n; i++) {
		double row[TERMS + 2] = {1};
		for (unsigned j = 0; j < terms; j++)
			row[j + 1] = column[j][i];
		row[k] = e[i];
		for (unsigned r = 0; r < k; r++) {
			for (unsigned c = 0; c <= k; c++)
				a[r][c] += row[r] * row[c];
		}
	}
	for (unsigned r = 0; r < k; r++) {
		if (fabs(a[r][r]) < 1e-9)
			return INFINITY;
		for (unsigned o = 0; o < k; o++) {
			double f = o == r ? 0 : a[o][r] / a[r][r];
			for (unsigned c = r; c <= k && f != 0; c++)
				a[o][c] -= f * a[r][c];
		}
	}
	double rss = 0;
	for (unsigned i = 0; i < n; i++) {
		double y = a[0][k] / a[0][0];
		for (unsigned j = 0; j < terms; j++)
			y += a[j + 1][k] / a[j + 1][j + 1] * column[j][i];
		rss += (e[i] - y) * (e[i] - y);
	}
	if (ret_last)
		*ret_last = a[k - 1][k] / a[k - 1][k - 1];
	return rss;
}

static void enter(struct contest *c, double rss, unsigned parameters)
{
	double score = c->effective * log((rss + c->quantum) / c->n) +
	               parameters * log(fmax(2, c->effective));

	c->best = fmin(c->best, score);
}

static double shape(char kind, double x, double knee)
{
	switch (kind) {
	case 's': /* saturation */
		return 1 - exp(-x / knee);
	case 'l': /* logarithm */
		return log1p(x / knee);
	case 'y': /* hyperbola */
		return x / (x + knee);
	case 'p': /* root */
		return pow(x, knee);
	case 'h': /* ramp to a plateau */
		return fmin(x, knee);
	case 'j': /* step */
		return x > knee;
	default: /* rest, then a line */
		return fmax(0, x - knee);
	}
}

static void enter_family(struct contest *c, char kind, const double *knees, unsigned count,
                         bool with_line)
{
	double column[TERMS][BLOCKS_MAX];

	for (unsigned i = 0; i < count; i++) {
		for (unsigned j = 0; j < c->n; j++) {
			double x = (j + 0.5) / c->n;
			column[0][j] = shape(kind, x, knees[i]);
			column[1][j] = x;
		}
		double last;
		double rss = fit(c->e, c->n, column, with_line ? 2 : 1, &last);
		/* The line on top must rise: one that falls only bends the rest. */
		if (isfinite(rss) && last > 0)
			enter(c, rss, with_line ? 4 : 3);
	}
}

static double line_rss(const double *e, unsigned n, double *ret_rho)
{
	double column[TERMS][BLOCKS_MAX], last;
	double rss, lag = 0, square = 0, before = 0, mean = 0, mx = (n - 1) / 2.0 / n + 0.5 / n;

	for (unsigned j = 0; j < n; j++) {
		column[0][j] = (j + 0.5) / n;
		mean += e[j] / n;
	}
	rss = fit(e, n, column, 1, &last);
	for (unsigned j = 0; j < n; j++) {
		double r = e[j] - mean - last * (column[0][j] - mx);
		square += r * r;
		lag += j ? r * before : 0;
		before = r;
	}
	*ret_rho = square > 0 ? fmin(0.6, fmax(0, lag / square)) : 0;
	return rss;
}

static void enter_convex(struct contest *c)
{
	double column[TERMS][BLOCKS_MAX], last;

	for (unsigned j = 0; j < c->n; j++) {
		double x = (j + 0.5) / c->n;
		column[0][j] = x;
		column[1][j] = x * x;
	}
	double rss = fit(c->e, c->n, column, 2, &last);
	if (isfinite(rss) && last > 0)
		enter(c, rss, 3);
}

double endless_over_bounded(const double *e, unsigned n, double quantum)
{
	static const double taus[] = {0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5};
	static const double roots[] = {0.3, 0.45, 0.6};
	static const double logs[] = {0.01, 0.03, 0.1};
	static const double hyperbolas[] = {0.015, 0.03, 0.05, 0.08, 0.12, 0.2};
	static const double knees[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9};
	double rho, rss = line_rss(e, n, &rho), mean = 0, flat = 0;
	struct contest bounded = {
	        .e = e,
	        .n = n,
	        .effective = n * (1 - rho) / (1 + rho),
	        .quantum = n * quantum * quantum / 12,
	        .best = INFINITY,
	};
	struct contest endless = bounded;

	for (unsigned i = 0; i < n; i++)
		mean += e[i] / n;
	for (unsigned i = 0; i < n; i++)
		flat += (e[i] - mean) * (e[i] - mean);
	enter(&bounded, flat, 1);
	enter_family(&bounded, 's', taus, 10, false);
	enter_family(&bounded, 'l', logs, 3, false);
	enter_family(&bounded, 'y', hyperbolas, 6, false);
	enter_family(&bounded, 'p', roots, 3, false);
	enter_family(&bounded, 'h', knees, 10, false);
	enter_family(&bounded, 'j', knees, 10, false);
	enter(&endless, rss, 2);
	enter_family(&endless, 's', taus, 10, true);
	enter_family(&endless, 'r', knees, 8, false);
	enter_convex(&endless);
	return bounded.best - endless.best;
}
