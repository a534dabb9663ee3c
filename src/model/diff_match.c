/* SPDX-License-Identifier: MIT */
/*
 * Which region of A is which of B. Knows ids, addresses, names, protections and sizes; refuses to know how much
 * memory a region holds, so that identity never depends on growth.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/diff_internal.h"

/* What two regions must share to be one, in the order it is tried. */
enum key { KEY_ID, KEY_SINGLE, KEY_OBJECT, KEY_SIZE, KEY_ALONE };

static void pair(struct diff_pairs *p, uint32_t a, uint32_t b)
{
	p->to[DIFF_A][a] = b;
	p->to[DIFF_B][b] = a;
}

/* --- keys ------------------------------------------------------------------------------------------ */

static int order(uint64_t x, uint64_t y)
{
	return (x > y) - (x < y);
}

static int order_name(const struct region *x, const struct region *y)
{
	if (x->name_len != y->name_len)
		return order(x->name_len, y->name_len);
	return x->name_len ? memcmp(x->name, y->name, x->name_len) : 0;
}

static int key_order(enum key key, const struct region *x, const struct region *y)
{
	int o;

	if (key == KEY_ID)
		return order(x->id, y->id);
	o = order(x->kind, y->kind);
	if (o || key == KEY_SINGLE)
		return o;
	o = order(x->prot, y->prot);
	if (o)
		return o;
	if (key == KEY_SIZE)
		return order(x->size, y->size);
	o = order_name(x, y);
	return o || key == KEY_ALONE ? o : order(x->offset, y->offset);
}

static bool key_is_for(enum key key, const struct region *r)
{
	switch (key) {
	case KEY_ID:
		return r->id != 0;
	case KEY_SINGLE:
		return r->kind == REGION_HEAP || r->kind == REGION_MAIN_STACK;
	case KEY_OBJECT:
		return r->name_len > 0;
	case KEY_SIZE:
		return !r->name_len && known(r->size);
	default:
		return true;
	}
}

struct ordering {
	const struct region_table *t;
	enum key key;
};

static int row_compare(const void *x, const void *y, void *arg)
{
	const struct ordering *o = arg;
	uint32_t i = *(const uint32_t *)x, k = *(const uint32_t *)y;
	int by_key = key_order(o->key, o->t->rows[i], o->t->rows[k]);

	/* Equals keep the order of their addresses. */
	return by_key ? by_key : order(i, k);
}

/* The rows of a side that are nobody's yet and may have this key, in its order. NULL: no memory. */
static uint32_t *rows_by_key(const struct diff_pairs *p, int side, enum key key, size_t *ret_count)
{
	const struct region_table *t = p->t[side];
	uint32_t *rows = calloc(t->count + 1, sizeof(*rows));
	struct ordering o = {t, key};
	size_t n = 0;

	for (size_t i = 0; rows && i < t->count; i++)
		if (p->to[side][i] == DIFF_NONE && key_is_for(key, t->rows[i]))
			rows[n++] = (uint32_t)i;
	if (rows)
		qsort_r(rows, n, sizeof(*rows), row_compare, &o);
	*ret_count = n;
	return rows;
}

/* Rows from `at` on that share their key. */
static size_t run_length(const struct region_table *t, enum key key, const uint32_t *rows,
                         size_t at, size_t count)
{
	size_t n = 1;

	while (at + n < count && !key_order(key, t->rows[rows[at]], t->rows[rows[at + n]]))
		n++;
	return n;
}

/* Both in order: the k-th of a key in A is the k-th in B; KEY_ALONE: only where there is no second. */
static void rows_pair(struct diff_pairs *p, enum key key, const uint32_t *a, size_t a_count,
                      const uint32_t *b, size_t b_count)
{
	size_t i = 0, k = 0;

	while (i < a_count && k < b_count) {
		int o = key_order(key, p->t[DIFF_A]->rows[a[i]], p->t[DIFF_B]->rows[b[k]]);
		if (o) {
			i += o < 0;
			k += o > 0;
			continue;
		}
		size_t n = run_length(p->t[DIFF_A], key, a, i, a_count);
		size_t m = run_length(p->t[DIFF_B], key, b, k, b_count);
		size_t both = n < m ? n : m;
		if (key == KEY_ALONE && (n > 1 || m > 1))
			both = 0;
		for (size_t j = 0; j < both; j++)
			pair(p, a[i + j], b[k + j]);
		i += n;
		k += m;
	}
}

static int pair_by_key(struct diff_pairs *p, enum key key)
{
	size_t a_count = 0, b_count = 0;
	uint32_t *a = rows_by_key(p, DIFF_A, key, &a_count);
	uint32_t *b = rows_by_key(p, DIFF_B, key, &b_count);
	int err = a && b ? 0 : -ENOMEM;

	if (!err)
		rows_pair(p, key, a, a_count, b, b_count);
	free(a);
	free(b);
	return err;
}

/* Most ids are where they were: one walk along the addresses finds them without sorting. */
static void pair_in_place(struct diff_pairs *p)
{
	const struct region_table *a = p->t[DIFF_A], *b = p->t[DIFF_B];
	uint32_t i = 0, k = 0;

	while (i < a->count && k < b->count) {
		const struct region *x = a->rows[i], *y = b->rows[k];
		if (x == y || (x->id && x->id == y->id)) {
			pair(p, i++, k++);
			continue;
		}
		i += x->start <= y->start;
		k += y->start <= x->start;
	}
}

