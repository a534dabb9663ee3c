/* SPDX-License-Identifier: MIT */
#include "label.h"

#include <math.h>
#include <stdlib.h>

/*
 * Knows when a label can be defended: a leak that stands out of what it hides in, a bound that can be seen.
 * Refuses to know any family.
 */

static const double lowest_snr = 3;

double trace_value(const struct sample *s)
{
	uint64_t base = sample_base(s, NULL);

	if (!known(base))
		base = known_or(s->v[FIGURE_RSS], s->v[FIGURE_VSZ]);
	return known(base) ? (double)base : 0;
}

void trace_find_growth(const struct sample *s, unsigned n, double sigma, bool *going)
{
	double top = n ? trace_value(&s[0]) : 0;
	unsigned last = 0;
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		if (trace_value(&s[i]) > top + 3 * sigma) {
			top = trace_value(&s[i]);
			last = i;
			any = true;
		}
		double since = (double)(s[i].time - s[last].time);
		double watched = (double)(s[i].time - s[0].time);
		going[i] = any && (i - last <= 3 || since <= 0.05 * watched);
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), compare);
	return n == 0 ? NAN : n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* Noise of the lower envelope in `blocks` blocks of time, without the leak: robust deviation. */
static double envelope_noise(const struct making *m, const struct trace *t, unsigned blocks)
{
	double low[64];
	unsigned used = 0;

	for (unsigned b = 0, i = 0; b < blocks; b++) {
		double lowest = INFINITY;
		for (; i < m->n && m->x[i] <= (b + 1.0) / blocks; i++)
			lowest = fmin(lowest, trace_value(&t->s[i]) - m->leak[i]);
		if (isfinite(lowest))
			low[used++] = lowest;
	}
	double middle = median(low, used);
	for (unsigned i = 0; i < used; i++)
		low[i] = fabs(low[i] - middle);
	return 1.4826 * median(low, used);
}

/* A slow wave is no noise to somebody who compares whole waves: the best of several widths. */
static double leak_snr(const struct making *m, const struct trace *t)
{
	static const unsigned widths[] = {32, 16, 8, 5};
	/* A region of its own has no noise but the steps in which the kernel counts it. */
	double best = m->heap[0] > 0 ? t->leaked / (33 * PAGE) : 0;

	for (unsigned i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		double noise = envelope_noise(m, t, widths[i]);
		noise = fmax(noise, fmax(m->sigma / 4, m->quantum / 2));
		best = fmax(best, t->leaked / noise);
	}
	return best;
}

/* What grew between two shares of life. */
static double grown(const struct making *m, double from, double to)
{
	double a = m->grow[0], b = a;

	for (unsigned i = 0; i < m->n; i++) {
		a = m->x[i] <= from ? m->grow[i] : a;
		b = m->x[i] <= to ? m->grow[i] : b;
	}
	return b - a;
}

static bool bound_is_seen(const struct making *m)
{
	double fastest = 0, late = grown(m, 0.85, 1);

	if (grown(m, 0.92, 1) <= fmax(PAGE, 0.002 * grown(m, 0, 1)))
		return true;
	for (double at = 0; at < 0.71; at += 0.05)
		fastest = fmax(fastest, grown(m, at, at + 0.15));
	return late < 0.2 * fastest;
}

void label_check(const struct making *m, struct trace *t)
{
	unsigned onset = 0;

	t->leaks = m->leaks;
	while (onset + 1 < m->n && m->x[onset] < m->onset)
		onset++;
	t->onset = m->t[onset];
	t->end = m->end;
	t->age = m->age;
	t->leaked = m->leak[m->n - 1] - m->leak[onset];
	t->sigma = fmax(m->sigma, m->quantum);
	t->snr = t->leaks ? leak_snr(m, t) : NAN;
	t->valid = m->n >= 60 &&
	           (t->leaks ? t->snr >= lowest_snr || t->family->full_only : bound_is_seen(m));
	trace_find_growth(t->s, t->n, t->sigma, t->going);
}
