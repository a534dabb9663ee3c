/* SPDX-License-Identifier: MIT */
/*
 * Past tables of regions. Knows what keeping one costs, given that neighbours share what did not
 * change; refuses to know what is in a region.
 *
 * A record lives in consecutive tables. It is counted with the last of them, and not at all while
 * the newest table, which the present holds anyhow, has it too.
 */
#include <errno.h>

#include "model/history.h"
#include "model/history_internal.h"

static struct stored_table *stored_at(const struct history *h, unsigned i)
{
	return &h->tables[(h->table_ring.head + i) % TABLES];
}

struct region_table *history_newest_table(const struct history *h)
{
	return h->table_ring.count ? stored_at(h, h->table_ring.count - 1)->table : NULL;
}

struct region_table *history_table_at(const struct history *h, uint64_t time)
{
	unsigned from = 0, to = h->table_ring.count;

	while (from < to) {
		unsigned middle = from + (to - from) / 2;

		if (stored_at(h, middle)->table->time <= time)
			from = middle + 1;
		else
			to = middle;
	}
	if (!from || stored_at(h, from - 1)->table->time < history_epoch(h, time))
		return NULL;
	return stored_at(h, from - 1)->table;
}

/* The oldest bucket is wide: within it there is nothing better than the bucket itself. */
unsigned history_passes(const struct history *h, uint64_t time)
{
	unsigned n = timeline_until(&h->passes, time);

	if (n && h->passes.end[timeline_slot(&h->passes, n - 1)] < history_epoch(h, time))
		return 0;
	if (n || !timeline_count(&h->passes))
		return n;
	return h->passes.start[timeline_slot(&h->passes, 0)] <= time;
}

size_t record_bytes(const struct region *r)
{
	/* malloc's own word, rounded as it does */
	return (offsetof(struct region, name) + r->name_len + 8 + 15) & ~(size_t)15;
}

void tables_walk(const struct region_table *before, const struct region_table *now, pair_fn *fn,
                 void *arg)
{
	size_t i = 0, k = 0, old_count = before ? before->count : 0;

	while (i < old_count || k < now->count) {
		struct region *old = i < old_count ? before->rows[i] : NULL;
		struct region *new = k < now->count ? now->rows[k] : NULL;

		if (old != new &&old &&new) {
			if (old->start < new->start)
				new = NULL;
			else if (new->start < old->start)
				old = NULL;
		}
		i += old != NULL;
		k += new != NULL;
		fn(old, new, arg);
	}
}

static void own_add(struct region *before, struct region *now, void *arg)
{
	size_t *bytes = arg;

	if (before && before != now)
		*bytes += record_bytes(before);
}

void history_drop_table(struct history *h)
{
	struct stored_table *oldest = stored_at(h, 0);

	region_table_unref(oldest->table);
	h->tables_bytes -= oldest->own;
	h->table_ring.head = (h->table_ring.head + 1) % TABLES;
	h->table_ring.count--;
}

void history_trim(struct history *h)
{
	while (h->table_ring.count > 1 &&
	       (h->tables_bytes > TABLES_LIMIT || history_size(h) > HISTORY_LIMIT))
		history_drop_table(h);
	/* Names of 4 kB in regions that are gone are all that can still be too much. */
	for (unsigned i = h->followed_count; i-- > 0 && history_size(h) > HISTORY_LIMIT;) {
		if (!h->followed[i].alive)
			history_unfollow(h, i);
	}
}

int history_regions(struct history *h, struct region_table *t)
{
	struct region_table *before = history_newest_table(h);

	if (before == t)
		return 0;
	if (before && t->time < before->time)
		return -EINVAL;
	/* A torn or partial table is shown, but feeds no trend. */
	if (!t->torn && !t->partial) {
		int r = history_follow(h, t, before);

		if (r < 0)
			return r;
	}
	if (before) {
		struct stored_table *stored = stored_at(h, h->table_ring.count - 1);

		stored->own = sizeof(*before) + before->count * sizeof(before->rows[0]);
		tables_walk(before, t, own_add, &stored->own);
		h->tables_bytes += stored->own;
	}
	if (h->table_ring.count == TABLES)
		history_drop_table(h);
	*stored_at(h, h->table_ring.count++) = (struct stored_table){.table = region_table_ref(t)};
	history_trim(h);
	return 0;
}
