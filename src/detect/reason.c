/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "detect/detect_internal.h"
#include "detect/words.h"

/*
 * Knows the one sentence a verdict stands on, and what would have to happen for a suspicion to
 * become a leak. Refuses to decide.
 */

static double sample_step(const struct detect *d)
{
	return d->feed.step > 0 ? d->feed.step : 1;
}

/* Until eleven samples over ten seconds are there. */
static double missing_seconds(const struct detect *d)
{
	const struct trend *t = &d->track[TRACK_BASE].trend;
	double samples = t->judged ? 11 - t->samples : 10, span = t->judged ? 10 - t->span : 10;

	return fmax(fmax(samples * sample_step(d), span), sample_step(d));
}

static void unknown_reason(struct detect *d, struct verdict *v)
{
	const struct trend *t = &d->track[TRACK_BASE].trend;
	const char *began = d->restart ? "process took its place" : "program began in it";
	char a[HUMAN_MAX], b[HUMAN_MAX], rate[HUMAN_MAX];

	v->needs = (uint64_t)(missing_seconds(d) * (double)NS_PER_S);
	if (d->feed.stopped) {
		snprintf(v->reason, sizeof(v->reason),
		         "the process is stopped, and while it is nothing can be learnt");
		v->needs = UNKNOWN;
	} else if (!t->judged) {
		snprintf(v->reason, sizeof(v->reason), "no figure of its memory could be read yet");
		v->needs = UNKNOWN;
	} else if (d->epoch && t->span < 1) {
		snprintf(v->reason, sizeof(v->reason), "another %s just now", began);
	} else if (d->epoch) {
		snprintf(v->reason, sizeof(v->reason), "another %s %s ago", began,
		         words_seconds(a, t->span));
	} else if (carrier_enough(d) && !trend_is_young(t)) {
		v->needs = (uint64_t)(t->span * (double)NS_PER_S);
		snprintf(v->reason, sizeof(v->reason),
		         "it went up and down by %s in %s: a leak of %s could hide in that",
		         words_bytes(b, t->whole.down), words_seconds(a, t->span),
		         words_rate(rate, power_rate(&d->power)));
	} else if (carrier_enough(d)) {
		v->needs = (uint64_t)((straight_young - t->span) * (double)NS_PER_S);
		snprintf(v->reason, sizeof(v->reason),
		         "it grew by %s in %s, evenly, but that is little to go by",
		         words_bytes(b, t->course.growth), words_seconds(a, t->course.span));
	} else {
		snprintf(v->reason, sizeof(v->reason), "%.0f sample%s over %s %s too few",
		         t->samples, t->samples == 1 ? "" : "s", words_seconds(a, t->span),
		         t->samples == 1 ? "is" : "are");
	}
}

static const char *grower(const struct detect *d, const struct carrier *c, char *out, size_t size)
{
	if (!c->region)
		return carrier_words(d, c);
	snprintf(out, size, "%s%s", c->region->sum ? "" : "the region ", c->region->label);
	return out;
}

static void growth_reason(struct detect *d, const struct carrier *c, struct verdict *v)
{
	const struct course *g = &c->track->trend.course;
	char a[HUMAN_MAX], b[HUMAN_MAX], name[96], rate[HUMAN_MAX];

	if (carrier_counts(c)) {
		counts_reason(d, c, v->reason, sizeof(v->reason));
		return;
	}
	snprintf(v->reason, sizeof(v->reason), "%s grew by %s in %s, at %s%s",
	         grower(d, c, name, sizeof(name)), words_bytes(a, g->growth),
	         words_seconds(b, g->span), words_rate(rate, c->track->trend.rate.slope),
	         c->cause == CAUSE_WARM_UP ? ", but more slowly of late" : "");
	if (c->cause == CAUSE_RETENTION)
		heap_reason(d, v->reason, sizeof(v->reason));
}

/* A growth that was called a leak and ended comes first: whoever was warned must hear what became of it. */
static void suspicion_reason(struct detect *d, const struct carrier *c, struct verdict *v)
{
	const struct trend *base = &d->track[TRACK_BASE].trend;
	char name[96];

	if (base->ending == ENDING_NONE) {
		growth_reason(d, c, v);
		return;
	}
	cause_of_ending(base, v->reason, sizeof(v->reason));
	size_t used = strlen(v->reason);
	if (c->region || c->id != TRACK_BASE)
		snprintf(v->reason + used, sizeof(v->reason) - used, "; but %s goes on growing",
		         grower(d, c, name, sizeof(name)));
}

/* What is missing to a leak, from the weakest link of the argument. */
static void condition_write(struct detect *d, const struct carrier *c, struct verdict *v)
{
	const struct trend *t = &c->track->trend;
	const struct straight *s = &t->straight;
	char a[HUMAN_MAX];
	double more;

	if (d->feed.kind == BASE_VSZ) {
		snprintf(v->condition, sizeof(v->condition), "resident memory grew along with it");
		return;
	}
	if (carrier_counts(c)) {
		snprintf(v->condition, sizeof(v->condition), "memory grew along with it");
		return;
	}
	if (c->cause == CAUSE_RETENTION) {
		snprintf(v->condition, sizeof(v->condition), "live blocks grew along with it");
		return;
	}
	if (c->region) {
		part_condition(d, c->region, v->condition, sizeof(v->condition));
		return;
	}
	switch (straight_weakest(s)) {
	case DOUBT_KNOWN:
		snprintf(v->condition, sizeof(v->condition), "it keeps growing beyond %s",
		         words_bytes(a, c->track->held));
		return;
	case DOUBT_RESERVED:
		snprintf(v->condition, sizeof(v->condition),
		         "it keeps growing beyond the memory it had reserved before");
		return;
	case DOUBT_OUTLIVED:
		snprintf(v->condition, sizeof(v->condition), "it goes on for longer than %s",
		         words_seconds(a, fmax(1.5 * t->outlived, 1.2 * t->course.span)));
		return;
	case DOUBT_TIME:
	case DOUBT_SAMPLES:
		more = fmax(missing_seconds(d), s->span > 0 ? 0.2 * t->span - s->span : 0);
		snprintf(v->condition, sizeof(v->condition), "it goes on for about %s more",
		         words_seconds(a, fmax(1, ceil(more))));
		return;
	default:
		snprintf(v->condition, sizeof(v->condition), "it goes on at this rate for %s",
		         words_seconds(a, fmax(t->course.span, 10)));
	}
}

/* An all-clear says what it is worth. */
static void calm_reason(struct detect *d, struct verdict *v)
{
	char rate[HUMAN_MAX];

	v->cause = cause_of_calm(d, v->reason, sizeof(v->reason));
	size_t used = strlen(v->reason);
	if (power_rate(&d->power) > 0)
		snprintf(v->reason + used, sizeof(v->reason) - used,
		         "; a leak above %s would have been seen",
		         words_rate(rate, power_rate(&d->power)));
}

void reason_write(struct detect *d, const struct carrier *c, struct verdict *v)
{
	switch (c->kind) {
	case VERDICT_UNKNOWN:
		unknown_reason(d, v);
		return;
	case VERDICT_NO_LEAK:
		calm_reason(d, v);
		return;
	case VERDICT_SUSPICIOUS:
		suspicion_reason(d, c, v);
		condition_write(d, c, v);
		return;
	default:
		growth_reason(d, c, v);
	}
}
