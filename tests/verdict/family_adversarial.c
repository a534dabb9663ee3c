/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "making.h"

/* Knows shapes made to mislead, and their right answers. Each family is one function. */

static double amount(struct making *m, double low, double high)
{
	return shape_material(m, m->base * rng_log(&m->rng, low, high));
}

static void leaks_from(struct making *m, double onset, double bytes)
{
	m->leaks = true;
	m->onset = onset;
	leak_evenly(m, onset, 1, bytes);
}

static void between_plateaus(struct making *m)
{
	double a = rng_pick(&m->rng, 0.1, 0.3), b = rng_pick(&m->rng, 0.55, 0.75);
	double size = amount(m, 0.1, 1);

	for (unsigned i = 0; i < m->n; i++)
		m->grow[i] = size * shape_rise(m->x[i], a, b);
}

static void warm_flat_leak(struct making *m)
{
	double size = amount(m, 0.2, 2), over = rng_log(&m->rng, 0.03, 0.2);

	for (unsigned i = 0; i < m->n; i++)
		m->wave[i] = size * shape_rise(m->x[i], 0, over);
	leaks_from(m, rng_pick(&m->rng, 0.4, 0.6), amount(m, 0.05, 0.6));
}

static void one_page(struct making *m)
{
	m->sigma = 0;
	add_steps(m, m->grow, 0.6, 0.9, 1, PAGE, false);
}

/* Attached on a slope of it; falls once in the watch. */
static void long_saw(struct making *m)
{
	double period = rng_pick(&m->rng, 1.02, 1.3), drop = rng_pick(&m->rng, 0.35, 0.93);

	m->age = fmax(m->age, period * m->life);
	m->born = false;
	add_saw(m, period, m->base * rng_log(&m->rng, 0.2, 3), 0, 1 - drop / period);
}

static void monday(struct making *m)
{
	m->born = false;
	m->age = fmax(m->age, m->life);
	add_days(m, rng_pick(&m->rng, 1.3, 3), m->base * rng_log(&m->rng, 0.1, 2), 0, false);
}

static void beat(struct making *m)
{
	double one = fmax(shape_shortest(m), 1 / rng_pick(&m->rng, 20, 60));

	add_saw(m, one, m->base * rng_log(&m->rng, 0.1, 1), 0, rng_unit(&m->rng));
	add_saw(m, one * (1 + rng_pick(&m->rng, 0.02, 0.1)), m->base * rng_log(&m->rng, 0.1, 1), 0,
	        rng_unit(&m->rng));
}

static void late_cap(struct making *m)
{
	double size = amount(m, 0.1, 3);

	for (unsigned i = 0; i < m->n; i++)
		m->grow[i] = size * shape_rise(m->x[i], 0, 0.9);
}

/* What the leak adds, less traffic takes away, until traffic can fall no more. */
static void matched(struct making *m)
{
	double until = rng_pick(&m->rng, 0.35, 0.55), size = amount(m, 0.2, 0.8);

	leaks_from(m, 0, size);
	m->onset = until;
	for (unsigned i = 0; i < m->n; i++) {
		m->wave[i] = -size * fmin(m->x[i], until);
		m->load[i] = 1 - 0.8 * fmin(m->x[i], until) / until;
	}
}

/* One sees a saw; that each tooth is another process is known only with ages. */
static void restarted(struct making *m)
{
	unsigned count = rng_count(&m->rng, 2, 8);

	add_saw(m, 1.0 / count, amount(m, 0.2, 2), 0, 0);
	m->born = true;
}

static void reflected(struct making *m)
{
	double room = m->base * rng_log(&m->rng, 0.05, 0.6), v = rng_unit(&m->rng);
	double pace = sqrt(rng_pick(&m->rng, 8, 40));

	for (unsigned i = 1; i < m->n; i++) {
		v += pace * sqrt(m->x[i] - m->x[i - 1]) * rng_normal(&m->rng) * 0.58;
		v = fabs(fmod(v, 2));
		v = v > 1 ? 2 - v : v;
		m->wave[i] = room * v;
	}
	m->wave[0] = m->wave[1];
}

static void spike_then_leak(struct making *m)
{
	double height = 2 * m->base, at = rng_pick(&m->rng, 0.01, 0.03);

	leaks_from(m, 0, amount(m, 0.2, 1));
	m->peak = m->born ? 0 : m->base + height;
	for (unsigned i = 0; m->born && i < m->n; i++)
		m->wave[i] =
		        height * (shape_rise(m->x[i], 0, at) - shape_rise(m->x[i], at, at + 0.02));
}

static void uneven_leak(struct making *m)
{
	leaks_from(m, 0, amount(m, 0.05, 1));
}

static void uneven_saw(struct making *m)
{
	add_saw(m, fmax(4 * shape_shortest(m), 1 / rng_log(&m->rng, 6, 40)),
	        m->base * rng_log(&m->rng, 0.1, 2), 0.05, rng_unit(&m->rng));
}

/* The collector's period is close to that of the sampling: one sees a slow saw that is not there. */
static void aliased(struct making *m)
{
	double share = 1 + rng_pick(&m->rng, 0.005, 0.03) * (rng_chance(&m->rng, 0.5) ? 1 : -1);

	add_saw(m, m->interval * share / m->life, m->base * rng_log(&m->rng, 0.1, 2), 0,
	        rng_unit(&m->rng));
}

static void immaterial(struct making *m)
{
	m->sigma = m->base * rng_log(&m->rng, 1e-6, 1e-4);
	for (unsigned i = 0; i < m->n; i++)
		m->wave[i] = 0.001 * shape_days(m) * m->base * m->x[i];
}

