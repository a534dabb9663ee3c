/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "detect/link_basis.h"
#include "detect/link_view.h"

/*
 * Knows what of a change could be foreseen, and whether the rest of two series coincides. Refuses to know by
 * how much the one follows the other.
 */

enum { LAGS = 2, SHIFT_LEAST = 3, TRIMMED = 3 };

/* Changes that are not 0, at least: fewer are chance. */
enum { MOVES_LEAST = 6 };

/* What could be foreseen to this part of its square is a curve, and rounding is all that is left. */
#define FORESEEN 1e-6

/* The agreement at any other time may be this part of that at the right one, at most. */
#define SHIFTED_MOST 0.7

/* Within so many usual sizes of the middle; where most are the same, all are left as they are. */
static void clip(double *v, unsigned n, double sizes)
{
	double size[LINK_BLOCKS];

	memcpy(size, v, n * sizeof(*size));
	double centre = vector_middle(size, n);
	for (unsigned i = 0; i < n; i++)
		size[i] = fabs(v[i] - centre);
	double most = sizes * vector_middle(size, n);
	for (unsigned i = 0; most > 0 && i < n; i++)
		v[i] = fmin(fmax(v[i], centre - most), centre + most);
}

/* The changes of x and y, all n + LAGS of them, and how far single ones may stand out. */
struct pair {
	unsigned n;
	bool dense; /* x changes nearly always */
	double x[LINK_BLOCKS], y[LINK_BLOCKS];
};

/*
 * That two series jump together now and then, as working hours begin, is no link: where something happens
 * all the time no single change counts for much. Where little happens the few things that do are all there
 * is.
 */
static void pair_make(const struct link_view *v, unsigned x, unsigned y, struct pair *ret)
{
	unsigned all = v->n - 1;

	ret->n = all - LAGS;
	ret->dense = v->moved[x] * 4 >= all * 3;
	link_changes(v->level[x], 1, 1, all, ret->x);
	link_changes(v->level[y], 1, 1, all, ret->y);
	if (!ret->dense)
		return;
	clip(ret->x, all, 4);
	clip(ret->y, all, 4);
}

/* What neither time nor the last changes of x and y foretold. False when nothing is left. */
static bool surprise(const struct basis *b, const double *change, double *ret)
{
	double mean = 0, spread = 0;

	for (unsigned i = 0; i < b->n; i++)
		mean += change[i] / b->n;
	for (unsigned i = 0; i < b->n; i++)
		spread += (change[i] - mean) * (change[i] - mean);
	memcpy(ret, change, b->n * sizeof(*ret));
	basis_take_out(b, ret);
	return vector_dot(ret, ret, b->n) > FORESEEN * spread;
}

/* The best agreement at a wrong time. */
static double shifted(const double *x, const double *y, unsigned n)
{
	double most = 0, scale = sqrt(vector_dot(x, x, n) * vector_dot(y, y, n));

	for (unsigned s = SHIFT_LEAST; s + SHIFT_LEAST <= n; s++) {
		double sum = vector_dot(x + s, y, n - s) + vector_dot(x, y + n - s, s);
		most = fmax(most, fabs(sum));
	}
	return most / scale;
}

/* The agreement without the blocks that speak most for it. */
static double trimmed(const double *x, const double *y, unsigned n)
{
	double a[LINK_BLOCKS], b[LINK_BLOCKS];

	memcpy(a, x, n * sizeof(*a));
	memcpy(b, y, n * sizeof(*b));
	for (unsigned t = 0; t < TRIMMED; t++) {
		unsigned best = 0;
		for (unsigned i = 1; i < n; i++)
			best = a[i] * b[i] > a[best] * b[best] ? i : best;
		a[best] = b[best] = 0;
	}
	return vector_correlation(a, b, n);
}

static double fisher(double r, unsigned n, unsigned used)
{
	double free = (double)n - used - 3;

	return free > 0 ? atanh(fmin(r, 0.9999)) * sqrt(free) : 0;
}

static void foresee(const struct link_view *v, unsigned x, const struct pair *p,
                    const struct link_told *told, struct basis *b)
{
	double column[LINK_BLOCKS];

	basis_begin(b, p->n, v->cycle);
	for (unsigned lag = 1; lag <= LAGS; lag++) {
		basis_add(b, p->x + LAGS - lag);
		basis_add(b, p->y + LAGS - lag);
	}
	link_changes(v->level[link_time_of(x)], LAGS + 1, 1, p->n, column);
	basis_add(b, column);
	for (unsigned i = 0; i < told->count; i++) {
		link_changes(v->level[told->counter[i]], LAGS + 1, 1, p->n, column);
		basis_add(b, column);
	}
}

double link_test(const struct link_view *v, unsigned x, unsigned y, const struct link_told *told)
{
	struct basis b;
	struct pair p;
	double ex[LINK_BLOCKS], ey[LINK_BLOCKS];

	if (!v->whole[x] || !v->whole[y] || v->moved[x] < MOVES_LEAST)
		return 0;
	pair_make(v, x, y, &p);
	foresee(v, x, &p, told, &b);
	if (!surprise(&b, p.x + LAGS, ex) || !surprise(&b, p.y + LAGS, ey))
		return 0;
	clip(ex, b.n, p.dense ? 2 : 8);
	clip(ey, b.n, p.dense ? 2 : 8);
	double r = vector_correlation(ex, ey, b.n);
	if (r < 0.3 || shifted(ex, ey, b.n) > SHIFTED_MOST * r)
		return 0;
	if (fisher(trimmed(ex, ey, b.n), b.n, b.count) < 3)
		return 0;
	return fisher(r, b.n, b.count);
}
