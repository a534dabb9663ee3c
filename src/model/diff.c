/* SPDX-License-Identifier: MIT */
/*
 * A comparison as a whole: which moment is the earlier one, how much time lies between, which figures changed.
 * Knows moments; refuses to know where they came from.
 */
#include "model/diff.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/human.h"
#include "model/diff_internal.h"
#include "model/figure.h"

/* Figures of two first samples that must be known and agree before they are taken for one. */
enum { AGREEING_FIGURES = 5 };

/* Times between samples and between passes that differ by more than one in so many do not compare. */
enum { APART_PART = 10 };

/* --- who and when ---------------------------------------------------------------------------------- */

static bool one_birth(const struct target *x, const struct target *y)
{
	return x && y && x->pid && x->pid == y->pid && x->start_ticks == y->start_ticks;
}

static bool one_process(const struct target *x, const struct target *y, bool one_watch)
{
	return one_birth(x, y) && (one_watch || known(x->start_ticks));
}

bool diff_one_watch(const struct moment *x, const struct moment *y)
{
	const struct sample *a = &x->first, *b = &y->first;
	int agree = 0;

	if (!one_process(x->target, y->target, false) || !known(a->wall) || a->wall != b->wall)
		return false;
	for (int f = 0; f < FIGURE_COUNT; f++) {
		if (!known(a->v[f]) || !known(b->v[f]))
			continue;
		if (a->v[f] != b->v[f])
			return false;
		agree++;
	}
	return agree >= AGREEING_FIGURES;
}

static bool is_later(const struct moment *x, const struct moment *y, bool one_watch)
{
	if (one_watch)
		return x->time > y->time;
	return known(x->wall) && known(y->wall) && x->wall > y->wall;
}

static void side_fill(struct diff_side *s, const struct moment *m)
{
	s->target = m->target ? target_ref(m->target) : NULL;
	s->time = m->time;
	s->wall = m->wall;
	s->sample = m->sample;
	s->regions = m->regions ? region_table_ref(m->regions) : NULL;
}

/* The age of a process is known to the millisecond where a file has its date to the second. */
static uint64_t span_of(const struct diff *d, bool one_watch)
{
	const struct diff_side *a = &d->side[DIFF_A], *b = &d->side[DIFF_B];
	uint64_t age_a = a->sample.v[FIGURE_AGE], age_b = b->sample.v[FIGURE_AGE];

	if (one_watch)
		return b->time - a->time;
	if (d->one_process && known(age_a) && known(age_b) && age_b >= age_a)
		return age_b - age_a;
	return known_sub(b->wall, a->wall);
}

/* A table is older than the sample it comes with. */
static uint64_t pass_span_of(const struct diff *d)
{
	const struct diff_side *a = &d->side[DIFF_A], *b = &d->side[DIFF_B];
	int64_t age_a, age_b, span;

	if (!known(d->span) ||
	    !known_delta(a->time, a->regions ? a->regions->time : UNKNOWN, &age_a) ||
	    !known_delta(b->time, b->regions ? b->regions->time : UNKNOWN, &age_b))
		return UNKNOWN;
	/* Times of a file may be any. */
	if (__builtin_add_overflow((int64_t)d->span, age_a, &span) ||
	    __builtin_sub_overflow(span, age_b, &span))
		return UNKNOWN;
	return span > 0 ? (uint64_t)span : 0;
}

/* Without a good part of the time the one has seen what the other has not. */
static void apart_fill(struct diff *d)
{
	uint64_t most = d->span > d->pass_span ? d->span : d->pass_span,
	         least = d->span > d->pass_span ? d->pass_span : d->span;
	char passes[HUMAN_MAX], samples[HUMAN_MAX];

	d->apart = known(most) && !d->same_pass && most - least > most / APART_PART;
	if (d->apart)
		snprintf(d->apart_note, sizeof(d->apart_note),
		         "regions, PSS and private memory are of passes %s apart, the other "
		         "figures of samples %s apart",
		         human_duration(passes, d->pass_span), human_duration(samples, d->span));
}

