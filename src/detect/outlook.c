/* SPDX-License-Identifier: MIT */
#include "detect/detect_internal.h"
#include "detect/plateau.h"

/*
 * Knows what can be said beyond the verdict: what an all-clear is worth, and where fading growth ends. Refuses
 * to judge: power.c and plateau.c do.
 */

void outlook_doubt(struct detect *d, struct carrier *c)
{
	const struct track *base = &d->track[TRACK_BASE];
	const struct course *whole = &base->trend.whole;

	if (c->kind != VERDICT_NO_LEAK)
		return;
	power_ask(&d->power, base, d->scratch, d->more);
	/*
	 * Whoever was warned must hear how it ended; memory that only falls needs no proof; and one burst is
	 * over, while ups and downs go on and hide what they hid.
	 */
	bool clear = base->trend.ending != ENDING_NONE || base->trend.falls < 2 ||
	             (whole->growth < 0 && whole->up < 0.3 * whole->down);
	if (clear || !power_is_weak(&d->power, base->trend.level))
		return;
	c->kind = VERDICT_UNKNOWN;
	c->cause = CAUSE_NULL;
}

void outlook_plateau(struct detect *d, const struct carrier *c, struct verdict *v)
{
	const struct trend *t = &c->track->trend;
	struct plateau f;

	if (v->cause != CAUSE_WARM_UP || trend_has_stopped(t))
		return;
	if (!plateau_find(d->scratch, series_list(c->track->series, d->scratch), &f))
		return;
	v->plateau = f.level - c->track->bridge;
	v->plateau_in = f.ahead;
}
