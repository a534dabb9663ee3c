/* SPDX-License-Identifier: MIT */
/* Two moments compared: which region is which, what became of it, mappings of one size, figures, words. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "model/diff.h"
#include "support_diff.h"
#include "support_moment.h"

#define KIB 1024ull
#define MIB (1024 * KIB)

static struct diff *compare(struct moment *a, struct moment *b, bool one_watch)
{
	struct diff *d = NULL;

	assert_int_equal(diff_new(a, b, one_watch, &d), 0);
	moment_unref(a);
	moment_unref(b);
	return d;
}

static const struct diff_region *row_with(const struct diff *d, enum diff_fate fate, uint64_t id)
{
	for (size_t i = 0; i < d->regions[fate].count; i++) {
		const struct diff_region *x = &d->regions[fate].rows[i];
		if ((x->r[DIFF_B] ? x->r[DIFF_B] : x->r[DIFF_A])->id == id)
			return x;
	}
	return NULL;
}

static void headline_is(const struct diff *d, const char *wanted)
{
	struct buf b;

	buf_init(&b, 1 << 12);
	assert_int_equal(diff_headline(d, &b), 0);
	assert_string_equal(buf_str(&b), wanted);
	buf_done(&b);
}

static bool notes_say(const struct diff *d, const char *text)
{
	for (unsigned i = 0; diff_note(d, i); i++)
		if (strstr(diff_note(d, i), text))
			return true;
	return false;
}

/* --- what became of regions -------------------------------------------------------------------------- */

static void diff__tells__what_was_born_grew_shrank_and_is_gone(void **state)
{
	const struct spec before[] = {
	        {1, REGION_HEAP, SPEC_RW, 0x1000000, 8 * MIB, 4 * MIB, 0, "[heap]"},
	        {2, REGION_ANON, SPEC_RW, 0x7f0000000000, 2 * MIB, 2 * MIB, 0, NULL},
	        {3, REGION_ANON, SPEC_RW, 0x7f1000000000, 3 * MIB, 1 * MIB, 0, NULL},
	        {4, REGION_FILE, SPEC_RW, 0x7f2000000000, 3 * MIB, 1 * MIB, 0, "/data"},
	};
	const struct spec after[] = {
	        {1, REGION_HEAP, SPEC_RW, 0x1000000, 9 * MIB, 6 * MIB, 0, "[heap]"},
	        {2, REGION_ANON, SPEC_RW, 0x7f0000000000, 2 * MIB, 1 * MIB, 0, NULL},
	        {4, REGION_FILE, SPEC_RW, 0x7f2000000000, 3 * MIB, 1 * MIB, 0, "/data"},
	        {5, REGION_ANON, SPEC_RW, 0x7f3000000000, 5 * MIB, 0, 0, NULL},
	};
	struct diff *d = compare(spec_moment(spec_table(before, 4, 0), 0),
	                         spec_moment(spec_table(after, 4, 60), 60), true);

	(void)state;
	for (int f = 0; f < DIFF_FATE_COUNT; f++)
		assert_int_equal(d->regions[f].count, 1);
	assert_int_equal(d->same, 1);
	assert_int_equal(row_with(d, DIFF_GROWN, 1)->held.change, 2 * MIB);
	assert_int_equal(row_with(d, DIFF_GROWN, 1)->size.change, MIB);
	assert_int_equal(row_with(d, DIFF_SHRUNK, 2)->held.change, -(int64_t)MIB);
	assert_int_equal(row_with(d, DIFF_GONE, 3)->size.change, -3 * (int64_t)MIB);
	assert_int_equal(row_with(d, DIFF_BORN, 5)->size.change, 5 * MIB);
	assert_int_equal(row_with(d, DIFF_BORN, 5)->held.change, 0);
	assert_int_equal(d->match, DIFF_BY_ID);
	assert_int_equal(d->span, 60 * NS_PER_S);
	diff_unref(d);
}

