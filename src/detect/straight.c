/* SPDX-License-Identifier: MIT */
#include "detect/straight.h"

#include <math.h>
#include <string.h>

#include "detect/stats.h"

/*
 * Knows what a steady, endless growth looks like while it is young. Refuses to know noise: a figure
 * that goes up and down on its way is judged by the slower argument in persist.c.
 */

#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

enum { SAMPLES_LEAST = 11 };

/* Somewhat less than ten, because a timer may be late for the first sample and not for the last. */
static const double span_least = 9.4;

unsigned window_from(const struct point *p, unsigned count, double span)
{
	double from = p[count - 1].t - span * (1 + 1e-9);
	unsigned i = count - 1;

	while (i > 0 && p[i - 1].t >= from)
		i--;
	return i;
}

/* 1 when x reaches what is needed, else below the bar in proportion. */
static double reach(double x, double need)
{
	if (x >= need)
		return 1;
	return x > 0 ? 0.49 * x / need : 0;
}

/* The longer a watch, the longer a stretch of it must be to count: many stretches are looked at. */
static double span_needed(const struct point *p, unsigned count, double watched)
{
	double step = p[count - 1].t - p[count - 1].t0;

	if (count > 1 && !(step > 0))
		step = p[count - 1].t - p[count - 2].t;
	return fmax(span_least, fmin(0.2 * watched, fmax(1800, 120 * step)));
}

/* A step may be missed at either end, so growth itself may fall a little short of the stretch. */
static double time_mark(const struct point *p, unsigned count, const struct straight *s,
                        double grows, double watched)
{
	double need = span_needed(p, count, watched);

	return fmin(reach(s->span, need), reach(grows, 0.96 * need));
}

/* 512 KiB in 10 s, 112 KiB in 35 s or more. */
static double growth_needed(double span)
{
	return 512 * KIB - 400 * KIB * ramp(log(fmax(span, 1)), log(10), log(straight_young));
}

static double value_at(const struct point *p, unsigned from, unsigned count, double t)
{
	unsigned i = from;

	while (i + 1 < count && p[i + 1].t < t)
		i++;
	if (i + 1 >= count)
		return p[count - 1].last;
	double width = p[i + 1].t - p[i].t;
	double share = width > 0 ? fmin(1, fmax(0, (t - p[i].t) / width)) : 1;
	return p[i].last + share * (p[i + 1].last - p[i].last);
}

struct shape {
	double up, down, squares, largest; /* of the rises between points */
	double above, below; /* the farthest from the chord, in shares of the growth */
	double grows_for;    /* seconds since the first rise worth the name */
};

/*
 * Rest before the first and after the last rise does not count as growth. But a figure that rises in
 * steps may have had a step just before the stretch began, so the longest way between steps is added.
 */
static double grows_for(const struct point *p, unsigned from, unsigned count, double growth)
{
	double mark = p[from].last, since = NAN, begin = NAN, apart = 0;
	double span = p[count - 1].t - p[from].t;

	for (unsigned i = from + 1; i < count; i++) {
		if (p[i].last < mark + 0.03 * growth)
			continue;
		if (isnan(begin))
			begin = p[i - 1].t;
		else
			apart = fmax(apart, p[i].t - since);
		mark = p[i].last;
		since = p[i].t;
	}
	return fmin(span, since - begin + fmin(apart, 0.15 * span));
}

static struct shape shape_of(const struct point *p, unsigned from, unsigned count, double growth)
{
	struct shape s = {0};
	double t0 = p[from].t, span = p[count - 1].t - t0, y0 = p[from].last;

	for (unsigned i = from + 1; i < count; i++) {
		double rise = p[i].last - p[i - 1].last;
		double off = (p[i].last - y0) / growth - (p[i].t - t0) / span;
		s.up += p[i].up;
		s.down += p[i].down;
		s.squares += rise > 0 ? rise * rise : 0;
		s.largest += rise > 0 ? rise : 0;
		s.above = fmax(s.above, off);
		s.below = fmax(s.below, -off);
	}
	s.grows_for = grows_for(p, from, count, growth);
	return s;
}

static double fresh_share(const struct point *p, unsigned from, unsigned count, double bridge)
{
	const struct point *end = &p[count - 1], *middle = &p[from];

	for (unsigned i = from; i < count && p[i].t <= (p[from].t + end->t) / 2; i++)
		middle = &p[i];
	if (end->last <= middle->last)
		return 0;
	return fmin(1, (end->last - bridge - middle->held) / (end->last - middle->last));
}

static double reserved_mark(const struct straight *s)
{
	/* Allocators take address space in lumps: small growth may well fit into the last one. */
	if (isnan(s->data) || s->growth < MIB)
		return 1;
	return ramp(s->data / s->growth, 0.05, 0.25);
}

