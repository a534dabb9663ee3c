/* SPDX-License-Identifier: MIT */
/* Which region of one moment is which of another, against every pair tried. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/diff.h"
#include "support_diff.h"
#include "support_moment.h"

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 33;
}

static struct spec random_spec(uint64_t *seed, uint64_t at)
{
	static const char *const names[] = {"/lib/a", "/lib/b", "[anon:pool]"};
	static const enum region_kind kinds[] = {REGION_ANON, REGION_FILE, REGION_STACK};
	struct spec s = {.kind = kinds[next_random(seed) % 3],
	                 .prot = next_random(seed) % 2 ? SPEC_RW : SPEC_RX,
	                 .start = at,
	                 .size = (1 + next_random(seed) % 4) * 0x1000,
	                 .rss = next_random(seed) % 4 * 0x1000,
	                 .offset = next_random(seed) % 2 * 0x1000};

	if (s.kind == REGION_FILE || next_random(seed) % 4 == 0)
		s.name = names[next_random(seed) % 3];
	return s;
}

/* A table, and another that is like it here and there. Returns how many rows each has. */
static void random_tables(uint64_t *seed, struct spec *a, size_t *a_count, struct spec *b,
                          size_t *b_count, bool moved)
{
	uint64_t at = 0x10000;

	*a_count = *b_count = 0;
	for (unsigned i = 0; i < 40; i++) {
		struct spec s = random_spec(seed, at);
		uint64_t fate = next_random(seed) % 8;
		s.id = i + 1;
		at += 0x6000 + next_random(seed) % 3 * 0x1000;
		if (fate != 0)
			a[(*a_count)++] = s;
		if (fate == 1)
			continue;
		if (fate == 2)
			s = random_spec(seed, s.start);
		if (fate == 3)
			s.size = 0x1000 + next_random(seed) % 4 * 0x1000;
		s.rss = next_random(seed) % 3 ? s.rss : next_random(seed) % 4 * 0x1000;
		s.id = i + 1;
		s.start += moved ? 0x7000000 : next_random(seed) % 3 * 0x800;
		b[(*b_count)++] = s;
	}
}

/* The rules of model/diff.h, read from there: quadratic, and nothing else. */
struct brute {
	const struct region_table *a, *b;
	int to[64], from[64];
};

static bool same_name(const struct region *x, const struct region *y)
{
	return x->name_len == y->name_len && !memcmp(x->name, y->name, x->name_len);
}

static bool by_object(const struct region *x, const struct region *y)
{
	return x->name_len && x->kind == y->kind && x->prot == y->prot && x->offset == y->offset &&
	       same_name(x, y);
}

static bool by_size(const struct region *x, const struct region *y)
{
	return !x->name_len && !y->name_len && x->kind == y->kind && x->prot == y->prot &&
	       x->size == y->size;
}

static bool by_label(const struct region *x, const struct region *y)
{
	return x->kind == y->kind && x->prot == y->prot && same_name(x, y);
}

static uint64_t common(const struct region *x, const struct region *y)
{
	uint64_t from = x->start > y->start ? x->start : y->start;
	uint64_t to = x->end < y->end ? x->end : y->end;

	return x->kind == y->kind && same_name(x, y) && to > from ? to - from : 0;
}

static void brute_first(struct brute *p, bool (*is)(const struct region *, const struct region *))
{
	for (size_t i = 0; i < p->a->count; i++)
		for (size_t k = 0; k < p->b->count && p->to[i] < 0; k++)
			if (p->from[k] < 0 && is(p->a->rows[i], p->b->rows[k])) {
				p->to[i] = (int)k;
				p->from[k] = (int)i;
			}
}

static void brute_overlap(struct brute *p)
{
	for (;;) {
		uint64_t best = 0;
		size_t at_i = 0, at_k = 0;
		for (size_t i = 0; i < p->a->count; i++)
			for (size_t k = 0; k < p->b->count; k++)
				if (p->to[i] < 0 && p->from[k] < 0 &&
				    common(p->a->rows[i], p->b->rows[k]) > best) {
					best = common(p->a->rows[i], p->b->rows[k]);
					at_i = i;
					at_k = k;
				}
		if (!best)
			return;
		p->to[at_i] = (int)at_k;
		p->from[at_k] = (int)at_i;
	}
}

static unsigned like(const struct region_table *t, const int *taken, const struct region *r)
{
	unsigned n = 0;

	for (size_t i = 0; i < t->count; i++)
		n += taken[i] < 0 && by_label(t->rows[i], r);
	return n;
}

static void brute_alone(struct brute *p)
{
	struct brute before = *p;

	for (size_t i = 0; i < p->a->count; i++)
		for (size_t k = 0; k < p->b->count; k++)
			if (before.to[i] < 0 && before.from[k] < 0 &&
			    by_label(p->a->rows[i], p->b->rows[k]) &&
			    like(p->a, before.to, p->a->rows[i]) == 1 &&
			    like(p->b, before.from, p->a->rows[i]) == 1) {
				p->to[i] = (int)k;
				p->from[k] = (int)i;
			}
}

static void brute_make(struct brute *p, const struct diff *d, enum diff_match how)
{
	p->a = d->side[DIFF_A].regions;
	p->b = d->side[DIFF_B].regions;
	memset(p->to, -1, sizeof(p->to));
	memset(p->from, -1, sizeof(p->from));
	if (how == DIFF_BY_ADDRESS)
		brute_overlap(p);
	brute_first(p, by_object);
	if (how == DIFF_BY_OBJECT) {
		brute_first(p, by_size);
		brute_alone(p);
	}
}