/* Exports may hold any number: sums end at the largest there is, and no words are lost over it. */
static void diff__bears__figures_of_any_size(void **state)
{
	const uint64_t huge = 1ull << 63;
	const struct spec before[] = {{1, REGION_ANON, SPEC_RW, 0x1000, 0x1000, 0, 0, NULL}};
	const struct spec after[] = {
	        {2, REGION_ANON, SPEC_RW, 0x10000, huge, huge, 0, NULL},
	        {3, REGION_ANON, SPEC_RW, 0x20000, huge, huge, 0, NULL},
	        {4, REGION_ANON, SPEC_RW, 0x30000, huge, huge, 0, NULL},
	};
	struct moment *a = spec_moment(spec_table(before, 1, 0), 0),
	              *b = spec_moment(spec_table(after, 3, 0), 0);
	struct diff *d;
	struct buf line;

	(void)state;
	b->time = a->regions->time = UNKNOWN / 2;
	d = compare(a, b, false);
	assert_int_equal(d->regions[DIFF_BORN].count, 3);
	assert_int_equal(d->regions[DIFF_BORN].held, INT64_MAX);
	assert_int_equal(d->regions[DIFF_BORN].size, INT64_MAX);
	assert_int_equal(d->group_count, 1);
	assert_int_equal(d->pass_span, UNKNOWN);
	buf_init(&line, 1 << 12);
	assert_int_equal(diff_headline(d, &line), 0);
	buf_done(&line);
	diff_unref(d);
}

static void diff__takes__the_earlier_one_first(void **state)
{
	struct diff *d = compare(spec_pool(600, 9), spec_pool(0, 4), true);

	(void)state;
	assert_true(d->swapped);
	assert_int_equal(d->side[DIFF_A].time, 0);
	assert_int_equal(d->groups[0].count.change, 5);
	diff_unref(d);
	/* Of two watches the wall clock tells. */
	d = compare(spec_pool(600, 9), spec_pool(0, 4), false);
	assert_true(d->swapped);
	assert_int_equal(d->span, 600 * NS_PER_S);
	diff_unref(d);
}

/* A table that lacks rows says nothing about them; what was born since is certain all the same. */
static void diff__tells__nothing_of_rows_a_table_lacks(void **state)
{
	struct moment *a = spec_pool(0, 4), *b = spec_pool(600, 9);
	struct diff *d;

	(void)state;
	b->regions->partial = true;
	d = compare(a, b, true);
	assert_int_equal(d->regions[DIFF_GONE].count, 0);
	assert_false(d->regions[DIFF_GONE].told);
	assert_true(d->regions[DIFF_BORN].told);
	assert_int_equal(d->regions[DIFF_BORN].count, 5);
	assert_int_equal(d->group_count + d->kind_count + d->name_count, 0);
	assert_true(notes_say(d, "past moment"));
	diff_unref(d);

	a = spec_pool(0, 4);
	b = spec_pool(600, 9);
	a->regions->partial = true;
	for (size_t i = 0; i < b->regions->count; i++)
		b->regions->rows[i]->born = b->regions->rows[i]->id > 106 ? 300 * NS_PER_S : 0;
	d = compare(a, b, true);
	assert_int_equal(d->regions[DIFF_BORN].count, 2);
	assert_false(d->regions[DIFF_BORN].told);
	assert_int_equal(d->regions[DIFF_GONE].count, 1);
	diff_unref(d);
}

static void diff__says__that_no_pass_lies_between(void **state)
{
	struct moment *a = spec_pool(0, 4), *b = spec_moment(region_table_ref(a->regions), 5);
	struct diff *d = compare(a, b, true);

	(void)state;
	assert_true(d->same_pass);
	assert_true(notes_say(d, "no pass over the regions"));
	assert_int_equal(d->same, 10);
	diff_unref(d);
}

