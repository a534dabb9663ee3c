/* SPDX-License-Identifier: MIT */
#include "detect/evidence.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "detect/detect_internal.h"
#include "detect/words.h"

/*
 * Knows the sentences that speak for and against a leak, with their figures and weights. Refuses to
 * decide anything: it tells what the judgement was made of.
 */

#define MIB (1024.0 * 1024.0)

void evidence_say(struct verdict *v, bool is_for, double weight, const char *format, ...)
{
	va_list args;

	if (v->evidence_count >= VERDICT_EVIDENCE_MAX || weight < 0.02)
		return;
	struct evidence *e = &v->evidence[v->evidence_count++];
	e->is_for = is_for;
	e->weight = fmin(1, weight);
	va_start(args, format);
	vsnprintf(e->text, sizeof(e->text), format, args);
	va_end(args);
}

static void say_growth(struct detect *d, const struct carrier *c, struct verdict *v)
{
	const struct trend *t = &c->track->trend;
	char a[HUMAN_MAX], b[HUMAN_MAX], rate[WORDS_RATE_MAX];

	if (t->course.growth <= 0)
		return;
	evidence_say(v, true, 0.35, "%s grew by %s in %s: %s",
	             c->region ? c->region->label : carrier_words(d, c),
	             words_bytes(a, t->course.growth), words_seconds(b, t->course.span),
	             words_interval(rate, t->rate.slope, t->rate.low, t->rate.high));
}

static void say_shape(const struct trend *t, struct verdict *v)
{
	const struct course *c = &t->course;
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (c->down <= 0.1 * c->up)
		evidence_say(v, true, 0.2, "it gives nothing back: falls are %.0f %% of the rises",
		             100 * c->down / fmax(c->up, 1));
	else
		evidence_say(v, false, 0.2 * fmin(1, c->down / c->up),
		             "it gave back %s of the %s it took", words_bytes(a, c->down),
		             words_bytes(b, c->up));
	if (c->late >= 0.7)
		evidence_say(
		        v, true, 0.15,
		        "it has not slowed down: the last third brought %.0f %% of a fair third",
		        100 * c->late);
	else
		evidence_say(v, false, 0.25 * (1 - c->late),
		             "it slows down: the last third brought %.0f %% of a fair third",
		             100 * fmax(0, c->late));
	if (c->largest > 0.35)
		evidence_say(v, false, 0.2, "%.0f %% of it came at once, at %s", 100 * c->largest,
		             words_clock(a, c->largest_at));
	if (t->persist.score > 0.2)
		evidence_say(
		        v, true, 0.3 * t->persist.score,
		        "growth is kept through all ups and downs (drift %.1f times its noise)",
		        t->persist.factor[FACTOR_DRIFT]);
}

static void say_circumstances(const struct carrier *c, struct verdict *v)
{
	const struct trend *t = &c->track->trend;
	const struct straight *s = &t->straight;
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (s->fresh >= 0.5)
		evidence_say(v, true, 0.15, "it holds more than ever before");
	else if (s->growth > 0 && c->track->held > c->track->level * 1.001)
		evidence_say(v, false, 0.3, "it has held %s before, and holds %s now",
		             words_bytes(a, c->track->held), words_bytes(b, c->track->level));
	if (s->mark[DOUBT_RESERVED] < 0.5 && s->growth > MIB)
		evidence_say(
		        v, false, 0.3,
		        "it asked for %s more address space only: it fills what it had reserved",
		        words_bytes(a, fmax(0, s->data)));
	else if (!isnan(s->data) && s->data > 0)
		evidence_say(v, true, 0.08, "the address space it asks for grew along, by %s",
		             words_bytes(a, s->data));
	if (t->course.span < 150)
		evidence_say(v, false, 0.28 * sqrt(10 / fmax(10, t->course.span)),
		             "a cache being filled looks the same until it stops; seen for %s",
		             words_seconds(a, t->course.span));
	if (t->outlived > 0)
		evidence_say(v, false, 0.15, "an earlier growth ended by itself after %s",
		             words_seconds(a, t->outlived));
}

