/* SPDX-License-Identifier: MIT */
#ifndef APP_RECORD_QUEUE_H
#define APP_RECORD_QUEUE_H

/*
 * What waits to be written into a recording, in order, and how much memory it takes. Knows no thread and no
 * disk: recorder.c does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/event.h"
#include "model/heap.h"
#include "model/region.h"
#include "model/sample.h"
#include "model/sites.h"
#include "model/target.h"
#include "model/verdict.h"
#include "store/recording.h"

/* The store as the recorder calls it, or a test's own: the functions of store/recording.h. */
struct recorder_store {
	int (*open)(const struct recording_options *o, struct recording **ret, struct fault *fault);
	int (*past)(struct recording *r, uint64_t until);
	int (*image)(struct recording *r, uint64_t time, const struct target *t);
	int (*sample)(struct recording *r, const struct sample *s, uint64_t span,
	              const struct sample extremes[2]);
	int (*regions)(struct recording *r, struct region_table *t);
	int (*heap)(struct recording *r, const struct heap_facts *f);
	int (*sites)(struct recording *r, const struct sites_facts *f);
	int (*event)(struct recording *r, const struct event *e);
	int (*verdict)(struct recording *r, uint64_t time, const struct verdict *v);
	int (*fact)(struct recording *r, const char *key, const char *value);
	int (*commit)(struct recording *r, struct fault *fault);
	uint64_t (*size)(const struct recording *r);
	void (*close)(struct recording *r);
};
extern const struct recorder_store recorder_store;

/* One thing to write. Not in a queue it is its maker's; NULL of a maker: no memory. */
struct record_item;
struct record_item *record_past(uint64_t until);
struct record_item *record_image(uint64_t time, struct target *t); /* a reference of its own */
struct record_item *record_sample(const struct sample *s, uint64_t span,
                                  const struct sample extremes[2]);
struct record_item *record_regions(struct region_table *t); /* a reference of its own */
struct record_item *record_heap(struct heap_facts *f);      /* likewise */
struct record_item *record_sites(struct sites_facts *f);    /* likewise */
struct record_item *record_event(const struct event *e);
struct record_item *record_verdict(uint64_t time, const struct verdict *v);
struct record_item *record_fact(const char *key, const char *value);
void record_item_free(struct record_item *i);

/* Bytes that it keeps allocated; of a table what no earlier one had. */
size_t record_item_bytes(const struct record_item *i);

struct record_queue {
	struct record_item *first, *last; /* NULL: empty */
	size_t bytes;                     /* of all items */
	unsigned items, samples;          /* how many; how many of them are samples */
};

void record_push(struct record_queue *q, struct record_item *i); /* takes it */

/* Takes the `n` oldest away into a queue of their own. */
struct record_queue record_take(struct record_queue *q, unsigned n);
void record_free(struct record_queue *q); /* frees the items */
/* Makes nothing of a table or a look, for the next one makes up for it. False: the item is something else. */
bool record_leave_out(struct record_item *i);
/* How many samples of it the store would not have: see record_write. */
unsigned record_refused(const struct record_queue *q);

/*
 * Gives `n` items from `first` on to the store, in order. 0, or the -errno of the one that failed. One that the
 * store calls -EINVAL will never be written: the next attempt leaves it out. Looks at no link behind the last of
 * them: others may push meanwhile.
 */
int record_write(struct record_item *first, unsigned n, const struct recorder_store *store,
                 struct recording *to);

#endif
