/* SPDX-License-Identifier: MIT */
/*
 * Which code grew, as it was known at past times. Knows which of these is missed least; refuses to know what was found.
 */
#include <errno.h>
#include <string.h>

#include "model/history.h"
#include "model/history_internal.h"

/* The newest belongs to the present, which holds it anyhow. */
static size_t past_bytes(const struct history *h)
{
	size_t bytes = 0;

	for (unsigned i = 0; i + 1 < h->sites_count; i++)
		bytes += sites_facts_bytes(h->sites[i]);
	return bytes;
}

static void drop_one(struct history *h)
{
	uint64_t times[SITES_KEPT];
	unsigned drop;

	for (unsigned i = 0; i < h->sites_count; i++)
		times[i] = h->sites[i]->time;
	drop = history_least_missed(times, h->sites_count);
	sites_facts_unref(h->sites[drop]);
	memmove(&h->sites[drop], &h->sites[drop + 1],
	        (h->sites_count - drop - 1) * sizeof(struct sites_facts *));
	h->sites_count--;
}

int history_sites(struct history *h, struct sites_facts *f)
{
	struct sites_facts *newest = h->sites_count ? h->sites[h->sites_count - 1] : NULL;

	if (newest && f->time < newest->time)
		return -EINVAL;
	if (newest && f->time == newest->time) {
		h->sites_count--;
		sites_facts_unref(newest);
	}
	if (h->sites_count == SITES_KEPT)
		drop_one(h);
	h->sites[h->sites_count++] = sites_facts_ref(f);
	h->sites_bytes = past_bytes(h);
	while (h->sites_count > 1 && h->sites_bytes > SITES_LIMIT) {
		drop_one(h);
		h->sites_bytes = past_bytes(h);
	}
	history_trim(h);
	return 0;
}

struct sites_facts *history_sites_at(const struct history *h, uint64_t time)
{
	unsigned n = h->sites_count;

	while (n && h->sites[n - 1]->time > time)
		n--;
	if (!n || h->sites[n - 1]->time < history_epoch(h, time))
		return NULL;
	return h->sites[n - 1];
}

void history_sites_done(struct history *h)
{
	while (h->sites_count)
		sites_facts_unref(h->sites[--h->sites_count]);
}
