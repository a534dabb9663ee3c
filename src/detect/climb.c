/* SPDX-License-Identifier: MIT */
#include "detect/climb.h"

#include <math.h>
#include <string.h>

/*
 * Knows whether a figure climbs steadily. Refuses to know which figure it is, and to call it a leak:
 * address space may be reserved for good reasons.
 */

enum { YOUNG = 8, SHARES = 8, RISES = 6 };

void climb_reset(struct climb *c)
{
	memset(c, 0, sizeof(*c));
	c->stride = 1;
	c->last_t = c->last_y = NAN;
}

/* Full: every second point goes, and from now on only half as many come in. */
static void thin(struct climb *c)
{
	for (unsigned i = 0; i < CLIMB_POINTS / 2; i++) {
		c->t[i] = c->t[2 * i];
		c->y[i] = c->y[2 * i];
	}
	c->n = CLIMB_POINTS / 2;
	c->stride *= 2;
}

void climb_push(struct climb *c, double t, double y)
{
	if (isnan(y))
		return;
	c->last_t = t;
	c->last_y = y;
	if (c->n && ++c->skipped < c->stride)
		return;
	c->skipped = 0;
	if (c->n == CLIMB_POINTS)
		thin(c);
	c->t[c->n] = t;
	c->y[c->n++] = y;
}

bool climb_is_young(const struct climb *c)
{
	return c->n < YOUNG || c->last_t - c->t[0] < 8;
}

/* What it held before is no climb, but a way back. */
static bool stretch_is_new(const struct climb *c, unsigned from)
{
	double before = c->y[from];

	for (unsigned i = 0; i < from; i++)
		before = fmax(before, c->y[i]);
	return c->last_y - before > 0.5 * (c->last_y - c->y[from]);
}

/* It rises in nearly every share of the stretch, and has not slowed down much. */
static bool stretch_climbs(const struct climb *c, unsigned from, double least)
{
	double e[SHARES];
	unsigned n = c->n - from, rises = 0;

	for (unsigned s = 0; s < SHARES; s++) {
		unsigned begin = from + s * n / SHARES, end = from + (s + 1) * n / SHARES;
		e[s] = 0;
		for (unsigned i = begin; i < end; i++)
			e[s] += c->y[i] / (end - begin);
		rises += s && e[s] > e[s - 1];
	}
	double growth = e[SHARES - 1] - e[0], late = e[SHARES - 1] - e[SHARES - 3];
	return rises >= RISES && growth >= least && late >= 0.4 * growth * 2 / (SHARES - 1);
}

static void stretch_course(const struct climb *c, unsigned from, struct eta_course *ret)
{
	unsigned n = c->n - from, take = n < ETA_POINTS - 1 ? n : ETA_POINTS - 1;

	for (unsigned i = 0; i < take; i++) {
		unsigned k = from + (take > 1 ? i * (n - 1) / (take - 1) : 0);
		ret->t[i] = c->t[k];
		ret->y[i] = c->y[k];
	}
	ret->n = take;
	ret->now = c->last_t;
	if (c->last_t > ret->t[take - 1]) {
		ret->t[take] = c->last_t;
		ret->y[ret->n++] = c->last_y;
	}
}

static struct sen course_rate(const struct eta_course *c)
{
	double t[BLOCKS_MAX], y[BLOCKS_MAX];
	unsigned take = c->n < BLOCKS_MAX ? c->n : BLOCKS_MAX;

	for (unsigned i = 0; i < take; i++) {
		unsigned k = take > 1 ? i * (c->n - 1) / (take - 1) : 0;
		t[i] = c->t[k];
		y[i] = c->y[k];
	}
	return sen_slope(t, y, take);
}

bool climb_goes_on(const struct climb *c, double least, struct sen *ret_rate,
                   struct eta_course *ret)
{
	if (climb_is_young(c))
		return false;
	for (unsigned part = 1; part <= 4 && c->n / part >= YOUNG; part *= 2) {
		unsigned from = c->n - c->n / part;
		if (!stretch_climbs(c, from, least) || !stretch_is_new(c, from))
			continue;
		stretch_course(c, from, ret);
		*ret_rate = course_rate(ret);
		return ret_rate->slope > 0;
	}
	return false;
}
