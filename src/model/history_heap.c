/* SPDX-License-Identifier: MIT */
/*
 * Past looks inside the heap. Knows which one is missed least; refuses to know what was found.
 */
#include <errno.h>
#include <string.h>

#include "model/history.h"
#include "model/history_internal.h"

/* The newest belongs to the present, which holds it anyhow. */
static size_t past_bytes(const struct history *h)
{
	size_t bytes = 0;

	for (unsigned i = 0; i + 1 < h->heap_count; i++)
		bytes += heap_facts_bytes(h->heaps[i]);
	return bytes;
}

static void drop_one(struct history *h)
{
	uint64_t times[HEAPS];
	unsigned drop;

	for (unsigned i = 0; i < h->heap_count; i++)
		times[i] = h->heaps[i]->time;
	drop = history_least_missed(times, h->heap_count);
	heap_facts_unref(h->heaps[drop]);
	memmove(&h->heaps[drop], &h->heaps[drop + 1],
	        (h->heap_count - drop - 1) * sizeof(struct heap_facts *));
	h->heap_count--;
}

/* The census and then the whole of one look, and what a peek added: they began together. Counts begin anew with a program. */
static bool same_look(const struct heap_facts *a, const struct heap_facts *b)
{
	return a->walked && b->walked && a->looks == b->looks &&
	       a->time - a->took == b->time - b->took;
}

int history_heap(struct history *h, struct heap_facts *f)
{
	struct heap_facts *newest = h->heap_count ? h->heaps[h->heap_count - 1] : NULL;

	if (newest && f->time < newest->time)
		return -EINVAL;
	/* That nothing can be found is known from the first time on. */
	if (newest && !f->walked && !newest->walked && strcmp(f->why, newest->why) == 0)
		return 0;
	if (newest && (f->time == newest->time || same_look(f, newest))) {
		h->heap_count--;
		heap_facts_unref(newest);
	}
	if (h->heap_count == HEAPS)
		drop_one(h);
	h->heaps[h->heap_count++] = heap_facts_ref(f);
	h->heap_bytes = past_bytes(h);
	while (h->heap_count > 1 && h->heap_bytes > HEAPS_LIMIT) {
		drop_one(h);
		h->heap_bytes = past_bytes(h);
	}
	history_trim(h);
	return 0;
}

struct heap_facts *history_heap_at(const struct history *h, uint64_t time)
{
	unsigned n = h->heap_count;

	while (n && h->heaps[n - 1]->time > time)
		n--;
	if (!n || h->heaps[n - 1]->time < history_epoch(h, time))
		return NULL;
	return h->heaps[n - 1];
}

void history_heap_done(struct history *h)
{
	while (h->heap_count)
		heap_facts_unref(h->heaps[--h->heap_count]);
}
