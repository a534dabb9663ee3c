/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "label.h"
#include "making.h"
#include "show.h"

/*
 * Knows how a trace comes about: times, facts, a family's shape, what is shown of it, and the check of its
 * label. Refuses to know any shape.
 */

const char *const trace_classes[CLASS_COUNT] = {"1s", "10s", "60s", "300s", "short"};

/* Draws until one can be labelled; few families need more than three. */
enum { DRAWS_MAX = 60, SERIES = 10 };

static double pick_duration(struct making *m)
{
	static const double range[][3] = {{1, 600, 2400},
	                                  {10, 7200, 28800},
	                                  {60, 43200, 172800},
	                                  {300, 259200, 1209600}};
	static const double usual[] = {1, 2, 5, 10, 30, 60, 300};

	if (m->class == CLASS_SHORT) {
		m->interval = usual[rng_count(&m->rng, 0, 6)];
		return m->interval * rng_log(&m->rng, 120, 600);
	}
	m->interval = range[m->class][0];
	return rng_log(&m->rng, range[m->class][1], range[m->class][2]);
}

/* Times of samples in seconds, and for how long the process ran by then. */
static void make_times(struct making *m, const struct family *f)
{
	struct rng *r = &m->rng;
	double duration = pick_duration(m), jitter = f->jitter > 0 ? f->jitter : 0.1;
	double lost = rng_chance(r, 0.5) ? 0 : rng_pick(r, 0, 0.03), slow = rng_pick(r, 5, 10);
	double long_gap = rng_chance(r, 0.3) ? rng_unit(r) : 2;
	double asleep = rng_chance(r, 0.1) ? rng_unit(r) : 2, t = 0, slept = 0;
	bool early = rng_chance(r, 0.5);

	for (m->n = 0; t <= duration && m->n < TRACE_SAMPLES_MAX; m->n++) {
		m->t[m->n] = t;
		m->x[m->n] = t - slept;
		double step = m->interval * (1 + jitter * rng_pick(r, -1, 1));
		bool rare = f->uneven && early == (t < duration / 2);
		step *= rare ? slow : 1;
		while (rng_chance(r, lost))
			step += m->interval;
		if (rng_chance(r, 0.004))
			step += m->interval * rng_pick(r, 5, 20);
		if (t / duration >= long_gap) {
			step += duration * rng_log(r, 0.01, 0.1);
			long_gap = 2;
		} else if (t / duration >= asleep) {
			double sleep = duration * rng_log(r, 0.01, 0.1);
			step += sleep;
			slept += sleep;
			asleep = 2;
		}
		t += step;
	}
	m->end = m->t[m->n - 1];
	m->life = m->x[m->n - 1];
	for (unsigned i = 0; i < m->n; i++)
		m->x[i] /= m->life;
}

static void make_facts(struct making *m)
{
	struct rng *r = &m->rng;

	m->base = rng_log(r, 20 * MIB, 6144 * MIB);
	m->sigma = rng_chance(r, 0.15) ? 0 : m->base * rng_log(r, 1e-5, 0.004);
	m->quantum = PAGE;
	m->born = rng_chance(r, 0.5);
	m->age = m->born ? rng_pick(r, 0, 2) : m->life * rng_log(r, 0.3, 20);
}

/* One block for all series: they live and die together. */
static void *make_room(struct making *m)
{
	double **series[SERIES] = {&m->t,    &m->x,    &m->leak, &m->grow, &m->wave,
	                           &m->swap, &m->heap, &m->file, &m->load, &m->reserved};
	size_t each = TRACE_SAMPLES_MAX * sizeof(double);
	char *room = calloc(SERIES + 1, each);

	for (unsigned i = 0; room && i < SERIES; i++)
		*series[i] = (double *)(void *)(room + i * each);
	m->threads = (unsigned *)(void *)(room + (room ? SERIES * each : 0));
	return room;
}

static int draw(struct trace *t, uint64_t attempt)
{
	struct making m = {.class = t->class, .mode = t->mode};
	void *room = make_room(&m);

	if (!room)
		return -ENOMEM;
	rng_init(&m.rng, t->seed, t->family->name, attempt * CLASS_COUNT + t->class);
	make_times(&m, t->family);
	make_facts(&m);
	m.leaks = t->family->group == GROUP_LEAK;
	for (unsigned i = 0; i < m.n; i++)
		m.load[i] = 1;
	t->family->make(&m);
	int err = show_making(&m, t);
	if (!err)
		label_check(&m, t);
	free(room);
	return err;
}

int trace_make(struct trace *ret, const struct family *f, enum trace_class class,
               enum trace_mode mode, uint64_t seed)
{
	struct trace t = {.family = f, .class = class, .mode = mode, .seed = seed};
	int err = 0;

	if ((f->full_only && mode == TRACE_BARE) || f->not_in >> class & 1) {
		*ret = t;
		return 0;
	}
	for (uint64_t attempt = 0; !err && !t.valid && attempt < DRAWS_MAX; attempt++) {
		trace_done(&t);
		err = draw(&t, attempt);
	}
	if (err)
		trace_done(&t);
	else
		*ret = t;
	return err;
}

void trace_done(struct trace *t)
{
	free(t->s);
	free(t->going);
	t->s = NULL;
	t->going = NULL;
	t->n = 0;
}
