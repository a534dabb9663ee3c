/* SPDX-License-Identifier: MIT */
#include "score.h"

#include <errno.h>
#include <math.h>

/* Knows what is right and what is wrong about a stream of judgements. Refuses to know who judged. */

struct scoring {
	const struct trace *t;
	struct score *score;
	bool alarm, false_alarm, flagged; /* as of the judgement before */
	double at;                        /* s, of it */
};

static double seconds(const struct trace *t, unsigned i)
{
	return (double)t->s[i].time / 1e9;
}

static bool is_false(const struct trace *t, unsigned i)
{
	return !t->going[i] && !(t->leaks && seconds(t, i) >= t->onset);
}

static void name_it(struct scoring *g, double at)
{
	const struct trace *t = g->t;

	if (g->score->ever || (t->leaks && at < t->onset))
		return;
	g->score->ever = true;
	g->score->named = at;
	if (t->leaks)
		g->score->delay = (at - t->onset) / (t->end - t->onset);
}

/* An alarm that came and went between two judgements is known by its date only. */
static void see_flag(struct scoring *g, unsigned i, const struct call *c)
{
	double at = (double)c->flagged / 1e9;

	if (!known(c->flagged) || g->flagged)
		return;
	g->flagged = true;
	while (i > 0 && g->t->s[i].time > c->flagged)
		i--;
	name_it(g, at);
	if (is_false(g->t, i))
		g->score->ever_false = true;
}

/* Half of them evenly, half ever closer to the beginning, where little was seen yet. */
static double moment_share(unsigned k)
{
	unsigned half = SCORE_MOMENTS / 2;

	return k < half ? pow(200, (k - (double)half) / half) : (k - half + 1.0) / half;
}

static void see_moments(struct scoring *g, unsigned i, const struct call *c)
{
	const struct trace *t = g->t;
	double begin = seconds(t, 0), now = seconds(t, i) + 1e-6;

	for (unsigned k = 0; k < SCORE_MOMENTS; k++) {
		double at = begin + (t->end - begin) * moment_share(k);
		if (now < at || g->at + 1e-6 >= at)
			continue;
		g->score->moment[k].confidence = (signed char)c->confidence;
		g->score->moment[k].leaking = t->leaks && seconds(t, i) >= t->onset;
	}
}

static void see(struct scoring *g, unsigned i, const struct call *c)
{
	double now = seconds(g->t, i);
	bool alarm = c->kind == VERDICT_LEAK, wrong = alarm && is_false(g->t, i);

	g->score->false_share += g->false_alarm ? now - g->at : 0;
	g->score->flaps += alarm != g->alarm;
	g->score->false_onsets += wrong && !g->false_alarm;
	/* An alarm that outlasts its growth is told by its share of time, and at the end. */
	g->score->ever_false |= wrong && !g->alarm;
	if (alarm)
		name_it(g, now);
	see_flag(g, i, c);
	see_moments(g, i, c);
	g->alarm = alarm;
	g->false_alarm = wrong;
	g->at = now;
}

static void conclude(struct scoring *g, const struct call *c)
{
	const struct trace *t = g->t;
	double watched = t->end - seconds(t, 0), rate = t->leaked / (t->end - t->onset);

	g->score->at_end = c->kind;
	g->score->days = watched / 86400;
	g->score->false_share /= watched;
	if (t->leaks && c->kind == VERDICT_LEAK)
		g->score->rate_error = fabs(c->rate - rate) / rate;
}

int score_trace(const struct trace *t, const struct detector *d, struct score *ret,
                void (*each)(const struct saying *s, void *data), void *data)
{
	struct scoring g = {.t = t, .score = ret, .at = -INFINITY};
	struct saying said = {.trace = t};
	void *state = d->begin();
	unsigned next = 0;
	int err = state ? 0 : -ENOMEM;

	*ret = (struct score){.leaks = t->leaks,
	                      .late = t->onset > t->end / 10,
	                      .snr = t->snr,
	                      .named = NAN,
	                      .delay = INFINITY,
	                      .rate_error = NAN};
	for (unsigned i = 0; !err && i < t->n; i++) {
		err = d->feed(state, &t->s[i]);
		if (err || (i < next && i + 1 < t->n))
			continue;
		next = i + 1 + i / d->pace;
		said.call = (struct call){VERDICT_UNKNOWN, -1, NAN, UNKNOWN};
		d->judge(state, &said.call);
		said.i = i;
		see(&g, i, &said.call);
		if (each)
			each(&said, data);
	}
	if (!err)
		conclude(&g, &said.call);
	if (state)
		d->end(state);
	return err;
}