static void one_per_cent(struct making *m)
{
	m->sigma = m->base * rng_log(&m->rng, 1e-6, 5e-4);
	leaks_from(m, 0, 0.01 * shape_days(m) * m->base);
}

static void coarse_leak(struct making *m)
{
	m->quantum = 64 * PAGE;
	m->base = fmin(m->base, 400 * MIB);
	leaks_from(m, 0, fmax(60 * m->quantum, amount(m, 0.05, 1)));
}

static void coarse_flat(struct making *m)
{
	m->quantum = 64 * PAGE;
	m->sigma = rng_pick(&m->rng, 0, 0.6) * m->quantum;
}

/* Only when it has passed the level it came from is it no recovery. */
static void trough(struct making *m)
{
	double low = rng_pick(&m->rng, 0.15, 0.35), fall = m->base * rng_pick(&m->rng, 0.05, 0.3);

	for (unsigned i = 0; i < m->n; i++)
		m->wave[i] = -fall * shape_rise(m->x[i], 0, low);
	leaks_from(m, low, fall * rng_pick(&m->rng, 1.6, 4));
}

static void three_bursts(struct making *m)
{
	double size = amount(m, 0.1, 1);

	for (unsigned k = 0; k < 3; k++) {
		double at = 0.08 + 0.27 * k + rng_pick(&m->rng, 0, 0.1);
		for (unsigned i = 0; i < m->n; i++)
			m->grow[i] += size / 3 * shape_rise(m->x[i], at, at + 0.05);
	}
}

/* Another program takes over the number; the first one leaked. */
static void exec(struct making *m)
{
	double at = rng_pick(&m->rng, 0.3, 0.6), size = amount(m, 0.2, 1);
	double level = m->base * rng_pick(&m->rng, -0.5, 0.5);

	for (unsigned i = 0; i < m->n; i++) {
		bool second = m->x[i] >= at;
		if (second && !m->exec_at)
			m->exec_at = i;
		m->wave[i] = second ? level : size * shape_rise(m->x[i], 0, at);
	}
	m->restarts = true;
}

static void nightly_trim(struct making *m)
{
	unsigned count = rng_count(&m->rng, 6, 14);
	double size = amount(m, 0.2, 1), day = size / count * rng_pick(&m->rng, 1, 4);

	leaks_from(m, 0, size);
	add_saw(m, 1.0 / count, day, 0.05, 0);
}

/* At the limit reclaim holds it; with more room it fills that too, to its bound. */
static void limit_raised(struct making *m)
{
	double size = amount(m, 0.2, 1), at = rng_pick(&m->rng, 0.4, 0.55);

	for (unsigned i = 0; i < m->n; i++)
		m->grow[i] = size * (shape_rise(m->x[i], 0, 0.15) +
		                     shape_rise(m->x[i], at, at + 0.15) / 2);
}

/* Below half a day these are no rates that anybody could see. */
#define LONG_ONLY (1u << CLASS_SECOND | 1u << CLASS_TEN | 1u << CLASS_SHORT)
#define TRAP(name, make, help)                                          \
	{                                                               \
		name, GROUP_ADVERSARIAL, make, false, 0, 0, false, help \
	}
#define SLOW(name, make, help)                                                  \
	{                                                                       \
		name, GROUP_ADVERSARIAL, make, false, LONG_ONLY, 0, false, help \
	}
#define UNEVEN(name, make, help)                                       \
	{                                                              \
		name, GROUP_ADVERSARIAL, make, false, 0, 0, true, help \
	}

const struct family adversarial_families[] = {
        TRAP("two-plateaus", between_plateaus, "growth between two plateaus: ended"),
        TRAP("warm-flat-leak", warm_flat_leak, "warm-up, rest, then a leak"),
        TRAP("one-page", one_page, "one page after a perfect plateau: no leak"),
        TRAP("long-saw", long_saw, "a saw as long as the watch, seen to fall: no leak"),
        TRAP("monday", monday, "attached on the rise of a day: no leak"),
        TRAP("beat", beat, "two saws whose beat drifts: no leak"),
        TRAP("late-cap", late_cap, "a cache that is full after 90 %: no leak"),
        TRAP("matched", matched, "a leak that falling traffic hides for a while"),
        TRAP("restarted", restarted, "restarted while it rises: a saw, no leak"),
        TRAP("reflected", reflected, "a random walk below a cap: no leak"),
        TRAP("spike-leak", spike_then_leak, "a start-up peak three times as high hides a leak"),
        UNEVEN("uneven-leak", uneven_leak, "a leak, half of it sampled rarely"),
        UNEVEN("uneven-saw", uneven_saw, "a saw, half of it sampled rarely"),
        {"aliased", GROUP_ADVERSARIAL, aliased, false, 0, 0.01, false,
         "a saw sampled at about its period: no leak"},
        SLOW("immaterial", immaterial, "0.1 % a day: no leak"),
        SLOW("one-per-cent", one_per_cent, "1 % a day: a leak"),
        TRAP("coarse-leak", coarse_leak, "a leak counted in 64 pages"),
        TRAP("coarse-flat", coarse_flat, "noise counted in 64 pages"),
        TRAP("trough-leak", trough, "falls, then leaks past where it began"),
        TRAP("three-bursts", three_bursts, "grows three times, then rests: no leak"),
        TRAP("exec", exec, "the program that leaked is gone: no leak"),
        TRAP("trim-leak", nightly_trim, "a leak by day, trimmed in part each night"),
        TRAP("limit-raised", limit_raised, "fills one limit, then a higher one: no leak"),
        {0},
};
