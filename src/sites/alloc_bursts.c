/* SPDX-License-Identifier: MIT */
/*
 * Knows when probes are set and when they rest: as the guard says. Refuses to know what it costs, and to let go unbooked what
 * was seen.
 */
#include <sys/resource.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/known.h"
#include "sites/alloc_inside.h"

enum { HURRY = -15 };         /* nice */
#define NEAR (50 * NS_PER_MS) /* who must look again so soon does nothing long before */

void alloc_hurry(const struct allocations *a, bool on)
{
	/* Of this thread alone, as Linux has it. Who may not, does not. */
	setpriority(PRIO_PROCESS, 0, on ? HURRY : a->nice);
}

/* What the target did since the last look, in all of which probes were set, or none was. */
static struct guard_seen look(struct tracing *c)
{
	struct allocations *a = c->allocations;
	struct guard_seen s = alloc_seen(c);
	uint64_t now = clock_mono();

	progress_look(&a->progress, &s, a->set, a->hit_ns, now);
	ledger_worked(c->ledger, tracing_time(c, now), progress_done(&a->progress));
	return s;
}

void alloc_bursts_begin(struct tracing *c)
{
	struct allocations *a = c->allocations;
	struct guard_seen s = alloc_seen(c);

	a->set = true;
	guard_begun(&a->guard, clock_mono());
	progress_begin(&a->progress, &s, clock_mono());
	ledger_worked(c->ledger, tracing_now(c), progress_done(&a->progress));
	c->due = 0;
}

void alloc_rest(struct tracing *c)
{
	struct allocations *a = c->allocations;

	if (!a->set)
		return;
	probes_tally(a->probes, &a->tally);
	look(c);
	/* The kernel takes them out first, and then waits for what may still be in them: for longer than a burst, now and then. */
	uint64_t end = tracing_time(c, a->progress.since);
	int e = probes_set(a->probes, false);
	/* They must not stay: closing them takes them out. */
	if (e < 0)
		tracing_fail(c, e, "allocation sites: probes of process %d were withdrawn: %s",
		             c->pid, fault_reason(e));
	a->set = false;
	/* The rest is no hurry; and a reader of symbols that is begun anew would keep it. */
	alloc_hurry(a, false);
	probes_tally(a->probes, &a->tally);
	struct guard_seen s = alloc_seen(c);
	guard_away(&a->guard, &s, clock_mono());
	alloc_drain(c);
	intake_flush(c->intake);
	ledger_watching(c->ledger, false, end);
}

static void wake(struct tracing *c)
{
	struct allocations *a = c->allocations;

	if (a->set)
		return;
	alloc_hurry(a, true);
	int e = probes_set(a->probes, true);
	if (e < 0) {
		tracing_fail(c, e, "allocation sites: probes of process %d cannot be set again: %s",
		             c->pid, fault_reason(e));
		return;
	}
	guard_begun(&a->guard, clock_mono());
	look(c);
	ledger_watching(c->ledger, true, tracing_time(c, a->progress.since));
	a->set = true;
}

static void give_up(struct tracing *c)
{
	alloc_rest(c);
	tracing_fail(c, 0,
	             "allocation sites: withdrawn: even a moment costs process %d more than "
	             "--max-slowdown %g",
	             c->pid, c->max_slowdown);
}

void alloc_bursts_turn(struct tracing *c)
{
	struct allocations *a = c->allocations;
	struct guard_seen s = look(c);
	uint64_t now = clock_mono(), next = now;

	switch (guard_turn(&a->guard, &s, now, &next)) {
	case GUARD_REST:
		alloc_rest(c);
		break;
	case GUARD_SET:
		wake(c);
		break;
	case GUARD_GIVE_UP:
		give_up(c);
		break;
	default:
		break;
	}
	c->progress.slowdown = guard_slowdown(&a->guard, now);
	c->due = tracing_time(c, next);
	c->dear = a->set && next < now + NEAR;
	alloc_hurry(a, c->dear);
}

uint64_t alloc_time_set(const struct tracing *c)
{
	const struct allocations *a = c->allocations;
	const struct guard *g = &a->guard;
	uint64_t now = a->ended ? a->ended : clock_mono();

	return g->set + (g->set_since && now > g->set_since ? now - g->set_since : 0);
}
