/* SPDX-License-Identifier: MIT */
#include "store/replay_internal.h"

/*
 * Regions as rows, and the table of a time. Knows that a row holds until the next one of its region, and that
 * another image shows none before its own first pass; refuses to know the courses of regions.
 *
 * A table is found region by region, one step down a tree each, however long the recording is.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proc/mapping.h"

/* Columns of QUERY_REGION. */
enum {
	REGION_TIME,
	REGION_GONE,
	REGION_ID,
	REGION_KIND,
	REGION_START,
	REGION_END,
	REGION_SIZE,
	REGION_BORN
};
enum { REGION_BYTES = REGION_BORN + 1, REGION_PERMS = REGION_BYTES + SMAPS_KEY_COUNT };
enum {
	REGION_MAPPINGS = REGION_PERMS + 1,
	REGION_OFFSET,
	REGION_INODE,
	REGION_MAJOR,
	REGION_MINOR,
	REGION_NAME,
	REGION_FLAGS,
	REGION_PEAK
};

const enum smaps_key replay_light_keys[] = {
        SMAPS_RSS,  SMAPS_ANONYMOUS,       SMAPS_LAZYFREE,
        SMAPS_SWAP, SMAPS_PRIVATE_HUGETLB, SMAPS_SHARED_HUGETLB};
const unsigned replay_light_count = sizeof(replay_light_keys) / sizeof(replay_light_keys[0]);

/* --- one row ------------------------------------------------------------------------------------ */

static enum region_kind read_kind(sqlite3_stmt *s, int column)
{
	const char *words[REGION_KIND_COUNT];

	for (int k = 0; k < REGION_KIND_COUNT; k++)
		words[k] = region_kinds[k].json;
	return (enum region_kind)replay_word(s, column, words, REGION_KIND_COUNT, REGION_OTHER);
}

static unsigned read_perms(sqlite3_stmt *s)
{
	char p[8];

	replay_text(s, REGION_PERMS, p, sizeof(p));
	if (strlen(p) != 4)
		return 0;
	return (p[0] == 'r' ? MAP_READ : 0u) | (p[1] == 'w' ? MAP_WRITE : 0u) |
	       (p[2] == 'x' ? MAP_EXEC : 0u) | (p[3] == 's' ? MAP_MAYSHARE : 0u);
}

/* A number that has 32 bits in a region. */
static uint32_t read_u32(sqlite3_stmt *s, int i, uint32_t other)
{
	uint64_t v = replay_u64(s, i);

	return v <= UINT32_MAX ? (uint32_t)v : other;
}

static void read_rest(sqlite3_stmt *s, struct region *g)
{
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		g->bytes[k] = replay_u64(s, REGION_BYTES + k);
	g->prot = read_perms(s);
	g->mappings = read_u32(s, REGION_MAPPINGS, 1);
	g->offset = known_or(replay_bits(s, REGION_OFFSET), 0);
	g->inode = known_or(replay_bits(s, REGION_INODE), 0);
	g->major = read_u32(s, REGION_MAJOR, 0);
	g->minor = read_u32(s, REGION_MINOR, 0);
	g->flags = known_or(replay_bits(s, REGION_FLAGS), 0);
	g->peak = replay_u64(s, REGION_PEAK);
}

static struct region *region_new(const char *name)
{
	size_t len = strlen(name);
	struct region *g = calloc(1, sizeof(*g) + len);

	if (!g)
		return NULL;
	atomic_init(&g->refs, 1);
	g->name_len = (uint32_t)len;
	memcpy(g->name, name, len);
	return g;
}

static int read_name(struct replay *r, sqlite3_stmt *s, const char **ret)
{
	uint64_t id = replay_u64(s, REGION_NAME);

	*ret = "";
	return known(id) ? replay_name(r, id, ret) : 0;
}

int replay_region_read(struct replay *r, sqlite3_stmt *s, struct region **ret)
{
	uint64_t id = replay_u64(s, REGION_ID), start = replay_bits(s, REGION_START);
	uint64_t end = replay_bits(s, REGION_END);
	struct region *g;
	const char *name;
	int err;

	*ret = NULL;
	if (!known(replay_u64(s, REGION_TIME)) || replay_u64(s, REGION_GONE) != 0 || !known(id) ||
	    !id || !known(start) || start >= end)
		return 0;
	err = read_name(r, s, &name);
	if (err)
		return err;
	g = region_new(name);
	if (!g)
		return -ENOMEM;
	g->id = id;
	g->kind = read_kind(s, REGION_KIND);
	g->start = start;
	g->end = end;
	g->size = replay_u64(s, REGION_SIZE);
	g->born = known_or(replay_u64(s, REGION_BORN), 0);
	read_rest(s, g);
	*ret = g;
	return 0;
}

