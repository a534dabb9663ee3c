/* SPDX-License-Identifier: MIT */
/*
 * Which code grew, as it was known at past times. Refuses to know what was found, and what of it stays
 * (history_shelf.c).
 */
#include <errno.h>

#include "model/history.h"
#include "model/history_internal.h"

static uint64_t found_time(const void *f)
{
	return ((const struct sites_facts *)f)->time;
}

static size_t found_bytes(const void *f)
{
	return sites_facts_bytes(f);
}

static void *found_ref(void *f)
{
	return sites_facts_ref(f);
}

static void found_unref(void *f)
{
	sites_facts_unref(f);
}

const struct shelf_kind history_sites_found = {
        .most = SITES_KEPT,
        .limit = SITES_LIMIT,
        .time = found_time,
        .bytes = found_bytes,
        .ref = found_ref,
        .unref = found_unref,
};

int history_sites(struct history *h, struct sites_facts *f)
{
	const struct sites_facts *newest = shelf_newest(&h->sites);

	if (newest && f->time < newest->time)
		return -EINVAL;
	shelf_put(&h->sites, f, newest && f->time == newest->time);
	history_trim(h);
	return 0;
}

struct sites_facts *history_sites_at(const struct history *h, uint64_t time)
{
	return shelf_find(&h->sites, history_epoch_looks(h, time), time);
}
