/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "base/known.h"
#include "detect/heap.h"
#include "model/heap_words.h"

/*
 * Knows which facts are sure enough to be believed, and keeps a few of them. Refuses to know what follows
 * from them.
 */

/* Below, the layout is a guess; above, too much of the heap was not seen as it is. */
static const double sure_layout = 0.9, unread_share = 0.1;
enum { TORN_MOST = 64 };

void heap_reset(struct heap_view *h, uint64_t from)
{
	*h = (struct heap_view){.from = from,
	                        .time = UNKNOWN,
	                        .lost_rate = NAN,
	                        .lost_rate_blocks = NAN};
}

static bool is_sure(const struct heap_facts *f)
{
	const struct heap_arena *t = &f->total;

	return f->walked && f->layout_confidence >= sure_layout && t->torn <= TORN_MOST &&
	       (double)t->unread <= unread_share * (double)t->size;
}

/* Every second look goes but for the first: growth is measured from end to end. */
static void thin(struct heap_view *h)
{
	unsigned n = 1;

	for (unsigned i = 2; i < h->count; i += 2)
		h->look[n++] = h->look[i];
	h->count = n;
}

static void take_classes(struct heap_view *h, const struct heap_facts *f)
{
	h->grower_count = 0;
	for (unsigned i = 0; i < f->class_count && h->grower_count < HEAP_GROWERS; i++) {
		const struct heap_class *c = &f->classes[i];
		if (!c->steady || !(c->growth_blocks > 0) || !(c->growth_bytes > 0))
			continue;
		struct heap_grower *g = &h->grower[h->grower_count++];
		heap_class_name(c, g->name, sizeof(g->name));
		g->rate_blocks = c->growth_blocks;
		g->rate_bytes = c->growth_bytes;
		g->bytes = (double)c->bytes;
	}
}

static void take_lost(struct heap_view *h, const struct heap_lost *l)
{
	h->scans = l ? l->scans : 0;
	h->lost_blocks = h->lost_bytes = 0;
	h->lost_rate = h->lost_rate_blocks = NAN;
	if (!h->scans)
		return;
	h->lost_blocks = (double)l->definitely_blocks + (double)l->indirectly_blocks;
	h->lost_bytes = (double)l->definitely_bytes + (double)l->indirectly_bytes;
	h->lost_rate = l->growth_bytes;
	h->lost_rate_blocks = l->growth_blocks;
}

bool heap_take(struct heap_view *h, const struct heap_facts *f, double clock)
{
	bool late = f->time < h->from || (known(h->time) && f->time < h->time);

	if (late || !is_sure(f))
		return false;
	/* Whoever looks counts from one again. */
	if (f->looks < h->looks)
		heap_reset(h, h->from);
	/* The same look, with more to tell of it. */
	if (h->count && (f->time == h->time || f->looks == h->looks))
		h->count--;
	if (h->count == BLOCKS_MAX)
		thin(h);
	h->look[h->count++] = (struct heap_look){clock, (double)f->total.live_bytes,
	                                         (double)heap_kept_resident(f)};
	h->time = f->time;
	h->looks = f->looks;
	h->trimmable = (double)f->total.trimmable;
	h->size = (double)f->total.size;
	take_classes(h, f);
	take_lost(h, f->lost);
	return true;
}

static double end_to_end(const double *t, const double *y, unsigned n)
{
	return sen_slope(t, y, n).slope * (t[n - 1] - t[0]);
}

struct heap_growth heap_grown(const struct heap_view *h)
{
	double t[BLOCKS_MAX], live[BLOCKS_MAX], held[BLOCKS_MAX];
	unsigned n = h->count;

	if (n < 2)
		return (struct heap_growth){NAN, NAN, NAN, NAN, NAN};
	for (unsigned i = 0; i < n; i++) {
		t[i] = h->look[i].clock;
		live[i] = h->look[i].live;
		held[i] = h->look[i].held;
	}
	double trend = end_to_end(t, live, n), ends = live[n - 1] - live[0];
	return (struct heap_growth){
	        .live_least = fmin(trend, ends),
	        .live_most = fmax(trend, ends),
	        .held_least = fmin(end_to_end(t, held, n), held[n - 1] - held[0]),
	        .since = t[0],
	        .until = t[n - 1],
	};
}

double heap_held(const struct heap_view *h)
{
	return h->count ? h->look[h->count - 1].held : NAN;
}
