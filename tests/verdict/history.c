/* SPDX-License-Identifier: MIT */
#include "history.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "trace.h"

/* Knows the statistics that several rules share. */

enum { PAIRS_MAX = 128 * 127 / 2 };

void *past_begin(void)
{
	return calloc(1, sizeof(struct past));
}

void past_end(void *state)
{
	struct past *p = state;

	free(p->t);
	free(p);
}

/* Both series in one block: values stand behind the times. */
static int grow(struct past *p)
{
	unsigned room = p->room ? 2 * p->room : 256;
	double *both = malloc(2 * sizeof(double) * room);

	if (!both)
		return -ENOMEM;
	for (unsigned i = 0; i < p->n; i++) {
		both[i] = p->t[i];
		both[room + i] = p->v[i];
	}
	free(p->t);
	p->t = both;
	p->v = both + room;
	p->room = room;
	return 0;
}

int past_feed(void *state, const struct sample *s)
{
	struct past *p = state;
	int err = p->n == p->room ? grow(p) : 0;

	if (err)
		return err;
	p->t[p->n] = (double)s->time / 1e9;
	p->v[p->n++] = trace_value(s);
	return 0;
}

int past_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double middle_of(const double *v, unsigned n)
{
	double copy[256];
	unsigned m = n < 256 ? n : 256;

	for (unsigned i = 0; i < m; i++)
		copy[i] = v[(size_t)i * n / m];
	qsort(copy, m, sizeof(*copy), past_compare);
	return copy[m / 2];
}

static double value_of(const double *v, unsigned n, enum past_block kind)
{
	double sum = 0, low = INFINITY;

	if (kind == BLOCK_MEDIAN)
		return middle_of(v, n);
	for (unsigned i = 0; i < n; i++) {
		sum += v[i];
		low = fmin(low, v[i]);
	}
	return kind == BLOCK_LOW ? low : sum / n;
}

unsigned past_blocks(const struct past *p, double share, unsigned blocks, enum past_block kind,
                     struct point *ret)
{
	double end = p->t[p->n - 1], from = end - share * (end - p->t[0]);
	unsigned used = 0, i = 0;

	while (i + 1 < p->n && p->t[i] < from)
		i++;
	for (unsigned b = 0; b < blocks; b++) {
		double until = from + (end - from) * (b + 1) / blocks, time = 0;
		unsigned first = i;
		for (; i < p->n && (p->t[i] <= until || b + 1 == blocks); i++)
			time += p->t[i];
		if (i > first)
			ret[used++] = (struct point){time / (i - first),
			                             value_of(p->v + first, i - first, kind)};
	}
	return used;
}

struct line past_line(const struct point *p, unsigned n)
{
	double t = 0, v = 0, tt = 0, tv = 0, vv = 0;

	for (unsigned i = 0; i < n; i++) {
		t += p[i].t / n;
		v += p[i].v / n;
	}
	for (unsigned i = 0; i < n; i++) {
		tt += (p[i].t - t) * (p[i].t - t);
		tv += (p[i].t - t) * (p[i].v - v);
		vv += (p[i].v - v) * (p[i].v - v);
	}
	struct line l = {tt > 0 ? tv / tt : 0, 0, tt > 0 && vv > 0 ? tv * tv / tt / vv : 0};
	l.at_end = n ? v + l.slope * (p[n - 1].t - t) : 0;
	return l;
}

static double tied(const struct point *p, unsigned n)
{
	double v[128], sum = 0;

	for (unsigned i = 0; i < n; i++)
		v[i] = p[i].v;
	qsort(v, n, sizeof(*v), past_compare);
	for (unsigned i = 0, run; i < n; i += run) {
		for (run = 1; i + run < n && !(v[i + run] > v[i]); run++)
			;
		sum += run * (run - 1.0) * (2.0 * run + 5);
	}
	return sum;
}

double past_kendall(const struct point *p, unsigned n)
{
	double s = 0;

	for (unsigned i = 0; i < n; i++)
		for (unsigned j = i + 1; j < n; j++)
			s += (p[j].v > p[i].v) - (p[j].v < p[i].v);
	double variance = (n * (n - 1.0) * (2.0 * n + 5) - tied(p, n)) / 18;
	return variance > 0 ? (s - (s > 0) + (s < 0)) / sqrt(variance) : 0;
}

double past_sen(const struct point *p, unsigned n)
{
	static double slope[PAIRS_MAX];
	unsigned m = 0;

	for (unsigned i = 0; i < n; i++)
		for (unsigned j = i + 1; j < n && m < PAIRS_MAX; j++)
			slope[m++] = (p[j].v - p[i].v) / (p[j].t - p[i].t);
	qsort(slope, m, sizeof(*slope), past_compare);
	return m ? slope[m / 2] : 0;
}

void past_call(struct call *ret, bool leak, double rate)
{
	*ret = (struct call){leak ? VERDICT_LEAK : VERDICT_NO_LEAK, -1, rate, UNKNOWN};
}
