/* SPDX-License-Identifier: MIT */
/*
 * Knows how much of what we believe to live does, where probes come in bursts. Refuses to accuse whoever frees while nobody
 * looks: an address that is freed in a burst was freed after some watched time, whether it was that block or one that got its
 * place; so often do blocks of that site go, and so few are left after time that was not watched.
 */
#include "sites/ledger_inside.h"

#include <math.h>

struct ledger_span ledger_span(const struct ledger_sites *s, uint64_t from, uint64_t to)
{
	struct watch_point a = ledger_watch_at(&s->watch, from), b = ledger_watch_at(&s->watch, to);
	struct ledger_span span = {.seconds = to > from ? (double)(to - from) / 1e9 : 0,
	                           .watched = (double)(b.set - a.set) / 1e9,
	                           .done = (double)(b.all - a.all) / 1e9,
	                           .scale = 1};

	if (s->watch.rests)
		span.scale = span.watched > 0 ? span.done / span.watched : NAN;
	return span;
}

double ledger_pace(const struct ledger_sites *s, const struct ledger_site *site, uint64_t time)
{
	uint64_t now = ledger_watch_at(&s->watch, time).set;
	double seen = site->watched;

	if (now > site->seen)
		seen += site->live_blocks * (double)(now - site->seen) / 1e9;
	return seen > 0 ? site->freed_blocks / seen : 0;
}

void ledger_lives_of(const struct ledger_sites *s, const struct ledger_site *site, uint64_t time,
                     struct ledger_lives *ret)
{
	double pace = s->watch.rests ? ledger_pace(s, site, time) : 0;

	for (size_t i = 0; i < LEDGER_BUCKETS; i++) {
		double lives = 1;
		if (pace > 0 && site->buckets[i].entries) {
			uint64_t birth = s->origin + (((2 * i + 1) << site->shift) >> 1);
			struct ledger_span t = ledger_span(s, birth < time ? birth : time, time);
			lives = exp(-pace * (t.done - t.watched));
		}
		ret->bytes[i] = site->buckets[i].bytes * lives;
		ret->blocks[i] = site->buckets[i].blocks * lives;
		ret->entries[i] = site->buckets[i].entries * lives;
	}
}
