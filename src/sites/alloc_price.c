/* SPDX-License-Identifier: MIT */
/*
 * Knows what tracing allocations would cost: finds the functions, tries what a hit costs, and counts hits for a moment. Told once,
 * it is the price of the tracing that follows. Refuses to know how long probes may stay.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/known.h"
#include "sites/alloc_inside.h"

#define COUNTING (200 * NS_PER_MS)
#define PEEK     (5 * NS_PER_MS)
#define ENOUGH   4000             /* hits: how many there are a second is plain then */
#define LASTS    (600 * NS_PER_S) /* who says yes later is told of another price */

static struct allocations *allocations_of(struct tracing *c)
{
	if (c->allocations)
		return c->allocations;
	c->allocations = calloc(1, sizeof(*c->allocations));
	if (c->allocations)
		c->allocations->nice = getpriority(PRIO_PROCESS, 0);
	return c->allocations;
}

/* As how many more hits a sample costs; 0 unknown. */
static double sample_hits(const struct allocations *a)
{
	double more = (a->prices.chosen - a->prices.returning) / a->hit_ns;

	return more > 0 ? more : 0;
}

struct guard_seen alloc_seen(struct tracing *c)
{
	struct allocations *a = c->allocations;
	struct guard_seen s;

	s.hits = (double)(a->counted + a->tally.hits) + sample_hits(a) * (double)c->samples;
	cpu_use_look(&a->cpu, &s.run, &s.crowding, &s.busy);
	return s;
}

void alloc_warn(struct tracing *c)
{
	struct guard_seen s = alloc_seen(c);

	guard_count(&c->allocations->guard, &s, clock_mono());
}

/* Hits for a moment: a short one where they are many, for it costs, too. */
static void hits_await(struct tracing *c, uint64_t begin)
{
	struct allocations *a = c->allocations;
	uint64_t now = begin, before = a->tally.hits;

	while (now < begin + COUNTING && a->tally.hits - before < ENOUGH && !tracer_stopped(c->t)) {
		tracer_wait(c->t, -1, PEEK);
		probes_tally(a->probes, &a->tally);
		now = clock_mono();
	}
}

/* Per cent while probes are set, if samples come as well, with every other hit an allocation. */
static double price(struct tracing *c, const struct guard_seen *from, const struct guard_seen *to,
                    uint64_t time)
{
	struct guard_seen with = *to;
	double samples =
	        fmin(c->progress.hits_per_s / 2, (ALLOC_SAMPLES_MIN + ALLOC_SAMPLES_MAX) / 2.0);
	double more = sample_hits(c->allocations) * samples * (double)time / 1e9;

	with.hits += more;
	if (known(with.run))
		with.run += (uint64_t)(more * c->allocations->hit_ns);
	return guard_expect(from, &with, c->allocations->hit_ns, time);
}

/* One that comes seldom costs more. */
static void hit_cools(struct allocations *a, const struct guard_seen *from,
                      const struct guard_seen *to)
{
	double hits = to->hits - from->hits;

	if (!(hits > 0) || !known(from->run) || !known(to->run) || to->run < from->run)
		return;
	double apart = (double)(to->run - from->run) / hits - a->hit_ns;
	a->hit_ns = a->guard.hit_ns = calibrate_hit(&a->prices, &a->spots, apart);
}

/* Hits a second, and what they cost. */
static void hits_count(struct tracing *c)
{
	struct allocations *a = c->allocations;
	struct guard_seen from, to;
	uint64_t begin;

	probes_tally(a->probes, &a->tally);
	from = alloc_seen(c);
	begin = clock_mono();
	guard_begun(&a->guard, begin);
	hits_await(c, begin);
	to = alloc_seen(c);
	uint64_t time = clock_mono() - begin;
	c->progress.hits_per_s = (to.hits - from.hits) * 1e9 / (double)time;
	hit_cools(a, &from, &to);
	c->progress.expected = price(c, &from, &to, time);
}

static int hits_try(struct tracing *c)
{
	struct allocations *a = c->allocations;
	char why[240];

	guard_begin(&a->guard, c->max_slowdown, a->hit_ns, clock_mono());
	alloc_hurry(a, true);
	alloc_warn(c);
	int e = probes_open(c->pid, PROBES_COUNT, a->spots.spot, a->spots.count, 0, &a->probes, why,
	                    sizeof(why));
	if (e < 0) {
		alloc_hurry(a, false);
		return tracing_fail(c, e, "%s", why);
	}
	hits_count(c);
	probes_set(a->probes, false);
	alloc_hurry(a, false);
	probes_tally(a->probes, &a->tally);
	struct guard_seen s = alloc_seen(c);
	guard_away(&a->guard, &s, clock_mono());
	probes_close(a->probes);
	a->probes = NULL;
	a->counted = a->tally.hits;
	a->tally = (struct probes_tally){0};
	return tracer_stopped(c->t) ? -ECANCELED : 0;
}

/* Where they are to be set. */
static int functions_find(struct tracing *c)
{
	struct allocations *a = allocations_of(c);
	char why[240] = "";

	if (!a)
		return tracing_fail(c, -ENOMEM, "cannot trace process %d: no memory", c->pid);
	if (!c->symbols)
		return tracing_fail(c, -ENOTSUP,
		                    "allocation sites: its functions are not found: %s",
		                    c->no_symbols);
	int e = spots_find(c->symbols, true, &a->spots, why, sizeof(why));
	if (e < 0)
		return tracing_fail(c, e, "%s", why);
	return 0;
}

static int hits_price(struct tracing *c)
{
	struct allocations *a = c->allocations;
	char why[240] = "";

	int e = calibrate(&a->prices, why, sizeof(why));
	if (e < 0)
		return tracing_fail(c, e, "%s", why);
	a->hit_ns = calibrate_hit(&a->prices, &a->spots, 0);
	cpu_use_begin(&a->cpu, c->pid, c->dir.fd);
	e = hits_try(c);
	if (e == 0)
		*c->priced = (struct alloc_priced){.time = clock_mono(),
		                                   .prices = a->prices,
		                                   .hit_ns = a->hit_ns,
		                                   .hits_per_s = c->progress.hits_per_s,
		                                   .expected = c->progress.expected,
		                                   .guard = a->guard};
	return e;
}

int allocations_price(struct tracing *c)
{
	c->progress.phase = SITES_PRICING;
	tracer_tell(c->t, &c->progress);
	int e = functions_find(c);

	return e < 0 ? e : hits_price(c);
}

static void price_take(struct tracing *c)
{
	struct allocations *a = c->allocations;
	const struct alloc_priced *p = c->priced;

	a->prices = p->prices;
	a->hit_ns = p->hit_ns;
	a->guard = p->guard;
	c->progress.hits_per_s = p->hits_per_s;
	c->progress.expected = p->expected;
	cpu_use_begin(&a->cpu, c->pid, c->dir.fd);
}

int alloc_price_once(struct tracing *c)
{
	int e = 0;

	if (!c->priced->time || clock_mono() > c->priced->time + LASTS)
		e = allocations_price(c);
	else if ((e = functions_find(c)) == 0)
		price_take(c);
	/* It is told of one tracing only. */
	c->priced->time = 0;
	if (e == 0)
		guard_resume(&c->allocations->guard, clock_mono());
	return e;
}
