/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "making.h"

/* Knows growth that ends: fills, warm-ups, steps. Each family is one function. */

static double amount(struct making *m, double low, double high)
{
	return fmax(16 * PAGE, m->base * rng_log(&m->rng, low, high));
}

/* One that was attached in mid-life grows for another reason, some time later. */
static double begin(struct making *m)
{
	return m->born ? rng_pick(&m->rng, 0, 0.01) : rng_pick(&m->rng, 0, 0.4);
}

static void flat(struct making *m)
{
	m->sigma = rng_chance(&m->rng, 0.3) ? 0 : m->base * rng_log(&m->rng, 1e-6, 0.01);
	m->phi = rng_chance(&m->rng, 0.5) ? 0 : rng_pick(&m->rng, 0, 0.9);
}

static void autoregressive(struct making *m)
{
	m->sigma = m->base * rng_log(&m->rng, 0.002, 0.05);
	m->phi = 1 - rng_log(&m->rng, 0.001, 0.3);
}

static void wandering(struct making *m)
{
	double sd = m->base * rng_log(&m->rng, 0.01, 0.1);

	add_wander(m, sd, rng_log(&m->rng, 0.02, 0.25));
	m->sigma = fmin(m->sigma, sd / 5);
}

/* Half as long as the watch asks for, half as long as programs take. */
static double fill_time(struct making *m)
{
	if (rng_chance(&m->rng, 0.5))
		return rng_log(&m->rng, 0.02, 0.35);
	double seconds = 300 * exp(2 * rng_normal(&m->rng));
	return fmin(0.45, fmax(seconds, 3 * m->interval) / m->life);
}

static void plateau(struct making *m)
{
	double at = begin(m), over = fill_time(m), size = amount(m, 0.1, 5);

	for (unsigned i = 0; i < m->n; i++)
		m->grow[i] = size * shape_rise(m->x[i], at, at + over);
}

static void exponential(struct making *m)
{
	double at = begin(m), size = amount(m, 0.1, 5), tau = rng_log(&m->rng, 0.01, 0.25);

	for (unsigned i = 0; i < m->n; i++)
		m->grow[i] = size * -expm1(-fmax(0, m->x[i] - at) / tau);
}

static void hyperbolic(struct making *m)
{
	double at = begin(m), size = amount(m, 0.1, 5), half = rng_log(&m->rng, 0.01, 0.25);

	for (unsigned i = 0; i < m->n; i++) {
		double since = fmax(0, m->x[i] - at);
		m->grow[i] = size * since / (since + half);
	}
}

static void root_to_cap(struct making *m)
{
	double at = begin(m), size = amount(m, 0.1, 5), full = rng_pick(&m->rng, 0.2, 0.8);

	for (unsigned i = 0; i < m->n; i++)
		m->grow[i] = size * sqrt(shape_rise(m->x[i], at, at + full * (0.95 - at)));
}

static void logarithmic(struct making *m)
{
	double at = begin(m), size = amount(m, 0.1, 2), unit = rng_log(&m->rng, 0.002, 0.08);

	for (unsigned i = 0; i < m->n; i++)
		m->grow[i] = size * log1p(fmax(0, m->x[i] - at) / unit) / log1p(1 / unit);
}

static void cache(struct making *m)
{
	double size = amount(m, 0.1, 5), full = rng_pick(&m->rng, 0.1, 0.9);

	for (unsigned i = 0; i < m->n; i++)
		m->grow[i] = size * shape_rise(m->x[i], 0, full);
}

/* Arenas: the n-th record of a process comes at times that grow by a factor. */
static void ratchet(struct making *m)
{
	double at = rng_log(&m->rng, 0.001, 0.01), pace = rng_log(&m->rng, 1.15, 1.8);
	double size = amount(m, 0.005, 0.1);

	while (at < 1) {
		double step = size * rng_wait(&m->rng);
		for (unsigned i = 0; i < m->n; i++)
			m->grow[i] += m->x[i] >= at ? step : 0;
		at *= 1 + (pace - 1) * 2 * rng_wait(&m->rng);
	}
}

static void arenas(struct making *m)
{
	add_steps(m, m->grow, 0, rng_pick(&m->rng, 0.02, 0.2), rng_count(&m->rng, 3, 24),
	          amount(m, 0.1, 2), false);
}

static void paging(struct making *m)
{
	plateau(m);
	m->data_flat = true;
}

static void load_step(struct making *m)
{
	double at = rng_pick(&m->rng, 0.1, 0.8), size = amount(m, 0.1, 1.5);
	double over = rng_log(&m->rng, 0.001, 0.05);

	for (unsigned i = 0; i < m->n; i++) {
		m->grow[i] = size * shape_rise(m->x[i], at, at + over);
		m->load[i] = 1 + 2 * shape_rise(m->x[i], at, at + over);
	}
}

static void traffic(struct making *m)
{
	double size = amount(m, 0.2, 1.5), until = rng_pick(&m->rng, 0.3, 0.8);

	add_days(m, rng_pick(&m->rng, 5, 9), size * rng_pick(&m->rng, 0.1, 0.5), 0, false);
	for (unsigned i = 0; i < m->n; i++) {
		m->grow[i] = size * shape_rise(m->x[i], 0, until);
		m->load[i] += 2 * shape_rise(m->x[i], 0, until);
	}
}

