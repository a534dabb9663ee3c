/* SPDX-License-Identifier: MIT */
#include "detect/link_basis.h"

#include <math.h>
#include <string.h>

/*
 * Knows least squares. Refuses to know what the columns are.
 */

/* Overtones of a cycle: what returns each day is seldom a plain wave. */
enum { HARMONICS = 3 };

/* Four sums side by side: one alone would wait for itself at every step. */
double vector_dot(const double *a, const double *b, unsigned n)
{
	double sum[4] = {0};
	unsigned i = 0;

	for (; i + 4 <= n; i += 4)
		for (unsigned k = 0; k < 4; k++)
			sum[k] += a[i + k] * b[i + k];
	for (; i < n; i++)
		sum[0] += a[i] * b[i];
	return sum[0] + sum[1] + (sum[2] + sum[3]);
}

void basis_take_out(const struct basis *b, double *v)
{
	for (unsigned c = 0; c < b->count; c++) {
		double part = vector_dot(b->q[c], v, b->n);
		for (unsigned i = 0; i < b->n; i++)
			v[i] -= part * b->q[c][i];
	}
}

void basis_add(struct basis *b, const double *column)
{
	double *q = b->q[b->count];
	double before = vector_dot(column, column, b->n);

	memcpy(q, column, b->n * sizeof(*q));
	basis_take_out(b, q);
	double left = vector_dot(q, q, b->n);
	if (left < 0.01 * before) {
		/* Little is left, and much of that would be rounding. */
		basis_take_out(b, q);
		left = vector_dot(q, q, b->n);
	}
	if (!(left > 1e-12 * before) || b->count == BASIS_COLUMNS - 1)
		return;
	double scale = 1 / sqrt(left);
	for (unsigned i = 0; i < b->n; i++)
		q[i] *= scale;
	b->count++;
}

void basis_begin(struct basis *b, unsigned n, double cycle)
{
	double column[2][LINK_BLOCKS] = {{0}};

	b->n = n;
	b->count = 0;
	for (unsigned i = 0; i < n; i++) {
		column[0][i] = 1;
		column[1][i] = (double)i / n - 0.5;
	}
	basis_add(b, column[0]);
	basis_add(b, column[1]);
	for (unsigned h = 1; h <= HARMONICS && cycle / h >= LINK_CYCLE_LEAST; h++) {
		for (unsigned i = 0; i < n; i++) {
			column[0][i] = cos(LINK_TURN * h * i / cycle);
			column[1][i] = sin(LINK_TURN * h * i / cycle);
		}
		basis_add(b, column[0]);
		basis_add(b, column[1]);
	}
}

void link_changes(const double *level, unsigned first, unsigned over, unsigned n, double *ret)
{
	for (unsigned i = 0; i < n; i++)
		ret[i] = level[first + i] - level[first + i - over];
}

double vector_correlation(const double *x, const double *y, unsigned n)
{
	double xx = vector_dot(x, x, n), yy = vector_dot(y, y, n);

	return xx > 0 && yy > 0 ? vector_dot(x, y, n) / sqrt(xx * yy) : 0;
}

/* Quickselect. */
double vector_middle(double *v, unsigned n)
{
	unsigned from = 0, to = n, want = n / 2;

	while (to - from > 1) {
		double pivot = v[from + (to - from) / 2];
		unsigned low = from, at = from, high = to;
		while (at < high) {
			double x = v[at];
			if (x < pivot) {
				v[at++] = v[low];
				v[low++] = x;
			} else if (x > pivot) {
				v[at] = v[--high];
				v[high] = x;
			} else {
				at++;
			}
		}
		if (want < low)
			to = low;
		else if (want >= high)
			from = high;
		else
			return pivot;
	}
	return v[from];
}
