/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "base/clock.h"
#include "base/known.h"
#include "detect/sites.h"
#include "model/site_name.h"

/*
 * Knows which call sites have enough behind them to be named, and keeps their names: facts are somebody else's.
 * Refuses to know what follows from them.
 */

enum { SAMPLES_LEAST = 10 };

/* Of all samples; what was not followed may be what stays. */
static const double lost_most = 0.05;

void sites_reset(struct sites_view *s, uint64_t from)
{
	*s = (struct sites_view){.from = from, .time = UNKNOWN, .growth = NAN};
}

static void take_growers(struct sites_view *s, const struct sites_facts *f)
{
	s->grower_count = 0;
	/* How often somebody calls says nothing of what he keeps. */
	if (f->kind == SITES_HITS)
		return;
	for (uint32_t i = 0; i < f->site_count && s->grower_count < SITES_GROWERS; i++) {
		const struct site *site = &f->sites[i];
		const struct site_frame *frame = site_named(f, site);

		if (!site_name_tells(f, frame) || !site->steady || site->samples < SAMPLES_LEAST ||
		    !(site->growth_bytes > 0) || !(site->share > 0))
			continue;
		struct sites_grower *g = &s->grower[s->grower_count++];
		site_name_brief(f, frame, g->name, sizeof(g->name));
		g->share = fmin(1, site->share);
		g->rate = site->growth_bytes;
		g->bytes = known(site->live_bytes) ? (double)site->live_bytes : NAN;
	}
}

bool sites_take(struct sites_view *s, const struct sites_facts *f, double since, double until)
{
	bool late = f->begin < s->from || (known(s->time) && f->time < s->time);

	if (late || f->kind == SITES_NONE)
		return false;
	s->kind = f->kind;
	s->time = f->time;
	s->since = since;
	s->until = until;
	s->traced = (double)f->traced / (double)NS_PER_S;
	s->samples = (double)f->samples;
	s->bursts = f->bursts > 0;
	s->whole = (double)f->lost + (double)f->full <= lost_most * (double)f->samples;
	s->growth = f->growth_bytes;
	s->live = known(f->live_bytes) ? (double)f->live_bytes : NAN;
	take_growers(s, f);
	return true;
}