static void say_plateau(struct verdict *v)
{
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (v->plateau_in > 0)
		evidence_say(v, false, 0.2, "it heads for about %s, 95 %% of it in %s",
		             words_bytes(a, v->plateau), words_seconds(b, v->plateau_in));
	else if (v->plateau > 0)
		evidence_say(v, false, 0.2, "it comes to rest at about %s",
		             words_bytes(a, v->plateau));
}

static void say_region(struct detect *d, const struct carrier *c, struct verdict *v)
{
	const struct region_track *r = regions_largest_growth(&d->regions);
	char a[HUMAN_MAX];

	if (!r || c->region || r->last - r->first < 0.2 * c->track->trend.course.growth)
		return;
	evidence_say(v, true, 0.1, "the region that grew most is %s, by %s", r->label,
	             words_bytes(a, r->last - r->first));
}

static void say_calm(struct detect *d, const struct carrier *c, struct verdict *v)
{
	const struct trend *t = &c->track->trend;
	const struct trend *vsz = &d->track[TRACK_VSZ].trend;
	bool returns = t->whole.down > 0.3 * t->whole.up;
	char a[HUMAN_MAX], b[HUMAN_MAX];

	if (t->whole.growth > 64 * 1024.0)
		evidence_say(v, true, 0.1, "it holds %s more than %s ago",
		             words_bytes(a, t->whole.growth), words_seconds(b, t->span));
	else
		evidence_say(v, false, 0.3, "it holds %s %s than %s ago",
		             t->whole.growth == 0 ? "no more" : words_bytes(a, t->whole.growth),
		             t->whole.growth > 0   ? "more"
		             : t->whole.growth < 0 ? "less"
		                                   : "and no less",
		             words_seconds(b, t->span));
	if (t->whole.growth > 64 * 1024.0 && t->whole.rest > 0 && !returns)
		evidence_say(v, false, 0.25, "its last new high was at %s, %s ago",
		             words_clock(a, t->whole.last_rise), words_seconds(b, t->whole.rest));
	if (returns && t->whole.up > MIB)
		evidence_say(v, false, 0.25, "it gave back %s of the %s it took",
		             words_bytes(a, t->whole.down), words_bytes(b, t->whole.up));
	if (vsz->judged && vsz->whole.growth > 16 * MIB &&
	    t->whole.growth < 0.1 * vsz->whole.growth)
		evidence_say(v, false, 0.2, "address space grew by %s, memory did not follow",
		             words_bytes(a, vsz->whole.growth));
}

static void say_notes(const struct detect *d, struct verdict *v)
{
	const uint64_t *now = d->feed.last.v;
	char a[HUMAN_MAX];

	if (known(now[FIGURE_LAZYFREE]) && (double)now[FIGURE_LAZYFREE] > 4 * MIB)
		evidence_say(v, false, 0.05, "%s more are freed lazily and not counted",
		             words_bytes(a, (double)now[FIGURE_LAZYFREE]));
	if (d->feed.kind == BASE_ANON && d->feed.upper)
		evidence_say(v, false, 0.04,
		             "LazyFree is unknown: pages that are free in truth may count along");
	if (d->feed.kind == BASE_RSS)
		evidence_say(v, false, 0.05,
		             "only RSS is known, and files mapped into it count along");
	if (d->feed.stopped)
		evidence_say(v, false, 0.05, "the process is stopped: this time does not count");
}

static int by_weight(const void *a, const void *b)
{
	const struct evidence *x = a, *y = b;

	return (y->weight > x->weight) - (y->weight < x->weight);
}

void evidence_write(struct detect *d, const struct carrier *c, struct verdict *v)
{
	if (!c->track->trend.judged || c->track->trend.samples < 3)
		return;
	counts_evidence(d, c, v);
	sites_evidence(d, c, v);
	if (carrier_counts(c)) {
		say_shape(&c->track->trend, v);
	} else if (c->kind == VERDICT_LEAK || c->kind == VERDICT_SUSPICIOUS) {
		say_growth(d, c, v);
		say_shape(&c->track->trend, v);
		say_circumstances(c, v);
		evidence_factors(&c->track->trend, v);
		say_region(d, c, v);
	} else {
		say_calm(d, c, v);
	}
	heap_evidence(d, c, v);
	say_plateau(v);
	say_notes(d, v);
	qsort(v->evidence, v->evidence_count, sizeof(v->evidence[0]), by_weight);
}
