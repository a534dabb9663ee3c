/* SPDX-License-Identifier: MIT */
/*
 * Knows allocation sites: which functions, at what price, in which bursts, and what is booked of what the probes tell.
 * Refuses to know how probes are set, and to cost more than it may: the guard decides.
 */
#include "sites/tracer_alloc.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fault.h"
#include "sites/calibrate.h"
#include "sites/cpu_use.h"
#include "sites/guard.h"
#include "sites/probes.h"
#include "sites/spots.h"

#define COUNTING (200 * NS_PER_MS)
#define PEEK     (20 * NS_PER_MS)
#define ENOUGH   10000            /* hits: how many there are a second is plain then */
#define NEAR     (50 * NS_PER_MS) /* who must look again so soon does nothing long before */

struct allocations {
	struct spots spots;
	struct hit_prices prices;
	double hit_ns;
	struct probes *probes;
	enum probes_mode mode;
	struct guard guard;
	struct cpu_use cpu;
	uint64_t counted; /* hits, before tracing */
	struct alloc_period period;
	struct probes_tally tally; /* newest */
	bool set;
	uint64_t ended; /* CLOCK_MONOTONIC ns: probes are gone for good; 0 */
};

/* --- the price -------------------------------------------------------------------------------------------- */

static struct allocations *allocations_of(struct tracing *c)
{
	if (!c->allocations)
		c->allocations = calloc(1, sizeof(*c->allocations));
	return c->allocations;
}

/* As how many more hits a sample costs; 0 unknown. */
static double sample_hits(const struct allocations *a)
{
	double more = (a->prices.chosen - a->prices.returning) / a->hit_ns;

	return more > 0 ? more : 0;
}

/* Hits, and samples as so many more as they cost more. */
static struct guard_seen seen(struct tracing *c)
{
	struct allocations *a = c->allocations;
	struct guard_seen s;

	s.hits = (double)(a->counted + a->tally.hits) + sample_hits(a) * (double)c->samples;
	cpu_use_look(&a->cpu, &s.run, &s.crowding);
	return s;
}

/* They are about to be set, for the first time. */
static void guard_warn(struct tracing *c)
{
	struct guard_seen s = seen(c);

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

/* Per cent, if samples come as well, with every other hit an allocation. Beyond what it may cost it is set in bursts. */
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
	return fmin(guard_expect(from, &with, c->allocations->hit_ns, time), c->max_slowdown);
}

/* Hits a second, and what they cost. */
static void hits_count(struct tracing *c)
{
	struct allocations *a = c->allocations;
	struct guard_seen from, to;
	uint64_t begin;

	probes_tally(a->probes, &a->tally);
	from = seen(c);
	begin = clock_mono();
	hits_await(c, begin);
	to = seen(c);
	uint64_t time = clock_mono() - begin;
	c->progress.hits_per_s = (to.hits - from.hits) * 1e9 / (double)time;
	c->progress.expected = price(c, &from, &to, time);
}

static int hits_try(struct tracing *c)
{
	struct allocations *a = c->allocations;
	char why[240];

	guard_begin(&a->guard, c->max_slowdown, a->hit_ns, clock_mono());
	guard_warn(c);
	int e = probes_open(c->pid, PROBES_COUNT, a->spots.spot, a->spots.count, 0, &a->probes, why,
	                    sizeof(why));
	if (e < 0)
		return tracing_fail(c, e, "%s", why);
	hits_count(c);
	probes_set(a->probes, false);
	probes_tally(a->probes, &a->tally);
	struct guard_seen s = seen(c);
	guard_away(&a->guard, &s, clock_mono());
	probes_close(a->probes);
	a->probes = NULL;
	a->counted = a->tally.hits;
	a->tally = (struct probes_tally){0};
	return tracer_stopped(c->t) ? -ECANCELED : 0;
}

