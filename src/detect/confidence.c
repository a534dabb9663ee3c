/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "detect/detect_internal.h"

/*
 * Knows how sure to be. Growth that has gone on for ten seconds ends by itself more often than not
 * within the hour; one that has gone on for an hour seldom does. Refuses to decide: the kind stands.
 */

static double leak_sureness(const struct trend *t)
{
	double span = fmax(t->course.span, 10);
	double sure = 1 - 0.28 * pow(10 / span, 0.42);

	if (t->hold == HOLD_PERSIST)
		sure *= 0.85 + 0.15 * t->persist.score;
	/* What slows down may end; what is little against all that is held may be a busy hour of it. */
	sure -= 0.15 * (1 - ramp((t->course.late + t->course.late_half) / 2, 0.5, 0.9));
	sure -= 0.06 * (1 - ramp(t->course.growth / fmax(t->level, 1), 0.02, 0.2));
	return fmin(0.99, fmax(0.71, sure));
}

static double suspicion(const struct trend *t)
{
	double gates = 1;

	for (unsigned i = DOUBT_SHAPES; i < DOUBT_COUNT; i++)
		gates *= 0.4 + 0.6 * t->straight.mark[i];
	if (!straight_looks(&t->straight))
		gates *= t->floor.steady ? 0.8 : 0.5;
	return 0.32 + 0.36 * fmax(t->persist.score, gates);
}

static double calm(const struct trend *t)
{
	const struct course *c = &t->whole;
	double p = 0.01 + 0.05 * sqrt(10 / fmax(t->span, 10));

	if (c->growth > 1024 * 1024 && c->growth > 0.3 * c->up) {
		/* Something did grow and has come to rest; the longer the rest, the less it says. */
		double rested = c->span > 0 ? c->rest / c->span : 0;
		p += 0.2 * (1 - fmin(1, 2 * rested)) + 0.03;
	}
	return fmin(0.29, p + 0.2 * t->persist.score);
}

int confidence_of(const struct detect *d, const struct carrier *c)
{
	const struct trend *t = &c->track->trend;
	double p;

	if (c->kind == VERDICT_LEAK)
		p = leak_sureness(t);
	else if (c->kind == VERDICT_NO_LEAK)
		p = calm(t);
	else
		p = c->region || c->id == TRACK_FILE || carrier_counts(c) ||
		                    d->feed.kind == BASE_VSZ
		            ? 0.35
		            : suspicion(t);
	return (int)(p * 100 + 0.5);
}
