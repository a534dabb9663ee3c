/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "detect/detect_internal.h"

/*
 * Knows how sure to be: what share of the moments that looked like this one belonged to a leak. Refuses to
 * decide: the kind stands, and with it the colour.
 *
 * Log odds are sums of clues, each a straight line between two ends that never falls. They were fitted by logistic
 * regression on the tuning seeds of the verdict's benchmark (10 traces of each family, time and memory
 * alone, 24 moments of each, half of them ever closer to its beginning), apart for each kind of verdict.
 * Families weigh the same, leaks as much as bounded growth: the base rate is one half. The validation
 * seeds were only looked at, recorded programs never fitted to. Weights are rounded to tenths.
 *
 * Clues that turned out to add nothing are not here: seconds beside samples, size against what is held, how
 * much better endless models fit. What counts most is how much was seen: the first fill of a cache looks like a
 * leak until it ends, and of growth in 60 samples that is as straight as can be only half is one.
 */

static double logged(double x)
{
	return log(fmax(x, 1));
}

static double probability(double odds)
{
	return 1 / (1 + exp(-odds));
}

/* How many samples of the growth there are; from a day of seconds on more of them say little. */
static double seen(const struct trend *t)
{
	double share = t->span > 0 ? fmin(1, t->course.span / t->span) : 1;
	double samples = logged(t->samples * share);

	return 0.9 * ramp(samples, logged(20), logged(200)) +
	       3.3 * ramp(samples, logged(200), logged(200e3));
}

/* An all-clear, or a suspicion, from few samples has seen little of what may yet come. */
static double few(const struct trend *t)
{
	return 1 - ramp(logged(t->samples), logged(10), logged(2000));
}

/* What rises although memory is given back on the way is no first fill. */
static double swings(const struct course *c)
{
	return ramp(c->down / fmax(c->up, 1), 0, 0.6);
}

/* 1 at a new high, 0 when a share `rest` of `span` has passed without. */
static double fresh(double since, double span, double rest)
{
	return 1 - ramp(since / fmax(span, 1), 0, rest);
}

static double leak_odds(const struct trend *t)
{
	const struct course *c = &t->course;

	if (t->hold == HOLD_STRAIGHT)
		return -2.0 + seen(t) + 1.9 * ramp((c->late + c->late_half) / 2, 0.5, 0.7) +
		       2.0 * swings(c);
	return -3.3 + seen(t) + 3.2 * ramp(t->persist.score, 0.6, 0.95) + 1.4 * swings(c);
}

static double suspicion_odds(const struct trend *t)
{
	const struct course *c = &t->course;
	double first = t->outlived > 0 ? 0 : 0.6; /* no earlier growth ended by itself */

	return -2.0 + first + 1.1 * few(t) + 1.1 * ramp(t->persist.score, 0.3, 0.9) +
	       0.4 * fresh(c->rest, c->span, 0.4) + 0.9 * swings(&t->whole);
}

static double calm_odds(const struct trend *t)
{
	double no_end = t->ending == ENDING_NONE ? 1.3 : 0; /* or growth was seen to end */

	return -4.3 + no_end + 2.9 * few(t) + 2.5 * ramp(t->persist.score, 0, 0.5) +
	       0.7 * fresh(t->high.rest, t->span, 0.6);
}

/*
 * Each kind keeps to its colour. What would lie beyond the edge is pressed to a tenth, so that the bar still
 * moves with the evidence. There calibration ends: see the README for what it costs.
 */
static const double press_from = 0.03, pressed = 0.1;

static double at_least(double p, double low)
{
	double bend = low + press_from;

	return fmax(low, p < bend ? bend - pressed * (bend - p) : p);
}

static double at_most(double p, double high)
{
	return 1 - at_least(1 - p, 1 - high);
}

static double calm(const struct trend *t)
{
	static const double idle = 64 * 1024; /* bytes: less is no movement */
	double p = at_most(probability(calm_odds(t)), 0.29);

	/* Where nothing moved there is nothing to be unsure of, however short the watch. */
	return t->whole.top < idle ? fmin(p, 0.05) : p;
}

int confidence_of(struct detect *d, const struct carrier *c)
{
	const struct trend *t = &c->track->trend;
	double p, heap = heap_odds(d, c);

	if (c->kind == VERDICT_LEAK)
		p = fmin(0.99, at_least(probability(leak_odds(t) + heap), 0.71));
	else if (c->kind == VERDICT_NO_LEAK)
		p = calm(t);
	else if (c->region || c->id == TRACK_FILE || carrier_counts(c) || d->feed.kind == BASE_VSZ)
		p = 0.35; /* beside the point that was fitted: less is known of these */
	else
		p = at_most(at_least(probability(suspicion_odds(t) + heap), 0.32), 0.68);
	return (int)(p * 100 + 0.5);
}
