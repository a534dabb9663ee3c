/* SPDX-License-Identifier: MIT */
/*
 * Knows what buckets of births say of a site: growth, whether it is steady, its rank. Refuses to guess: a site
 * of a few samples, or that came up only lately, has no growth yet, which is not a growth of 0.
 */
#include "sites/ledger_inside.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/known.h"

enum {
	GROWTH_SAMPLES = 5, /* fewer say nothing about a rate */
	PARTS = 4,
};
#define SCALE_MOST \
	4.0 /* times as many as of all the time: of a half that was hardly watched little is known */
static const uint64_t growth_after = 1000000000; /* ns: before, all that lives is merely young */

/* A site on its way to a row. */
struct rank {
	const struct ledger_site *site;
	double live_bytes, live_blocks;
	double growth_bytes, growth_blocks; /* a second; NAN */
	double lasting; /* bytes a second that it grew by in both halves; 0 unknown */
	bool steady;
};

/* The time that is told of. */
struct span {
	const struct ledger_sites *s;
	uint64_t begin, time;
	double scale;  /* of all of it to what was watched */
	double second; /* how long a second of work took */
};

/* When the buckets of `site` begin, in which time is cut as near below `at` as they allow; *ret_bucket is the first behind it. */
static uint64_t cut_at(const struct ledger_sites *s, const struct ledger_site *site, uint64_t at,
                       size_t *ret_bucket)
{
	uint64_t buckets = at > s->origin ? (at - s->origin) >> site->shift : 0;

	*ret_bucket = buckets < LEDGER_BUCKETS ? (size_t)buckets : LEDGER_BUCKETS;
	return s->origin + (buckets << site->shift);
}

static double sum(const double *v, size_t from, size_t to)
{
	double total = 0;

	for (size_t i = from; i < to; i++)
		total += v[i];
	return total;
}

/* What of it grows: born before the cut near half of the time, and alive. */
static void rank_growth(const struct span *t, const struct ledger_lives *lives, struct rank *r)
{
	size_t early;
	uint64_t cut = cut_at(t->s, r->site, t->begin + (t->time - t->begin) / 2, &early);
	struct ledger_span a, b;

	if (cut <= t->begin || r->site->first >= cut || r->site->samples < GROWTH_SAMPLES)
		return;
	a = ledger_span(t->s, t->begin, cut);
	b = ledger_span(t->s, cut, t->time);
	if (isnan(a.scale) || isnan(b.scale) || !(b.seconds > 0))
		return;
	a.scale = fmin(a.scale, SCALE_MOST * t->scale) / a.seconds;
	b.scale = fmin(b.scale, SCALE_MOST * t->scale) / b.seconds;
	r->growth_bytes = sum(lives->bytes, 0, early) * a.scale;
	r->growth_blocks = sum(lives->blocks, 0, early) * a.scale;
	r->lasting = fmin(r->growth_bytes, sum(lives->bytes, early, LEDGER_BUCKETS) * b.scale);
}

/* Entries of the quarters of the time, and which of them live. */
struct quarters {
	double born[PARTS], live[PARTS];
};

static void quarters_fill(const struct span *t, const struct ledger_lives *lives,
                          const struct ledger_site *site, struct quarters *ret)
{
	size_t from = 0, to;

	for (unsigned part = 0; part < PARTS; part++, from = to) {
		cut_at(t->s, site, t->begin + (t->time - t->begin) / PARTS * (part + 1), &to);
		to = part == PARTS - 1 ? LEDGER_BUCKETS : to;
		ret->live[part] = sum(lives->entries, from, to);
		ret->born[part] = 0;
		for (size_t i = from; i < to; i++)
			ret->born[part] += site->buckets[i].born;
	}
}

/*
 * Of a leak as large a part of the first quarter lives as of the second, but for chance (two standard deviations), however much
 * it allocated in each; of what goes in the end the older part has fewer. And births go on: not a quarter as many in the last part
 * as in the second is a warm-up that is over.
 */
static bool is_steady(const struct span *t, const struct ledger_lives *lives,
                      const struct ledger_site *site)
{
	struct quarters q;
	double expected, chance;

	quarters_fill(t, lives, site, &q);
	if (sum(q.live, 0, PARTS) < SITE_SAMPLES_STEADY ||
	    sum(q.live, 0, 2) < SITE_SAMPLES_STEADY / 3 || q.live[0] < 1 || q.live[2] < 1 ||
	    q.live[3] < 1 || q.born[3] * 4 < q.born[1])
		return false;
	if (!(q.born[1] > 0))
		return true;
	expected = q.born[0] * q.live[1] / q.born[1];
	chance = 2 * sqrt(fmax(expected, 1) * (1 + q.born[0] / q.born[1]));
	return q.live[0] + chance >= expected;
}

static void rank_fill(const struct span *t, const struct ledger_site *site, struct rank *r)
{
	struct ledger_lives lives;

	*r = (struct rank){.site = site, .growth_bytes = NAN, .growth_blocks = NAN};
	ledger_lives_of(t->s, site, t->time, &lives);
	/* As it was added up where nothing is estimated: to the byte. */
	r->live_bytes = t->s->watch.rests ? t->scale * sum(lives.bytes, 0, LEDGER_BUCKETS)
	                                  : site->live_bytes;
	r->live_blocks = t->s->watch.rests ? t->scale * sum(lives.blocks, 0, LEDGER_BUCKETS)
	                                   : site->live_blocks;
	if (!t->s->bytes || t->time < t->begin || t->time - t->begin < growth_after)
		return;
	rank_growth(t, &lives, r);
	r->steady = r->lasting > 0 && is_steady(t, &lives, site);
}

