/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "history.h"

/*
 * Rules that others use, made anew from their descriptions; no code is theirs. Each names where it comes from
 * and what was made scale-free. None judges before 24 samples.
 */

enum { LEAST = 24, BLOCKS = 40, MINIMA = 5, MINIMA_BLOCKS = 32, HOLDS = 3, SHORTEST = BLOCKS / 4 };

static double first_level(const struct point *p, unsigned n)
{
	double v[3] = {p[0].v, p[n > 1 ? 1 : 0].v, p[n > 2 ? 2 : 0].v};

	qsort(v, 3, sizeof(*v), past_compare);
	return fmax(v[1], 1);
}

/*
 * Linear regression, R2 > 0.8 and growth of more than 5 % over all that was watched (linnix and
 * kin: 15 min and 50 MB).
 */
static void judge_r2(void *state, struct call *ret)
{
	struct past *p = state;
	struct point b[128];
	bool leak = false;
	struct line l = {0};

	if (p->n >= LEAST) {
		unsigned n = past_blocks(p, 1, 128, BLOCK_MEAN, b);
		l = past_line(b, n);
		double grown = l.slope * (p->t[p->n - 1] - p->t[0]);
		leak = l.r2 > 0.8 && grown > 0.05 * fmax(l.at_end - grown, 1);
	}
	past_call(ret, leak, l.slope);
}

/*
 * predict_linear of Prometheus: a regression over the last quarter, carried on for four times as long as
 * it looked back, passes half as much again as the highest level of the first half.
 */
static void judge_predict(void *state, struct call *ret)
{
	struct past *p = state;
	struct point b[BLOCKS];
	bool leak = false;
	struct line l = {0};

	if (p->n >= LEAST) {
		unsigned n = past_blocks(p, 1, BLOCKS, BLOCK_MEAN, b);
		double top = 0;
		for (unsigned i = 0; i < n / 2; i++)
			top = fmax(top, b[i].v);
		n = past_blocks(p, 0.25, BLOCKS, BLOCK_MEAN, b);
		l = past_line(b, n);
		leak = l.at_end + l.slope * (p->t[p->n - 1] - p->t[0]) > 1.5 * top;
	}
	past_call(ret, leak, l.slope);
}

/* Judgements that agree count once for every 4 % of the watch, so that asking often is no proof. */
static bool held(struct past *p, bool now)
{
	double at = p->n ? p->t[p->n - 1] : 0, watched = p->n ? at - p->t[0] : 0;

	if (!now) {
		p->holds = 0;
	} else if (!p->holds || at - p->held >= 0.04 * watched) {
		p->holds++;
		p->held = at;
	}
	return p->holds >= HOLDS;
}

/* Mann-Kendall at 1 %, Sen's slope of more than 1 % of the level over the watch, three times running. */
static void judge_kendall(void *state, struct call *ret)
{
	struct past *p = state;
	struct point b[BLOCKS];
	bool leak = false;
	double slope = 0;

	if (p->n >= LEAST) {
		unsigned n = past_blocks(p, 1, BLOCKS, BLOCK_MEAN, b);
		slope = past_sen(b, n);
		leak = past_kendall(b, n) > 2.326 &&
		       slope * (p->t[p->n - 1] - p->t[0]) > 0.01 * first_level(b, n);
	}
	past_call(ret, held(p, leak), slope);
}

/*
 * The same on the last half too, and the slope of the second half at least half that of the first
 * (mem-agent: 30 minutes).
 */
static void judge_decelerating(void *state, struct call *ret)
{
	struct past *p = state;
	struct point b[BLOCKS];
	bool leak = false;
	double slope = 0;

	if (p->n >= LEAST) {
		unsigned n = past_blocks(p, 1, BLOCKS, BLOCK_MEAN, b), half = n / 2;
		double first = past_sen(b, half), second = past_sen(b + half, n - half);
		slope = past_sen(b, n);
		leak = past_kendall(b, n) > 2.326 && second >= 0.5 * first && second > 0 &&
		       slope * (p->t[p->n - 1] - p->t[0]) > 0.01 * first_level(b, n);
	}
	past_call(ret, held(p, leak), slope);
}

static double highest(const struct point *b, unsigned n)
{
	double top = 0;

	for (unsigned i = 0; i < n; i++)
		top = fmax(top, b[i].v);
	return top;
}

/*
 * Precog and LBR (Jindal et al.): some window that ends now and is straight (R2 >= 0.8), a quarter of
 * the watch or longer, leads to the limit soon, and what it reached exceeds what was there before. The limit is
 * twice the level of its start, soon is three times as long as was watched.
 */
static void judge_precog(void *state, struct call *ret)
{
	struct past *p = state;
	struct point b[BLOCKS];
	struct line best = {0};
	bool leak = false;

	unsigned n = p->n >= LEAST ? past_blocks(p, 1, BLOCKS, BLOCK_MEDIAN, b) : 0;
	double watched = n ? p->t[p->n - 1] - p->t[0] : 0;
	for (unsigned length = SHORTEST; length <= n; length++) {
		struct point *w = b + n - length;
		struct line l = past_line(w, length);
		if (l.r2 < 0.8 || l.r2 <= best.r2 || l.slope <= 0)
			continue;
		best = l;
		leak = l.at_end + 3 * watched * l.slope > 2 * w[0].v &&
		       b[n - 1].v > 1.02 * highest(b, n - length);
	}
	past_call(ret, leak, best.slope);
}

/*
 * memwatch: five collections in a row left more than the one before. A collection is the lowest
 * sample in a thirty-second of the watch.
 */
static void judge_minima(void *state, struct call *ret)
{
	struct past *p = state;
	struct point b[MINIMA_BLOCKS];
	bool leak = false;
	double rate = NAN;

	if (p->n >= LEAST) {
		unsigned n = past_blocks(p, 1, MINIMA_BLOCKS, BLOCK_LOW, b);
		leak = n > MINIMA;
		for (unsigned i = 0; leak && i < MINIMA; i++)
			leak = b[n - 1 - i].v > b[n - 2 - i].v;
		rate = past_line(b, n).slope;
	}
	past_call(ret, leak, rate);
}

#define RULE(name, judge)                                        \
	{                                                        \
		name, 40, past_begin, past_feed, judge, past_end \
	}

const struct detector rivals[] = {
        RULE("R2", judge_r2),          RULE("predict", judge_predict),
        RULE("MK+Sen", judge_kendall), RULE("TS+decel", judge_decelerating),
        RULE("Precog", judge_precog),  RULE("memwatch", judge_minima),
};
