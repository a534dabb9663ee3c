/* SPDX-License-Identifier: MIT */
#include "detect/link.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"

/*
 * Knows how samples become blocks of counters, and when they are judged again. Refuses to know what a
 * link is.
 */

/* Judged again when a quarter more is known, and at the latest after so many samples. */
#define JUDGE_GROWTH 1.25
enum { JUDGE_FIRST = 24, JUDGE_MOST = 600 };

#define MINUTE 60.0

void linker_reset(struct linker *l)
{
	static const unsigned fine[LINK_FINES] = {4, 16};

	memset(l, 0, sizeof(*l));
	l->per = 1;
	for (unsigned i = 0; i < LINK_FINES; i++)
		link_fine_reset(&l->fine[i], fine[i]);
}

static double number(uint64_t v)
{
	return known(v) ? (double)v : NAN;
}

/* What no figure tells by itself is summed up here. */
static void sum_up(struct linker *l, const struct sample *s, double dt)
{
	double threads = number(s->v[FIGURE_THREADS]);
	double open = number(s->v[FIGURE_CONNECTIONS]);

	if (isnan(open))
		open = number(s->v[FIGURE_FD_SOCKET]);
	if (l->begun && threads > l->threads)
		l->threads_risen += threads - l->threads;
	/* Unknown for a while, it is unknown for good: a sum with a hole is none. */
	if (l->begun && !isnan(l->connections))
		l->open_time += open * dt / MINUTE;
	l->threads = threads;
	l->connections = open;
}

static double value_of(const struct linker *l, const struct sample *s, unsigned k)
{
	double v = number(s->v[link_counters[k].figure]);

	if (k == LINK_OPEN_TIME)
		return l->open_time;
	if (k == LINK_THREADS_SEEN && isnan(v))
		return l->threads_risen;
	return v / link_counters[k].unit;
}

/* Two blocks become one; twice as many samples make the next. */
static void thin(struct linker *l)
{
	for (unsigned i = 0; i < LINK_BLOCKS / 2; i++) {
		const struct link_block *a = &l->block[2 * i], *b = &l->block[2 * i + 1];
		struct link_block sum = {.time = (a->time + b->time) / 2, .gap = a->gap || b->gap};
		for (unsigned k = 0; k < LINK_SERIES; k++)
			sum.v[k] = (a->v[k] + b->v[k]) / 2;
		l->block[i] = sum;
	}
	l->count = LINK_BLOCKS / 2;
	l->per *= 2;
}

static void values_of(const struct linker *l, const struct sample *s, double memory,
                      double ret[LINK_SERIES])
{
	double now = number(known_add(s->v[FIGURE_ANON], known_or(s->v[FIGURE_SWAP], 0)));
	double then = number(s->v[FIGURE_ANON_THEN]);
	double counted = number(s->v[FIGURE_COUNTED]) / (double)NS_PER_S;

	for (unsigned k = 0; k < LINK_COUNTERS; k++)
		ret[k] = value_of(l, s, k);
	ret[LINK_MEMORY] = memory;
	ret[LINK_MEMORY_THEN] = isnan(now) || isnan(then) ? memory : memory + then - now;
	ret[LINK_TIME] = (double)s->time / (double)NS_PER_S;
	ret[LINK_TIME_THEN] = isnan(counted) ? ret[LINK_TIME] : counted;
	ret[LINK_VSZ] = number(s->v[FIGURE_VSZ]);
}

static void block_add(struct linker *l, double time, const double v[LINK_SERIES], bool gap)
{
	struct link_block *b = &l->block[l->count];
	double part = 1.0 / ++l->filled;

	if (l->filled == 1)
		memset(b, 0, sizeof(*b));
	b->gap = b->gap || gap;
	b->time += (time - b->time) * part;
	for (unsigned k = 0; k < LINK_SERIES; k++)
		b->v[k] += (v[k] - b->v[k]) * part;
	if (l->filled < l->per)
		return;
	l->filled = 0;
	if (++l->count == LINK_BLOCKS)
		thin(l);
}

static bool is_due(const struct linker *l)
{
	double next = fmin(l->judged * JUDGE_GROWTH, l->judged + JUDGE_MOST);

	return l->samples >= fmax(next, JUDGE_FIRST);
}

/* A log of memory alone has nothing that memory could be linked with. */
static bool counts(const struct sample *s)
{
	bool any = known(s->v[FIGURE_THREADS]) || known(s->v[FIGURE_FD_SOCKET]);

	for (unsigned k = 0; !any && k < LINK_COUNTERS; k++)
		any = known(s->v[link_counters[k].figure]);
	return any;
}

void linker_push(struct linker *l, const struct sample *s, double memory, bool gap)
{
	if (!l->begun && !counts(s))
		return;
	double time = (double)s->time / (double)NS_PER_S, v[LINK_SERIES];
	unsigned y[LINK_SERIES];

	sum_up(l, s, time - l->time);
	l->time = time;
	values_of(l, s, memory, v);
	block_add(l, time, v, gap);
	for (unsigned k = 0; k < LINK_SERIES; k++)
		y[k] = link_memory_of(k);
	for (unsigned i = 0; i < LINK_FINES; i++)
		link_fine_push(&l->fine[i], v, y, LINK_SERIES, gap);
	l->begun = true;
	l->samples++;
	if (!is_due(l))
		return;
	l->judged = l->samples;
	links_find(l, &l->links, &l->sure);
}

static bool is_of_counter(enum link_kind kind)
{
	return kind == LINK_PER_OPEN || kind == LINK_PER_EVENT || kind == LINK_WHILE_OPEN;
}

void linker_tell(const struct linker *l, bool grows, struct links *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned i = 0; i < l->links.count; i++)
		if (grows || is_of_counter(l->links.link[i].kind))
			ret->link[ret->count++] = l->links.link[i];
}