static void reload(struct making *m)
{
	unsigned count = rng_count(&m->rng, 5, 12);
	double size = amount(m, 0.05, 0.6), shrink = rng_pick(&m->rng, 0.45, 0.8);

	for (unsigned k = 0; k < count; k++) {
		double at = (k + rng_pick(&m->rng, 0.2, 0.4)) / count;
		for (unsigned i = 0; i < m->n; i++)
			m->grow[i] += m->x[i] >= at ? size : 0;
		size *= shrink;
	}
}

static void decline(struct making *m)
{
	double share = rng_log(&m->rng, 0.05, 0.7), tau = rng_log(&m->rng, 0.1, 3);

	for (unsigned i = 0; i < m->n; i++)
		m->wave[i] = -m->base * share * expm1(-m->x[i] / tau) / expm1(-1 / tau);
}

static void few_pages(struct making *m)
{
	unsigned count = rng_count(&m->rng, 1, 6);

	m->sigma = 0;
	add_steps(m, m->grow, 0, 0.9, count, count * PAGE, false);
}

static void decay(struct making *m)
{
	double at = rng_pick(&m->rng, 0.05, 0.4), size = amount(m, 0.3, 4);
	double tau = rng_log(&m->rng, 0.01, 0.3);

	for (unsigned i = 0; i < m->n; i++)
		m->wave[i] = m->x[i] < at ? 0
		                          : size * shape_rise(m->x[i], at, at + 0.01) *
		                                    (0.2 + 0.8 * exp(-(m->x[i] - at) / tau));
}

/* Code caches grow in chunks, ever more rarely, to their cap. */
static void compiled_code(struct making *m)
{
	double size = amount(m, 0.05, 0.6), tau = rng_log(&m->rng, 0.03, 0.2);

	for (unsigned i = 0; i < m->n; i++)
		m->grow[i] = floor(40 * -expm1(-m->x[i] / tau)) / 40 * size;
}

static void files(struct making *m)
{
	double size = amount(m, 0.2, 5);

	for (unsigned i = 0; i < m->n; i++)
		m->file[i] = size * m->x[i];
}

static void huge_pages(struct making *m)
{
	unsigned count = rng_count(&m->rng, 5, 60);

	m->data_flat = true;
	m->base = fmax(m->base, count * 8 * MIB);
	add_steps(m, m->grow, 0, rng_pick(&m->rng, 0.2, 0.85), count, count * 1.8 * MIB, false);
}

/* The kernel merges or compresses pages, and they come back. */
static void merging(struct making *m)
{
	double share = rng_log(&m->rng, 0.02, 0.4);
	double at = rng_pick(&m->rng, 0.05, 0.4), back = rng_pick(&m->rng, at + 0.1, 0.85);

	for (unsigned i = 0; i < m->n; i++)
		m->wave[i] = -share * m->base *
		             (shape_rise(m->x[i], at, at + 0.05) -
		              shape_rise(m->x[i], back, back + 0.05));
}

static void reservation(struct making *m)
{
	double size = amount(m, 1, 20);

	for (unsigned i = 0; i < m->n; i++)
		m->reserved[i] = floor(64 * m->x[i]) / 64 * size;
}

#define CALM(name, make, help)                                      \
	{                                                           \
		name, GROUP_BOUNDED, make, false, 0, 0, false, help \
	}

const struct family bounded_families[] = {
        CALM("flat", flat, "idle, with or without noise"),
        CALM("ar1", autoregressive, "noise with memory, phi to 0.999"),
        CALM("wander", wandering, "correlated over 2 to 25 % of the watch"),
        CALM("plateau", plateau, "one ramp to a plateau"),
        CALM("exponential", exponential, "saturates"),
        CALM("hyperbolic", hyperbolic, "saturates slowly"),
        CALM("root", root_to_cap, "a square root up to a cap"),
        CALM("logarithm", logarithmic, "a warm-up that never quite ends"),
        CALM("cache", cache, "fills evenly for 10 to 90 % of the watch"),
        CALM("ratchet", ratchet, "arenas: records, ever more rarely"),
        CALM("arenas", arenas, "3 to 24 steps early"),
        CALM("paging", paging, "what was reserved is touched"),
        CALM("load-step", load_step, "twice the work from one moment on"),
        CALM("traffic", traffic, "a service gets popular, then not more so"),
        CALM("reload", reload, "each reload costs less than the one before"),
        CALM("decline", decline, "gives memory back"),
        CALM("few-pages", few_pages, "one to six single pages"),
        CALM("decay", decay, "jemalloc after a burst"),
        CALM("code-cache", compiled_code, "compiled code up to its cap"),
        CALM("files", files, "pages of mapped files"),
        CALM("huge-pages", huge_pages, "the kernel makes huge pages"),
        CALM("merging", merging, "KSM, zswap: pages go and come back"),
        CALM("reservation", reservation, "address space that is never touched"),
        {0},
};
