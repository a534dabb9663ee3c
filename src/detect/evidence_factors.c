/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>

#include "detect/evidence.h"
#include "detect/words.h"

/*
 * Knows how the factors of the slow argument read as sentences. Refuses to know what they are worth.
 */

enum { MOST = 2 };

/* Log odds: what takes less is not worth a sentence. */
static const double least_take = -0.3;

/* The sentence for a factor that takes something; false: the rest of the evidence says it already. */
static bool factor_says(const struct persist *r, enum factor f, char *out, size_t size)
{
	double v = r->factor[f];
	char a[HUMAN_MAX], b[HUMAN_MAX];

	switch (f) {
	case FACTOR_DRIFT:
		snprintf(out, size, "a walk without direction could have brought it here (z %.1f)",
		         v);
		return true;
	case FACTOR_ENDLESS:
	case FACTOR_WHOLE:
		snprintf(out, size,
		         "a curve that comes to rest describes it better than endless growth");
		return true;
	case FACTOR_SHARE:
		snprintf(out, size,
		         "the growth is little against all ups and downs: %.0f %% of them",
		         100 * fmax(0, v));
		return true;
	case FACTOR_RISES:
		snprintf(out, size, "few rises make the growth: about %.0f of 15 steps", v);
		return true;
	case FACTOR_CLEAR:
		snprintf(out, size,
		         "it scatters: the growth is %.0f times what is left around a line",
		         exp(v));
		return true;
	case FACTOR_NEW:
		snprintf(out, size, "it held about as much before the stretch that grows");
		return true;
	case FACTOR_RECENT:
	case FACTOR_HIGHER:
		snprintf(out, size, "its last new high is %s ago",
		         words_seconds(a, -r->factor[FACTOR_RECENT] / 16 * r->span));
		return r->factor[FACTOR_RECENT] < 0;
	case FACTOR_BEND:
		snprintf(out, size, "it bends down, by %.1f times its noise", -v);
		return v < 0;
	case FACTOR_BYTES:
	case FACTOR_DAILY:
		snprintf(out, size, "the growth of %s in %s is immaterial",
		         words_bytes(a, r->growth), words_seconds(b, r->span));
		return true;
	default:
		return false;
	}
}

/* The heaviest that was not told yet. */
static enum factor heaviest(const struct persist *r, const bool told[FACTOR_COUNT])
{
	enum factor best = 0;
	double most = 1;

	for (enum factor f = 0; f < FACTOR_COUNT; f++) {
		double take = told[f] ? 1 : factor_weight(f, r->factor[f]);
		if (take < most) {
			most = take;
			best = f;
		}
	}
	return best;
}

void evidence_factors(const struct trend *t, struct verdict *v)
{
	const struct persist *r = &t->persist;
	bool told[FACTOR_COUNT] = {false};
	char text[192];

	if (!r->looked || !(r->growth > 0) || t->hold == HOLD_STRAIGHT)
		return;
	for (unsigned said = 0, looked = 0; said < MOST && looked < FACTOR_COUNT; looked++) {
		enum factor f = heaviest(r, told);
		double take = factor_weight(f, r->factor[f]);
		if (take > least_take)
			return;
		told[f] = true;
		if (!factor_says(r, f, text, sizeof(text)))
			continue;
		evidence_say(v, false, -take / factor_best / 2, "%s", text);
		said++;
	}
}
