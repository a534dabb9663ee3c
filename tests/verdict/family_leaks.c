/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "making.h"

/* Knows how memory is lost. Each family is one function. */

static double share_of_base(struct making *m, double low, double high)
{
	return shape_material(m, m->base * rng_log(&m->rng, low, high));
}

static void leak_linear(struct making *m)
{
	leak_evenly(m, 0, 1, share_of_base(m, 0.05, 2));
}

static void leak_slow(struct making *m)
{
	m->sigma = m->base * rng_log(&m->rng, 1e-5, 0.0015);
	leak_evenly(m, 0, 1, share_of_base(m, 0.01, 0.05));
}

static void leak_steps(struct making *m)
{
	double size = share_of_base(m, 0.05, 2);

	add_steps(m, m->leak, 0, 1, rng_count(&m->rng, 10, 60), size, rng_chance(&m->rng, 0.5));
}

static void leak_noisy(struct making *m)
{
	double size = share_of_base(m, 0.05, 2);

	m->sigma = size * rng_pick(&m->rng, 0.08, 0.3);
	m->phi = rng_pick(&m->rng, 0, 0.9);
	m->base = fmax(m->base, 6 * m->sigma);
	leak_evenly(m, 0, 1, size);
}

/* The rows about faint leaks live of it. */
static void leak_faint(struct making *m)
{
	double size = share_of_base(m, 0.05, 2);

	m->sigma = size * rng_pick(&m->rng, 0.4, 1.2);
	m->phi = rng_pick(&m->rng, 0, 0.5);
	m->base = fmax(m->base, 6 * m->sigma);
	leak_evenly(m, 0, 1, size);
}

static void leak_faster(struct making *m)
{
	double size = share_of_base(m, 0.1, 2), k = rng_pick(&m->rng, 2, 5);
	double power = rng_pick(&m->rng, 1.5, 3);
	bool exponential = rng_chance(&m->rng, 0.4);

	for (unsigned i = 0; i < m->n; i++)
		m->leak[i] =
		        size * (exponential ? expm1(k * m->x[i]) / expm1(k) : pow(m->x[i], power));
}

static void leak_bursts(struct making *m)
{
	double size = share_of_base(m, 0.05, 2), duty = rng_pick(&m->rng, 0.1, 0.35);
	unsigned count = rng_count(&m->rng, 8, 30);

	for (unsigned k = 0; k < count; k++) {
		double slot = 1.0 / count, on = slot * duty;
		double at = slot * k + rng_pick(&m->rng, 0, slot - on);
		leak_evenly(m, at, at + on, size / count);
		for (unsigned i = 0; i < m->n; i++)
			m->load[i] += m->x[i] >= at && m->x[i] < at + on ? 1 : 0;
	}
}

static void leak_under_saw(struct making *m, double height, double leaked, bool adapts)
{
	double period = fmax(shape_shortest(m), 1 / rng_log(&m->rng, 14, 120));

	leak_evenly(m, 0, 1, leaked);
	add_saw(m, period, height, rng_pick(&m->rng, 0.01, 0.15), rng_unit(&m->rng));
	for (unsigned i = 0; adapts && i < m->n; i++)
		m->wave[i] *= (m->base + m->leak[i]) / m->base;
}

static void leak_saw(struct making *m)
{
	double height = m->base * rng_log(&m->rng, 0.1, 1);

	leak_under_saw(m, height, shape_material(m, height * rng_pick(&m->rng, 0.25, 1.5)),
	               rng_chance(&m->rng, 0.4));
}

static void leak_big_saw(struct making *m)
{
	double height = m->base * rng_log(&m->rng, 0.5, 3);

	leak_under_saw(m, height, shape_material(m, height * rng_pick(&m->rng, 0.12, 0.4)), false);
}

static void leak_warm(struct making *m)
{
	double tau = rng_log(&m->rng, 0.005, 0.08), warm = m->base * rng_log(&m->rng, 0.2, 2);

	for (unsigned i = 0; i < m->n; i++)
		m->wave[i] = warm * -expm1(-m->x[i] / tau);
	leak_evenly(m, 0, 1, share_of_base(m, 0.05, 0.6));
}

static void leak_days(struct making *m)
{
	double cycles = rng_log(&m->rng, 2.2, 14), height = m->base * rng_log(&m->rng, 0.1, 1);

	add_days(m, cycles, height, rng_unit(&m->rng), cycles > 6 && rng_chance(&m->rng, 0.5));
	leak_evenly(m, 0, 1, shape_material(m, height * rng_pick(&m->rng, 0.4, 2)));
}

static void leak_late(struct making *m)
{
	bool very = m->class == CLASS_FIVE && rng_chance(&m->rng, 0.3);

	m->onset = very ? 0.95 : rng_pick(&m->rng, 0.25, 0.6);
	leak_evenly(m, m->onset, 1, share_of_base(m, 0.05, 1));
}

