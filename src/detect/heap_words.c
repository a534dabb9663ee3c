/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "detect/detect_internal.h"
#include "detect/evidence.h"
#include "detect/words.h"

/*
 * Knows the sentences about the heap. Refuses to know what they change.
 */

#define MIB (1024.0 * 1024.0)

/* So much that is kept, and such a share of all, is worth a word; twice as much is what the process is about. */
static const double kept_bytes = 8 * MIB, kept_share = 0.15;
static const double holds_bytes = 16 * MIB, holds_share = 0.25;

/* Growth of one size of block that is slower than this, or a small part of all growth, names nothing. */
static const double grower_least = 256, grower_share = 0.05;
enum { SCANS_TOLD = 3 };

static double resident(const struct detect *d)
{
	uint64_t rss = d->feed.last.v[FIGURE_RSS];

	return known(rss) ? (double)rss : d->track[TRACK_BASE].level;
}

/* NAN as well when memory went since the last look: then nobody knows what is left of it. */
static double held_now(const struct detect *d)
{
	double held = heap_held(&d->heap);

	return held <= resident(d) ? held : NAN;
}

bool heap_holds(const struct detect *d)
{
	double held = held_now(d);

	return held >= holds_bytes && held >= holds_share * resident(d);
}

void heap_holds_words(const struct detect *d, char *ret, size_t size)
{
	const struct heap_view *h = &d->heap;
	uint64_t rss = d->feed.last.v[FIGURE_RSS];
	char a[HUMAN_MAX], b[HUMAN_MAX], c[HUMAN_MAX];
	int n = snprintf(ret, size, "%s is %s, %s of it is free inside malloc",
	                 known(rss) ? "RSS" : "its memory", words_bytes(a, resident(d)),
	                 words_bytes(b, heap_held(h)));

	if (h->trimmable >= MIB && n > 0 && (size_t)n < size)
		snprintf(ret + n, size - (size_t)n, "; malloc_trim(0) would return %s",
		         words_bytes(c, h->trimmable));
}

static void say_held(const struct detect *d, struct verdict *v)
{
	double held = held_now(d), share = held / fmax(resident(d), 1);
	char text[192];

	if (!(held >= kept_bytes) || share < kept_share)
		return;
	heap_holds_words(d, text, sizeof(text));
	evidence_say(v, false, fmin(0.35, 0.4 * share), "%s", text);
}

/* What the growth between the looks was. */
static void say_growth(struct detect *d, struct verdict *v)
{
	struct heap_growth g = heap_grown(&d->heap);
	double grew = heap_watched(d);
	char a[HUMAN_MAX], b[HUMAN_MAX], c[HUMAN_MAX];

	if (heap_follows(d))
		evidence_say(v, true, 0.25, "live blocks grew by %s while memory grew by %s, in %s",
		             words_bytes(a, g.live_least), words_bytes(b, grew),
		             words_seconds(c, g.until - g.since));
	else if (heap_is_flat(d) && g.held_least >= 0.5 * grew)
		evidence_say(v, false, 0.4,
		             "live blocks did not grow with it: of %s more, %s is freed and kept "
		             "by malloc",
		             words_bytes(a, grew), words_bytes(b, fmin(grew, g.held_least)));
	else if (heap_is_flat(d))
		evidence_say(v, false, 0.15, "live blocks of malloc did not grow with it");
}

/* "5,200 /s", or a longer time where that is less than one. */
static char *count_rate(char out[2 * HUMAN_MAX], double a_second)
{
	static const struct {
		double seconds;
		const char *name;
	} unit[] = {{1, "s"}, {60, "min"}, {3600, "h"}};
	char n[HUMAN_MAX];
	unsigned i = 0;

	while (i < 2 && a_second * unit[i].seconds < 2)
		i++;
	snprintf(out, 2 * HUMAN_MAX, "%s /%s",
	         human_count(n, (uint64_t)fmin(a_second * unit[i].seconds + 0.5, 1e15)),
	         unit[i].name);
	return out;
}

static void say_growers(const struct detect *d, bool grows, struct verdict *v)
{
	const struct heap_view *h = &d->heap;
	double rate = d->track[TRACK_BASE].trend.rate.slope;
	char a[2 * HUMAN_MAX], b[HUMAN_MAX];

	for (unsigned i = 0; i < h->grower_count; i++) {
		const struct heap_grower *g = &h->grower[i];
		double share = rate > 0 ? fmin(1, g->rate_bytes / rate) : 1;
		if (g->rate_bytes < grower_least || share < grower_share)
			continue;
		evidence_say(v, true, grows ? 0.15 + 0.2 * share : 0.08,
		             "blocks of %s bytes: +%s, %s live", g->name,
		             count_rate(a, g->rate_blocks), words_bytes(b, g->bytes));
	}
}

static void say_lost(struct detect *d, bool grows, struct verdict *v)
{
	const struct heap_view *h = &d->heap;
	char a[HUMAN_MAX], b[2 * HUMAN_MAX], c[HUMAN_MAX];

	if (h->scans < SCANS_TOLD)
		return;
	if (h->lost_blocks > 0 && h->lost_rate_blocks > 0)
		evidence_say(v, true, heap_proves(d) ? 0.45 : 0.3,
		             "%s blocks that nobody points to, %s, growing by %s",
		             human_count(a, (uint64_t)h->lost_blocks),
		             words_bytes(c, h->lost_bytes), count_rate(b, h->lost_rate_blocks));
	else if (h->lost_blocks > 0)
		/* Whether more come is known a scan after the first of them were certain. */
		evidence_say(v, true, 0.05, "%s blocks that nobody points to, %s%s",
		             human_count(a, (uint64_t)h->lost_blocks),
		             words_bytes(c, h->lost_bytes),
		             isnan(h->lost_rate_blocks) ? "" : ", and no more come");
	else if (grows && heap_follows(d))
		evidence_say(v, false, 0.1, "in %u scans no block was found that nobody points to",
		             h->scans);
}

void heap_evidence(struct detect *d, const struct carrier *c, struct verdict *v)
{
	bool grows = c->kind == VERDICT_LEAK || c->kind == VERDICT_SUSPICIOUS;

	if (!d->heap.count)
		return;
	say_held(d, v);
	say_growth(d, v);
	say_growers(d, grows, v);
	say_lost(d, grows, v);
}

void heap_reason(struct detect *d, char *reason, size_t size)
{
	struct heap_growth g = heap_grown(&d->heap);
	size_t used = strlen(reason);
	char a[HUMAN_MAX];

	snprintf(reason + used, size - used,
	         "; its live blocks did not grow, malloc keeps %s more of what was freed",
	         words_bytes(a, fmin(heap_watched(d), g.held_least)));
}
