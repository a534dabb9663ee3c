/* SPDX-License-Identifier: MIT */
#include "run.h"

#include "pool.h"

/* Knows which trace is which, and runs it through every detector. */

const struct seeds seed_ranges[] = {{"tune", 1},
                                    {"validate", 1000001},
                                    {"sealed", 2000001},
                                    {NULL, 0}};

struct job {
	const struct plan *plan;
	struct outcome *outcome;
};

static size_t room_of(const struct plan *p)
{
	return (size_t)p->family_count * p->count * sizeof(struct outcome);
}

enum trace_class plan_class(unsigned k)
{
	return (enum trace_class)(k % CLASS_COUNT);
}

static int run_one(unsigned at, void *data)
{
	const struct job *j = data;
	const struct plan *p = j->plan;
	struct outcome *o = &j->outcome[at];
	struct trace t;

	o->class = plan_class(at % p->count);
	o->seed = p->first + at % p->count;
	int err = trace_make(&t, p->families[at / p->count], o->class, p->mode, o->seed);
	if (err)
		return err;
	o->scored = t.valid;
	for (unsigned d = 0; !err && t.valid && d < p->detectors; d++)
		err = score_trace(&t, detectors[d], &o->score[d], NULL, NULL);
	trace_done(&t);
	return err;
}

struct outcome *run_plan(const struct plan *p)
{
	struct job j = {p, pool_room(room_of(p))};

	if (!j.outcome)
		return NULL;
	if (!pool_each(p->family_count * p->count, p->jobs, run_one, &j))
		return j.outcome;
	run_free(j.outcome, p);
	return NULL;
}

void run_free(struct outcome *o, const struct plan *p)
{
	pool_free(o, room_of(p));
}
