/* SPDX-License-Identifier: MIT */
/*
 * Regions as rows: their figures side by side, so that sorting 60,000 of them walks the regions once.
 * It knows regions, trends and the baseline; groups are maps_groups.c, and nothing here is drawn.
 */

#include "tui/maps_rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/maps_groups.h"

void maps_rows_done(struct maps_rows *rows)
{
	free(rows->regions);
	free(rows->groups);
	free(rows->sums);
	rows->regions = rows->groups = NULL;
	rows->sums = NULL;
	rows->region_count = rows->region_room = rows->group_count = rows->group_room = 0;
}

static bool regions_reserve(struct maps_rows *rows, size_t count)
{
	size_t room = count + count / 8 + 64;

	if (count <= rows->region_room)
		return true;
	free(rows->regions);
	rows->regions = calloc(room, sizeof(*rows->regions));
	rows->region_room = rows->regions ? room : 0;
	return rows->regions != NULL;
}

const char *maps_label(const struct region *r, char text[MAPS_LABEL], size_t *ret_len)
{
	if (r->name_len > 0) {
		*ret_len = r->name_len;
		return r->name;
	}
	region_label(r, text, MAPS_LABEL);
	*ret_len = strlen(text);
	return text;
}

static void row_fill(struct maps_row *row, const struct region *r, size_t i)
{
	*row = (struct maps_row){.id = r->id,
	                         .size = r->size,
	                         .rss = r->bytes[SMAPS_RSS],
	                         .rate = NAN,
	                         .first = (uint32_t)i,
	                         .count = 1};
}

static void row_move(struct maps_row *row, const struct moment *m, const struct region *r)
{
	const struct region_trend *trend = moment_trend(m, r->id);
	int64_t rss, size;

	if (trend)
		row->rate = trend->rate;
	if (!m->baseline)
		return;
	row->changed = baseline_change(m->baseline, r, &row->change, &rss, &size);
	row->fresh = baseline_precedes(m->baseline, r);
}

/* --- equal sizes ------------------------------------------------------------------------------------ */

/* Items with the size of every anonymous region as key. */
static size_t same_collect(const struct maps_rows *rows, const struct moment *m,
                           struct table_item *items)
{
	size_t count = 0;

	for (size_t i = 0; i < rows->region_count; i++)
		if (m->regions->rows[i]->kind == REGION_ANON)
			items[count++] =
			        (struct table_item){.key = rows->regions[i].size, .row = i};
	return count;
}

/* Of the sizes that occur often the one that fills most. */
static void same_find(struct maps_rows *rows, const struct moment *m, struct table *t)
{
	size_t count = same_collect(rows, m, t->items), end;
	double most = 0;

	rows->same = (struct same_size){0};
	table_sort(t->items, t->spare, count);
	for (size_t i = 0; i < count; i = end) {
		struct same_size same = {.size = t->items[i].key};
		for (end = i; end < count && t->items[end].key == same.size; end++)
			same.fresh += rows->regions[t->items[end].row].fresh;
		same.count = end - i;
		double fills = (double)same.count * (double)same.size;
		if (same.count < SAME_SIZE_LEAST || fills <= most)
			continue;
		rows->same = same;
		most = fills;
	}
}

/* --- rows ------------------------------------------------------------------------------------------- */

void maps_rows_make(struct maps_rows *rows, const struct moment *m, struct table *t)
{
	size_t count = m->regions ? m->regions->count : 0;

	rows->region_count = rows->group_count = 0;
	rows->same = (struct same_size){0};
	rows->failed = !regions_reserve(rows, count) || !table_reserve(t, count);
	if (rows->failed)
		return;
	for (size_t i = 0; i < count; i++) {
		row_fill(&rows->regions[i], m->regions->rows[i], i);
		if (!rows->still)
			row_move(&rows->regions[i], m, m->regions->rows[i]);
	}
	rows->region_count = count;
	if (!rows->still)
		same_find(rows, m, t);
	enum maps_group by = rows->by != GROUP_REGION ? rows->by : rows->within;
	if (by != GROUP_REGION)
		maps_groups_mark(rows, m, by);
	if (rows->labels)
		rows->failed = !maps_labels_order(rows, m, t);
	if (rows->by != GROUP_REGION)
		rows->failed = !maps_groups_make(rows, m, t) || rows->failed;
}

const struct maps_row *maps_rows_listed(const struct maps_rows *rows, size_t *ret_count)
{
	bool regions = rows->by == GROUP_REGION;

	*ret_count = rows->failed ? 0 : regions ? rows->region_count : rows->group_count;
	return regions ? rows->regions : rows->groups;
}

uint64_t maps_rows_bytes(const struct maps_rows *rows, const struct moment *m, size_t row,
                         enum smaps_key key)
{
	if (rows->by != GROUP_REGION)
		return rows->sums[row].bytes[key];
	return m->regions->rows[row]->bytes[key];
}

const struct region *maps_rows_region(const struct moment *m, const struct maps_row *row)
{
	return m->regions->rows[row->first];
}

static bool consists_of(const char *filter, const char *letters, size_t least)
{
	size_t len = strlen(filter);

	return len >= least && strspn(filter, letters) == len;
}

/* Addresses are looked through where the text may be one: writing 60,000 of them takes a while. */
static bool address_matches(const struct region *r, const char *filter)
{
	char text[40];

	if (!consists_of(filter, "0123456789abcdefABCDEF-", 4))
		return false;
	int n = snprintf(text, sizeof(text), "%" PRIx64 "-%" PRIx64, r->start, r->end);
	return table_contains(filter, text, (size_t)n);
}

static bool perms_match(const struct region *r, const char *filter)
{
	char text[5];

	return consists_of(filter, "rwxsp-", 2) &&
	       table_contains(filter, region_perms(r->prot, text), 4);
}

bool maps_row_matches(const struct maps_rows *rows, const struct moment *m, size_t row,
                      const char *filter)
{
	size_t count, len;
	const struct maps_row *listed = maps_rows_listed(rows, &count);
	const struct region *r = maps_rows_region(m, &listed[row]);
	const char *kind = region_kinds[r->kind].name;
	char text[MAPS_LABEL];

	if (!listed[row].mixed && table_contains(filter, kind, strlen(kind)))
		return true;
	if (rows->by == GROUP_KIND)
		return false;
	const char *label = maps_label(r, text, &len);
	if (table_contains(filter, label, len))
		return true;
	if (rows->by != GROUP_REGION)
		return false;
	return perms_match(r, filter) || address_matches(r, filter);
}