/* Memory pressure takes a share for a while; in BARE it is just gone. */
static void leak_dips(struct making *m)
{
	unsigned count = rng_count(&m->rng, 2, 6);
	bool visible = rng_chance(&m->rng, 0.5);

	leak_evenly(m, 0, 1, share_of_base(m, 0.05, 1));
	for (unsigned k = 0; k < count; k++) {
		double at = rng_unit(&m->rng), over = rng_pick(&m->rng, 0.02, 0.08);
		double share = rng_pick(&m->rng, 0.1, 0.5);
		for (unsigned i = 0; i < m->n; i++) {
			double out = shape_rise(m->x[i], at, at + 0.002) -
			             shape_rise(m->x[i], at + over / 2, at + over);
			if (visible)
				m->swap[i] = fmax(m->swap[i], share * out * m->base);
			else
				m->wave[i] = fmin(m->wave[i], -share * out * m->base);
		}
	}
}

static void leak_pages(struct making *m)
{
	unsigned count = rng_count(&m->rng, 60, 600);

	m->sigma = 0;
	shape_need(m, count * PAGE);
	for (unsigned i = 0; i < m->n; i++)
		m->leak[i] = floor(m->x[i] * count) * PAGE;
}

static void leak_at_work(struct making *m)
{
	double cycles = rng_log(&m->rng, 3, 14), phase = rng_unit(&m->rng), sum = 0;
	double size = share_of_base(m, 0.1, 1);

	for (unsigned i = 0; i < m->n; i++) {
		double hour = fmod(m->x[i] * cycles + phase, 1);
		m->load[i] = 0.1 + fmax(0, sin(2 * 3.14159265358979 * hour));
		sum += i ? (m->load[i] - 0.1) * (m->x[i] - m->x[i - 1]) : 0;
		m->leak[i] = sum;
	}
	for (unsigned i = 0; i < m->n; i++)
		m->leak[i] *= size / sum;
}

static void leak_region(struct making *m)
{
	double size = share_of_base(m, 0.1, 0.4);

	m->phi = 0.9;
	m->sigma = size * rng_pick(&m->rng, 0.5, 1.5);
	m->base = fmax(m->base, 6 * m->sigma);
	leak_evenly(m, 0, 1, size);
	for (unsigned i = 0; i < m->n; i++)
		m->heap[i] = m->base / 4 + m->leak[i];
}

static void leak_threads(struct making *m)
{
	unsigned count = rng_count(&m->rng, 60, 600);

	m->sigma = rng_pick(&m->rng, 0, 2) * PAGE;
	shape_need(m, count * 3 * PAGE);
	for (unsigned i = 0; i < m->n; i++) {
		m->threads[i] = (unsigned)(m->x[i] * count);
		m->leak[i] = m->threads[i] * 3 * PAGE;
		m->reserved[i] = m->threads[i] * 8 * MIB;
	}
}

static void leak_fading(struct making *m)
{
	double size = share_of_base(m, 0.1, 2);

	for (unsigned i = 0; i < m->n; i++)
		m->leak[i] = size * pow(m->x[i], 0.7);
}

static void leak_to_limit(struct making *m)
{
	double size = share_of_base(m, 0.2, 1), full = rng_pick(&m->rng, 0.3, 0.7);

	leak_evenly(m, 0, 1, size);
	for (unsigned i = 0; i < m->n; i++)
		m->swap[i] = fmax(0, m->leak[i] - size * full);
}

#define LEAK(name, make, help)                                   \
	{                                                        \
		name, GROUP_LEAK, make, false, 0, 0, false, help \
	}
#define FULL(name, make, help)                                  \
	{                                                       \
		name, GROUP_LEAK, make, true, 0, 0, false, help \
	}

const struct family leak_families[] = {
        LEAK("linear", leak_linear, "evenly, 5 to 200 % of the process"),
        LEAK("slow", leak_slow, "evenly, 1 to 5 % of the process"),
        LEAK("stepwise", leak_steps, "10 to 60 steps at random times"),
        LEAK("noisy", leak_noisy, "noise of 8 to 30 % of what is lost, correlated"),
        LEAK("faint", leak_faint, "noise of 40 to 120 % of what is lost"),
        LEAK("accelerating", leak_faster, "a power of 1.5 to 3, or exponential"),
        LEAK("bursty", leak_bursts, "8 to 30 bursts on 10 to 35 % of the time"),
        LEAK("saw-leak", leak_saw, "under a collector's saw, 0.25 to 1.5 of its height"),
        LEAK("big-saw-leak", leak_big_saw, "under a saw 2.5 to 8 times as high"),
        LEAK("warm-up-leak", leak_warm, "after a warm-up, at a tenth to a third of it"),
        LEAK("day-leak", leak_days, "under 2 to 14 days and nights"),
        LEAK("late", leak_late, "begins after 25 to 60 % of the watch, or 95 % of two weeks"),
        LEAK("dips-leak", leak_dips, "memory pressure takes half of it now and then"),
        LEAK("pages", leak_pages, "60 to 600 single pages"),
        LEAK("work-hours", leak_at_work, "only while there is load"),
        LEAK("threads", leak_threads, "stacks: three pages and 8 MiB of address space each"),
        LEAK("fading-leak", leak_fading, "slower as the service slows: a power of 0.7"),
        FULL("region-leak", leak_region, "one region under a total that is all noise"),
        FULL("limit-leak", leak_to_limit, "goes to swap at a limit"),
        {0},
};
