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
	GROWTH_SAMPLES = 5,  /* fewer say nothing about a rate */
	STEADY_SAMPLES = 12, /* that live: some 3 in each quarter of the time */
	PARTS = 4,
};
static const uint64_t growth_after = 1000000000; /* ns: before, all that lives is merely young */

/* A site on its way to a row. */
struct rank {
	const struct ledger_site *site;
	double growth_bytes, growth_blocks; /* a second; NAN */
	double lasting; /* bytes a second that it grew by in both halves; 0 unknown */
	bool steady;
};

/* When the buckets of `site` begin, in which time is cut as near below `at` as they allow; *ret_bucket is the first behind it. */
static uint64_t cut_at(const struct ledger_sites *s, const struct ledger_site *site, uint64_t at,
                       size_t *ret_bucket)
{
	uint64_t buckets = at > s->origin ? (at - s->origin) >> site->shift : 0;

	*ret_bucket = buckets < LEDGER_BUCKETS ? (size_t)buckets : LEDGER_BUCKETS;
	return s->origin + (buckets << site->shift);
}

/* What of it grows: born before the cut near half of the time, and alive. */
static void rank_growth(const struct ledger_sites *s, uint64_t begin, uint64_t time, struct rank *r)
{
	size_t early;
	uint64_t cut = cut_at(s, r->site, begin + (time - begin) / 2, &early);
	double bytes = 0, blocks = 0, later;

	if (cut <= begin || r->site->first >= cut || r->site->samples < GROWTH_SAMPLES)
		return;
	for (size_t i = 0; i < early; i++) {
		bytes += r->site->buckets[i].bytes;
		blocks += r->site->buckets[i].blocks;
	}
	r->growth_bytes = bytes / ((double)(cut - begin) / 1e9);
	r->growth_blocks = blocks / ((double)(cut - begin) / 1e9);
	later = (r->site->live_bytes - bytes) / ((double)(time - cut) / 1e9);
	r->lasting = fmin(r->growth_bytes, later);
}

/*
 * Survivors of each quarter of the time. A leak has as many of all; of a cache the early quarter is (nearly) gone; after a
 * warm-up the last one is empty. The wide margin is for chance: a quarter of 3 samples may well have 1 or 6.
 */
static bool is_steady(const struct ledger_sites *s, uint64_t begin, uint64_t time,
                      const struct ledger_site *site)
{
	double blocks[PARTS] = {0};
	size_t from = 0, to;

	if (site->entries < STEADY_SAMPLES)
		return false;
	for (unsigned part = 0; part < PARTS; part++, from = to) {
		cut_at(s, site, begin + (time - begin) / PARTS * (part + 1), &to);
		to = part == PARTS - 1 ? LEDGER_BUCKETS : to;
		for (size_t i = from; i < to; i++)
			blocks[part] += site->buckets[i].blocks;
	}
	return blocks[0] > 0 && blocks[0] * 4 >= blocks[1] && blocks[2] > 0 &&
	       blocks[3] * 4 >= blocks[1];
}

static void rank_fill(const struct ledger_sites *s, uint64_t begin, uint64_t time,
                      const struct ledger_site *site, struct rank *r)
{
	*r = (struct rank){.site = site, .growth_bytes = NAN, .growth_blocks = NAN};
	if (!s->bytes || time < begin || time - begin < growth_after)
		return;
	rank_growth(s, begin, time, r);
	r->steady = r->lasting > 0 && is_steady(s, begin, time, site);
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
		order = descending(x->site->live_bytes, y->site->live_bytes);
	if (!order)
		order = descending((double)x->site->samples, (double)y->site->samples);
	return order ? order : x->site->stack < y->site->stack ? -1 : 1;
}

static uint64_t rounded(double v)
{
	return v > 0 ? (uint64_t)(v + 0.5) : 0;
}

static void row_fill(const struct ledger_sites *s, const struct rank *r, double growth,
                     struct site *ret)
{
	const struct ledger_site *site = r->site;

	*ret = (struct site){
	        .samples = site->samples,
	        .live_bytes = s->bytes ? rounded(site->live_bytes) : UNKNOWN,
	        .live_blocks = s->bytes ? rounded(site->live_blocks) : UNKNOWN,
	        .allocated_bytes = s->bytes ? rounded(site->allocated_bytes) : UNKNOWN,
	        .allocated_blocks = rounded(site->allocated_blocks),
	        .freed_bytes = s->bytes ? rounded(site->freed_bytes) : UNKNOWN,
	        .freed_blocks = s->bytes ? rounded(site->freed_blocks) : UNKNOWN,
	        .growth_bytes = r->growth_bytes,
	        .growth_blocks = r->growth_blocks,
	        .share = isnan(r->growth_bytes) ? NAN
	                 : r->lasting > 0       ? r->growth_bytes / growth
	                                        : 0,
	        .lifetime = site->freed_blocks > 0 ? site->lived / site->freed_blocks : NAN,
	        .steady = r->steady,
	        .spark_count = (uint8_t)(s->points + (s->ticks > 0)),
	};
	memcpy(ret->spark, site->spark, sizeof(ret->spark));
}

/* Totals of all sites, the nameless one too; bytes a second of those that keep growing, NAN where no site tells. */
static void totals(const struct ledger_sites *s, const struct rank *ranks, size_t count,
                   struct sites_facts *f)
{
	double bytes = 0, blocks = 0, growth = 0;
	bool told = false, counted = s->bytes || (!count && f->kind != SITES_HITS);

	for (size_t i = 0; i < count; i++) {
		bytes += ranks[i].site->live_bytes;
		blocks += ranks[i].site->live_blocks;
		told |= !isnan(ranks[i].growth_bytes);
		growth += ranks[i].lasting > 0 ? ranks[i].growth_bytes : 0;
	}
	f->live_bytes = counted ? rounded(bytes) : UNKNOWN;
	f->live_blocks = counted ? rounded(blocks) : UNKNOWN;
	f->growth_bytes = told ? growth : NAN;
	f->other_bytes = f->live_bytes;
}

/* Ranks of all sites that were seen, the one without a stack last; how many. */
static size_t ranks_make(const struct ledger_sites *s, uint64_t begin, uint64_t time,
                         struct rank *ret)
{
	size_t count = 0;

	for (size_t i = s->count; i-- > 0;)
		if (s->sites[i].used && s->sites[i].samples)
			rank_fill(s, begin, time, &s->sites[i], &ret[count++]);
	return count;
}

int ledger_sites_tell(const struct ledger_sites *s, uint64_t begin, uint64_t time,
                      struct sites_facts *f, uint32_t **ret_stacks)
{
	struct rank *ranks = calloc(s->count, sizeof(*ranks));
	struct site *rows = calloc(SITES_MAX, sizeof(*rows));
	uint32_t *stacks = calloc(SITES_MAX, sizeof(*stacks));
	size_t count;

	if (!ranks || !rows || !stacks) {
		free(ranks), free(rows), free(stacks);
		return -ENOMEM;
	}
	count = ranks_make(s, begin, time, ranks);
	totals(s, ranks, count, f);
	count -= s->sites[0].samples > 0;
	qsort(ranks, count, sizeof(*ranks), ranks_compare);
	f->site_count = 0;
	for (size_t i = 0; i < count && i < SITES_MAX; i++) {
		row_fill(s, &ranks[i], f->growth_bytes, &rows[i]);
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
