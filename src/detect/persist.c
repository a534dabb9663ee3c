/* SPDX-License-Identifier: MIT */
#include "detect/persist.h"

#include <math.h>

#include "detect/stats.h"
#include "detect/straight.h"

/*
 * Knows retained growth that persists through noise. Refuses to know where memory is and to judge
 * fewer than 24 samples.
 */

#define KIB 1024.0

enum { SAMPLES_LEAST = 24 };

static const double page = 4096;

struct look {
	const struct point *p; /* the whole series */
	unsigned count;
	double all, bridge;
	const struct birth *birth;
	double endless; /* of the whole stretch; what later stretches are held against */
};

struct stretch {
	unsigned from;
	double share, span, samples;
	double before; /* the most held before it */
};

struct score {
	double value, growth, drift, late;
};

/* Median of the three values around each knot, so that one odd block decides nothing. */
static double knot(const double *e, unsigned n, unsigned at)
{
	unsigned from = at < 1 ? 0 : at - 1;

	if (from + 3 > n)
		from = n - 3;
	return median_of(e + from, 3);
}

static double late_share(const double *e, unsigned n)
{
	double end = knot(e, n, n - 1), all = end - knot(e, n, 0);

	if (!(all > 0))
		return 0;
	double third = (end - knot(e, n, n * 2 / 3)) * 3 / all;
	double half = (end - knot(e, n, n / 2)) * 2 / all;
	return fmin(third, half);
}

/* How far beyond a warm-up the stretch reaches. Who was watched from birth must wait longer. */
static double clock_mark(const struct look *l, const struct stretch *w)
{
	bool born = isnan(l->birth->age) || l->birth->age < 2 * l->all;

	return born ? ramp(log(w->span), log(150), log(1800))
	            : ramp(log(w->span), log(60), log(400));
}

/* Above what the process had held before the watch; a spike at its start must not hide a leak for ever. */
static double above_birth(const struct look *l, double top, double growth)
{
	const struct birth *b = l->birth;

	if (isnan(b->held))
		return 1;
	double mark = ramp((top - l->bridge - b->held) / growth, 0.1, 0.5);
	return isnan(b->age) ? mark : fmax(mark, ramp(l->all / fmax(b->age, 1), 0.7, 3));
}

static double data_mark(const struct look *l, const struct stretch *w, double growth)
{
	double data = l->p[l->count - 1].data - l->p[w->from].data;

	return isnan(data) || growth < 1024 * KIB ? 1 : 0.3 + 0.7 * ramp(data / growth, 0.1, 0.4);
}

/*
 * Growth moves the peak along. A beat between the interval and a job that goes up and down makes a
 * slow ramp of samples, while the peak, which the kernel keeps, stands still.
 */
static double peak_mark(const struct look *l, const struct stretch *w, double growth)
{
	double moved = l->p[l->count - 1].held - l->p[w->from].held;

	return 0.3 + 0.7 * ramp(moved / growth, 0.1, 0.4);
}

static double size_mark(const struct stretch *w, double growth, double level)
{
	double per_day = growth * 86400 / w->span / fmax(level, page);

	return ramp(per_day, 0.002, 0.006) * ramp(growth, 48 * KIB, 160 * KIB);
}

/* All marks but that of the models, which cost most. */
static double plain_marks(const struct look *l, const struct stretch *w, const struct score *s,
                          double top)
{
	double above = isfinite(w->before) ? (top - w->before) / s->growth : 1;
	double more = w->share < 0.1 ? 0.3 : 0;

	return ramp(s->drift, 2.2, 3.3) * ramp(s->late, 0.55, 0.95) *
	       ramp(above, 0.2 + more, 0.6 + more) * clock_mark(l, w) *
	       above_birth(l, top, s->growth) * data_mark(l, w, s->growth) *
	       peak_mark(l, w, s->growth) * size_mark(w, s->growth, top - l->bridge) *
	       ramp(w->samples, 24, 60);
}

static struct score score_blocks(struct look *l, const struct stretch *w, const struct blocks *b,
                                 bool whole_minima)
{
	const double *e = b->e;
	unsigned n = b->n;
	struct score s = {.growth = sen_even(e, n).slope};

	if (whole_minima)
		l->endless = endless_over_bounded(e, n, page);
	if (!(s.growth > 0))
		return s;
	s.drift = drift_z(e, n);
	if (n == BLOCKS_MAX)
		s.drift = fmax(s.drift, 0.8 * line_z(e, n));
	s.late = late_share(e, n);
	s.value = plain_marks(l, w, &s, knot(e, n, n - 1));
	if (s.value > 0 && n == BLOCKS_MAX)
		s.value *=
		        ramp(whole_minima ? l->endless : endless_over_bounded(e, n, page), -1, 4);
	if (w->from > 0)
		s.value *= 1 - 0.8 * ramp(-l->endless, 0, 6);
	s.value = cbrt(s.value);
	return s;
}

static void look_at(struct look *l, const struct stretch *w, struct persist *r)
{
	static const struct {
		unsigned n;
		enum block_view view;
	} views[] = {{16, BLOCK_MIN}, {16, BLOCK_MEAN}, {8, BLOCK_MIN}, {5, BLOCK_MIN}};

	for (unsigned i = 0; i < 4; i++) {
		struct blocks b;
		if (views[i].n == 5 && w->share < 0.5)
			break;
		if (!blocks_make(l->p + w->from, l->count - w->from, views[i].n, views[i].view, &b))
			continue;
		struct score s = score_blocks(l, w, &b, i == 0 && w->from == 0);
		if (s.value <= r->last)
			continue;
		r->last = s.value;
		r->span = w->span;
		r->growth = s.growth;
		r->drift = s.drift;
		r->late = s.late;
	}
}

static void look_through(struct look *l, struct persist *r)
{
	static const double shares[] = {1, 0.7, 0.5, 0.35, 0.25, 0.12, 0.06, 0.03};

	r->last = 0;
	for (unsigned i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		struct stretch w = {.share = shares[i], .before = -INFINITY};
		w.from = i ? window_from(l->p, l->count, shares[i] * l->all) : 0;
		w.span = l->p[l->count - 1].t - l->p[w.from].t0;
		for (unsigned j = w.from; j < l->count; j++)
			w.samples += l->p[j].count;
		if (w.samples < SAMPLES_LEAST)
			break;
		for (unsigned j = 0; j < w.from; j++)
			w.before = fmax(w.before, l->p[j].max);
		look_at(l, &w, r);
	}
	r->endless = l->endless;
}

bool persist_look(struct persist *r, const struct point *p, unsigned count, double samples,
                  double bridge, const struct birth *birth)
{
	struct look l = {.p = p, .count = count, .bridge = bridge, .birth = birth};

	if (samples < r->next || samples < SAMPLES_LEAST)
		return false;
	l.all = p[count - 1].t - p[0].t0;
	look_through(&l, r);
	r->score += 0.3 * (r->last - r->score);
	r->next = fmax(samples + 1, samples * 1.04);
	r->looked = true;
	return true;
}
