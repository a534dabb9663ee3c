/* SPDX-License-Identifier: MIT */
#include "app/record_queue.h"

/*
 * Items in a list, each one allocation. Knows what an item keeps and which call of the store it becomes; refuses
 * to know when that is.
 */

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const struct recorder_store recorder_store = {
        .open = recording_open,
        .past = recording_past,
        .image = recording_image,
        .sample = recording_sample,
        .regions = recording_regions,
        .heap = recording_heap,
        .sites = recording_sites,
        .event = recording_event,
        .verdict = recording_verdict,
        .fact = recording_fact,
        .commit = recording_commit,
        .size = recording_size,
        .close = recording_close,
};

enum item_kind {
	ITEM_PAST,
	ITEM_IMAGE,
	ITEM_SAMPLE,
	ITEM_BUCKET,
	ITEM_REGIONS,
	ITEM_HEAP,
	ITEM_SITES,
	ITEM_EVENT,
	ITEM_VERDICT,
	ITEM_FACT,
	ITEM_REFUSED /* the store will not have it; keeps nothing */
};

/* The end of a bucket of history, and how far figures went in it. */
struct bucket {
	struct sample last, extremes[2];
	uint64_t span;
};

struct record_item {
	struct record_item *next;
	enum item_kind kind;
	bool sample; /* it is one, also after the store refused it */
	size_t bytes;
	uint64_t time; /* ns; past, image, verdict */
	union {
		struct target *target;
		struct region_table *table;
		struct heap_facts *heap;
		struct sites_facts *sites;
		const char *value; /* of a fact: behind its key */
	};
	uint64_t data[]; /* what the kind says; text of a fact */
};

/* With a copy of `n` bytes at `data`. */
static struct record_item *item_new(enum item_kind kind, const void *data, size_t n)
{
	struct record_item *i = malloc(sizeof(*i) + n);

	if (!i)
		return NULL;
	*i = (struct record_item){.kind = kind,
	                          .sample = kind == ITEM_SAMPLE || kind == ITEM_BUCKET,
	                          .bytes = sizeof(*i) + n};
	if (n)
		memcpy(i->data, data, n);
	return i;
}

struct record_item *record_past(uint64_t until)
{
	struct record_item *i = item_new(ITEM_PAST, NULL, 0);

	if (i)
		i->time = until;
	return i;
}

struct record_item *record_image(uint64_t time, struct target *t)
{
	struct record_item *i = item_new(ITEM_IMAGE, NULL, 0);

	if (!i)
		return NULL;
	i->time = time;
	i->target = target_ref(t);
	i->bytes += sizeof(*t);
	return i;
}

struct record_item *record_sample(const struct sample *s, uint64_t span,
                                  const struct sample extremes[2])
{
	struct bucket b;

	if (!extremes)
		return item_new(ITEM_SAMPLE, s, sizeof(*s));
	b = (struct bucket){*s, {extremes[0], extremes[1]}, span};
	return item_new(ITEM_BUCKET, &b, sizeof(b));
}

/* A row that has one reference lies in no other table: it is new. */
static size_t table_bytes(const struct region_table *t)
{
	size_t bytes = sizeof(*t) + t->count * sizeof(t->rows[0]);

	for (size_t i = 0; i < t->count; i++)
		if (atomic_load_explicit(&t->rows[i]->refs, memory_order_relaxed) == 1)
			bytes += sizeof(*t->rows[i]) + t->rows[i]->name_len;
	return bytes;
}

struct record_item *record_regions(struct region_table *t)
{
	struct record_item *i = item_new(ITEM_REGIONS, NULL, 0);

	if (!i)
		return NULL;
	i->table = region_table_ref(t);
	i->bytes += table_bytes(t);
	return i;
}

struct record_item *record_heap(struct heap_facts *f)
{
	struct record_item *i = item_new(ITEM_HEAP, NULL, 0);

	if (!i)
		return NULL;
	i->heap = heap_facts_ref(f);
	i->bytes += heap_facts_bytes(f);
	return i;
}

struct record_item *record_sites(struct sites_facts *f)
{
	struct record_item *i = item_new(ITEM_SITES, NULL, 0);

	if (!i)
		return NULL;
	i->sites = sites_facts_ref(f);
	i->bytes += sites_facts_bytes(f);
	return i;
}

