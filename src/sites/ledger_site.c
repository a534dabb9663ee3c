/* SPDX-License-Identifier: MIT */
/*
 * Knows what lives of each stack, by time of birth, and how much lived at past ticks; refuses to know single entries.
 *
 * Memory is bounded: buckets and points of sparklines merge, and a stack of which nothing lives makes room.
 */
#include "sites/ledger_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/known.h"

enum { SLOTS = 1 << 15 };

bool ledger_sites_init(struct ledger_sites *s)
{
	*s = (struct ledger_sites){.origin = UNKNOWN, .every = 1};
	ledger_watch_init(&s->watch);
	s->slots = calloc(SLOTS, sizeof(*s->slots));
	s->spare = calloc(LEDGER_SITES, sizeof(*s->spare));
	if (!s->slots || !s->spare ||
	    !array_room((void **)&s->sites, s->count, &s->room, sizeof(*s->sites)))
		return false;
	s->sites[s->count++] =
	        (struct ledger_site){.shift = LEDGER_WIDTH, .used = true, .first = UNKNOWN};
	return true;
}

void ledger_sites_done(struct ledger_sites *s)
{
	free(s->sites);
	free(s->slots);
	free(s->spare);
}

/* The slot that holds this stack's number, or the free one where it belongs. */
static uint32_t *slot_of(const struct ledger_sites *s, uint32_t stack)
{
	size_t slot = ledger_mixed(stack + 1ull) & (SLOTS - 1);

	while (s->slots[slot] && s->sites[s->slots[slot]].stack != stack)
		slot = (slot + 1) & (SLOTS - 1);
	return &s->slots[slot];
}

/* All sites of which nothing lives, and that were seen no more often than the average of all. */
static void make_room(struct ledger_sites *s)
{
	uint64_t seen = 0;

	for (size_t i = 1; i < s->count; i++)
		seen += s->sites[i].samples;
	memset(s->slots, 0, SLOTS * sizeof(*s->slots));
	for (size_t i = 1; i < s->count; i++) {
		struct ledger_site *site = &s->sites[i];
		if (!site->entries && site->samples <= seen / (s->count - 1)) {
			site->used = false;
			s->spare[s->spare_count++] = (uint32_t)i;
		} else {
			*slot_of(s, site->stack) = (uint32_t)i;
		}
	}
}

/* The number of a site that is free; 0: none is. */
static uint32_t site_new(struct ledger_sites *s)
{
	/* To look at all of them is worth it once in a while only. */
	if (!s->spare_count && s->count == LEDGER_SITES && s->refused++ % (LEDGER_SITES / 8) == 0)
		make_room(s);
	if (s->spare_count)
		return s->spare[--s->spare_count];
	if (s->count == LEDGER_SITES ||
	    !array_room((void **)&s->sites, s->count, &s->room, sizeof(*s->sites)))
		return 0;
	return (uint32_t)s->count++;
}

uint32_t ledger_site_of(struct ledger_sites *s, uint32_t stack, uint64_t count, uint64_t time)
{
	uint32_t i = *slot_of(s, stack);

	if (!known(s->origin))
		s->origin = time;
	if (!i && (i = site_new(s)) != 0) {
		s->sites[i] = (struct ledger_site){.stack = stack,
		                                   .shift = LEDGER_WIDTH,
		                                   .used = true,
		                                   .first = time};
		*slot_of(s, stack) = i;
	}
	if (time < s->sites[i].first)
		s->sites[i].first = time;
	s->sites[i].samples += count;
	return i;
}

static void buckets_merge(struct ledger_site *site)
{
	struct ledger_bucket *b = site->buckets;

	for (unsigned i = 0; i < LEDGER_BUCKETS / 2; i++) {
		b[i].bytes = b[2 * i].bytes + b[2 * i + 1].bytes;
		b[i].blocks = b[2 * i].blocks + b[2 * i + 1].blocks;
		b[i].entries = b[2 * i].entries + b[2 * i + 1].entries;
		b[i].born = b[2 * i].born + b[2 * i + 1].born;
	}
	memset(b + LEDGER_BUCKETS / 2, 0, LEDGER_BUCKETS / 2 * sizeof(*b));
	site->shift++;
}

