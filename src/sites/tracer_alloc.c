/* SPDX-License-Identifier: MIT */
/*
 * Knows allocation sites: how probes are begun and ended, what is booked of what they tell, and what is told of it.
 * Refuses to know how probes are set, and when.
 */
#include "sites/tracer_alloc.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sites/alloc_inside.h"

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
	int e = alloc_price_once(c);

	if (e < 0)
		return e;
	c->intake = intake_new(c->symbols, c->trie, NULL, sample_book, c);
	if (!c->intake)
		return tracing_fail(c, -ENOMEM, "cannot trace process %d: no memory", c->pid);
	struct allocations *a = c->allocations;
	alloc_period_begin(&a->period, c->progress.hits_per_s, tracing_now(c));
	tracing_warm(c);
	alloc_hurry(a, true);
	alloc_warn(c);
	e = probes_begin(c);
	if (e == 0)
		alloc_bursts_begin(c);
	return e;
}

static void allocations_close(struct tracing *c)
{
	struct allocations *a = c->allocations;

	if (!a)
		return;
	probes_close(a->probes);
	alloc_hurry(a, false);
	free(a);
	c->allocations = NULL;
}

static int allocations_fd(const struct tracing *c)
{
	return probes_fd(c->allocations->probes);
}

void alloc_drain(struct tracing *c)
{
	probes_drain(c->allocations->probes, sample_see, c);
}

static void allocations_turn(struct tracing *c)
{
	struct allocations *a = c->allocations;

	alloc_drain(c);
	probes_tally(a->probes, &a->tally);
	alloc_bursts_turn(c);
	if (!c->dear)
		intake_flush(c->intake);
	bool crowded = ledger_count(c->ledger) > LEDGER_MAX / 4 * 3;
	if (crowded) {
		ledger_thin(c->ledger);
		a->period.value *= 2;
	}
	if (alloc_period_turn(&a->period, c->samples, a->tally.lost, alloc_time_set(c),
	                      tracing_now(c)) ||
	    crowded)
		probes_period(a->probes, a->period.value);
}

static void allocations_stop(struct tracing *c)
{
	struct allocations *a = c->allocations;

	alloc_rest(c);
	alloc_drain(c);
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
	uint64_t set = alloc_time_set(c), all = f->time - f->begin;

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
	        .taken = progress_taken(&a->progress),
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
