/* SPDX-License-Identifier: MIT */
#ifndef SITES_LEDGER_INSIDE_H
#define SITES_LEDGER_INSIDE_H

/* What the files of the ledger share; see ledger.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/sites.h"
#include "sites/ledger_watch.h"

enum {
	LEDGER_SITES = 10000, /* followed at a time, each by about 1 kB */
	LEDGER_BUCKETS = 32,
	LEDGER_BORN = 2,
	LEDGER_WIDTH = 20, /* the first buckets are 2^20 ns wide */
};

/* What was born in some stretch of time and lives. */
struct ledger_bucket {
	double bytes, blocks;
	uint32_t entries, born; /* born: also those that are gone */
};

/*
 * One stack. Its buckets are 2^shift ns wide, from the origin of the ledger on; when a birth lies behind the last, neighbours
 * merge. So they span from the origin to its last birth, always at least half of them in use.
 */
struct ledger_site {
	uint32_t stack;
	uint8_t shift;
	bool used;                 /* false: free for another stack */
	uint64_t samples, entries; /* seen; live */
	uint64_t first;            /* time of the first sample */
	double live_bytes, live_blocks;
	double allocated_bytes, allocated_blocks;
	double freed_bytes, freed_blocks, lived; /* lived: s, summed over the blocks freed */
	double watched; /* block-seconds of work: each block while it lived, as far as we knew, and was watched */
	uint64_t seen; /* ns of the clock of watching: up to then `watched` counts */
	uint64_t hits; /* since the last tick */
	struct ledger_bucket buckets[LEDGER_BUCKETS];
	uint64_t spark[SPARK_POINTS];
};

/* Sites by stack. Number 0 stands for all that found no room. */
struct ledger_sites {
	uint64_t origin; /* time of the first event; UNKNOWN: none yet */
	struct ledger_site *sites;
	size_t count, room;
	uint32_t *slots; /* numbers; 0: free; 2^15 of them */
	uint32_t *spare; /* numbers of sites that made room */
	size_t spare_count;
	unsigned refused;      /* times that no site was free */
	unsigned points;       /* of sparklines that are complete */
	uint64_t ticks, every; /* in the point that is not; that make one */
	struct ledger_watch watch;
	bool bytes; /* an entry was seen, not only hits */
};

bool ledger_sites_init(struct ledger_sites *s);
void ledger_sites_done(struct ledger_sites *s);

/* The number of a stack's site, seen once more. Seldom seen ones of which nothing lives make room for new ones. */
uint32_t ledger_site_of(struct ledger_sites *s, uint32_t stack, uint64_t count, uint64_t time);

/* An entry that was born at `birth` begins or ends to count as live: sign 1 or -1, or LEDGER_BORN when it is born. */
void ledger_site_live(struct ledger_sites *s, uint32_t site, uint64_t birth, uint64_t size,
                      double weight, int sign);

/* What lives of one site by birth, as it counts. */
struct ledger_lives {
	double bytes[LEDGER_BUCKETS], blocks[LEDGER_BUCKETS], entries[LEDGER_BUCKETS];
};
void ledger_lives_of(const struct ledger_sites *s, const struct ledger_site *site, uint64_t time,
                     struct ledger_lives *ret);

/* Between two moments. */
struct ledger_span {
	double seconds;
	double done, watched; /* seconds of work, see ledger_watch.h: all, and what was watched */
	double scale;         /* of what was seen to all; NAN: nothing was */
};
struct ledger_span ledger_span(const struct ledger_sites *s, uint64_t from, uint64_t to);

/* How often a block of this site goes, a second of work that is watched. */
double ledger_pace(const struct ledger_sites *s, const struct ledger_site *site, uint64_t time);

/* Entries were halved, and so is what they are a part of. */
void ledger_sites_thin(struct ledger_sites *s);

/* To be told before a block comes or goes. */
void ledger_site_pass(struct ledger_sites *s, uint32_t site, uint64_t time);

void ledger_sites_tick(struct ledger_sites *s, uint64_t time);

/* As ledger_tell(). */
int ledger_sites_tell(const struct ledger_sites *s, uint64_t begin, uint64_t time,
                      struct sites_facts *f, uint32_t **ret_stacks);

/* Spreads the bits of addresses, of which many are always the same. */
static inline uint64_t ledger_mixed(uint64_t h)
{
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	return h ^ h >> 31;
}

#endif