/* --- addresses -------------------------------------------------------------------------------------- */

struct overlap {
	uint32_t a, b;
	uint64_t bytes;
};

static int overlap_compare(const void *x, const void *y)
{
	const struct overlap *p = x, *q = y;

	if (p->bytes != q->bytes)
		return p->bytes > q->bytes ? -1 : 1;
	return p->a != q->a ? order(p->a, q->a) : order(p->b, q->b);
}

static uint64_t overlap_bytes(const struct region *x, const struct region *y)
{
	uint64_t from = x->start > y->start ? x->start : y->start;
	uint64_t to = x->end < y->end ? x->end : y->end;

	if (x->kind != y->kind || order_name(x, y) || from >= to)
		return 0;
	return to - from;
}

/* [heap] is settled before and may enclose others; all else is disjoint and in order. */
static uint32_t next_free(const struct diff_pairs *p, int side, uint32_t i)
{
	while (i < p->t[side]->count && p->to[side][i] != DIFF_NONE)
		i++;
	return i;
}

/* Every step notes at most one and moves on in at least one table. */
static size_t overlaps_note(const struct diff_pairs *p, struct overlap *list)
{
	const struct region_table *a = p->t[DIFF_A], *b = p->t[DIFF_B];
	uint32_t i = next_free(p, DIFF_A, 0), k = next_free(p, DIFF_B, 0);
	size_t n = 0;

	while (i < a->count && k < b->count) {
		uint64_t a_end = a->rows[i]->end, b_end = b->rows[k]->end;
		uint64_t bytes = overlap_bytes(a->rows[i], b->rows[k]);
		if (bytes)
			list[n++] = (struct overlap){i, k, bytes};
		if (a_end <= b_end)
			i = next_free(p, DIFF_A, i + 1);
		if (b_end <= a_end)
			k = next_free(p, DIFF_B, k + 1);
	}
	return n;
}

static int pair_by_address(struct diff_pairs *p)
{
	struct overlap *list = calloc(p->t[DIFF_A]->count + p->t[DIFF_B]->count + 1, sizeof(*list));
	size_t n = list ? overlaps_note(p, list) : 0;

	if (!list)
		return -ENOMEM;
	qsort(list, n, sizeof(*list), overlap_compare);
	for (size_t i = 0; i < n; i++)
		if (p->to[DIFF_A][list[i].a] == DIFF_NONE && p->to[DIFF_B][list[i].b] == DIFF_NONE)
			pair(p, list[i].a, list[i].b);
	free(list);
	return 0;
}

static const struct region *main_stack(const struct region_table *t)
{
	for (size_t i = t->count; i-- > 0;)
		if (t->rows[i]->kind == REGION_MAIN_STACK)
			return t->rows[i];
	return NULL;
}

/* The kernel chooses where a stack ends once an exec, at random. */
static bool addresses_compare(const struct diff *d, const struct diff_pairs *p)
{
	const struct region *a = main_stack(p->t[DIFF_A]), *b = main_stack(p->t[DIFF_B]);

	return a && b ? a->end == b->end : d->one_process;
}

/* --- all of it -------------------------------------------------------------------------------------- */

static bool any_paired(const struct diff_pairs *p)
{
	for (size_t i = 0; i < p->t[DIFF_A]->count; i++)
		if (p->to[DIFF_A][i] != DIFF_NONE)
			return true;
	return false;
}

static int pair_strangers(struct diff_pairs *p, bool addresses)
{
	int err = pair_by_key(p, KEY_SINGLE);

	if (!err && addresses)
		err = pair_by_address(p);
	if (!err)
		err = pair_by_key(p, KEY_OBJECT);
	if (!err && !addresses)
		err = pair_by_key(p, KEY_SIZE);
	if (!err && !addresses)
		err = pair_by_key(p, KEY_ALONE);
	p->match = addresses ? DIFF_BY_ADDRESS : DIFF_BY_OBJECT;
	return err;
}

static uint32_t *nobodys(size_t count)
{
	uint32_t *to = malloc((count + 1) * sizeof(*to));

	for (size_t i = 0; to && i < count; i++)
		to[i] = DIFF_NONE;
	return to;
}

int pairs_find(struct diff_pairs *p, const struct diff *d, bool one_watch)
{
	int err = 0;

	*p = (struct diff_pairs){0};
	for (int side = 0; side < DIFF_SIDES; side++) {
		p->t[side] = d->side[side].regions;
		if (!p->t[side])
			return 0;
	}
	for (int side = 0; side < DIFF_SIDES; side++) {
		p->to[side] = nobodys(p->t[side]->count);
		if (!p->to[side])
			return -ENOMEM;
	}
	if (one_watch) {
		pair_in_place(p);
		err = pair_by_key(p, KEY_ID);
	}
	p->match = DIFF_BY_ID;
	if (err || any_paired(p))
		return err;
	return pair_strangers(p, addresses_compare(d, p));
}

void pairs_done(struct diff_pairs *p)
{
	free(p->to[DIFF_A]);
	free(p->to[DIFF_B]);
}
