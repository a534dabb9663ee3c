/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "detect/link_basis.h"
#include "detect/link_view.h"

/*
 * Knows by how much one series follows another, and how sure that is. Refuses to know whether it does.
 */

enum { PARTS = 8, ROUNDS = 4 };

/* Agreement that is worth a word. */
#define R_LEAST 0.4

/* Points of a plot; those from `skip` to before `skip_end` are left out. */
struct plot {
	const double *x, *y;
	unsigned n, skip, skip_end;
};

/* A line through the origin; points further than `most` from the line `slope` pull less. */
static double line_fit(const struct plot *p, double slope, double most)
{
	double xy = 0, xx = 0;

	for (unsigned i = 0; i < p->n; i++) {
		double off = fabs(p->y[i] - slope * p->x[i]);
		double weight = off > most ? most / off : 1;
		if (i >= p->skip && i < p->skip_end)
			continue;
		xy += weight * p->x[i] * p->y[i];
		xx += weight * p->x[i] * p->x[i];
	}
	return xx > 0 ? xy / xx : slope;
}

/* The line that few points far off do not turn (Huber), and from where on they are far off. */
static double huber(const struct plot *p, double *ret_most)
{
	double slope = line_fit(p, 0, INFINITY), size[LINK_BLOCKS];

	*ret_most = INFINITY;
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < p->n; i++)
			size[i] = fabs(p->y[i] - slope * p->x[i]);
		double most = 1.5 * 1.4826 * vector_middle(size, p->n);
		if (!(most > 0))
			break;
		*ret_most = most;
		slope = line_fit(p, slope, most);
	}
	return slope;
}

/* The interval: how far the slope moves when one part of the time is left out (jackknife, 7 degrees). */
static void interval(struct plot p, double most, struct link_slope *s)
{
	double part[PARTS], mean = 0, sum = 0;

	for (unsigned i = 0; i < PARTS; i++) {
		p.skip = i * p.n / PARTS;
		p.skip_end = (i + 1) * p.n / PARTS;
		part[i] = line_fit(&p, line_fit(&p, s->slope, most), most);
		mean += part[i] / PARTS;
	}
	for (unsigned i = 0; i < PARTS; i++)
		sum += (part[i] - mean) * (part[i] - mean);
	double half = 2.36 * sqrt(sum * (PARTS - 1) / PARTS);
	s->low = s->slope - half;
	s->high = s->slope + half;
}

bool link_slope(const struct link_view *v, unsigned x, unsigned y, const struct link_told *told,
                struct link_slope *ret)
{
	/* Over several steps: what is counted a little late then hardly matters. */
	unsigned over = v->n / 8 > 1 ? v->n / 8 : 1, n = v->n - over;
	double ex[LINK_BLOCKS], ey[LINK_BLOCKS], column[LINK_BLOCKS];
	struct basis b;

	basis_begin(&b, n, v->cycle);
	link_changes(v->level[link_time_of(x)], over, over, n, column);
	basis_add(&b, column);
	for (unsigned i = 0; i < told->count; i++) {
		link_changes(v->level[told->counter[i]], over, over, n, column);
		basis_add(&b, column);
	}
	link_changes(v->level[x], over, over, n, ex);
	link_changes(v->level[y], over, over, n, ey);
	basis_take_out(&b, ex);
	basis_take_out(&b, ey);
	struct plot p = {.x = ex, .y = ey, .n = n};
	double most;
	ret->slope = huber(&p, &most);
	ret->r = vector_correlation(ex, ey, n);
	interval(p, most, ret);
	return ret->low > 0 && ret->r > R_LEAST;
}