static bool has_pair(const struct diff *d, const struct region *a, const struct region *b)
{
	for (int f = 0; f < DIFF_FATE_COUNT; f++)
		for (size_t i = 0; i < d->regions[f].count; i++)
			if (d->regions[f].rows[i].r[DIFF_A] == a &&
			    d->regions[f].rows[i].r[DIFF_B] == b)
				return true;
	return false;
}

/* Every pair and every single of the brute force is told, or nothing changed in it. */
static void agrees(const struct diff *d, const struct brute *p)
{
	size_t same = 0;

	for (size_t i = 0; i < p->a->count; i++) {
		const struct region *a = p->a->rows[i],
		                    *b = p->to[i] < 0 ? NULL : p->b->rows[p->to[i]];
		bool quiet = b && a->size == b->size && a->bytes[SMAPS_RSS] == b->bytes[SMAPS_RSS];
		same += quiet;
		assert_true(quiet || has_pair(d, a, b));
	}
	for (size_t k = 0; k < p->b->count; k++)
		assert_true(p->from[k] >= 0 || has_pair(d, NULL, p->b->rows[k]));
	assert_int_equal(d->same, same);
}

/* Likewise sums by size, kind and name, counted row by row. */
static void groups_agree(const struct diff *d)
{
	for (size_t i = 0; i < d->group_count; i++) {
		const struct diff_group *g = &d->groups[i];
		uint64_t count[DIFF_SIDES] = {0}, held[DIFF_SIDES] = {0};
		for (int side = 0; side < DIFF_SIDES; side++)
			for (size_t k = 0; k < d->side[side].regions->count; k++) {
				const struct region *r = d->side[side].regions->rows[k];
				bool in = r->kind == g->kind && r->prot == g->prot &&
				          r->size == g->size;
				count[side] += in;
				held[side] += in ? r->bytes[SMAPS_RSS] : 0;
			}
		assert_memory_equal(g->count.v, count, sizeof(count));
		assert_memory_equal(g->held.v, held, sizeof(held));
		assert_true(count[DIFF_A] != count[DIFF_B]);
		assert_true(i == 0 || g->held.change <= g[-1].held.change);
	}
}

static void check_random(enum diff_match how)
{
	struct spec a[64], b[64];
	struct brute brute;
	size_t a_count, b_count;
	uint64_t seed = 4711;

	for (unsigned round = 0; round < 300; round++) {
		struct moment *x, *y;
		random_tables(&seed, a, &a_count, b, &b_count, how == DIFF_BY_OBJECT);
		x = spec_moment(spec_table(a, a_count, 0), 0);
		y = spec_moment(spec_table(b, b_count, 60), 60);
		y->target->pid += how == DIFF_BY_OBJECT;
		struct diff *d = compare(x, y, false);
		assert_int_equal(d->match, how);
		brute_make(&brute, d, how);
		agrees(d, &brute);
		groups_agree(d);
		diff_unref(d);
	}
}

static void diff__finds__regions_by_address_like_every_pair_tried(void **state)
{
	(void)state;
	check_random(DIFF_BY_ADDRESS);
}

static void diff__finds__regions_by_object_like_every_pair_tried(void **state)
{
	(void)state;
	check_random(DIFF_BY_OBJECT);
}

static void diff__finds__regions_by_id_whatever_else_they_are(void **state)
{
	struct spec a[64], b[64];
	size_t a_count, b_count;
	uint64_t seed = 99;

	(void)state;
	for (unsigned round = 0; round < 100; round++) {
		random_tables(&seed, a, &a_count, b, &b_count, round % 2);
		struct diff *d = compare(spec_moment(spec_table(a, a_count, 0), 0),
		                         spec_moment(spec_table(b, b_count, 60), 60), true);
		size_t pairs = 0, told = d->same;
		for (size_t i = 0; i < a_count; i++)
			for (size_t k = 0; k < b_count; k++)
				pairs += a[i].id == b[k].id;
		for (int f = DIFF_GROWN; f <= DIFF_SHRUNK; f++)
			for (size_t i = 0; i < d->regions[f].count; i++, told++)
				assert_int_equal(d->regions[f].rows[i].r[DIFF_A]->id,
				                 d->regions[f].rows[i].r[DIFF_B]->id);
		assert_int_equal(told, pairs);
		assert_int_equal(d->regions[DIFF_BORN].count, b_count - pairs);
		assert_int_equal(d->regions[DIFF_GONE].count, a_count - pairs);
		diff_unref(d);
	}
}

/* An exec gives new ids: then what is the same object is the same region. */
static void diff__compares__objects_where_no_id_is_shared(void **state)
{
	struct moment *a = spec_pool(0, 4), *b = spec_pool(60, 6);
	struct diff *d;

	(void)state;
	for (size_t i = 0; i < b->regions->count; i++)
		b->regions->rows[i]->id += 1000;
	d = compare(a, b, true);
	assert_int_equal(d->match, DIFF_BY_ADDRESS);
	assert_int_equal(d->regions[DIFF_BORN].count, 2);
	assert_int_equal(d->regions[DIFF_GONE].count, 0);
	diff_unref(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(diff__finds__regions_by_address_like_every_pair_tried),
	        cmocka_unit_test(diff__finds__regions_by_object_like_every_pair_tried),
	        cmocka_unit_test(diff__finds__regions_by_id_whatever_else_they_are),
	        cmocka_unit_test(diff__compares__objects_where_no_id_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