static int descending(double a, double b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

/* By what keeps growing, then what grew, then what lives; hits by their number. */
static int ranks_compare(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	int order = descending(x->lasting, y->lasting);

	if (!order)
		order = descending(isnan(x->growth_bytes) ? 0 : x->growth_bytes,
		                   isnan(y->growth_bytes) ? 0 : y->growth_bytes);
	if (!order)
		order = descending(x->live_bytes, y->live_bytes);
	if (!order)
		order = descending((double)x->site->samples, (double)y->site->samples);
	return order ? order : x->site->stack < y->site->stack ? -1 : 1;
}

static uint64_t rounded(double v)
{
	return v > 0 ? (uint64_t)(v + 0.5) : 0;
}

/* In bursts what was freed is what came and does not live: the frees that were seen are few of them. */
static void freed_fill(const struct span *t, const struct rank *r, struct site *ret)
{
	const struct ledger_site *site = r->site;
	double goes;

	ret->freed_bytes = rounded(site->freed_bytes);
	ret->freed_blocks = rounded(site->freed_blocks);
	ret->lifetime = site->freed_blocks > 0 ? site->lived / site->freed_blocks : NAN;
	if (!t->s->watch.rests)
		return;
	ret->freed_bytes = known_sub(ret->allocated_bytes, ret->live_bytes);
	ret->freed_blocks = known_sub(ret->allocated_blocks, ret->live_blocks);
	goes = ledger_pace(t->s, site, t->time);
	ret->lifetime = goes > 0 ? t->second / goes : NAN;
}

static void row_fill(const struct span *t, const struct rank *r, double growth, struct site *ret)
{
	const struct ledger_sites *s = t->s;
	const struct ledger_site *site = r->site;

	*ret = (struct site){
	        .samples = site->samples,
	        .live_bytes = UNKNOWN,
	        .live_blocks = UNKNOWN,
	        .allocated_bytes = UNKNOWN,
	        .allocated_blocks = rounded(t->scale * site->allocated_blocks),
	        .freed_bytes = UNKNOWN,
	        .freed_blocks = UNKNOWN,
	        .growth_bytes = r->growth_bytes,
	        .growth_blocks = r->growth_blocks,
	        .share = isnan(r->growth_bytes) ? NAN
	                 : r->lasting > 0       ? r->growth_bytes / growth
	                                        : 0,
	        .lifetime = NAN,
	        .steady = r->steady,
	        .spark_count = (uint8_t)(s->points + (s->ticks > 0)),
	};
	memcpy(ret->spark, site->spark, sizeof(ret->spark));
	if (!s->bytes)
		return;
	ret->live_bytes = rounded(r->live_bytes);
	ret->live_blocks = rounded(r->live_blocks);
	ret->allocated_bytes = rounded(t->scale * site->allocated_bytes);
	freed_fill(t, r, ret);
}

/* Totals of all sites, the nameless one too; bytes a second of those that keep growing, NAN where no site tells. */
static void totals(const struct ledger_sites *s, const struct rank *ranks, size_t count,
                   struct sites_facts *f)
{
	double bytes = 0, blocks = 0, growth = 0;
	bool told = false, counted = s->bytes || (!count && f->kind != SITES_HITS);

	for (size_t i = 0; i < count; i++) {
		bytes += ranks[i].live_bytes;
		blocks += ranks[i].live_blocks;
		told |= !isnan(ranks[i].growth_bytes);
		growth += ranks[i].lasting > 0 ? ranks[i].growth_bytes : 0;
	}
	f->live_bytes = counted ? rounded(bytes) : UNKNOWN;
	f->live_blocks = counted ? rounded(blocks) : UNKNOWN;
	f->growth_bytes = told ? growth : NAN;
	f->other_bytes = f->live_bytes;
}

/* Ranks of all sites that were seen, the one without a stack last; how many. */
static size_t ranks_make(const struct span *t, struct rank *ret)
{
	size_t count = 0;

	for (size_t i = t->s->count; i-- > 0;)
		if (t->s->sites[i].used && t->s->sites[i].samples)
			rank_fill(t, &t->s->sites[i], &ret[count++]);
	return count;
}

static struct span span_of(const struct ledger_sites *s, uint64_t begin, uint64_t time)
{
	struct ledger_span all = ledger_span(s, begin, time);

	return (struct span){s, begin, time, isnan(all.scale) ? 1 : all.scale,
	                     all.done > 0 ? all.seconds / all.done : 1};
}

int ledger_sites_tell(const struct ledger_sites *s, uint64_t begin, uint64_t time,
                      struct sites_facts *f, uint32_t **ret_stacks)
{
	struct rank *ranks = calloc(s->count, sizeof(*ranks));
	struct site *rows = calloc(SITES_MAX, sizeof(*rows));
	uint32_t *stacks = calloc(SITES_MAX, sizeof(*stacks));
	struct span t = span_of(s, begin, time);
	size_t count;

	if (!ranks || !rows || !stacks) {
		free(ranks), free(rows), free(stacks);
		return -ENOMEM;
	}
	count = ranks_make(&t, ranks);
	totals(s, ranks, count, f);
	count -= s->sites[0].samples > 0;
	qsort(ranks, count, sizeof(*ranks), ranks_compare);
	f->site_count = 0;
	for (size_t i = 0; i < count && i < SITES_MAX; i++) {
		row_fill(&t, &ranks[i], f->growth_bytes, &rows[i]);
		stacks[i] = ranks[i].site->stack;
		f->other_bytes = known_sub(f->other_bytes, rows[i].live_bytes);
		f->site_count++;
	}
	free(ranks);
	free(f->sites);
	f->sites = rows;
	*ret_stacks = stacks;
	return 0;
}
