/* SPDX-License-Identifier: MIT */
/* Knows for which thread each event was opened, and whose events count for a thread. Refuses to know events. */
#include "sites/owners.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

/* An event, or a thread: `key` is its id or its tid. */
struct owned {
	uint64_t key;
	int32_t owner;
};

/* By rising key. */
struct owned_list {
	struct owned *at;
	size_t count, room;
};

struct owners {
	struct owned_list events, threads;
};

struct owners *owners_new(void)
{
	return calloc(1, sizeof(struct owners));
}

void owners_free(struct owners *o)
{
	if (!o)
		return;
	free(o->events.at);
	free(o->threads.at);
	free(o);
}

/* The first whose key is not below. */
static size_t list_find(const struct owned_list *l, uint64_t key)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (l->at[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct owned *list_get(const struct owned_list *l, uint64_t key)
{
	size_t i = list_find(l, key);

	return i < l->count && l->at[i].key == key ? &l->at[i] : NULL;
}

/* Mostly at the end: the kernel numbers events, and nearly always threads, as they come. */
static int list_put(struct owned_list *l, uint64_t key, int32_t owner)
{
	size_t i = list_find(l, key);

	if (i < l->count && l->at[i].key == key) {
		l->at[i].owner = owner;
		return 0;
	}
	if (!array_room((void **)&l->at, l->count, &l->room, sizeof(*l->at)))
		return -ENOMEM;
	for (size_t k = l->count++; k > i; k--)
		l->at[k] = l->at[k - 1];
	l->at[i] = (struct owned){key, owner};
	return 0;
}

int owners_event(struct owners *o, uint64_t id, int32_t tid)
{
	int e = list_put(&o->events, id, tid);

	return e < 0 ? e : list_put(&o->threads, (uint64_t)tid, tid);
}

bool owners_accept(struct owners *o, uint64_t id, int32_t tid)
{
	const struct owned *event = list_get(&o->events, id);
	const struct owned *thread = list_get(&o->threads, (uint64_t)tid);

	if (!event)
		return false;
	if (thread)
		return thread->owner == event->owner;
	/* The first to speak for an inherited one does so from then on. Without memory, whoever speaks counts. */
	list_put(&o->threads, (uint64_t)tid, event->owner);
	return true;
}

bool owners_has(const struct owners *o, int32_t tid)
{
	const struct owned *thread = list_get(&o->threads, (uint64_t)tid);

	return thread && thread->owner == tid;
}

void owners_drop(struct owners *o, int32_t tid)
{
	size_t i = list_find(&o->threads, (uint64_t)tid);

	if (i == o->threads.count || o->threads.at[i].key != (uint64_t)tid)
		return;
	for (o->threads.count--; i < o->threads.count; i++)
		o->threads.at[i] = o->threads.at[i + 1];
}