struct record_item *record_event(const struct event *e)
{
	return item_new(ITEM_EVENT, e, sizeof(*e));
}

struct record_item *record_verdict(uint64_t time, const struct verdict *v)
{
	struct record_item *i = item_new(ITEM_VERDICT, v, sizeof(*v));

	if (i)
		i->time = time;
	return i;
}

struct record_item *record_fact(const char *key, const char *value)
{
	size_t n = strlen(key) + 1, m = strlen(value) + 1;
	struct record_item *i = malloc(sizeof(*i) + n + m);
	char *text;

	if (!i)
		return NULL;
	*i = (struct record_item){.kind = ITEM_FACT, .bytes = sizeof(*i) + n + m};
	text = (char *)i->data;
	memcpy(text, key, n);
	memcpy(text + n, value, m);
	i->value = text + n;
	return i;
}

static void item_empty(struct record_item *i)
{
	if (i->kind == ITEM_IMAGE)
		target_unref(i->target);
	else if (i->kind == ITEM_REGIONS)
		region_table_unref(i->table);
	else if (i->kind == ITEM_HEAP)
		heap_facts_unref(i->heap);
	else if (i->kind == ITEM_SITES)
		sites_facts_unref(i->sites);
}

void record_item_free(struct record_item *i)
{
	if (!i)
		return;
	item_empty(i);
	free(i);
}

size_t record_item_bytes(const struct record_item *i)
{
	return i->bytes;
}

void record_push(struct record_queue *q, struct record_item *i)
{
	i->next = NULL;
	if (q->last)
		q->last->next = i;
	else
		q->first = i;
	q->last = i;
	q->bytes += i->bytes;
	q->items++;
	q->samples += i->sample;
}

struct record_queue record_take(struct record_queue *q, unsigned n)
{
	struct record_queue taken = {0};

	while (n-- && q->first) {
		struct record_item *i = q->first;

		q->first = i->next;
		if (!q->first)
			q->last = NULL;
		q->bytes -= i->bytes;
		q->items--;
		q->samples -= i->sample;
		record_push(&taken, i);
	}
	return taken;
}

void record_free(struct record_queue *q)
{
	while (q->first) {
		struct record_item *next = q->first->next;

		record_item_free(q->first);
		q->first = next;
	}
	*q = (struct record_queue){0};
}

unsigned record_refused(const struct record_queue *q)
{
	unsigned n = 0;

	for (const struct record_item *i = q->first; i; i = i->next)
		n += i->sample && i->kind == ITEM_REFUSED;
	return n;
}

bool record_leave_out(struct record_item *i)
{
	if (i->kind != ITEM_REGIONS && i->kind != ITEM_HEAP)
		return false;
	item_empty(i);
	i->kind = ITEM_REFUSED;
	return true;
}

static int item_write(const struct record_item *i, const struct recorder_store *store,
                      struct recording *to)
{
	const struct bucket *b = (const void *)i->data;

	switch (i->kind) {
	case ITEM_PAST:
		return store->past(to, i->time);
	case ITEM_IMAGE:
		return store->image(to, i->time, i->target);
	case ITEM_SAMPLE:
		return store->sample(to, (const void *)i->data, 0, NULL);
	case ITEM_BUCKET:
		return store->sample(to, &b->last, b->span, b->extremes);
	case ITEM_REGIONS:
		return store->regions(to, i->table);
	case ITEM_HEAP:
		return store->heap(to, i->heap);
	case ITEM_SITES:
		return store->sites(to, i->sites);
	case ITEM_EVENT:
		return store->event(to, (const void *)i->data);
	case ITEM_VERDICT:
		return store->verdict(to, i->time, (const void *)i->data);
	case ITEM_FACT:
		return store->fact(to, (const char *)i->data, i->value);
	case ITEM_REFUSED:
		break;
	}
	return 0;
}

int record_write(struct record_item *first, unsigned n, const struct recorder_store *store,
                 struct recording *to)
{
	struct record_item *i = first;
	int err = 0;

	while (n && !err) {
		err = item_write(i, store, to);
		if (err == -EINVAL) {
			item_empty(i);
			i->kind = ITEM_REFUSED;
		}
		if (--n)
			i = i->next;
	}
	return err;
}
