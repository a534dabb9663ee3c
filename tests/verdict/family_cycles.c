/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "making.h"

/* Knows memory that comes and goes: collectors, batches, days, pressure. Each family is one function. */

static void saw(struct making *m)
{
	double height = m->base * rng_log(&m->rng, 0.1, 3);

	add_saw(m, fmax(shape_shortest(m), 1 / rng_log(&m->rng, 4, 200)), height,
	        rng_pick(&m->rng, 0.01, 0.15), m->born ? 0 : rng_unit(&m->rng));
}

/* The collector enlarges its heap a few times, early, and keeps it so. */
static void saw_resized(struct making *m)
{
	double first = rng_pick(&m->rng, 0.1, 0.4), second = rng_pick(&m->rng, 0.3, 0.6);
	double by = rng_pick(&m->rng, 0.2, 0.8);

	saw(m);
	for (unsigned i = 0; i < m->n; i++)
		m->wave[i] *= 1 + by * (m->x[i] > first) + by / 2 * (m->x[i] > second);
}

static void batch(struct making *m)
{
	double period = fmax(2 * shape_shortest(m), 1 / rng_log(&m->rng, 2, 60));
	double duty = rng_pick(&m->rng, 0.1, 0.5), height = m->base * rng_log(&m->rng, 0.1, 5);
	double phase = rng_unit(&m->rng), size = 1;
	bool rises = rng_chance(&m->rng, 0.5);
	int before = -1;

	for (unsigned i = 0; i < m->n; i++) {
		double at = m->x[i] / period + phase;
		if ((int)at != before)
			size = 1 + rng_pick(&m->rng, -0.1, 0.1);
		before = (int)at;
		double in = (at - floor(at)) / duty;
		m->wave[i] = in < 1 ? height * size * (rises ? in : 1) : 0;
		m->load[i] = in < 1 ? 1 : 0.05;
	}
}

static void pressure(struct making *m, double fall, double low, double high, unsigned most)
{
	unsigned count = rng_count(&m->rng, 1, most);

	for (unsigned k = 0; k < count; k++) {
		double at = rng_pick(&m->rng, 0.02, 0.55), over = rng_pick(&m->rng, low, high);
		double share = rng_pick(&m->rng, 0.1, 0.5) * m->base;
		for (unsigned i = 0; i < m->n; i++) {
			double x = m->x[i];
			double out = shape_rise(x, at, at + fall) -
			             shape_rise(x, at + fall, at + fall + over);
			m->swap[i] = fmax(m->swap[i], share * out);
		}
	}
}

static void dips(struct making *m)
{
	pressure(m, 0.003, 0.01, 0.05, 6);
}

static void refault(struct making *m)
{
	pressure(m, 0.005, 0.08, 0.35, 2);
}

static void day(struct making *m)
{
	double cycles = rng_log(&m->rng, 0.8, 14), height = m->base * rng_log(&m->rng, 0.1, 3);
	/* The first day must have passed its noon, or nobody can know of the evening. */
	double phase = cycles < 1.4 ? rng_pick(&m->rng, 0, 0.6 * cycles) : rng_unit(&m->rng);

	if (cycles < 1.4)
		phase = fmin(0.4, fmax(phase, 0.75 - cycles * 0.75));
	add_days(m, cycles, height, phase, cycles > 6 && rng_chance(&m->rng, 0.5));
}

static void flush(struct making *m)
{
	m->base = 14 * MIB;
	m->sigma = rng_pick(&m->rng, 0, 0.2) * MIB;
	add_saw(m, fmax(shape_shortest(m), 1 / rng_log(&m->rng, 4, 120)), 62 * MIB, 0.05,
	        rng_unit(&m->rng));
}

static void blips(struct making *m)
{
	unsigned count = rng_count(&m->rng, 3, 30);
	double size = m->base * rng_log(&m->rng, 0.02, 0.5);

	for (unsigned k = 0; k < count; k++) {
		double at = rng_unit(&m->rng), over = shape_shortest(m) * rng_pick(&m->rng, 0.2, 2);
		double height = size * rng_pick(&m->rng, -0.5, 1);
		for (unsigned i = 0; i < m->n; i++)
			m->wave[i] += m->x[i] >= at && m->x[i] < at + over ? height : 0;
	}
}

/* The children leak and are replaced; of the parent one sees pages that it copied for them. */
static void fork_server(struct making *m)
{
	double period = fmax(shape_shortest(m), 1 / rng_log(&m->rng, 5, 60));

	add_saw(m, period, 64 * PAGE + m->base * 0.02, 0.3, rng_unit(&m->rng));
	m->load[0] = 1;
}

#define WAVE(name, make, help)                                      \
	{                                                           \
		name, GROUP_BOUNDED, make, false, 0, 0, false, help \
	}

const struct family cycle_families[] = {
        WAVE("saw", saw, "a collector: 4 to 200 cycles"),
        WAVE("saw-resized", saw_resized, "a collector that enlarges its heap twice"),
        WAVE("batch", batch, "jobs, 2 to 60"),
        WAVE("dips", dips, "memory pressure, back at once"),
        WAVE("refault", refault, "memory pressure, back slowly"),
        WAVE("day", day, "days and nights, 0.8 to 14 of them"),
        WAVE("flush", flush, "a buffer of 14 to 76 MiB that is flushed"),
        WAVE("blips", blips, "pages migrate"),
        WAVE("fork-server", fork_server, "the parent of children that leak"),
        {0},
};
