/* SPDX-License-Identifier: MIT */
/*
 * Knows how long probes may be set so that what they cost stays within what it may: a bucket that fills with time and is
 * emptied by hits. Refuses to know what a hit costs, and what is lost while probes are away: frees, above all.
 */
#include "sites/guard.h"

#include <math.h>

#include "base/known.h"

#define MS     1000000.0
#define SECOND 1000000000.0

/*
 * The price is an estimate, and a turn may come late: so only four fifths are spent, and what is spent before
 * it is earned is what one second would earn in full. From the fifth second on the sum is below `max`.
 */
#define SPENT  0.8
#define CREDIT (1 * SECOND)

/* Of the time that hits by their price took: a larger part is taken for all of it. */
#define BELIEVED 0.5

/* Setting and withdrawing holds up the target, too: its mappings are locked, pages copied, other CPUs told. */
#define SET_NS (0.2 * MS)

enum {
	FIRST_LOOK_MS = 5, /* into a burst: how many hits there are is not known before */
	LATEST_MS = 100,   /* the longest burst between two looks */
	REST_MAX_S = 30,   /* who has to rest for longer has nothing to tell */
	SHORTEST_MS = 1,
};

void guard_begin(struct guard *g, double max, double hit_ns, uint64_t now)
{
	*g = (struct guard){.max = max, .begin = now, .hit_ns = isfinite(hit_ns) ? hit_ns : 10000};
}

static double earned(const struct guard *g, uint64_t now)
{
	return g->max / 100 * SPENT * (double)(now - g->begin);
}

static double credit(const struct guard *g)
{
	return g->max / 100 * CREDIT;
}

static uint64_t in_ms(uint64_t now, double ms)
{
	return now + (uint64_t)(fmin(fmax(ms, SHORTEST_MS), REST_MAX_S * 1000.0) * MS);
}

/*
 * ns that are lost of `time` in which probes were set. Of the CPU time that the target had, hits take a part; from
 * half of it on, all. Who waits for a CPU as well loses that much more of the time.
 */
static double loss(const struct guard_seen *from, const struct guard_seen *to, double hit_ns,
                   uint64_t time)
{
	double lost = fmax(to->hits - from->hits, 0) * hit_ns;
	bool runs = known(to->run) && known(from->run) && to->run >= from->run;
	double run = runs ? (double)(to->run - from->run) : (double)time;

	bool all = lost > run * BELIEVED;

	lost = (all ? fmax(lost, run) : lost) * fmax(to->crowding, 1);
	/* Who would run most of the time loses all of it: CPU time and waits are told late. */
	return all && lost > (double)time * BELIEVED ? (double)time : fmin(lost, (double)time);
}

/* What was seen since the last turn: what it cost, and the time that probes were set. */
static void settle(struct guard *g, const struct guard_seen *seen, uint64_t now)
{
	if (g->set_since) {
		g->lost += (uint64_t)loss(&g->seen, seen, g->hit_ns, now - g->set_since);
		g->set += g->bursts ? now - g->set_since : 0;
		g->set_since = now;
	}
	g->seen = *seen;
}

void guard_count(struct guard *g, const struct guard_seen *seen, uint64_t now)
{
	g->seen = *seen;
	g->set_since = now ? now : 1;
	g->lost += (uint64_t)SET_NS;
}

void guard_away(struct guard *g, const struct guard_seen *seen, uint64_t now)
{
	settle(g, seen, now);
	g->set_since = 0;
}

static enum guard_order set(struct guard *g, uint64_t now, uint64_t *ret_next)
{
	g->set_since = now ? now : 1;
	g->bursts++;
	g->lost += (uint64_t)SET_NS;
	*ret_next = in_ms(now, FIRST_LOOK_MS);
	return GUARD_SET;
}

/* While they are set: at the rate so far the credit lasts until then. */
static enum guard_order go_on(const struct guard *g, uint64_t now, uint64_t *ret_next)
{
	double room = earned(g, now) + credit(g) - (double)g->lost;
	double rate = g->set ? (double)g->lost / (double)g->set : 1; /* lost a ns */
	double spending = rate - g->max / 100 * SPENT;
	double ms = spending > 0 ? room / spending / MS / 2 : LATEST_MS;

	*ret_next = in_ms(now, fmin(ms, LATEST_MS));
	return GUARD_GO_ON;
}

static enum guard_order rest(struct guard *g, uint64_t now, uint64_t *ret_next)
{
	double needed = ((double)g->lost - earned(g, now)) / (g->max / 100 * SPENT);

	g->rested = true;
	/* What counting cost tells nothing of bursts. */
	if (g->bursts && needed > REST_MAX_S * SECOND)
		return GUARD_GIVE_UP;
	*ret_next = in_ms(now, needed / MS);
	return GUARD_REST;
}

/* A first moment may be had in advance, like what goes on; one more has to be earned. All of the time is all there is. */
static double limit(const struct guard *g, uint64_t now)
{
	if (g->max >= 100)
		return INFINITY;
	return earned(g, now) + (g->set_since || !g->bursts ? credit(g) : 0);
}

enum guard_order guard_turn(struct guard *g, const struct guard_seen *seen, uint64_t now,
                            uint64_t *ret_next)
{
	*ret_next = in_ms(now, LATEST_MS);
	if (!(g->max > 0))
		return GUARD_GIVE_UP;
	settle(g, seen, now);
	if ((double)g->lost > limit(g, now)) {
		enum guard_order order = rest(g, now, ret_next);
		return order == GUARD_REST && !g->set_since ? GUARD_GO_ON : order;
	}
	return g->set_since && g->bursts ? go_on(g, now, ret_next) : set(g, now, ret_next);
}

double guard_slowdown(const struct guard *g, uint64_t now)
{
	return now > g->begin ? 100 * (double)g->lost / (double)(now - g->begin) : 0;
}

double guard_expect(const struct guard_seen *from, const struct guard_seen *to, double hit_ns,
                    uint64_t time)
{
	return time ? 100 * loss(from, to, hit_ns, time) / (double)time : 0;
}
