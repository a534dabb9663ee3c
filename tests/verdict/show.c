/* SPDX-License-Identifier: MIT */
#include "show.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"

/*
 * Knows what the kernel shows of a process: noise, pages, peaks, the order of figures. Refuses to know why it
 * holds what it holds.
 */

/* A recording program that finds such a hole between samples says so. */
enum { GAP_FACTOR = 10 };

struct view {
	double noise, top, rss_top, cpu, data_room, heap_room, share, file;
	bool in_heap;
};

static void begin_view(struct making *m, struct view *v)
{
	struct rng *r = &m->rng;

	v->noise = m->sigma * rng_normal(r);
	v->data_room = m->base * rng_pick(r, 0.05, 0.5) + 64 * MIB;
	v->heap_room = rng_pick(r, 0.1, 0.6) * m->base;
	v->in_heap = rng_chance(r, 0.5);
	v->share = rng_log(r, 0.01, 1);
	v->file = rng_pick(r, 3, 30) * MIB;
	v->cpu = m->age * v->share;
	v->rss_top = v->file + fmax(m->peak, m->born ? 0 : m->base * rng_pick(r, 1, 1.05));
}

/* A process that does the same for long has been as high before. */
static double usual_peak(struct making *m)
{
	double high = 0;

	for (unsigned i = 0; i < m->n; i++)
		high = fmax(high, m->wave[i]);
	return m->base + high * rng_pick(&m->rng, 0.95, 1.05);
}

static double counted(const struct making *m, double bytes)
{
	return floor(fmax(bytes, PAGE) / m->quantum) * m->quantum;
}

static double next_noise(struct making *m, struct view *v)
{
	double now = v->noise;

	v->noise = m->phi * v->noise + m->sigma * sqrt(1 - m->phi * m->phi) * rng_normal(&m->rng);
	return now;
}

static void show_all(const struct making *m, struct view *v, unsigned i, struct sample *s)
{
	double held = m->leak[i] + m->grow[i] + m->wave[i];
	double anon = (double)s->v[FIGURE_ANON], file = v->file + m->file[i];

	v->top = fmax(v->top, held);
	v->rss_top = fmax(v->rss_top, anon + file);
	v->cpu += i ? m->load[i] * v->share * (m->x[i] - m->x[i - 1]) * m->life : 0;
	s->v[FIGURE_SWAP] = (uint64_t)counted(m, m->swap[i] < PAGE ? 0 : m->swap[i]);
	if (m->swap[i] < PAGE)
		s->v[FIGURE_SWAP] = 0;
	s->v[FIGURE_FILE] = (uint64_t)file;
	s->v[FIGURE_SHMEM] = 0;
	s->v[FIGURE_RSS] = (uint64_t)(anon + file);
	s->v[FIGURE_HWM] = (uint64_t)v->rss_top;
	double data = m->base + v->data_room + (m->data_flat ? m->base * 9 : v->top);
	s->v[FIGURE_DATA] = (uint64_t)(floor(data / (33 * PAGE)) * 33 * PAGE);
	s->v[FIGURE_VSZ] = (uint64_t)(data + file + m->reserved[i]) + s->v[FIGURE_SHMEM];
	double heap = m->heap[i] > 0 ? m->heap[i] : v->heap_room + (v->in_heap ? v->top : 0);
	s->v[FIGURE_HEAP] = (uint64_t)(ceil(heap / (33 * PAGE)) * 33 * PAGE);
	s->v[FIGURE_THREADS] = 4 + m->threads[i];
	s->v[FIGURE_CPU] = (uint64_t)(v->cpu * 1e9);
	double reborn =
	        m->restarts && m->exec_at && i >= m->exec_at ? m->t[m->exec_at] + m->age : 0;
	s->v[FIGURE_AGE] = (uint64_t)((m->age + m->t[i] - reborn) * 1e9);
	s->flags |= m->exec_at && i == m->exec_at ? SAMPLE_EPOCH : 0;
}

static void show_sample(struct making *m, struct view *v, unsigned i, struct sample *s)
{
	double held = m->base + m->leak[i] + m->grow[i] + m->wave[i] + next_noise(m, v);

	sample_init(s);
	s->time = (uint64_t)(m->t[i] * 1e9);
	s->v[FIGURE_ANON] = (uint64_t)counted(m, held - m->swap[i]);
	if (i >= 4 && m->t[i] - m->t[i - 1] > GAP_FACTOR * m->interval)
		s->flags |= SAMPLE_GAP;
	if (m->mode == TRACE_FULL)
		show_all(m, v, i, s);
}

int show_making(struct making *m, struct trace *t)
{
	struct view v = {0};

	t->n = m->n;
	t->s = malloc(m->n * sizeof(*t->s));
	t->going = calloc(m->n, sizeof(*t->going));
	if (!t->s || !t->going)
		return -ENOMEM;
	if (!m->born)
		m->peak = fmax(m->peak, usual_peak(m));
	begin_view(m, &v);
	for (unsigned i = 0; i < m->n; i++)
		show_sample(m, &v, i, &t->s[i]);
	return 0;
}