static void diff__does__without_regions(void **state)
{
	struct diff *d = compare(spec_moment(NULL, 0), spec_pool(60, 2), true);

	(void)state;
	assert_int_equal(d->match, DIFF_NOT_MATCHED);
	assert_false(d->regions[DIFF_BORN].told);
	assert_int_equal(d->regions[DIFF_BORN].count, 0);
	assert_true(notes_say(d, "only figures"));
	/* RSS was not known before: there is no change, not one from 0. */
	assert_false(diff_find(d, FIGURE_RSS)->value.known);
	assert_int_equal(diff_find(d, FIGURE_RSS)->value.v[DIFF_A], UNKNOWN);
	headline_is(d, "RSS is not known of both");
	diff_unref(d);
}

/* Swap that only one side knows would look like growth. */
static void diff__counts__swap_only_where_both_know_it(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 1);
	struct diff *d;

	(void)state;
	for (size_t i = 0; i < b->regions->count; i++)
		b->regions->rows[i]->bytes[SMAPS_SWAP] = MIB;
	a->regions->totals[SMAPS_SWAP] = UNKNOWN;
	d = compare(a, b, true);
	assert_null(row_with(d, DIFF_GROWN, 100));
	diff_unref(d);
}

/* --- which region is which, against every pair tried ------------------------------------------------------ */

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

/* The stack lies elsewhere after an exec, though pid and birth are the same. */
static void diff__sees__that_addresses_do_not_compare(void **state)
{
	struct moment *a = spec_pool(0, 4), *b = spec_pool(60, 6);
	struct diff *d;

	(void)state;
	for (size_t i = 0; i < b->regions->count; i++) {
		b->regions->rows[i]->start += 0x5000;
		b->regions->rows[i]->end += 0x5000;
	}
	d = compare(a, b, false);
	assert_int_equal(d->match, DIFF_BY_OBJECT);
	assert_true(notes_say(d, "addresses of these two do not compare"));
	assert_int_equal(d->regions[DIFF_BORN].count, 2);
	assert_non_null(row_with(d, DIFF_GROWN, 2));
	diff_unref(d);
}

/* --- mappings of one size ---------------------------------------------------------------------------- */

static struct moment *crowd(unsigned count, double seconds)
{
	return spec_pool(seconds, count);
}

static double seconds_for(unsigned count)
{
	uint64_t begin, took, best = UINT64_MAX;

	for (int i = 0; i < 3; i++) {
		struct moment *a = crowd(count - 310, 0), *b = crowd(count, 600);
		struct diff *d = NULL;
		begin = clock_thread();
		assert_int_equal(diff_new(a, b, true, &d), 0);
		took = clock_thread() - begin;
		best = took < best ? took : best;
		assert_int_equal(d->groups[0].count.change, 310);
		diff_unref(d);
		moment_unref(a);
		moment_unref(b);
	}
	return (double)best / 1e9;
}

static void diff__names__the_size_and_the_rate_of_a_quarter_million_mappings(void **state)
{
	struct diff *d = compare(crowd(254742 - 310, 0), crowd(254742, 600), true);
	const struct diff_group *g = &d->groups[0];

	(void)state;
	assert_int_equal(d->group_count, 1);
	assert_int_equal(g->size, 592 * KIB);
	assert_int_equal(g->kind, REGION_ANON);
	assert_int_equal(g->count.v[DIFF_B], 254742);
	assert_int_equal(g->count.change, 310);
	assert_int_equal(g->held.change, 310 * 592 * KIB);
	assert_true(fabs(g->rate - 31) < 1e-9);
	headline_is(d,
	            "RSS grew by 174.6 MB in 10 min (+297.9 kB/s), most of it in 310 more mappings "
	            "of 592 kB (anon, rw-p): 254,742 now, +31/min");
	diff_unref(d);
}

/* 16 times as many, and caches that no longer hold them: quadratic would be 256 times as long. */
static void diff__stays__n_log_n(void **state)
{
	double few = seconds_for(15625), many = seconds_for(250000);

	(void)state;
	print_message("15,625: %.1f ms, 250,000: %.1f ms\n", few * 1e3, many * 1e3);
	assert_true(many < 128 * few);
}