int allocations_price(struct tracing *c)
{
	struct allocations *a = allocations_of(c);
	struct sites_progress *p = &c->progress;
	char why[240] = "";

	if (!a)
		return tracing_fail(c, -ENOMEM, "cannot trace process %d: no memory", c->pid);
	if (!c->symbols)
		return tracing_fail(c, -ENOTSUP,
		                    "allocation sites: its functions are not found: %s",
		                    c->no_symbols);
	p->phase = SITES_PRICING;
	tracer_tell(c->t, p);
	int e = spots_find(c->symbols, true, &a->spots, why, sizeof(why));
	if (e == 0)
		e = calibrate(&a->prices, why, sizeof(why));
	if (e < 0)
		return tracing_fail(c, e, "%s", why);
	a->hit_ns = calibrate_hit(&a->prices, &a->spots);
	cpu_use_begin(&a->cpu, c->pid, c->dir.fd);
	return hits_try(c);
}

/* --- booking ---------------------------------------------------------------------------------------------- */

static void sample_book(void *arg, const struct site_sample *s, uint32_t stack)
{
	struct tracing *c = arg;
	uint64_t time = tracing_time(c, s->time);

	if (s->kind == SAMPLE_ALLOC)
		ledger_add(c->ledger, s->address, s->size, s->weight, stack, time);
	else if (s->kind == SAMPLE_FREE)
		ledger_remove(c->ledger, s->address, time);
	else if (s->kind == SAMPLE_HIT)
		ledger_hit(c->ledger, stack, (uint64_t)s->weight, time);
}

static void sample_see(void *arg, const struct site_sample *s)
{
	struct tracing *c = arg;

	if (s->kind == SAMPLE_EXEC)
		c->exec = true;
	else if (s->kind == SAMPLE_MAP)
		c->mapped = true;
	else
		intake_add(c->intake, s);
	c->samples += s->kind == SAMPLE_ALLOC || s->kind == SAMPLE_HIT;
}

/* --- one way to trace ------------------------------------------------------------------------------------- */

/* With bytes where that is permitted, else hits. */
static int probes_begin(struct tracing *c)
{
	struct allocations *a = c->allocations;
	char why[240], why_not[240];

	a->mode = PROBES_BPF;
	int e = probes_open(c->pid, a->mode, a->spots.spot, a->spots.count, a->period.value,
	                    &a->probes, why, sizeof(why));
	if (e == 0)
		return 0;
	a->mode = PROBES_HITS;
	int other = probes_open(c->pid, a->mode, a->spots.spot, a->spots.count, a->period.value,
	                        &a->probes, why_not, sizeof(why_not));
	if (other < 0)
		return tracing_fail(c, e, "%s", why);
	c->progress.kind = SITES_HITS;
	snprintf(c->given_up, sizeof(c->given_up), "%.199s", why);
	return 0;
}

static int allocations_open(struct tracing *c)
{
	int e = allocations_price(c);

	if (e < 0)
		return e;
	c->intake = intake_new(c->symbols, c->trie, NULL, sample_book, c);
	if (!c->intake)
		return tracing_fail(c, -ENOMEM, "cannot trace process %d: no memory", c->pid);
	struct allocations *a = c->allocations;
	alloc_period_begin(&a->period, c->progress.hits_per_s, tracing_now(c));
	tracing_warm(c);
	guard_warn(c);
	e = probes_begin(c);
	a->set = e == 0;
	c->due = 0;
	return e;
}

static void allocations_close(struct tracing *c)
{
	struct allocations *a = c->allocations;

	if (a)
		probes_close(a->probes);
	free(a);
	c->allocations = NULL;
}

static int allocations_fd(const struct tracing *c)
{
	return probes_fd(c->allocations->probes);
}

/* All that was seen is booked before what follows goes unseen. */
static void probes_rest(struct tracing *c)
{
	struct allocations *a = c->allocations;
	uint64_t now = tracing_now(c);
	int e = a->set ? probes_set(a->probes, false) : 0;

	/* They must not stay: closing them takes them out. */
	if (e < 0)
		tracing_fail(c, e, "allocation sites: probes of process %d were withdrawn: %s",
		             c->pid, fault_reason(e));
	if (!a->set)
		return;
	a->set = false;
	probes_tally(a->probes, &a->tally);
	struct guard_seen s = seen(c);
	guard_away(&a->guard, &s, clock_mono());
	probes_drain(a->probes, sample_see, c);
	intake_flush(c->intake);
	ledger_watching(c->ledger, false, now);
}

static void probes_wake(struct tracing *c)
{
	struct allocations *a = c->allocations;
	int e = a->set ? 0 : probes_set(a->probes, true);

	if (e < 0)
		tracing_fail(c, e, "allocation sites: probes of process %d cannot be set again: %s",
		             c->pid, fault_reason(e));
	else if (!a->set)
		ledger_watching(c->ledger, true, tracing_now(c));
	a->set = e == 0;
}

