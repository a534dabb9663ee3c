/* SPDX-License-Identifier: MIT */
#include "summary.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Knows how scores are averaged: over families, so that no large one hides a small one. */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, unsigned n)
{
	if (!n)
		return NAN;
	qsort(v, n, sizeof(*v), compare);
	return n % 2 || isinf(v[n / 2]) ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static bool is_clear(const struct score *s)
{
	return s->leaks && s->snr >= SNR_CLEAR;
}

static double share(double part, unsigned whole)
{
	return whole ? part / whole : NAN;
}

static void count_score(const struct score *s, struct family_summary *f, double *delay)
{
	bool end = s->at_end == VERDICT_LEAK;

	if (is_clear(s)) {
		delay[f->leaks++] = s->delay;
		f->recall_end += end;
		f->recall_ever += s->ever;
	} else if (s->leaks) {
		f->faint++;
		f->recall_faint += end;
	} else {
		f->bounded++;
		f->false_end += end;
		f->false_ever += s->ever_false;
		f->false_share += s->false_share;
	}
}

static void summarize(const struct outcome *o, unsigned count, unsigned detector,
                      struct family_summary *ret)
{
	struct family_summary f = {0};
	double *delay = malloc((count + 1) * sizeof(*delay));

	for (unsigned k = 0; delay && k < count; k++) {
		if (o[k].scored)
			count_score(&o[k].score[detector], &f, delay);
	}
	f.recall_end = share(f.recall_end, f.leaks);
	f.recall_ever = share(f.recall_ever, f.leaks);
	f.recall_faint = share(f.recall_faint, f.faint);
	f.false_end = share(f.false_end, f.bounded);
	f.false_ever = share(f.false_ever, f.bounded);
	f.false_share = share(f.false_share, f.bounded);
	f.delay = delay ? median(delay, f.leaks) : NAN;
	free(delay);
	*ret = f;
}

void summary_family(const struct plan *p, const struct outcome *all, unsigned family,
                    unsigned detector, struct family_summary *ret)
{
	summarize(&all[family * p->count], p->count, detector, ret);
}

void summary_class(const struct plan *p, const struct outcome *all, enum trace_class class,
                   unsigned detector, struct family_summary *ret)
{
	/* Families may not end on a whole round of classes. */
	unsigned n = p->family_count * p->count, used = 0;
	struct outcome *own = malloc((n + 1) * sizeof(*own));

	for (unsigned k = 0; own && k < n; k++) {
		if (all[k].class == class)
			own[used++] = all[k];
	}
	summarize(own, used, detector, ret);
	free(own);
}

struct mean {
	double sum;
	unsigned n;
};

static void mean_add(struct mean *m, double v)
{
	if (isnan(v))
		return;
	m->sum += v;
	m->n++;
}

static void average_families(const struct plan *p, const struct outcome *all, unsigned detector,
                             struct summary *ret)
{
	struct mean m[6] = {{0}};

	for (unsigned i = 0; i < p->family_count; i++) {
		struct family_summary f;
		summary_family(p, all, i, detector, &f);
		mean_add(&m[0], f.recall_end);
		mean_add(&m[1], f.recall_ever);
		mean_add(&m[2], f.recall_faint);
		mean_add(&m[3], f.false_end);
		mean_add(&m[4], f.false_ever);
		mean_add(&m[5], f.false_share);
		ret->leaks += f.leaks;
		ret->faint += f.faint;
		ret->bounded += f.bounded;
	}
	ret->recall_end = share(m[0].sum, m[0].n);
	ret->recall_ever = share(m[1].sum, m[1].n);
	ret->recall_faint = share(m[2].sum, m[2].n);
	ret->false_end = share(m[3].sum, m[3].n);
	ret->false_ever = share(m[4].sum, m[4].n);
	ret->false_share = share(m[5].sum, m[5].n);
}

static void count_days(const struct score *s, struct summary *ret, double *days)
{
	if (s->leaks)
		return;
	ret->onsets += s->false_onsets;
	*days += s->days;
}

/* room has space for the delays of all traces and for their rate errors. */
static void count_all(const struct plan *p, const struct outcome *all, unsigned detector,
                      struct summary *ret, double *room)
{
	unsigned n = p->family_count * p->count, rates = 0, clear = 0;
	double *rate = room + n, days = 0;
	struct mean flaps = {0}, early = {0};

	for (unsigned k = 0; k < n; k++) {
		const struct score *s = &all[k].score[detector];
		if (!all[k].scored)
			continue;
		count_days(s, ret, &days);
		mean_add(&flaps, s->flaps);
		mean_add(&early, s->leaks && s->late ? s->ever_false : NAN);
		if (!isnan(s->rate_error))
			rate[rates++] = s->rate_error;
		if (is_clear(s))
			room[clear++] = s->delay;
		if (is_clear(s) || !s->leaks)
			ret->confusion[s->leaks][s->at_end]++;
	}
	ret->delay = median(room, clear);
	ret->rate_error = median(rate, rates);
	ret->onsets /= days;
	ret->early = share(early.sum, early.n);
	ret->flaps = share(flaps.sum, flaps.n);
}

int summary_all(const struct plan *p, const struct outcome *all, unsigned detector,
                struct summary *ret)
{
	struct summary s = {0};
	double *room = malloc(2 * sizeof(*room) * p->family_count * p->count);

	if (!room)
		return -ENOMEM;
	average_families(p, all, detector, &s);
	count_all(p, all, detector, &s, room);
	free(room);
	*ret = s;
	return 0;
}