/* To be taken for more than the last one that ended by itself it must last longer, or grow much larger. */
static double outlived_mark(double grows, double growth, const struct circumstances *c)
{
	return fmax(reach(grows, 1.5 * c->outlived), reach(growth, 2 * c->outgrown));
}

/*
 * A few jumps are no growth. What is small against all that is held may be a busy hour of what is
 * there already, so there it takes more of them; fewer where they lie on a line as no busy hour does.
 */
static double few_mark(double rises, double growth, double level, double off)
{
	double small = off < 0.07 ? 10.5 : 15, need = growth < 0.05 * level ? small : 5;

	return ramp(rises, 0.8 * need, 1.2 * need);
}

/* Judges the stretch p[from..count). */
static struct straight straight_judge(const struct point *p, unsigned count, unsigned from,
                                      const struct circumstances *c)
{
	const struct point *a = &p[from], *z = &p[count - 1];
	struct straight s = {.from = from, .span = z->t - a->t, .samples = 1, .data = NAN};

	for (unsigned i = from + 1; i < count; i++)
		s.samples += p[i].count;
	s.growth = z->last - a->last;
	if (!(s.growth > 0) || !(s.span > 0))
		return s;
	struct shape shape = shape_of(p, from, count, s.growth);
	double half = z->last - value_at(p, from, count, a->t + s.span / 2);
	double third = z->last - value_at(p, from, count, a->t + s.span * 2 / 3);
	s.kept = 1 - shape.down / shape.up;
	s.late = third / s.growth * 3;
	s.fresh = fresh_share(p, from, count, c->bridge);
	s.data = z->data - a->data;
	s.mark[DOUBT_SIZE] = reach(s.growth, growth_needed(s.span));
	s.mark[DOUBT_KEPT] = ramp(s.kept, 0.88, 0.98);
	s.mark[DOUBT_FEW] = few_mark(shape.largest * shape.largest / shape.squares, s.growth,
	                             z->last - c->bridge, fmax(shape.above, shape.below));
	s.mark[DOUBT_LATE] = fmin(ramp(half / s.growth * 2, 0.65, 0.8), ramp(s.late, 0.5, 0.75));
	s.mark[DOUBT_BEND] = fmin(ramp(shape.above, 0.3, 0.2), ramp(shape.below, 0.5, 0.35));
	s.mark[DOUBT_TIME] = time_mark(p, count, &s, shape.grows_for, c->watched);
	s.mark[DOUBT_SAMPLES] = reach(s.samples, SAMPLES_LEAST);
	s.mark[DOUBT_KNOWN] = straight_is_past(&s, c, p) ? 1 : ramp(s.fresh, 0.2, 0.6);
	s.mark[DOUBT_RESERVED] = reserved_mark(&s);
	s.mark[DOUBT_OUTLIVED] = outlived_mark(shape.grows_for, s.growth, c);
	return s;
}

/*
 * What it held before its only great fall is no measure for ever: growth that begins after it and
 * lasts for several times what came before it is no return of the old, when what the allocator asked for
 * grows with it. Pages that come back from where the kernel put them need no new address space.
 */
bool straight_is_past(const struct straight *s, const struct circumstances *c,
                      const struct point *p)
{
	return p[s->from].t >= c->fallen && s->span >= fmax(90, 3 * c->before) &&
	       s->data >= 0.25 * s->growth;
}

enum doubt straight_weakest(const struct straight *s)
{
	unsigned weakest = 0;

	for (unsigned i = 1; i < DOUBT_COUNT; i++) {
		if (s->mark[i] < s->mark[weakest])
			weakest = i;
	}
	return (enum doubt)weakest;
}

bool straight_passes(const struct straight *s)
{
	return s->mark[straight_weakest(s)] >= 0.5;
}

bool straight_looks(const struct straight *s)
{
	for (unsigned i = 0; i < DOUBT_SHAPES; i++) {
		if (s->mark[i] < (i == DOUBT_SIZE ? 0.2 : 0.5))
			return false;
	}
	return true;
}

struct straight straight_find(const struct point *p, unsigned count, const struct circumstances *c)
{
	static const double shares[] = {1, 0.8, 0.64, 0.5, 0.4, 0.32, 0.25, 0.2};
	double all = p[count - 1].t - p[0].t;
	struct straight best = {.data = NAN};
	double best_mark = -1;

	for (unsigned i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		unsigned from = window_from(p, count, shares[i] * all);
		if (count - from < 5)
			break;
		struct straight s = straight_judge(p, count, from, c);
		if (straight_passes(&s))
			return s;
		double mark = s.mark[straight_weakest(&s)] + (straight_looks(&s) ? 1 : 0);
		if (mark > best_mark) {
			best = s;
			best_mark = mark;
		}
	}
	return best;
}