void ledger_site_live(struct ledger_sites *s, uint32_t site, uint64_t birth, uint64_t size,
                      double weight, int sign)
{
	struct ledger_site *at = &s->sites[site];
	/* Rings of several CPUs are read one after the other: what came before the first counts as first. */
	uint64_t age = birth > s->origin ? birth - s->origin : 0;
	double blocks = sign > 0 ? weight : -weight, bytes = blocks * (double)size;

	while (age >> at->shift >= LEDGER_BUCKETS)
		buckets_merge(at);
	struct ledger_bucket *b = &at->buckets[age >> at->shift];
	b->bytes += bytes;
	b->blocks += blocks;
	b->entries = sign > 0 ? b->entries + 1 : b->entries - 1;
	b->born += sign == LEDGER_BORN;
	at->live_bytes += bytes;
	at->live_blocks += blocks;
	at->entries = sign > 0 ? at->entries + 1 : at->entries - 1;
	/* Sums of fractions leave traces: nothing is nothing. */
	if (!b->entries)
		b->bytes = b->blocks = 0;
	if (!at->entries)
		at->live_bytes = at->live_blocks = 0;
}

void ledger_sites_thin(struct ledger_sites *s)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < LEDGER_BUCKETS; k++) {
			struct ledger_bucket *b = &s->sites[i].buckets[k];
			b->born = b->born / 2 > b->entries ? b->born / 2 : b->entries;
		}
}

void ledger_site_pass(struct ledger_sites *s, uint32_t site, uint64_t time)
{
	struct ledger_site *at = &s->sites[site];
	uint64_t now = ledger_watch_at(&s->watch, time).set;

	if (now <= at->seen)
		return;
	if (at->live_blocks > 0)
		at->watched += at->live_blocks * (double)(now - at->seen) / 1e9;
	at->seen = now;
}

/* Half as many points, each over twice as long: what lived at its end, or all hits within. */
static void sparks_fold(struct ledger_sites *s)
{
	s->points /= 2;
	s->every *= 2;
	for (size_t i = 0; i < s->count; i++) {
		uint64_t *p = s->sites[i].spark;
		for (unsigned k = 0; k < SPARK_POINTS / 2; k++)
			p[k] = s->bytes ? p[2 * k + 1] : p[2 * k] + p[2 * k + 1];
		memset(p + SPARK_POINTS / 2, 0, SPARK_POINTS / 2 * sizeof(*p));
	}
}

/* Bytes that live; in bursts they are as sparse as what was watched. */
static uint64_t point_of(const struct ledger_sites *s, const struct ledger_site *site,
                         uint64_t time)
{
	struct ledger_lives lives;
	double bytes = 0, scale;

	if (!s->watch.rests || !site->entries)
		return (uint64_t)(site->live_bytes + 0.5);
	scale = ledger_span(s, s->origin, time).scale;
	ledger_lives_of(s, site, time, &lives);
	for (size_t i = 0; i < LEDGER_BUCKETS; i++)
		bytes += lives.bytes[i];
	return (uint64_t)(bytes * (isnan(scale) ? 1 : scale) + 0.5);
}

void ledger_sites_tick(struct ledger_sites *s, uint64_t time)
{
	if (s->points == SPARK_POINTS)
		sparks_fold(s);
	for (size_t i = 0; i < s->count; i++) {
		struct ledger_site *site = &s->sites[i];
		uint64_t *point = &site->spark[s->points];
		*point = s->bytes ? point_of(s, site, time) : *point + site->hits;
		site->hits = 0;
	}
	if (++s->ticks == s->every)
		s->points++, s->ticks = 0;
}
