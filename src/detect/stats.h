/* SPDX-License-Identifier: MIT */
#ifndef DETECT_STATS_H
#define DETECT_STATS_H

/* Small statistics on at most BLOCKS_MAX values. Pure functions. */

#include <stdbool.h>

#include "detect/series.h"

enum { BLOCKS_MAX = 16 };

/* 0 below lo, 1 above hi, straight between. lo > hi turns it round. */
double ramp(double x, double lo, double hi);

double median_of(const double *v, unsigned n); /* n <= BLOCKS_MAX, not 0 */

/* How strongly increments speak for drift against a walk without any: z of their t test. */
double drift_z(const double *e, unsigned n);

/* A least-squares line over 0, 1, 2 ... */
struct line {
	double slope;    /* per step */
	double rss, rho; /* of the residuals: sum of squares; how each resembles the one before */
	double spread;   /* root of their mean square */
	double sxx;
};
struct line line_through(const double *e, unsigned n);

/* z of the curvature, -8 to 8; below 0 it bends down. `quantum`: what the figure is rounded to. n > 4 */
double bend_z(const double *e, unsigned n, double quantum);

/* z of the slope of a straight line when residuals follow each other. */
double line_z(const double *e, unsigned n);

/* Theil and Sen's slope of y over t with its 95 % interval. NAN with fewer than two values. */
struct sen {
	double slope, low, high;
};
struct sen sen_slope(const double *t, const double *y, unsigned n);

/* The same for values at equal distances; the slope is the change from the first to past the last. */
struct sen sen_even(const double *e, unsigned n);

/*
 * How much better the best model that grows for ever describes e than the best one that comes to
 * rest (Bayesian information): positive speaks for endless growth. `quantum`: what the figure is
 * rounded to, bytes.
 */
double endless_over_bounded(const double *e, unsigned n, double quantum);

/* Between the figures that all but a hundredth of the samples stay above, and below; bytes. */
double points_range(const struct point *p, unsigned count);

/* Equal shares of a stretch of time, one value each. */
enum block_view { BLOCK_MIN, BLOCK_MEAN, BLOCK_MEDIAN, BLOCK_MAX };
struct blocks {
	unsigned n;
	double e[BLOCKS_MAX];
};

/* Blocks of p[0..count); false when more than a quarter of them would be empty. */
bool blocks_make(const struct point *p, unsigned count, unsigned n, enum block_view view,
                 struct blocks *ret);

#endif
