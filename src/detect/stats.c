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

double line_z(const double *e, unsigned n)
{
	double sxx = 0, sxy = 0, my = 0, mx = (n - 1) / 2.0, rss = 0, lag = 0, before = 0;

	if (n < 4)
		return 0;
	for (unsigned i = 0; i < n; i++)
		my += e[i] / n;
	for (unsigned i = 0; i < n; i++) {
		sxx += (i - mx) * (i - mx);
		sxy += (i - mx) * (e[i] - my);
	}
	double slope = sxy / sxx;
	for (unsigned i = 0; i < n; i++) {
		double r = e[i] - my - slope * (i - mx);
		rss += r * r;
		lag += i ? r * before : 0;
		before = r;
	}
	if (!(rss > 0))
		return slope > 0 ? 8 : 0;
	double rho = lag / rss;
	rho = fmin(0.95, fmax(0, rho + (1 + 4 * rho) / n));
	double effective = n * (1 - rho) / (1 + rho);
	if (effective < 3)
		return 0;
	double se = sqrt(rss / (effective - 2 + DBL_EPSILON) / sxx);
	double t = slope / se, df = fmax(1, effective - 2);
	double z = sqrt(df * log1p(t * t / df));
	return t < 0 ? -z : z;
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

bool blocks_make(const struct point *p, unsigned count, unsigned n, enum block_view view,
                 struct blocks *ret)
{
	double from = p[0].t0, width = (p[count - 1].t - from) / n;
	double sum[BLOCKS_MAX] = {0}, weight[BLOCKS_MAX] = {0}, low[BLOCKS_MAX];
	unsigned empty = 0;

	if (!(width > 0))
		return false;
	for (unsigned i = 0; i < count; i++) {
		double at = ((p[i].t0 + p[i].t) / 2 - from) / width;
		unsigned b = at < n ? (unsigned)at : n - 1;
		low[b] = weight[b] > 0 ? fmin(low[b], p[i].min) : p[i].min;
		sum[b] += p[i].mean * p[i].count;
		weight[b] += p[i].count;
	}
	ret->n = n;
	for (unsigned b = 0; b < n; b++) {
		if (weight[b] > 0)
			ret->e[b] = view == BLOCK_MIN ? low[b] : sum[b] / weight[b];
		else
			ret->e[b] = b ? ret->e[b - 1] : p[0].last, empty++;
	}
	return empty * 4 <= n;
}
