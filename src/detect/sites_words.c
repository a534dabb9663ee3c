/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "detect/detect_internal.h"
#include "detect/evidence.h"
#include "detect/words.h"

/*
 * Knows the sentences about call sites, and from when on they are worth one. Refuses to let them change a verdict:
 * they were seen for a short time, and growth stacks may name who is innocent.
 */

#define MIB (1024.0 * 1024.0)

/* Less of the growth names nobody; slower growth is no growth. */
static const double share_least = 0.1, rate_least = 256;
/* Blocks below a page fill holes: the page fault after them is somebody else's. */
static const double page = 4096;
/* That nothing stays is said of that much tracing, and of growth that it could not have missed. */
static const double churn_seconds = 20, churn_samples = 100, stays_least = 0.05;

static bool grows(const struct carrier *c)
{
	return c->kind == VERDICT_LEAK || c->kind == VERDICT_SUSPICIOUS;
}

/* What the census of the heap saw growing is too small for page faults to tell who allocates it. */
static bool hides_in_pages(const struct detect *d)
{
	const struct heap_grower *g = d->heap.grower;

	return d->sites.kind == SITES_GROWTH && d->heap.grower_count && g->rate_blocks > 0 &&
	       g->rate_bytes / g->rate_blocks < page;
}

/* Of the growth of the process, where that is more than tracing saw. */
static double part_of_growth(const struct detect *d, const struct sites_grower *g)
{
	double rate = d->track[TRACK_BASE].trend.rate.slope;

	return rate > 0 ? fmin(g->share, g->rate / rate) : g->share;
}

/* Pages tell who touched them first, which need not be who asked for them. */
static void say_grower(const struct sites_view *s, const struct sites_grower *g, double part,
                       struct verdict *v)
{
	bool stacks = s->kind == SITES_GROWTH;
	unsigned count = v->evidence_count;

	if (stacks)
		evidence_say(v, true, 0.1 + 0.2 * part,
		             "%.0f %% of the growth of resident memory was touched first by %s",
		             100 * part, g->name);
	else
		evidence_say(v, true, 0.15 + 0.2 * part,
		             "%s%.0f %% of all growth of the process comes from %s",
		             s->bursts ? "about " : "", 100 * part, g->name);
	if (v->evidence_count > count)
		v->evidence[count].is_code = true;
}

static void say_growers(const struct detect *d, const struct carrier *c, struct verdict *v)
{
	const struct sites_view *s = &d->sites;
	char a[HUMAN_MAX], b[HUMAN_MAX];

	for (unsigned i = 0; i < s->grower_count; i++) {
		const struct sites_grower *g = &s->grower[i];
		double part = part_of_growth(d, g);
		if (part < share_least || g->rate < rate_least)
			continue;
		if (grows(c))
			say_grower(s, g, part, v);
		else if (s->kind != SITES_GROWTH)
			evidence_say(v, true, 0.08, "not all is freed that %s allocates: +%s, %s",
			             g->name, words_rate(a, g->rate), words_bytes(b, g->bytes));
	}
}

/* Of all that was allocated while it was traced nothing stays: what grows was not allocated, or is kept freed. */
static bool is_churn(const struct detect *d)
{
	const struct sites_view *s = &d->sites;
	double rate = d->track[TRACK_BASE].trend.rate.slope;

	return s->kind == SITES_ALLOCATIONS && s->whole && !s->grower_count &&
	       s->traced >= churn_seconds && s->samples >= churn_samples &&
	       s->growth <= fmax(rate_least, rate > 0 ? stays_least * rate : 0);
}

static void say_churn(struct detect *d, struct verdict *v)
{
	const struct sites_view *s = &d->sites;
	const struct track *base = &d->track[TRACK_BASE];
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (!is_churn(d))
		return;
	double grew =
	        track_change(base, s->since, d->scratch) - track_change(base, s->until, d->scratch);
	if (grew >= MIB && s->live < 0.5 * grew)
		evidence_say(v, false, 0.2,
		             "memory grew by %s while allocations were traced for %s, and none of "
		             "them stayed",
		             words_bytes(a, grew), words_seconds(b, s->traced));
	else
		evidence_say(v, false, 0.08,
		             "of what was allocated while it was traced for %s nothing stayed",
		             words_seconds(b, s->traced));
}

void sites_evidence(struct detect *d, const struct carrier *c, struct verdict *v)
{
	if (d->sites.kind == SITES_NONE)
		return;
	if (!hides_in_pages(d))
		say_growers(d, c, v);
	say_churn(d, v);
}
