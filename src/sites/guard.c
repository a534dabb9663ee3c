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
 * The price is an estimate, and a turn may come late: so only four fifths are spent. What goes on may be spent before it is earned, up to
 * the last fifth, and to what one second would earn in full: whenever it ends, the sum is `max` at most.
 */
#define SPENT  0.8
#define CREDIT (1 * SECOND)

/*
 * The part of the CPU time that hits took by their price: the price is tried in warm caches, and may be too low. So much of it is
 * believed, so much is taken for all: to say what it cost, and to be on the safe side.
 */
struct doubt {
	double believed, all;
};
static const struct doubt saying = {0.6, 0.9}, safe_side = {0.4, 0.6};

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

void guard_resume(struct guard *g, uint64_t now)
{
	double needed = g->max > 0 ? (double)g->lost / (g->max / 100 * SPENT) : 0;

	if (needed < (double)(now - g->begin))
		g->begin = now - (uint64_t)needed;
}

static double earned(const struct guard *g, uint64_t now)
{
	return g->max / 100 * SPENT * (double)(now - g->begin);
}

/* What may have been lost by now. All of the time is all there is. */
static double limit(const struct guard *g, uint64_t now)
{
	double time = (double)(now - g->begin);

	if (g->max >= 100)
		return INFINITY;
	return earned(g, now) + g->max / 100 * fmin((1 - SPENT) * time, CREDIT);
}

/* ns from the begin till so much may have been lost. */
static double limit_time(const struct guard *g, double lost)
{
	double time = lost / (g->max / 100);

	return (1 - SPENT) * time < CREDIT ? time : (time - CREDIT) / SPENT;
}

/* ns that are lost of one ns in which probes are set; nothing seen so far, all of it. */
static double pace(const struct guard *g)
{
	return g->on ? fmin(g->on_lost / (double)g->on, 1) : 1;
}

/* What the shortest burst costs. */
static double least(const struct guard *g)
{
	return SET_NS + FIRST_LOOK_MS * MS * pace(g);
}

static uint64_t in_ms(uint64_t now, double ms)
{
	return now + (uint64_t)(fmin(fmax(ms, SHORTEST_MS), REST_MAX_S * 1000.0) * MS);
}

static double taken(double part, const struct doubt *d)
{
	double more = part - d->believed;

	return more <= 0 ? part
	                 : fmin(d->believed + more * (1 - d->believed) / (d->all - d->believed), 1);
}

/* ns that are lost while probes were set: of its CPU time hits take a part. A moment may seem to have more than its time. */
static double loss(const struct guard_seen *from, const struct guard_seen *to, double hit_ns,
                   uint64_t time, const struct doubt *doubt)
{
	double hits = fmax(to->hits - from->hits, 0) * hit_ns;
	bool runs = known(to->run) && known(from->run) && to->run > from->run;
	/* It is told late, by up to a tick: what hits took it had at least. */
	double run = fmax(runs ? (double)(to->run - from->run) : (double)time, hits);

	return run > 0 ? taken(hits / run, doubt) * run * to->crowding : 0;
}

/* A moment does not tell of waits for itself, so only the sums are cut to the time. */
static void sum_up(struct guard *g)
{
	g->lost = (uint64_t)(fmin(g->on_lost, (double)g->on) + g->sets * SET_NS);
	g->said = (uint64_t)(fmin(g->on_said, (double)g->on) + g->sets * SET_NS);
}

/* What was seen since the last turn: what it cost, and the time that probes were set. */
static void settle(struct guard *g, const struct guard_seen *seen, bool traced, uint64_t now)
{
	double hits = fmax(g->seen.hits, seen->hits);

	if (g->set_since) {
		uint64_t time = now - g->set_since;
		g->on += time;
		g->on_lost += loss(&g->seen, seen, g->hit_ns, time, &safe_side);
		g->on_said += loss(&g->seen, seen, g->hit_ns, time, &saying);
		g->set += traced ? time : 0;
		g->set_since = now;
		sum_up(g);
	}
	g->seen = *seen;
	/* Hits that could not be read for a moment are not paid twice. */
	g->seen.hits = hits;
}

static void begin_set(struct guard *g, uint64_t now)
{
	g->set_since = now ? now : 1;
	g->sets++;
	sum_up(g);
}

void guard_count(struct guard *g, const struct guard_seen *seen, uint64_t now)
{
	g->seen = *seen;
	begin_set(g, now);
}

void guard_begun(struct guard *g, uint64_t now)
{
	if (g->set_since && now > g->set_since)
		g->set_since = now;
}

void guard_away(struct guard *g, const struct guard_seen *seen, uint64_t now)
{
	/* It takes a while, in which hardly anything is seen. */
	settle(g, seen, false, now);
	g->set_since = 0;
}

static enum guard_order set(struct guard *g, uint64_t now, uint64_t *ret_next)
{
	begin_set(g, now);
	g->bursts++;
	*ret_next = in_ms(now, FIRST_LOOK_MS);
	return GUARD_SET;
}

/* While they are set: at the rate so far what may be lost lasts until then. */
static enum guard_order go_on(const struct guard *g, uint64_t now, uint64_t *ret_next)
{
	double room = limit(g, now) - (double)g->lost;
	double spending = pace(g) - g->max / 100 * SPENT;
	double ms = spending > 0 ? room / spending / MS / 2 : LATEST_MS;

	*ret_next = in_ms(now, fmin(ms, LATEST_MS));
	return GUARD_GO_ON;
}

/* ns until they may be set: what was lost is earned, and there is room for a burst. At once who never need rest, as it seems. */
static double rest_needed(const struct guard *g, uint64_t now)
{
	double all = (double)g->lost / (g->max / 100 * SPENT);

	if (g->max >= 100 || (!g->bursts && pace(g) <= g->max / 100 * SPENT))
		return 0;
	return fmax(all, limit_time(g, (double)g->lost + least(g))) - (double)(now - g->begin);
}

static enum guard_order rest(struct guard *g, uint64_t now, uint64_t *ret_next)
{
	double needed = rest_needed(g, now);

	/* Before anything was seen it only waits until it may look. */
	g->rested = g->rested || g->on;
	/* What counting cost tells nothing of bursts. */
	if (g->bursts && needed > REST_MAX_S * SECOND)
		return GUARD_GIVE_UP;
	*ret_next = in_ms(now, needed / MS);
	return g->set_since ? GUARD_REST : GUARD_GO_ON;
}

enum guard_order guard_turn(struct guard *g, const struct guard_seen *seen, uint64_t now,
                            uint64_t *ret_next)
{
	*ret_next = in_ms(now, LATEST_MS);
	if (!(g->max > 0))
		return GUARD_GIVE_UP;
	settle(g, seen, g->bursts > 0, now);
	if (g->set_since && g->bursts)
		return (double)g->lost > limit(g, now) ? rest(g, now, ret_next)
		                                       : go_on(g, now, ret_next);
	return rest_needed(g, now) > 0 ? rest(g, now, ret_next) : set(g, now, ret_next);
}

double guard_slowdown(const struct guard *g, uint64_t now)
{
	return now > g->begin ? 100 * (double)g->said / (double)(now - g->begin) : 0;
}

double guard_expect(const struct guard_seen *from, const struct guard_seen *to, double hit_ns,
                    uint64_t time)
{
	return time ? fmin(100 * loss(from, to, hit_ns, time, &saying) / (double)time, 100) : 0;
}
