/* SPDX-License-Identifier: MIT */
/*
 * Past looks inside the heap. Knows which of them belong together; refuses to know what was found, and which of
 * them stay (history_shelf.c).
 */
#include <errno.h>
#include <string.h>

#include "model/history.h"
#include "model/history_internal.h"

static uint64_t look_time(const void *f)
{
	return ((const struct heap_facts *)f)->time;
}

static size_t look_bytes(const void *f)
{
	return heap_facts_bytes(f);
}

static void *look_ref(void *f)
{
	return heap_facts_ref(f);
}

static void look_unref(void *f)
{
	heap_facts_unref(f);
}

const struct shelf_kind history_heaps = {
        .most = HEAPS,
        .limit = HEAPS_LIMIT,
        .time = look_time,
        .bytes = look_bytes,
        .ref = look_ref,
        .unref = look_unref,
};

/* The census and then the whole of one look, and what a peek added: they began together. Counts begin anew with a program. */
static bool same_look(const struct heap_facts *a, const struct heap_facts *b)
{
	return a->walked && b->walked && a->looks == b->looks &&
	       a->time - a->took == b->time - b->took;
}

int history_heap(struct history *h, struct heap_facts *f)
{
	const struct heap_facts *newest = shelf_newest(&h->heaps);

	if (newest && f->time < newest->time)
		return -EINVAL;
	/* That nothing can be found is known from the first time on. */
	if (newest && !f->walked && !newest->walked && strcmp(f->why, newest->why) == 0)
		return 0;
	shelf_put(&h->heaps, f, newest && (f->time == newest->time || same_look(f, newest)));
	history_trim(h);
	return 0;
}

struct heap_facts *history_heap_at(const struct history *h, uint64_t time)
{
	return shelf_find(&h->heaps, history_epoch_looks(h, time), time);
}
