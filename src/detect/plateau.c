/* SPDX-License-Identifier: MIT */
#include "detect/plateau.h"

#include <math.h>

#include "detect/stats.h"

/*
 * Knows one shape, a + b (1 - exp(-x / tau)), and when to trust it. Refuses to say that growth will end: it
 * says where, if it goes on slowing down as it did.
 */

enum { BLOCKS = 16, EARLY = 12 };

/* Of the stretch: beyond this the curve is nearly straight and its end anywhere. */
static const double tau_most = 0.8;

/* An exponential has come 95 % of its way after three times tau. */
static const double done_after = 3;

struct curve {
	double level, height, rss; /* a + b, b; sum of squares of what is left */
};

/* Least squares of e on a + b x. */
static struct curve fit(const double *e, const double *x, unsigned n)
{
	double sx = 0, sy = 0, sxx = 0, sxy = 0, syy = 0;

	for (unsigned i = 0; i < n; i++) {
		double y = e[i] - e[0];
		sx += x[i];
		sy += y;
		sxx += x[i] * x[i];
		sxy += x[i] * y;
		syy += y * y;
	}
	double cov = sxy - sx * sy / n, b = cov / (sxx - sx * sx / n);
	return (struct curve){(sy - b * sx) / n + e[0] + b, b,
	                      fmax(0, syy - sy * sy / n - b * cov)};
}

/* The blocks' middles in shares of the stretch, bent by an exponential. */
static struct curve saturation(const double *e, unsigned n, double tau)
{
	double x[BLOCKS];

	for (unsigned i = 0; i < n; i++)
		x[i] = 1 - exp(-(i + 0.5) / BLOCKS / tau);
	return fit(e, x, n);
}

static struct curve saturation_best(const double *e, unsigned n, double *ret_tau)
{
	struct curve best = {.rss = INFINITY};

	for (double tau = 0.04; tau < 1.6; tau *= 1.1) {
		struct curve c = saturation(e, n, tau);
		if (c.rss >= best.rss)
			continue;
		best = c;
		*ret_tau = tau;
	}
	return best;
}

/* What a root or a logarithm leaves: they bend as well, and never come to rest. */
static double endless_rss(const double *e)
{
	double root[BLOCKS], wide[BLOCKS], narrow[BLOCKS];

	for (unsigned i = 0; i < BLOCKS; i++) {
		double x = (i + 0.5) / BLOCKS;
		root[i] = sqrt(x);
		wide[i] = log1p(x / 0.1);
		narrow[i] = log1p(x / 0.02);
	}
	return fmin(fit(e, root, BLOCKS).rss,
	            fmin(fit(e, wide, BLOCKS).rss, fit(e, narrow, BLOCKS).rss));
}

bool plateau_find(const struct point *p, unsigned count, struct plateau *ret)
{
	struct blocks b;

	if (count < BLOCKS || !blocks_make(p, count, BLOCKS, BLOCK_MEDIAN, &b))
		return false;
	double tau = 1, before = 1;
	struct curve all = saturation_best(b.e, BLOCKS, &tau);
	struct curve early = saturation_best(b.e, EARLY, &before);
	if (!(all.height > 0) || tau > tau_most || all.rss > 0.4 * line_through(b.e, BLOCKS).rss ||
	    all.rss > 0.8 * endless_rss(b.e))
		return false;
	if (!(early.height > 0) || fabs(early.level - all.level) > 0.2 * all.height)
		return false;
	double span = p[count - 1].t - p[0].t0;
	*ret = (struct plateau){all.level, fmax(0, (done_after * tau - 1) * span)};
	return true;
}
