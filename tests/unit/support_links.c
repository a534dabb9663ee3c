/* SPDX-License-Identifier: MIT */
/*
 * Knows processes that leak for a reason. Refuses to know how the reason is found.
 */
#include "support_links.h"

#include <math.h>
#include <string.h>

#define KB 1024.0
#define MB (1024.0 * 1024.0)

const char *const links_family_names[LINKS_FAMILIES] = {
        [LINKS_CONNECTION] = "per connection open",
        [LINKS_EVER] = "per socket ever opened",
        [LINKS_THREAD] = "per thread ever started",
        [LINKS_REQUEST] = "per request",
        [LINKS_TIME] = "per time, under load",
        [LINKS_IDLE] = "per time, without load",
        [LINKS_WHILE] = "while connections are open",
        [LINKS_CYCLE] = "shared cycle",
        [LINKS_CYCLE_EDGES] = "shared working hours",
        [LINKS_CYCLE_LEAK] = "shared cycle and a leak",
        [LINKS_TRENDS] = "two trends",
};

/* --- chance --------------------------------------------------------------------------------------------- */

static double uniform(struct links_maker *m)
{
	m->state += 0x9e3779b97f4a7c15ull;
	uint64_t z = m->state;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(struct links_maker *m)
{
	return sqrt(-2 * log(uniform(m))) * cos(6.283185307179586 * uniform(m));
}

static double poisson(struct links_maker *m, double mean)
{
	if (mean > 50)
		return fmax(0, floor(mean + sqrt(mean) * normal(m) + 0.5));
	double limit = exp(-mean), product = uniform(m), n = 0;
	while (product > limit) {
		product *= uniform(m);
		n++;
	}
	return n;
}

/* So many of n, each with this chance. */
static double some(struct links_maker *m, double n, double chance)
{
	return fmin(n, poisson(m, n * chance));
}

/* --- what goes on ------------------------------------------------------------------------------------------ */

/* Load wanders by and by: its logarithm returns to 0. */
static void load_step(struct links_maker *m)
{
	m->load = 0.9 * m->load + 0.35 * normal(m);
}

static void work(struct links_maker *m, double requests)
{
	m->cpu += requests * 0.001 * (1 + 0.15 * normal(m));
	m->read += requests * 400 * (1 + 0.1 * normal(m));
	m->written += requests * 2000 * (1 + 0.1 * normal(m));
}

static double connections_step(struct links_maker *m, double arrive, double leave)
{
	double come = poisson(m, arrive), go = some(m, m->open, leave);

	m->open += come - go;
	m->opened += come;
	return come;
}

/* 0..1 by the time of day. */
static double day(const struct links_maker *m, double t)
{
	double phase = fmod(t, m->cycle) / m->cycle;

	if (m->family == LINKS_CYCLE_EDGES)
		return (phase > 0.35 && phase < 0.52) || (phase > 0.56 && phase < 0.75);
	double s = 0.5 - 0.5 * cos(6.283185307179586 * phase);
	return s + 0.15 * sin(12.566370614359172 * phase);
}

static void cycle_step(struct links_maker *m, double t)
{
	double now = day(m, t), want = 40 + 200 * now;

	/* Connections follow the day, each for itself; so does memory, by what is cached. */
	connections_step(m, want * 0.2, 0.2);
	work(m, fmax(0, 30 + 300 * now + 20 * normal(m)));
	m->wander = 0.9 * m->wander + 200 * KB * (1 + 2 * now) * normal(m);
	m->memory = (40 + m->size * now) * MB + m->wander;
	if (m->family == LINKS_CYCLE_LEAK)
		m->memory += t * 300;
}

static void step(struct links_maker *m, double t)
{
	double requests = poisson(m, 40 * exp(m->load)), come;

	load_step(m);
	switch (m->family) {
	case LINKS_CONNECTION:
		come = connections_step(m, 1.5 * exp(m->load), 0.01);
		m->memory += 0;
		work(m, requests + 5 * come);
		break;
	case LINKS_EVER:
		come = connections_step(m, 3 * exp(m->load), 0.2);
		m->memory += come * 6 * KB;
		work(m, requests + 5 * come);
		break;
	case LINKS_THREAD:
		come = poisson(m, 0.3 * exp(m->load));
		m->threads += come - some(m, m->threads - 4, 0.2);
		m->started += come;
		m->memory += come * 132 * KB;
		m->vsz += come * (8 * MB + 4 * KB);
		work(m, requests);
		break;
	case LINKS_REQUEST:
		m->memory += requests * 2 * KB;
		work(m, requests);
		break;
	case LINKS_TIME:
		m->memory += 20 * KB;
		work(m, requests);
		break;
	case LINKS_IDLE:
		m->memory += 20 * KB;
		m->cpu += 0.0005 * (1 + 0.3 * normal(m));
		break;
	case LINKS_WHILE:
		if (fmod(t, 200) < 120)
			connections_step(m, 2 * exp(m->load), 0.1);
		else
			m->open -= some(m, m->open, 0.7);
		m->memory += m->open * 4 * KB;
		work(m, requests);
		break;
	case LINKS_TRENDS:
		m->memory += 30 * KB * (1 + 0.4 * normal(m));
		connections_step(m, 1, 0.002);
		work(m, requests);
		break;
	default:
		cycle_step(m, t);
		break;
	}
}

/* --- samples ------------------------------------------------------------------------------------------------- */

void links_make(struct links_maker *m, enum links_family family, unsigned seed)
{
	memset(m, 0, sizeof(*m));
	m->family = family;
	m->state = 1000003ull * seed + 7919ull * family;
	m->interval = 1;
	m->samples = 200 + 60 * (seed % 20);
	m->memory = 30 * MB;
	m->vsz = 400 * MB;
	m->threads = 4;
	m->open = family == LINKS_IDLE || family == LINKS_TIME || family == LINKS_REQUEST ? 12 : 3;
	m->size = 5 + 25 * uniform(m);
	if (family < LINKS_CYCLE || family == LINKS_TRENDS)
		return;
	/* Days of a minute a sample, or what is like a day at a second a sample. */
	m->interval = seed % 2 ? 60 : 1;
	m->cycle = seed % 2 ? 86400 : 120 + 480 * uniform(m);
	m->samples = seed % 2 ? 1440 + 360 * (seed % 13) : 400 + 100 * (seed % 10);
	if (family != LINKS_CYCLE_EDGES || seed % 2)
		return;
	/* What begins at once in both must at least be rare: an hour at a second a sample. */
	m->cycle = 3600;
	m->samples = 5400 + 1800 * (seed % 7);
}

static uint64_t whole(double v)
{
	return v > 0 ? (uint64_t)v : 0;
}

static uint64_t pages(double bytes)
{
	return whole(bytes / 4096) * 4096;
}

void links_next(struct links_maker *m, struct sample *ret)
{
	double t = m->n * m->interval, memory;

	step(m, t);
	/* Descriptors are counted every other sample in some of them, and held in between. */
	if (m->interval > 1 || m->samples % 40 || m->n % 2 == 0) {
		m->held_open = m->open;
		m->held_opened = m->opened;
		m->held_started = m->started;
	}
	memory = m->memory + (m->family == LINKS_CONNECTION ? 38 * KB * m->open : 0);
	/* What any process does: buffers come and go. */
	memory += 24 * KB * normal(m);
	sample_init(ret);
	ret->time = (uint64_t)(t * 1e9);
	ret->v[FIGURE_ANON] = pages(memory);
	ret->v[FIGURE_RSS] = pages(memory + 4 * MB);
	ret->v[FIGURE_VSZ] = pages(m->vsz + memory);
	ret->v[FIGURE_THREADS] = whole(m->threads);
	ret->v[FIGURE_FDS] = whole(20 + m->held_open);
	ret->v[FIGURE_CPU] = whole(m->cpu * 100) * 10000000ull;
	ret->v[FIGURE_MAJFLT] = 3;
	ret->v[FIGURE_CTX_VOLUNTARY] = whole(m->cpu * 800 + m->n);
	ret->v[FIGURE_FD_FILE] = 9;
	ret->v[FIGURE_FD_SOCKET] = whole(3 + m->held_open);
	ret->v[FIGURE_FD_PIPE] = 2;
	ret->v[FIGURE_FD_EVENT] = 4;
	ret->v[FIGURE_FD_MEMFD] = 0;
	ret->v[FIGURE_CONNECTIONS] = whole(m->held_open);
	ret->v[FIGURE_SOCKETS_SEEN] = whole(3 + m->held_opened);
	ret->v[FIGURE_THREADS_SEEN] = whole(4 + m->held_started);
	ret->v[FIGURE_IO_READ] = whole(m->read);
	ret->v[FIGURE_IO_WRITE] = whole(m->written);
	m->n++;
}