static void guard_follow(struct tracing *c)
{
	struct allocations *a = c->allocations;
	struct guard_seen s = seen(c);
	uint64_t now = clock_mono(), next = now;

	switch (guard_turn(&a->guard, &s, now, &next)) {
	case GUARD_REST:
		probes_rest(c);
		break;
	case GUARD_SET:
		probes_wake(c);
		break;
	case GUARD_GIVE_UP:
		probes_rest(c);
		tracing_fail(
		        c, 0,
		        "allocation sites: withdrawn: even a moment costs process %d more than "
		        "--max-slowdown %g",
		        c->pid, c->max_slowdown);
		break;
	default:
		break;
	}
	c->progress.slowdown = guard_slowdown(&a->guard, now);
	c->due = tracing_time(c, next);
	c->dear = a->set && next < now + NEAR;
}

static uint64_t time_set(const struct tracing *c)
{
	const struct allocations *a = c->allocations;
	const struct guard *g = &a->guard;
	uint64_t now = a->ended ? a->ended : clock_mono();

	return g->set + (g->set_since && now > g->set_since ? now - g->set_since : 0);
}

static void allocations_turn(struct tracing *c)
{
	struct allocations *a = c->allocations;

	probes_drain(a->probes, sample_see, c);
	probes_tally(a->probes, &a->tally);
	guard_follow(c);
	if (!c->dear)
		intake_flush(c->intake);
	bool crowded = ledger_count(c->ledger) > LEDGER_MAX / 4 * 3;
	if (crowded) {
		ledger_thin(c->ledger);
		a->period.value *= 2;
	}
	if (alloc_period_turn(&a->period, c->samples, a->tally.lost, tracing_now(c)) || crowded)
		probes_period(a->probes, a->period.value);
}

static void allocations_stop(struct tracing *c)
{
	struct allocations *a = c->allocations;

	probes_rest(c);
	probes_drain(a->probes, sample_see, c);
	probes_tally(a->probes, &a->tally);
	a->ended = clock_mono();
	c->progress.slowdown = guard_slowdown(&a->guard, a->ended);
	probes_close(a->probes);
	a->probes = NULL;
	a->set = c->dear = false;
	intake_flush(c->intake);
}

static void allocations_tell(struct tracing *c, struct sites_facts *f, const uint32_t *stacks)
{
	struct allocations *a = c->allocations;
	uint64_t set = time_set(c), all = f->time - f->begin;

	(void)stacks;
	snprintf(f->source, sizeof(f->source), "%s", a->spots.source);
	f->traced = set < all ? set : all;
	f->expected = c->progress.expected;
	f->slowdown = guard_slowdown(&a->guard, a->ended ? a->ended : clock_mono());
	f->hits_per_s = set ? (double)a->tally.hits * 1e9 / (double)set : NAN;
	f->hit_ns = a->hit_ns;
	f->period = a->mode == PROBES_BPF ? a->period.value : UNKNOWN;
	f->bursts = a->guard.rested && a->guard.bursts ? a->guard.bursts : a->guard.rested;
	f->lost = a->tally.lost;
	f->full += a->tally.full;
	/* Where only a part is followed, nearly all frees match nothing. */
	f->unmatched_frees =
	        a->period.value == 1 && !f->bursts ? a->tally.unmatched_frees : UNKNOWN;
	struct alloc_note n = {
	        .set_share = f->bursts && all ? (double)f->traced / (double)all : 1,
	        .max = c->max_slowdown,
	        .samples = c->samples,
	        .lost = f->lost,
	        .full = f->full,
	        .stacks = intake_stacks(c->intake),
	        .broken = f->broken,
	        .hits = a->mode == PROBES_HITS,
	        .no_symbols = c->no_symbols,
	        .given_up = c->given_up,
	};
	words_allocations(&n, f->note, sizeof(f->note));
}

const struct tracing_way tracing_allocations = {
        .open = allocations_open,
        .turn = allocations_turn,
        .fd = allocations_fd,
        .stop = allocations_stop,
        .tell = allocations_tell,
        .close = allocations_close,
};
