/* SPDX-License-Identifier: MIT */
#include "making.h"

#include <math.h>

double shape_rise(double x, double a, double b)
{
	return x <= a ? 0 : x >= b ? 1 : (x - a) / (b - a);
}

double shape_days(const struct making *m)
{
	return m->life / 86400;
}

double shape_shortest(const struct making *m)
{
	return 5 * m->interval / m->life;
}

double shape_material(const struct making *m, double growth)
{
	return fmax(growth, fmax(64 * PAGE, 0.006 * shape_days(m) * m->base));
}

void shape_need(struct making *m, double growth)
{
	m->base = fmax(2 * MIB, fmin(m->base, growth / (0.008 * shape_days(m))));
}

void leak_evenly(struct making *m, double from, double to, double bytes)
{
	for (unsigned i = 0; i < m->n; i++)
		m->leak[i] += bytes * shape_rise(m->x[i], from, to);
}

void add_steps(struct making *m, double *to_what, double from, double to, unsigned count,
               double bytes, bool uneven)
{
	for (unsigned k = 0; k < count; k++) {
		double at = rng_pick(&m->rng, from, to);
		double size = bytes / count * (uneven ? rng_wait(&m->rng) : 1);

		for (unsigned i = 0; i < m->n; i++)
			to_what[i] += m->x[i] >= at ? size : 0;
	}
}

void add_saw(struct making *m, double period, double height, double jitter, double phase)
{
	struct rng *r = &m->rng;
	double begin = -phase * period, length = period, top = height;

	for (unsigned i = 0; i < m->n; i++) {
		while (m->x[i] >= begin + length) {
			begin += length;
			length = period * (1 + jitter * rng_pick(r, -1, 1));
			top = height * (1 + jitter * rng_pick(r, -1, 1));
		}
		m->wave[i] += top * (m->x[i] - begin) / length;
	}
}

void add_days(struct making *m, double cycles, double height, double phase, bool weekends)
{
	double today = 1;
	int before = -1000;

	for (unsigned i = 0; i < m->n; i++) {
		double at = m->x[i] * cycles + phase;
		int day = (int)floor(at);
		if (day != before)
			today = (1 + rng_pick(&m->rng, -0.06, 0.06)) *
			        (weekends && (day + 700) % 7 >= 5 ? 0.35 : 1);
		before = day;
		double share = (1 - cos(2 * 3.14159265358979 * (at - day))) / 2;
		m->wave[i] += height * today * share;
		m->load[i] = 0.3 + today * share;
	}
}

void add_wander(struct making *m, double sd, double over)
{
	double v = sd * rng_normal(&m->rng);

	for (unsigned i = 0; i < m->n; i++) {
		double keep = i ? exp(-(m->x[i] - m->x[i - 1]) / over) : 1;
		v = keep * v + sd * sqrt(1 - keep * keep) * rng_normal(&m->rng);
		m->wave[i] += v;
	}
}