static void times_fill(struct diff *d, bool one_watch)
{
	const struct region_table *a = d->side[DIFF_A].regions, *b = d->side[DIFF_B].regions;

	d->one_process = one_process(d->side[DIFF_A].target, d->side[DIFF_B].target, one_watch);
	d->span = span_of(d, one_watch);
	d->pass_span = pass_span_of(d);
	d->same_pass = a && (a == b || (b && one_watch && a->time == b->time));
	apart_fill(d);
}

/* --- figures --------------------------------------------------------------------------------------- */

static bool is_of_pass(enum figure f)
{
	return f == FIGURE_PSS || f == FIGURE_PRIVATE || f == FIGURE_PRIVATE_DIRTY ||
	       f == FIGURE_SHARED || f == FIGURE_LAZYFREE || f == FIGURE_ANON_HUGE ||
	       f == FIGURE_MAPS;
}

static void figures_compare(struct diff *d)
{
	for (unsigned f = 0; f < FIGURE_COUNT; f++) {
		struct diff_figure x = {.figure = (enum figure)f, .rate = NAN};
		uint64_t a = d->side[DIFF_A].sample.v[f], b = d->side[DIFF_B].sample.v[f];

		if (!figure_infos[f].label || (!known(a) && !known(b)))
			continue;
		value_set(&x.value, a, b);
		x.span = d->apart && is_of_pass(x.figure) ? d->pass_span : d->span;
		if (figure_infos[f].counter && !d->one_process) {
			x.value.known = false;
			x.value.change = 0;
		}
		if (x.value.known && known(x.span) && x.span)
			x.rate = (double)x.value.change / ((double)x.span / NS_PER_S);
		d->figures[d->figure_count++] = x;
	}
}

const struct diff_figure *diff_find(const struct diff *d, enum figure figure)
{
	for (unsigned i = 0; i < d->figure_count; i++)
		if (d->figures[i].figure == figure)
			return &d->figures[i];
	return NULL;
}

/* --- the whole ------------------------------------------------------------------------------------- */

/* Nothing is looked for where nothing can have changed. */
static int same_table(struct diff *d)
{
	d->match = DIFF_BY_ID;
	d->same = d->side[DIFF_A].regions->count;
	for (int f = 0; f < DIFF_FATE_COUNT; f++)
		d->regions[f].told = true;
	return 0;
}

static int compare(struct diff *d, bool one_watch)
{
	struct diff_pairs pairs;
	int err;

	figures_compare(d);
	if (d->same_pass && d->side[DIFF_A].regions == d->side[DIFF_B].regions)
		return same_table(d);
	err = pairs_find(&pairs, d, one_watch);
	d->match = pairs.match;
	if (!err)
		err = regions_judge(d, &pairs, one_watch);
	pairs_done(&pairs);
	if (!err)
		err = groups_make(d);
	return err ? err : sums_make(d);
}

int diff_new(const struct moment *x, const struct moment *y, bool one_watch, struct diff **ret)
{
	struct diff *d = calloc(1, sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	atomic_init(&d->refs, 1);
	d->swapped = is_later(x, y, one_watch);
	side_fill(&d->side[DIFF_A], d->swapped ? y : x);
	side_fill(&d->side[DIFF_B], d->swapped ? x : y);
	times_fill(d, one_watch);
	err = heap_compare(d, (d->swapped ? y : x)->heap, (d->swapped ? x : y)->heap, one_watch);
	if (!err)
		err = compare(d, one_watch);
	if (err)
		diff_unref(d);
	else
		*ret = d;
	return err;
}

struct diff *diff_ref(struct diff *d)
{
	atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

void diff_unref(struct diff *d)
{
	if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (int side = 0; side < DIFF_SIDES; side++) {
		target_unref(d->side[side].target);
		region_table_unref(d->side[side].regions);
	}
	free((void *)d->regions[DIFF_BORN].rows);
	free((void *)d->classes);
	free((void *)d->groups);
	free((void *)d->kinds);
	free((void *)d->names);
	free(d);
}