static void diff__groups__what_is_two_at_least(void **state)
{
	const struct spec before[] = {
	        {1, REGION_ANON, SPEC_RW, 0x10000, 4096, 0, 0, NULL},
	        {2, REGION_ANON, SPEC_RX, 0x20000, 4096, 0, 0, NULL},
	};
	const struct spec after[] = {
	        {1, REGION_ANON, SPEC_RW, 0x10000, 4096, 0, 0, NULL},
	        {3, REGION_ANON, SPEC_RW, 0x30000, 4096, 0, 0, NULL},
	        {4, REGION_ANON, SPEC_RW, 0x50000, 8192, 0, 0, NULL},
	        {5, REGION_STACK, SPEC_RW, 0x70000, 4096, 0, 0, NULL},
	};
	struct diff *d = compare(spec_moment(spec_table(before, 2, 0), 0),
	                         spec_moment(spec_table(after, 4, 120), 120), true);

	(void)state;
	assert_int_equal(d->group_count, 1);
	assert_int_equal(d->groups[0].count.v[DIFF_A], 1);
	assert_int_equal(d->groups[0].count.v[DIFF_B], 2);
	assert_true(fabs(d->groups[0].rate - 0.5) < 1e-9);
	diff_unref(d);
}

/* Passes are rarer than samples: the rate is that between the passes. */
static void diff__measures__rates_between_the_passes(void **state)
{
	struct moment *a = spec_pool(0, 10), *b = spec_pool(60, 40);
	struct diff *d;

	(void)state;
	b->regions->time = 30 * NS_PER_S;
	d = compare(a, b, true);
	assert_int_equal(d->pass_span, 30 * NS_PER_S);
	assert_true(fabs(d->groups[0].rate - 60) < 1e-9);
	diff_unref(d);
}

static void diff__sums__by_kind_and_name(void **state)
{
	struct diff *d = compare(spec_pool(0, 4), spec_pool(600, 9), true);

	(void)state;
	assert_int_equal(d->name_count, 1);
	assert_int_equal(d->names[0].one->kind, REGION_HEAP);
	assert_int_equal(d->names[0].held.change, 600 * 4096);
	assert_int_equal(d->kinds[0].one->kind, REGION_HEAP);
	for (size_t i = 0; i < d->kind_count; i++)
		if (d->kinds[i].one->kind == REGION_ANON) {
			assert_int_equal(d->kinds[i].count.change, 4);
			assert_int_equal(d->kinds[i].held.change,
			                 5 * 592 * (int64_t)KIB - 7 * (int64_t)MIB);
		}
	diff_unref(d);
}

/* --- figures ----------------------------------------------------------------------------------------- */

static void diff__compares__counters_of_one_process_only(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 1);
	struct diff *d = compare(moment_ref(a), moment_ref(b), true);

	(void)state;
	assert_true(diff_find(d, FIGURE_CPU)->value.known);
	assert_true(fabs(diff_find(d, FIGURE_CPU)->rate - 0.1e9) < 1);
	diff_unref(d);
	b->target->start_ticks++;
	d = compare(a, b, false);
	assert_false(d->one_process);
	assert_false(diff_find(d, FIGURE_CPU)->value.known);
	assert_true(diff_find(d, FIGURE_RSS)->value.known);
	assert_true(notes_say(d, "two processes"));
	diff_unref(d);
}

static void diff__knows__no_rate_without_time(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 4);
	struct diff *d;

	(void)state;
	a->wall = a->sample.v[FIGURE_AGE] = UNKNOWN;
	d = compare(a, b, false);
	assert_int_equal(d->span, UNKNOWN);
	assert_true(isnan(d->groups[0].rate));
	assert_true(isnan(diff_find(d, FIGURE_RSS)->rate));
	assert_true(notes_say(d, "no rates"));
	diff_unref(d);
}

