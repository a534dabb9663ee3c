/* SPDX-License-Identifier: MIT */
/*
 * A pass from its beginning to the published table. Knows the order of the steps and what survives
 * from one pass to the next; refuses to know how a mapping is recognised or matched.
 */
#include "model/tracker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/tracker_internal.h"

struct tracker *tracker_new(void)
{
	struct tracker *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->next_id = 1;
	t->flag_hugetlb = smaps_flag_bit("ht");
	t->flag_noreserve = smaps_flag_bit("nr");
	tracker_begin(t);
	return t;
}

void tracker_free(struct tracker *t)
{
	if (!t)
		return;
	parts_drop(t);
	region_table_unref(t->before);
	free(t->parts);
	free(t->stacks);
	free(t);
}

void tracker_ids_from(struct tracker *t, uint64_t first)
{
	if (first > t->next_id)
		t->next_id = first;
}

void tracker_reset(struct tracker *t)
{
	tracker_begin(t);
	region_table_unref(t->before);
	t->before = NULL;
	free(t->stacks);
	t->stacks = NULL;
	t->stack_count = 0;
}

static int address_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int tracker_stacks(struct tracker *t, const uint64_t *pointers, size_t count)
{
	uint64_t *copy = NULL;

	if (count) {
		copy = calloc(count, sizeof(*copy));
		if (!copy)
			return -ENOMEM;
		memcpy(copy, pointers, count * sizeof(*copy));
		qsort(copy, count, sizeof(*copy), address_compare);
	}
	t->stacks_new = t->stacks_new || count != t->stack_count ||
	                (count && memcmp(copy, t->stacks, count * sizeof(*copy)) != 0);
	free(t->stacks);
	t->stacks = copy;
	t->stack_count = count;
	return 0;
}

void tracker_begin(struct tracker *t)
{
	parts_drop(t);
	t->cursor = t->same = 0;
	t->unsorted = false;
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		t->totals[k] = UNKNOWN;
}

/* From mappings to regions with a name. */
static int parts_resolve(struct tracker *t, uint64_t time)
{
	int r;

	parts_classify(t);
	r = parts_join(t);
	return r < 0 ? r : parts_match(t, time);
}

int tracker_end(struct tracker *t, uint64_t time, bool torn, bool partial, bool estimated,
                struct region_table **ret)
{
	struct region_table *table = NULL, *before;
	uint64_t mappings;
	bool quiet;
	int r;

	torn = torn || t->unsorted;
	if (t->unsorted)
		parts_settle(t);
	mappings = t->count;
	quiet = parts_quiet(t);
	r = quiet ? 0 : parts_resolve(t, time);
	if (r < 0)
		goto out;
	r = -ENOMEM;
	table = quiet ? parts_table_again(t) : parts_table(t);
	if (!table)
		goto out;
	table->time = time;
	table->torn = torn;
	table->partial = partial;
	table->estimated = estimated;
	table->mappings = mappings;
	before = torn || partial ? table_with_missed(table, t->before, torn)
	                         : region_table_ref(table);
	if (!before)
		goto out;
	region_table_unref(t->before);
	t->before = before;
	t->before_whole = before == table;
	t->stacks_new = false;
	*ret = table;
	table = NULL;
	r = 0;
out:
	region_table_unref(table);
	tracker_begin(t);
	return r;
}
