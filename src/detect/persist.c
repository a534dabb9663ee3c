/* SPDX-License-Identifier: MIT */
#include "detect/persist.h"

#include <math.h>

#include "detect/straight.h"

/*
 * Knows which stretches of a series are looked at, through which views, and the circumstances that
 * make growth no news. Refuses to know what a factor is worth and to judge fewer than 24 samples.
 */

#define KIB 1024.0

enum { SAMPLES_LEAST = 24 };

static const double page = 4096;

/*
 * Memory that returns to a level it held before fills what was asked for then. Growth for which the process asks
 * anew is news below an old peak, too: both doubts are left at a log odds of about -1.5.
 */
static const double asked_enough = 0.4, birth_asked = 0.38, peak_asked = 0.25;

/* The floor, the middle and the top of the figure; the floor in wider blocks where cycles are long. */
static const struct view {
	enum block_view view;
	unsigned blocks;
	double least; /* shares of the series that are too short for it */
} views[] = {{BLOCK_MIN, 16, 0}, {BLOCK_MEDIAN, 16, 0}, {BLOCK_MAX, 16, 0}, {BLOCK_MIN, 8, 0.5}};

enum { VIEWS = sizeof(views) / sizeof(views[0]) };

struct look {
	const struct point *p; /* the whole series */
	unsigned count;
	double all, bridge;
	const struct birth *birth;
	struct whole whole[VIEWS];
};

/* Above what the process had held before the watch; a spike at its start must not hide a leak for ever. */
static double above_birth(const struct look *l, double top, double growth)
{
	const struct birth *b = l->birth;

	if (isnan(b->held))
		return INFINITY;
	double share = (top - l->bridge - b->held) / growth;
	/* After three times the age it had at first the peak of its youth says nothing. */
	double old = isnan(b->age) ? 0 : 0.6 * ramp(l->all / fmax(b->age, 1), 0.7, 3);
	return share + old;
}

static void circumstances(const struct look *l, const struct stretch *s, double growth, double top,
                          double v[FACTOR_COUNT])
{
	const struct point *a = &l->p[s->from], *z = &l->p[l->count - 1];
	double span = z->t - a->t0, samples = 0;

	for (unsigned i = s->from; i < l->count; i++)
		samples += l->p[i].count;
	v[FACTOR_TIME] = log(span);
	v[FACTOR_SAMPLES] = samples;
	v[FACTOR_BYTES] = log(growth / KIB);
	v[FACTOR_DAILY] = growth * 86400 / span / fmax(top - l->bridge, page);
	v[FACTOR_BIRTH] = above_birth(l, top, growth);
	/* Allocators take address space in lumps: small growth may well fit into the last one. */
	v[FACTOR_ASKED] = growth < 1024 * KIB ? NAN : (z->data - a->data) / growth;
	/* A beat between the interval and a job makes a slow ramp of samples, while the kernel's peak stands. */
	v[FACTOR_PEAK] = (z->held - a->held) / growth;
	if (v[FACTOR_ASKED] >= asked_enough) {
		v[FACTOR_BIRTH] = fmax(v[FACTOR_BIRTH], birth_asked);
		v[FACTOR_PEAK] = fmax(v[FACTOR_PEAK], peak_asked);
	}
}

static void look_at(struct look *l, const struct stretch *s, double share, struct persist *r)
{
	for (unsigned i = 0; i < VIEWS; i++) {
		double v[FACTOR_COUNT];
		struct blocks b;
		if (share < views[i].least || !blocks_make(l->p + s->from, l->count - s->from,
		                                           views[i].blocks, views[i].view, &b))
			continue;
		double growth = stretch_factors(s, &b, s->from == 0, page, &l->whole[i], v);
		if (!(growth > 0))
			continue;
		circumstances(l, s, growth, b.e[b.n - 1], v);
		double sure = factors_weigh(v);
		if (sure <= r->last)
			continue;
		r->last = sure;
		r->span = l->p[l->count - 1].t - l->p[s->from].t0;
		r->growth = growth;
		for (unsigned f = 0; f < FACTOR_COUNT; f++)
			r->factor[f] = v[f];
	}
}

static double samples_from(const struct look *l, unsigned from)
{
	double n = 0;

	for (unsigned i = from; i < l->count; i++)
		n += l->p[i].count;
	return n;
}

static void look_through(struct look *l, struct persist *r)
{
	static const double shares[] = {1, 0.7, 0.5, 0.35, 0.25};

	r->last = 0;
	for (unsigned i = 0; i < VIEWS; i++)
		l->whole[i] = whole_of(l->p, l->count);
	for (unsigned i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		struct stretch s = {.p = l->p, .count = l->count, .before = -INFINITY};
		s.from = i ? window_from(l->p, l->count, shares[i] * l->all) : 0;
		if (samples_from(l, s.from) < SAMPLES_LEAST)
			break;
		for (unsigned j = 0; j < s.from; j++)
			s.before = fmax(s.before, l->p[j].max);
		look_at(l, &s, shares[i], r);
	}
	r->endless = l->whole[0].endless;
}

bool persist_look(struct persist *r, const struct point *p, unsigned count, double samples,
                  double bridge, const struct birth *birth)
{
	struct look l = {.p = p, .count = count, .bridge = bridge, .birth = birth};

	if (samples < r->next || samples < SAMPLES_LEAST)
		return false;
	l.all = p[count - 1].t - p[0].t0;
	look_through(&l, r);
	r->score = r->looked ? r->score + 0.5 * (r->last - r->score) : 0.7 * r->last;
	r->next = fmax(samples + 1, samples * 1.04);
	r->looked = true;
	return true;
}
