/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "summary.h"

/* Knows how confidence is held against truth. Refuses to know how it came about. */

static unsigned bin_of(int confidence)
{
	return confidence < 0 ? BIN_COUNT - 1 : confidence >= 100 ? 9 : (unsigned)confidence / 10;
}

/* Traces of one family by the right answer: some families have both. */
static unsigned count_traces(const struct plan *p, const struct outcome *family, bool leaks,
                             unsigned detector)
{
	unsigned n = 0;

	for (unsigned k = 0; k < p->count; k++)
		n += family[k].scored && family[k].score[detector].leaks == leaks;
	return n;
}

/* Moments from `first` on, each of this weight. */
static void count_moments(const struct score *s, unsigned first, double weight, struct bin *bin,
                          double *brier)
{
	for (unsigned i = first; i < SCORE_MOMENTS; i++) {
		int confidence = s->moment[i].confidence;
		double p = confidence < 0 ? 0.5 : confidence / 100.0,
		       leaking = s->moment[i].leaking;
		struct bin *b = &bin[bin_of(confidence)];
		b->n++;
		b->weight += weight;
		b->shown += weight * p;
		b->leaking += weight * leaking;
		*brier += weight * (p - leaking) * (p - leaking);
	}
}

static void count_group(const struct plan *p, const struct outcome *all, unsigned detector,
                        bool leaks, struct reliability *r)
{
	unsigned families = 0;

	for (unsigned f = 0; f < p->family_count; f++)
		families += count_traces(p, &all[f * p->count], leaks, detector) > 0;
	for (unsigned k = 0; k < p->family_count * p->count; k++) {
		const struct score *s = &all[k].score[detector];
		if (!all[k].scored || s->leaks != leaks)
			continue;
		const struct outcome *family = &all[k / p->count * p->count];
		double weight = 0.5 / families / count_traces(p, family, leaks, detector);
		count_moments(s, 0, weight / SCORE_MOMENTS, r->moment, &r->brier);
		count_moments(s, SCORE_MOMENTS - 1, weight, r->end, &r->brier_end);
	}
}

/* Sums become means; returns the mean distance of what is shown from what is so. */
static double finish(struct bin *bin)
{
	double sum = 0, all = 0;

	for (unsigned i = 0; i < BIN_COUNT; i++) {
		struct bin *b = &bin[i];
		bool known = i < BIN_COUNT - 1;
		sum += known ? fabs(b->shown - b->leaking) : 0;
		all += known ? b->weight : 0;
		b->shown = b->weight > 0 ? b->shown / b->weight : NAN;
		b->leaking = b->weight > 0 ? b->leaking / b->weight : NAN;
	}
	return sum / all;
}

void summary_reliability(const struct plan *p, const struct outcome *all, unsigned detector,
                         struct reliability *ret)
{
	struct reliability r = {.brier = 0};

	count_group(p, all, detector, false, &r);
	count_group(p, all, detector, true, &r);
	r.error = finish(r.moment);
	r.error_end = finish(r.end);
	*ret = r;
}
