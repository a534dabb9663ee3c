/* SPDX-License-Identifier: MIT */
#include "detect/stats.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Knows medians, drifts and slopes of a few values. Refuses to know what the values are and which
 * size of a statistic means what.
 */

double ramp(double x, double lo, double hi)
{
	double r = (x - lo) / (hi - lo);

	if (!(r > 0)) /* also when x is no number */
		return 0;
	return r < 1 ? r : 1;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double median_of(const double *v, unsigned n)
{
	double s[BLOCKS_MAX];

	memcpy(s, v, n * sizeof(s[0]));
	qsort(s, n, sizeof(s[0]), by_value);
	return n % 2 ? s[n / 2] : (s[n / 2 - 1] + s[n / 2]) / 2;
}

double drift_z(const double *e, unsigned n)
{
	double mean, sum = 0;
	unsigned m = n - 1;

	if (n < 3)
		return 0;
	mean = (e[n - 1] - e[0]) / m;
	for (unsigned i = 0; i < m; i++) {
		double d = e[i + 1] - e[i] - mean;
		sum += d * d;
	}
	/* A quantum of noise, so that a ruler-straight line has a finite z. */
	double sd = sqrt(sum / (m - 1)) + fabs(mean) * 1e-3;
	if (!(sd > 0))
		return 0;
	double t = mean / (sd / sqrt(m)), df = m - 1;
	double z = (8 * df + 1) / (8 * df + 3) * sqrt(df * log1p(t * t / df));
	return t < 0 ? -z : z;
}

struct line line_through(const double *e, unsigned n)
{
	double sxx = 0, sxy = 0, my = 0, mx = (n - 1) / 2.0, lag = 0, before = 0;
	struct line l = {0};

	for (unsigned i = 0; i < n; i++)
		my += e[i] / n;
	for (unsigned i = 0; i < n; i++) {
		sxx += (i - mx) * (i - mx);
		sxy += (i - mx) * (e[i] - my);
	}
	l.slope = sxy / sxx;
	for (unsigned i = 0; i < n; i++) {
		double r = e[i] - my - l.slope * (i - mx);
		l.rss += r * r;
		lag += i ? r * before : 0;
		before = r;
	}
	l.rho = l.rss > 0 ? lag / l.rss : 0;
	l.sxx = sxx;
	l.spread = sqrt(l.rss / n);
	return l;
}

/* How many of n values stand for themselves where each resembles the one before; short rows look less so. */
static double independent(double rho, unsigned n, double most)
{
	rho = fmin(most, fmax(0, rho + (1 + 4 * rho) / n));
	return n * (1 - rho) / (1 + rho);
}

double line_z(const double *e, unsigned n)
{
	if (n < 4)
		return 0;
	struct line l = line_through(e, n);
	if (!(l.rss > 0))
		return l.slope > 0 ? 8 : 0;
	double effective = independent(l.rho, n, 0.95);
	if (effective < 3)
		return 0;
	double se = sqrt(l.rss / (effective - 2 + DBL_EPSILON) / l.sxx);
	double t = l.slope / se, df = fmax(1, effective - 2);
	double z = sqrt(df * log1p(t * t / df));
	return t < 0 ? -z : z;
}

double bend_z(const double *e, unsigned n, double quantum)
{
	struct line l = line_through(e, n);
	double mx = (n - 1) / 2.0, m2 = l.sxx / n, sqq = 0, sqe = 0, rss = 0, lag = 0, before = 0;

	/* The square, made orthogonal to the line, has the mean taken out. */
	for (unsigned i = 0; i < n; i++) {
		double q = (i - mx) * (i - mx) - m2;
		sqq += q * q;
		sqe += q * e[i];
	}
	double my = 0, curve = sqe / sqq;
	for (unsigned i = 0; i < n; i++)
		my += e[i] / n;
	for (unsigned i = 0; i < n; i++) {
		double r = e[i] - my - l.slope * (i - mx) - curve * ((i - mx) * (i - mx) - m2);
		rss += r * r;
		lag += i ? r * before : 0;
		before = r;
	}
	double effective = fmax(4, independent(rss > 0 ? lag / rss : 0, n, 0.8));
	double noise = (rss + n * quantum * quantum / 12) / (effective - 2.5) * n / effective;
	return fmax(-8, fmin(8, curve / sqrt(noise / sqq)));
}

struct sen sen_slope(const double *t, const double *y, unsigned n)
{
	double s[BLOCKS_MAX * (BLOCKS_MAX - 1) / 2];
	unsigned m = 0;

	for (unsigned i = 0; i < n; i++) {
		for (unsigned j = i + 1; j < n; j++) {
			if (t[j] > t[i])
				s[m++] = (y[j] - y[i]) / (t[j] - t[i]);
		}
	}
	if (!m)
		return (struct sen){NAN, NAN, NAN};
	qsort(s, m, sizeof(s[0]), by_value);
	double spread = 1.96 * sqrt(n * (n - 1.0) * (2.0 * n + 5) / 18);
	double low = floor((m - spread) / 2), high = ceil((m + spread) / 2);
	return (struct sen){
	        .slope = m % 2 ? s[m / 2] : (s[m / 2 - 1] + s[m / 2]) / 2,
	        .low = s[low > 0 ? (unsigned)low : 0],
	        .high = s[high < m - 1 ? (unsigned)high : m - 1],
	};
}

struct sen sen_even(const double *e, unsigned n)
{
	double t[BLOCKS_MAX];

	for (unsigned i = 0; i < n; i++)
		t[i] = (double)i / n;
	return sen_slope(t, e, n);
}
