/* SPDX-License-Identifier: MIT */
/*
 * From the words of an export to a table of regions. Knows that rows may come in any order and any number;
 * refuses to know in which form they were written.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "source/snapshot_internal.h"

enum { LABEL_MAX = 64 };

/* --- words ----------------------------------------------------------------------------------------- */

static bool same(const char *word, const char *text, size_t len)
{
	return strlen(word) == len && memcmp(word, text, len) == 0;
}

void snapshot_kind(const char *word, size_t len, enum region_kind *ret)
{
	for (int k = 0; k < REGION_KIND_COUNT; k++)
		if (same(region_kinds[k].json, word, len))
			*ret = (enum region_kind)k;
}

void snapshot_perms(const char *text, size_t len, unsigned *ret)
{
	if (len != 4)
		return;
	*ret = (text[0] == 'r' ? MAP_READ : 0u) | (text[1] == 'w' ? MAP_WRITE : 0u) |
	       (text[2] == 'x' ? MAP_EXEC : 0u) | (text[3] == 's' ? MAP_MAYSHARE : 0u);
}

void snapshot_address(const char *text, size_t len, uint64_t *ret)
{
	if (len > 2 && memcmp(text, "0x", 2) == 0)
		num_hex(text + 2, len - 2, ret);
}

void snapshot_device(const char *text, size_t len, struct region *r)
{
	const char *colon = memchr(text, ':', len);
	uint64_t major, minor;

	if (!colon || num_hex(text, (size_t)(colon - text), &major) ||
	    num_hex(colon + 1, len - (size_t)(colon - text) - 1, &minor) || major > UINT32_MAX ||
	    minor > UINT32_MAX)
		return;
	r->major = (uint32_t)major;
	r->minor = (uint32_t)minor;
}

uint64_t snapshot_flag(const char *code, size_t len)
{
	return len == 2 ? smaps_flag_bit(code) : 0;
}

bool snapshot_describes(const struct region *r, const char *label, size_t len)
{
	struct region unnamed = {.kind = r->kind};
	char text[LABEL_MAX];

	region_label(&unnamed, text, sizeof(text));
	return !r->inode && same(text, label, len);
}

void snapshot_region_init(struct region *r)
{
	*r = (struct region){.kind = REGION_OTHER, .mappings = 1};
	r->size = r->born = r->peak = UNKNOWN;
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		r->bytes[k] = UNKNOWN;
}

/* --- rows ------------------------------------------------------------------------------------------ */

static int rows_reserve(struct snapshot_rows *rows)
{
	size_t room = rows->room ? rows->room * 2 : 64;
	struct region **more;

	if (rows->count < rows->room)
		return 0;
	if (rows->count >= SNAPSHOT_REGIONS)
		return -EFBIG;
	more = realloc(rows->rows, room * sizeof(struct region *));
	if (!more)
		return -ENOMEM;
	rows->rows = more;
	rows->room = room;
	return 0;
}

int snapshot_rows_add(struct snapshot_rows *rows, const struct region *r, const char *name,
                      size_t len)
{
	int err = rows_reserve(rows);
	struct region *copy;

	if (err)
		return err;
	copy = malloc(sizeof(*copy) + len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, r, sizeof(*copy));
	atomic_init(&copy->refs, 1);
	copy->name_len = (uint32_t)len;
	if (len)
		memcpy(copy->name, name, len);
	rows->rows[rows->count++] = copy;
	return 0;
}

void snapshot_rows_done(struct snapshot_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		region_unref(rows->rows[i]);
	free(rows->rows);
	*rows = (struct snapshot_rows){0};
}

static int start_compare(const void *a, const void *b)
{
	const struct region *x = *(struct region *const *)a, *y = *(struct region *const *)b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

/* a + b where an unknown part is left out; UNKNOWN when both are. */
static uint64_t sum(uint64_t a, uint64_t b)
{
	return known(a) && known(b) ? known_add(a, b) : known(a) ? a : b;
}

static void table_count(struct region_table *t, const struct region *r)
{
	t->mappings = known_add(t->mappings, r->mappings);
	t->size = known_add(t->size, r->size);
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		t->totals[k] = sum(t->totals[k], r->bytes[k]);
	t->by_kind[r->kind].count++;
	t->by_kind[r->kind].size = known_add(t->by_kind[r->kind].size, r->size);
	t->by_kind[r->kind].rss = sum(t->by_kind[r->kind].rss, r->bytes[SMAPS_RSS]);
	t->by_kind[r->kind].swap = sum(t->by_kind[r->kind].swap, r->bytes[SMAPS_SWAP]);
}

static void table_sum(struct region_table *t)
{
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		t->totals[k] = UNKNOWN;
	for (int k = 0; k < REGION_KIND_COUNT; k++)
		t->by_kind[k].rss = t->by_kind[k].swap = UNKNOWN;
	for (size_t i = 0; i < t->count; i++)
		table_count(t, t->rows[i]);
	/* A kind without a region uses nothing: that is known. */
	for (int k = 0; k < REGION_KIND_COUNT; k++)
		if (!t->by_kind[k].count)
			t->by_kind[k].rss = t->by_kind[k].swap = 0;
}

struct region_table *snapshot_rows_table(struct snapshot_rows *rows)
{
	struct region_table *t = calloc(1, sizeof(*t) + rows->count * sizeof(t->rows[0]));

	if (!t)
		return NULL;
	atomic_init(&t->refs, 1);
	if (rows->count)
		memcpy(t->rows, rows->rows, rows->count * sizeof(t->rows[0]));
	t->count = rows->count;
	rows->count = 0;
	snapshot_rows_done(rows);
	qsort(t->rows, t->count, sizeof(t->rows[0]), start_compare);
	table_sum(t);
	return t;
}
