/* SPDX-License-Identifier: MIT */
#include "detect/lives.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/known.h"

/*
 * What lives that ended say of a process whose present one is too short to say anything: a leak that is cured by
 * restarts. Knows how alike they must be; refuses to know how a life is judged.
 *
 * It never says more than suspicious: a cache that takes longer to fill than a life lasts looks the same.
 */

enum { LEAST_LIVES = 3, CONFIDENCE_BASE = 35, CONFIDENCE_LIFE = 5 };

/* ns that they must have lasted together: what starts and crashes is mostly starting. */
static const uint64_t least_time = 60 * NS_PER_S;
/* The one that grew most may have grown so many times as fast as the one that grew least. */
static const double alike = 4;

/* What the lives that were judged have in common; lives that ended, for the present one is judged when asked. */
struct common {
	unsigned judged, steady;
	uint64_t time, shortest; /* ns */
	double low, high, sum;   /* bytes per second, of the steady ones */
};

static void common_find(const struct lives *l, struct common *ret)
{
	*ret = (struct common){.shortest = UNKNOWN, .low = INFINITY};
	for (unsigned i = 0; i + 1 < l->kept; i++) {
		const struct life *life = &l->life[i];
		uint64_t time = life->end - life->begin;

		if (!isfinite(life->growth))
			continue;
		ret->judged++;
		ret->time += time;
		ret->shortest = time < ret->shortest ? time : ret->shortest;
		if (!life->steady)
			continue;
		ret->steady++;
		ret->sum += life->growth;
		ret->low = fmin(ret->low, life->growth);
		ret->high = fmax(ret->high, life->growth);
	}
}

static bool is_leak_hidden(const struct common *c)
{
	return c->judged >= LEAST_LIVES && c->steady == c->judged && c->time >= least_time &&
	       c->low > 0 && c->high <= alike * c->low;
}

/* The present life had no more time yet than in which the others began to grow, or nothing can be told of it. */
static bool is_open(const struct lives *l, const struct common *c, const struct verdict *v)
{
	const struct life *now = &l->life[l->kept - 1];

	if (v->kind == VERDICT_UNKNOWN)
		return true;
	return v->kind == VERDICT_NO_LEAK && now->end - now->begin < c->shortest;
}

/* The heaviest stand first; the lightest makes room. */
static void evidence_put(struct verdict *v, const char *text)
{
	unsigned n = v->evidence_count < VERDICT_EVIDENCE_MAX ? v->evidence_count
	                                                      : VERDICT_EVIDENCE_MAX - 1;

	memmove(v->evidence + 1, v->evidence, n * sizeof(v->evidence[0]));
	v->evidence[0] = (struct evidence){.is_for = true, .weight = 1};
	snprintf(v->evidence[0].text, sizeof(v->evidence[0].text), "%s", text);
	v->evidence_count = n + 1;
}

static int confidence_of(unsigned lives)
{
	unsigned confidence = CONFIDENCE_BASE + CONFIDENCE_LIFE * lives;

	return confidence < CONFIDENCE_ALARM - CONFIDENCE_LIFE ? (int)confidence
	                                                       : CONFIDENCE_ALARM - CONFIDENCE_LIFE;
}

static void lives_weigh(const struct lives *l, struct verdict *v)
{
	char rate[HUMAN_MAX], shortest[HUMAN_MAX], text[192];
	struct common c;

	if (l->kept <= LEAST_LIVES)
		return;
	common_find(l, &c);
	if (!is_leak_hidden(&c) || !is_open(l, &c, v))
		return;
	v->kind = VERDICT_SUSPICIOUS;
	v->cause = CAUSE_LEAK;
	v->confidence = confidence_of(c.judged);
	v->needs = v->since = UNKNOWN;
	v->growth = c.sum / c.steady;
	v->growth_low = c.low;
	v->growth_high = c.high;
	v->power = v->plateau = v->plateau_in = NAN;
	human_rate(rate, v->growth);
	snprintf(v->reason, sizeof(v->reason),
	         "memory grows in every life: %u lives, about %s in each; restarts hide it",
	         c.judged, rate);
	snprintf(v->condition, sizeof(v->condition),
	         "it went on in a life that is not cut short by a restart");
	snprintf(text, sizeof(text),
	         "each of the %u lives that ended grew steadily, the shortest of them for %s",
	         c.judged, human_duration(shortest, c.shortest));
	evidence_put(v, text);
}

const struct verdict *lives_verdict(const struct lives_feed *f, const struct verdict *v,
                                    struct verdict *ret)
{
	const struct lives *l = lives_ended(f);

	if (l->kept <= LEAST_LIVES)
		return v;
	*ret = *v;
	lives_weigh(l, ret);
	return ret;
}
