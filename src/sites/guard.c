/* SPDX-License-Identifier: MIT */
/*
 * Knows how long probes may be set so that what they cost stays within what it may: a bucket that fills with time and is
 * emptied by hits. Refuses to know what a hit costs, and what is lost while probes are away: frees, above all.
 */
#include "sites/guard.h"

#include <math.h>

#define MS     1000000.0
#define SECOND 1000000000.0

/*
 * The price is an estimate, and a turn may come late: so only four fifths are spent, and what is spent before
 * it is earned is what one second would earn in full. From the fifth second on the sum is below `max`.
 */
#define SPENT  0.8
#define CREDIT (1 * SECOND)

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

/* Hits since the last turn: their price, and the time that probes were set. */
static void settle(struct guard *g, uint64_t hits, uint64_t now)
{
	g->lost += (uint64_t)((double)(hits - g->hits) * g->hit_ns);
	g->hits = hits;
	if (!g->set_since)
		return;
	g->set += now - g->set_since;
	g->set_since = now;
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

	g->set_since = 0;
	if (needed > REST_MAX_S * SECOND)
		return GUARD_GIVE_UP;
	*ret_next = in_ms(now, needed / MS);
	return GUARD_REST;
}

enum guard_order guard_turn(struct guard *g, uint64_t hits, uint64_t now, uint64_t *ret_next)
{
	*ret_next = in_ms(now, LATEST_MS);
	if (!(g->max > 0))
		return GUARD_GIVE_UP;
	settle(g, hits, now);
	if (g->set_since)
		return (double)g->lost > earned(g, now) + credit(g) ? rest(g, now, ret_next)
		                                                    : go_on(g, now, ret_next);
	if (!g->bursts || (double)g->lost <= earned(g, now))
		return set(g, now, ret_next);
	return rest(g, now, ret_next) == GUARD_GIVE_UP ? GUARD_GIVE_UP : GUARD_GO_ON;
}

double guard_slowdown(const struct guard *g, uint64_t now)
{
	return now > g->begin ? 100 * (double)g->lost / (double)(now - g->begin) : 0;
}

double guard_expect(double hits_per_s, double hit_ns)
{
	return fmin(100, 100 * hits_per_s * hit_ns / SECOND);
}