static void diff_one_watch__sees__the_same_first_sample(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 4);

	(void)state;
	assert_false(diff_one_watch(a, b));
	b->first = a->first;
	assert_true(diff_one_watch(a, b));
	b->first.v[FIGURE_CPU] += 1;
	assert_false(diff_one_watch(a, b));
	b->first = a->first;
	b->target->start_ticks++;
	assert_false(diff_one_watch(a, b));
	moment_unref(a);
	moment_unref(b);
}

/* --- words ------------------------------------------------------------------------------------------- */

static void headline__follows__what_carries_the_change(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 1);
	struct diff *d = compare(moment_ref(a), moment_ref(b), true);

	(void)state;
	headline_is(d, "RSS grew by 240.0 kB in 1 min (+4.0 kB/s), most of it in [heap] +240.0 kB");
	diff_unref(d);
	d = compare(spec_pool(0, 9), spec_pool(60, 2), true);
	headline_is(d,
	            "RSS fell by 3.8 MB in 1 min (-65.1 kB/s), most of it in 7 fewer mappings of "
	            "592 kB (anon, rw-p): 2 now, -7.0/min");
	diff_unref(d);
	b->sample.v[FIGURE_RSS] = a->sample.v[FIGURE_RSS];
	d = compare(a, b, true);
	headline_is(d, "RSS stayed at 10.7 MB; changed most: [heap] +240.0 kB");
	diff_unref(d);
}

static void headline__keeps__names_safe(void **state)
{
	const struct spec before[] = {{1, REGION_FILE, SPEC_RW, 0x10000, MIB, MIB, 0, "/a\033[2J"}};
	const struct spec after[] = {
	        {1, REGION_FILE, SPEC_RW, 0x10000, 2 * MIB, 2 * MIB, 0, "/a\033[2J"}};
	struct diff *d = compare(spec_moment(spec_table(before, 1, 0), 0),
	                         spec_moment(spec_table(after, 1, 60), 60), true);

	(void)state;
	headline_is(d,
	            "RSS grew by 1.0 MB in 1 min (+17.1 kB/s), most of it in /a\\x1B[2J +1.0 MB");
	diff_unref(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(diff__tells__what_was_born_grew_shrank_and_is_gone),
	        cmocka_unit_test(diff__bears__figures_of_any_size),
	        cmocka_unit_test(diff__takes__the_earlier_one_first),
	        cmocka_unit_test(diff__tells__nothing_of_rows_a_table_lacks),
	        cmocka_unit_test(diff__says__that_no_pass_lies_between),
	        cmocka_unit_test(diff__does__without_regions),
	        cmocka_unit_test(diff__counts__swap_only_where_both_know_it),
	        cmocka_unit_test(diff__finds__regions_by_address_like_every_pair_tried),
	        cmocka_unit_test(diff__finds__regions_by_object_like_every_pair_tried),
	        cmocka_unit_test(diff__finds__regions_by_id_whatever_else_they_are),
	        cmocka_unit_test(diff__compares__objects_where_no_id_is_shared),
	        cmocka_unit_test(diff__sees__that_addresses_do_not_compare),
	        cmocka_unit_test(diff__names__the_size_and_the_rate_of_a_quarter_million_mappings),
	        cmocka_unit_test(diff__stays__n_log_n),
	        cmocka_unit_test(diff__groups__what_is_two_at_least),
	        cmocka_unit_test(diff__measures__rates_between_the_passes),
	        cmocka_unit_test(diff__sums__by_kind_and_name),
	        cmocka_unit_test(diff__compares__counters_of_one_process_only),
	        cmocka_unit_test(diff__knows__no_rate_without_time),
	        cmocka_unit_test(diff_one_watch__sees__the_same_first_sample),
	        cmocka_unit_test(headline__follows__what_carries_the_change),
	        cmocka_unit_test(headline__keeps__names_safe),
	};

	return cmocka_run_group_tests_name("model/diff", tests, NULL, NULL);
}
