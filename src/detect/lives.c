/* SPDX-License-Identifier: MIT */
#include "detect/lives.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/known.h"

/*
 * Knows how a life is kept as some points and judged by them. Refuses to know what a verdict is: a life is
 * told of, nothing is concluded from it.
 */

enum { POINTS = 96, LEAST_POINTS = 6, PARTS = 3 };

/* Seconds that what is left of a life without its first third must last to be judged. */
static const double least_span = 3;
/* Growth that is none: bytes, and as a share of what it holds. */
static const double least_growth = 128 << 10, least_share = 0.01;
/* The last third may grow so much slower than the one before: else it is about to rest. */
static const double flattening = 0.4;

struct point {
	double t, v; /* seconds since the life began; bytes */
};

struct lives_feed {
	struct lives lives; /* the last of it is the present one, judged when asked */
	struct point point[POINTS];
	unsigned count;
	unsigned stride, skipped; /* every so many samples is kept as a point */
};

struct lives_feed *lives_new(void)
{
	struct lives_feed *f = calloc(1, sizeof(*f));

	if (f)
		f->stride = 1;
	return f;
}

void lives_free(struct lives_feed *f)
{
	free(f);
}

/* --- one life ---------------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, unsigned n)
{
	qsort(v, n, sizeof(*v), by_value);
	return n ? (v[(n - 1) / 2] + v[n / 2]) / 2 : NAN;
}

/* Theil and Sen: the median of the slopes between all pairs. */
static double slope_of(const struct point *p, unsigned n)
{
	static const unsigned pairs_max = POINTS * (POINTS - 1) / 2;
	double *slopes = malloc(pairs_max * sizeof(*slopes));
	unsigned count = 0;

	if (!slopes)
		return NAN;
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = i + 1; j < n; j++)
			if (p[j].t > p[i].t)
				slopes[count++] = (p[j].v - p[i].v) / (p[j].t - p[i].t);
	double m = median(slopes, count);
	free(slopes);
	return m;
}

/* The median of one of three parts of equal length of the time from `from` to `to`; NAN: nothing lies there. */
static double part_level(const struct point *p, unsigned n, double from, double to, unsigned part)
{
	double v[POINTS], length = (to - from) / PARTS;
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		double k = (p[i].t - from) / length;
		if (k >= part && (k < part + 1 || part == PARTS - 1))
			v[count++] = p[i].v;
	}
	return median(v, count);
}

static bool is_steady(const struct point *p, unsigned n, double growth)
{
	double from = p[0].t, to = p[n - 1].t, level[PARTS];

	for (unsigned i = 0; i < PARTS; i++)
		level[i] = part_level(p, n, from, to, i);
	double before = level[1] - level[0], after = level[2] - level[1];
	double gained = growth * (to - from);

	/* A level that is not known compares as false. */
	return before > 0 && after > flattening * before && gained >= least_growth &&
	       gained >= least_share * level[2];
}

static void life_judge(const struct lives_feed *f, struct life *life)
{
	unsigned from = 0;
	double end = f->count ? f->point[f->count - 1].t : 0;

	life->growth = NAN;
	life->steady = false;
	while (from < f->count && f->point[from].t < end / 3)
		from++;
	unsigned n = f->count - from;
	if (n < LEAST_POINTS || end - f->point[from].t < least_span)
		return;
	life->growth = slope_of(f->point + from, n);
	life->steady = is_steady(f->point + from, n, life->growth);
}

/* --- one after the other ------------------------------------------------------------------------------- */

static struct life *life_now(struct lives *l)
{
	return l->kept ? &l->life[l->kept - 1] : NULL;
}

static void life_begin(struct lives_feed *f, const struct sample *s)
{
	struct lives *l = &f->lives;

	if (l->kept)
		life_judge(f, life_now(l));
	if (l->kept == LIVES_KEPT) {
		memmove(l->life, l->life + 1, (LIVES_KEPT - 1) * sizeof(l->life[0]));
		l->kept--;
	}
	l->count++;
	l->life[l->kept++] = (struct life){
	        .begin = s->time, .end = s->time, .first = UNKNOWN, .last = UNKNOWN, .growth = NAN};
	f->count = f->skipped = 0;
	f->stride = 1;
}

/* Full: every other point goes, and so will half of those to come. */
static void points_thin(struct lives_feed *f)
{
	for (unsigned i = 0; i < POINTS / 2; i++)
		f->point[i] = f->point[2 * i];
	f->count = POINTS / 2;
	f->stride *= 2;
}

void lives_sample(struct lives_feed *f, const struct sample *s)
{
	uint64_t v = sample_base(s, NULL);

	if (!f->lives.kept || s->flags & SAMPLE_RESTART)
		life_begin(f, s);
	struct life *life = life_now(&f->lives);
	life->end = s->time;
	/* Of what was stopped, or whose figures are doubtful, nothing is learnt. */
	if (!known(v) || s->flags & (SAMPLE_STOPPED | SAMPLE_TORN))
		return;
	life->first = known(life->first) ? life->first : v;
	life->last = v;
	if (++f->skipped < f->stride)
		return;
	f->skipped = 0;
	if (f->count == POINTS)
		points_thin(f);
	f->point[f->count++] =
	        (struct point){(double)(s->time - life->begin) / (double)NS_PER_S, (double)v};
}

const struct lives *lives_ended(const struct lives_feed *f)
{
	return &f->lives;
}

void lives_tell(const struct lives_feed *f, struct lives *ret)
{
	double growth[LIVES_KEPT];

	*ret = f->lives;
	if (ret->kept)
		life_judge(f, life_now(ret));
	ret->judged = ret->steady = 0;
	ret->growth = ret->low = ret->high = NAN;
	for (unsigned i = 0; i < ret->kept; i++) {
		const struct life *life = &ret->life[i];
		ret->judged += isfinite(life->growth) != 0;
		if (life->steady)
			growth[ret->steady++] = life->growth;
	}
	if (!ret->steady)
		return;
	ret->growth = median(growth, ret->steady);
	ret->low = growth[0];
	ret->high = growth[ret->steady - 1];
}
