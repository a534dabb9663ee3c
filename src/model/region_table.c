/* SPDX-License-Identifier: MIT */
/*
 * The table at the end of a pass. Knows its sums and what the next pass must remember after one
 * that was torn; refuses to know how regions were found.
 */
#include <stdlib.h>
#include <string.h>

#include "model/tracker_internal.h"

static struct region_table *table_alloc(size_t count)
{
	struct region_table *table = calloc(1, sizeof(*table) + count * sizeof(table->rows[0]));

	if (table)
		atomic_init(&table->refs, 1);
	return table;
}

static void table_count(struct region_table *table, const struct part *p)
{
	uint64_t *rss = &table->by_kind[p->kind].rss, *swap = &table->by_kind[p->kind].swap;

	table->size = known_add(table->size, p->size);
	table->by_kind[p->kind].count++;
	table->by_kind[p->kind].size = known_add(table->by_kind[p->kind].size, p->size);
	*rss = figure_sum(*rss, p->rss);
	*swap = figure_sum(*swap, p->swap);
}

struct region_table *parts_table(struct tracker *t)
{
	struct region_table *table = table_alloc(t->count);

	if (!table)
		return NULL;
	for (int k = 0; k < REGION_KIND_COUNT; k++)
		table->by_kind[k].rss = table->by_kind[k].swap = UNKNOWN;
	for (size_t i = 0; i < t->count; i++) {
		table->rows[i] = t->parts[i].region;
		table_count(table, &t->parts[i]);
	}
	/* A kind without a region uses nothing: that is known. */
	for (int k = 0; k < REGION_KIND_COUNT; k++) {
		if (!table->by_kind[k].count)
			table->by_kind[k].rss = table->by_kind[k].swap = 0;
	}
	memcpy(table->totals, t->totals, sizeof(table->totals));
	table->count = t->count;
	t->count = 0;
	return table;
}

bool parts_quiet(const struct tracker *t)
{
	return t->before && t->before_whole && !t->stacks_new && !t->unsorted &&
	       t->same == t->count && t->count == t->before->count;
}

struct region_table *parts_table_again(struct tracker *t)
{
	struct region_table *table = table_alloc(t->count);

	if (!table)
		return NULL;
	table->size = t->before->size;
	memcpy(table->by_kind, t->before->by_kind, sizeof(table->by_kind));
	memcpy(table->totals, t->totals, sizeof(table->totals));
	for (size_t i = 0; i < t->count; i++)
		table->rows[i] = t->parts[i].region;
	table->count = t->count;
	t->count = 0;
	return table;
}

/*
 * True when the row `r` of the table before may have been missed: the pass ended before it, or was
 * torn and nothing that was read contradicts it. *next walks over `now`.
 */
static bool row_missed(const struct region_table *now, size_t *next, const struct region *r,
                       bool torn)
{
	while (*next < now->count && now->rows[*next]->end <= r->start)
		++*next;
	if (*next == now->count)
		return true;
	return torn && now->rows[*next]->start >= r->end;
}

static int id_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

struct region_table *table_with_missed(const struct region_table *now,
                                       const struct region_table *before, bool torn)
{
	size_t old_count = before ? before->count : 0, i = 0, next = 0;
	struct region_table *table = table_alloc(now->count + old_count);
	uint64_t *ids = calloc(now->count + 1, sizeof(*ids));

	if (!table || !ids) {
		free(ids);
		free(table);
		return NULL;
	}
	for (size_t k = 0; k < now->count; k++)
		ids[k] = now->rows[k]->id;
	qsort(ids, now->count, sizeof(*ids), id_compare);
	for (size_t k = 0; k < old_count; k++) {
		struct region *r = before->rows[k];

		if (!row_missed(now, &next, r, torn) ||
		    bsearch(&r->id, ids, now->count, sizeof(*ids), id_compare))
			continue;
		for (; i < now->count && now->rows[i]->start < r->start; i++)
			table->rows[table->count++] = region_ref(now->rows[i]);
		table->rows[table->count++] = region_ref(r);
	}
	for (; i < now->count; i++)
		table->rows[table->count++] = region_ref(now->rows[i]);
	free(ids);
	return table;
}
