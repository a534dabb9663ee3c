/* SPDX-License-Identifier: MIT */
/*
 * Groups of regions by kind or by label, and the alphabetical order of labels. Equal labels meet by
 * sorting their hashes. It knows sums; not what is shown of them.
 */

#include "tui/maps_groups.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a; the highest bit keeps it apart from kinds and from 0. */
static uint64_t label_hash(const struct region *r)
{
	char text[MAPS_LABEL];
	size_t len;
	const char *label = maps_label(r, text, &len);
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)label[i]) * 0x100000001b3;
	return hash | 1ull << 63;
}

static uint64_t group_of(const struct region *r, enum maps_group by)
{
	return by == GROUP_KIND ? (uint64_t)r->kind + 1 : label_hash(r);
}

void maps_groups_mark(struct maps_rows *rows, const struct moment *m, enum maps_group by)
{
	for (size_t i = 0; i < rows->region_count; i++)
		rows->regions[i].group = group_of(m->regions->rows[i], by);
}

/* --- sums ------------------------------------------------------------------------------------------- */

static bool groups_reserve(struct maps_rows *rows, size_t count)
{
	size_t room = count + count / 8 + 16;

	if (count <= rows->group_room)
		return true;
	free(rows->groups);
	free(rows->sums);
	rows->groups = calloc(room, sizeof(*rows->groups));
	rows->sums = calloc(room, sizeof(*rows->sums));
	rows->group_room = rows->groups && rows->sums ? room : 0;
	return rows->group_room > 0;
}

static size_t runs_count(const struct table_item *items, size_t count)
{
	size_t runs = 0;

	for (size_t i = 0; i < count; i++)
		runs += i == 0 || items[i].key != items[i - 1].key;
	return runs;
}

static void spark_add(struct maps_sum *sum, const struct region_trend *trend)
{
	/* the newest points stand for the same time */
	unsigned skip = SPARK_POINTS - trend->spark_count;

	for (unsigned i = 0; i < trend->spark_count; i++) {
		uint64_t *to = &sum->spark[skip + i];
		if (known(trend->spark[i]))
			*to = known_add(known_or(*to, 0), trend->spark[i]);
	}
}

static void group_begin(struct maps_row *group, struct maps_sum *sum, const struct maps_row *first)
{
	*group = *first;
	group->id = first->group;
	group->size = group->rss = group->count = 0;
	group->change = 0;
	group->rate = NAN;
	*sum = (struct maps_sum){0};
	for (unsigned i = 0; i < SPARK_POINTS; i++)
		sum->spark[i] = UNKNOWN;
}

/*
 * A rate is that of the members which history follows; the others do not move. One that is too young to have a rate may be
 * all that grows: without it the sum would say something else.
 */
static void group_add(struct maps_row *group, struct maps_sum *sum, const struct maps_row *row,
                      const struct moment *m, bool still)
{
	const struct region *r = maps_rows_region(m, row);
	const struct region_trend *trend = still ? NULL : moment_trend(m, r->id);

	group->count++;
	group->size = known_add(group->size, row->size);
	group->rss = known_add(group->rss, row->rss);
	group->changed = group->changed && row->changed;
	if (row->changed)
		group->change = known_delta_add(group->change, row->change);
	group->mixed = group->mixed || r->kind != maps_rows_region(m, group)->kind;
	if (trend && isnan(row->rate) && row->rss > 0)
		sum->young = true;
	if (!isnan(row->rate))
		group->rate = isnan(group->rate) ? row->rate : group->rate + row->rate;
	sum->mappings += r->mappings;
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		sum->bytes[k] = known_add(sum->bytes[k], r->bytes[k]);
	if (trend)
		spark_add(sum, trend);
}

/* Items with the group of every region as key, in order. */
static void groups_sort(const struct maps_rows *rows, struct table *t)
{
	for (size_t i = 0; i < rows->region_count; i++)
		t->items[i] = (struct table_item){.key = rows->regions[i].group, .row = i};
	table_sort(t->items, t->spare, rows->region_count);
}

/* Numbers the groups: every region learns the place of its own. Returns how many there are. */
static size_t groups_number(struct maps_rows *rows, const struct table *t)
{
	size_t place = 0;

	for (size_t i = 0; i < rows->region_count; i++) {
		place += i > 0 && t->items[i].key != t->items[i - 1].key;
		rows->regions[t->items[i].row].place = (uint32_t)place;
	}
	return rows->region_count > 0 ? place + 1 : 0;
}

/* Sums up in the order of addresses: jumping from group to group would cost three times as much. */
bool maps_groups_make(struct maps_rows *rows, const struct moment *m, struct table *t)
{
	groups_sort(rows, t);
	size_t count = groups_number(rows, t);
	if (!groups_reserve(rows, count))
		return false;
	for (size_t i = 0; i < count; i++)
		rows->groups[i].count = 0;
	for (size_t i = 0; i < rows->region_count; i++) {
		const struct maps_row *row = &rows->regions[i];
		struct maps_row *group = &rows->groups[row->place];
		if (group->count == 0)
			group_begin(group, &rows->sums[row->place], row);
		group_add(group, &rows->sums[row->place], row, m, rows->still);
	}
	for (size_t i = 0; i < count; i++)
		if (rows->sums[i].young)
			rows->groups[i].rate = NAN;
	rows->group_count = count;
	return true;
}

/* --- labels ----------------------------------------------------------------------------------------- */

static int label_compare(const void *a, const void *b, void *arg)
{
	const struct moment *m = arg;
	char text[2][MAPS_LABEL];
	size_t len[2];
	const char *x =
	        maps_label(m->regions->rows[((const struct table_item *)a)->row], text[0], &len[0]);
	const char *y =
	        maps_label(m->regions->rows[((const struct table_item *)b)->row], text[1], &len[1]);
	int order = memcmp(x, y, len[0] < len[1] ? len[0] : len[1]);

	return order ? order : (len[0] > len[1]) - (len[0] < len[1]);
}

/* One item for each label: row is a region that has it, key its hash. */
static size_t labels_collect(const struct maps_rows *rows, const struct table *t,
                             struct table_item *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < rows->region_count; i++)
		if (i == 0 || t->items[i].key != t->items[i - 1].key)
			ret[count++] = t->items[i];
	return count;
}

/*
 * Only different labels are compared, which are few where regions are many. Sorted by hash again, the
 * places they got walk along with the regions.
 */
bool maps_labels_order(struct maps_rows *rows, const struct moment *m, struct table *t)
{
	struct table_item *labels;
	size_t count, at = 0;

	for (size_t i = 0; i < rows->region_count; i++)
		t->items[i] = (struct table_item){.key = label_hash(m->regions->rows[i]), .row = i};
	table_sort(t->items, t->spare, rows->region_count);
	labels = calloc(2 * runs_count(t->items, rows->region_count) + 1, sizeof(*labels));
	if (!labels)
		return false;
	count = labels_collect(rows, t, labels);
	qsort_r(labels, count, sizeof(*labels), label_compare, (void *)m);
	for (size_t i = 0; i < count; i++)
		labels[i].row = i + 1;
	table_sort(labels, labels + count, count);
	for (size_t i = 0; i < rows->region_count; i++) {
		at += i > 0 && t->items[i].key != t->items[i - 1].key;
		rows->regions[t->items[i].row].label = (uint32_t)labels[at].row;
	}
	free(labels);
	return true;
}
