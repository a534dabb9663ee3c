/* SPDX-License-Identifier: MIT */
/* Knows for which threads events were opened, and which have some anyhow. Refuses to know events. */
#include "sites/owners.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

struct owner {
	int32_t tid;
	size_t first, count; /* its own events; none: it has inherited ones */
};

/* By rising tid. */
struct owners {
	struct owner *at;
	size_t count, room;
};

struct owners *owners_new(void)
{
	return calloc(1, sizeof(struct owners));
}

void owners_free(struct owners *o)
{
	if (!o)
		return;
	free(o->at);
	free(o);
}

/* The first whose number is not below. */
static size_t owner_find(const struct owners *o, int32_t tid)
{
	size_t low = 0, high = o->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (o->at[middle].tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_at(const struct owners *o, size_t i, int32_t tid)
{
	return i < o->count && o->at[i].tid == tid;
}

int owners_open(struct owners *o, int32_t tid, size_t first, size_t count)
{
	size_t i = owner_find(o, tid);

	if (!is_at(o, i, tid)) {
		if (!array_room((void **)&o->at, o->count, &o->room, sizeof(*o->at)))
			return -ENOMEM;
		/* Mostly at the end: threads are listed in their order. */
		for (size_t k = o->count++; k > i; k--)
			o->at[k] = o->at[k - 1];
	}
	o->at[i] = (struct owner){tid, first, count};
	return 0;
}

bool owners_inherits(struct owners *o, int32_t tid, size_t *ret_first, size_t *ret_count)
{
	size_t i = owner_find(o, tid);

	if (is_at(o, i, tid) && o->at[i].count) {
		*ret_first = o->at[i].first;
		*ret_count = o->at[i].count;
		o->at[i].count = 0;
		return true;
	}
	/* Without memory it is found once more, and counted twice. */
	owners_open(o, tid, 0, 0);
	return false;
}

bool owners_has(const struct owners *o, int32_t tid)
{
	return is_at(o, owner_find(o, tid), tid);
}