/* --- tables ------------------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
	const struct region *x = *(struct region *const *)a, *y = *(struct region *const *)b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static uint64_t sum_of(uint64_t a, uint64_t b)
{
	if (!known(a))
		return b;
	return known(b) ? known_add(a, b) : a;
}

static void count_row(struct region_table *t, const struct region *g)
{
	for (int k = 0; k < SMAPS_KEY_COUNT; k++) {
		bool page = k == SMAPS_KERNEL_PAGE || k == SMAPS_MMU_PAGE;

		if (!page)
			t->totals[k] = sum_of(t->totals[k], g->bytes[k]);
		else if (known(g->bytes[k]) && (!known(t->totals[k]) || g->bytes[k] > t->totals[k]))
			t->totals[k] = g->bytes[k];
	}
	t->size = sum_of(t->size, g->size);
	t->by_kind[g->kind].size = sum_of(t->by_kind[g->kind].size, g->size);
	t->by_kind[g->kind].rss = sum_of(t->by_kind[g->kind].rss, g->bytes[SMAPS_RSS]);
	t->by_kind[g->kind].swap = sum_of(t->by_kind[g->kind].swap, g->bytes[SMAPS_SWAP]);
	t->by_kind[g->kind].count++;
}

static void count_rows(struct region_table *t)
{
	for (int k = 0; k < SMAPS_KEY_COUNT; k++)
		t->totals[k] = UNKNOWN;
	for (int k = 0; k < REGION_KIND_COUNT; k++)
		t->by_kind[k].rss = t->by_kind[k].swap = UNKNOWN;
	for (size_t i = 0; i < t->count; i++)
		count_row(t, t->rows[i]);
	/* A kind without a region uses nothing: that is known. */
	for (int k = 0; k < REGION_KIND_COUNT; k++)
		if (!t->by_kind[k].count)
			t->by_kind[k].rss = t->by_kind[k].swap = 0;
}

struct region_table *replay_table(struct region **rows, size_t count, const struct pass *pass)
{
	struct region_table *t = calloc(1, sizeof(*t) + count * sizeof(t->rows[0]));

	if (!t)
		return NULL;
	atomic_init(&t->refs, 1);
	t->count = count;
	t->time = pass->time;
	t->estimated = pass->estimated;
	if (count)
		memcpy(t->rows, rows, count * sizeof(t->rows[0]));
	for (size_t i = 1; i < count; i++)
		if (by_start(&t->rows[i - 1], &t->rows[i]) > 0) {
			qsort(t->rows, count, sizeof(t->rows[0]), by_start);
			break;
		}
	count_rows(t);
	t->mappings = pass->mappings;
	if (!known(t->mappings)) {
		t->mappings = 0;
		for (size_t i = 0; i < count; i++)
			t->mappings += t->rows[i]->mappings;
	}
	return t;
}

/* --- of a time --------------------------------------------------------------------------------- */

static bool span_at(const struct span *s, uint64_t time)
{
	return s->first <= time && s->gone > time;
}

bool replay_pass_at(const struct replay *r, uint64_t time, uint64_t *ret_from, struct pass *ret)
{
	size_t n = replay_passes_until(r, time);

	replay_image_at(r, time, ret_from);
	if (!n || replay_pass(r, n - 1)->time < *ret_from)
		return false;
	*ret = *replay_pass(r, n - 1);
	return true;
}

int replay_region_at(struct replay *r, uint64_t id, uint64_t time, struct region **ret)
{
	sqlite3_stmt *s = replay_query(r, QUERY_REGION);
	int err;

	*ret = NULL;
	replay_bind(s, 1, id);
	replay_bind(s, 2, time);
	err = replay_step(r, s);
	if (err <= 0)
		return err;
	err = replay_region_read(r, s, ret);
	sqlite3_reset(s);
	return err;
}

int replay_light_at(const struct replay *r, uint64_t id, uint64_t time, struct replay_light *ret)
{
	sqlite3_stmt *s = replay_query(r, QUERY_LIGHT);
	struct region g = {.kind = REGION_OTHER};
	int err;

	replay_bind(s, 1, id);
	replay_bind(s, 2, time);
	err = replay_step(r, s);
	if (err <= 0)
		return err;
	*ret = (struct replay_light){replay_u64(s, 0), UNKNOWN, UNKNOWN};
	if (replay_u64(s, 1) == 0) {
		g.kind = read_kind(s, 2);
		for (unsigned i = 0; i < replay_light_count; i++)
			g.bytes[replay_light_keys[i]] = replay_u64(s, 3 + (int)i);
		ret->rss = g.bytes[SMAPS_RSS];
		ret->weight = region_weight(&g);
	}
	sqlite3_reset(s);
	return known(ret->time) ? 1 : 0;
}

static int collect(struct replay *r, const struct pass *pass, struct rows *rows)
{
	struct region *g, **row;

	for (size_t i = 0; i < r->spans.count; i++) {
		const struct span *span = (struct span *)r->spans.rows + i;
		int err;

		if (!span_at(span, pass->time))
			continue;
		err = replay_region_at(r, span->id, pass->time, &g);
		if (err)
			return err;
		if (!g)
			continue;
		row = rows_grow(rows, sizeof(*row), REPLAY_IDS);
		if (!row) {
			region_unref(g);
			return -ENOMEM;
		}
		*row = g;
	}
	return 0;
}

int replay_regions_at(struct replay *r, uint64_t time, struct region_table **ret)
{
	struct rows rows = {0};
	struct pass pass;
	uint64_t from;
	int err;

	*ret = NULL;
	if (!replay_pass_at(r, time, &from, &pass))
		return 0;
	err = replay_spans_load(r);
	if (!err)
		err = collect(r, &pass, &rows);
	if (!err) {
		*ret = replay_table(rows.rows, rows.count, &pass);
		err = *ret ? 0 : -ENOMEM;
	}
	for (size_t i = 0; err && i < rows.count; i++)
		region_unref(((struct region **)rows.rows)[i]);
	rows_done(&rows);
	return err;
}
