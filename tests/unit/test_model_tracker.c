/* SPDX-License-Identifier: MIT */
/* Identity of regions from pass to pass, and sums that lose nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_pass.h"

#define BASE 0x7f0000000000ull
#define PAGE (4 * KB)

enum { VMAS_MAX = 200 };

static int tracker_setup(void **state)
{
	*state = tracker_new();
	return *state ? 0 : -1;
}

static int tracker_teardown(void **state)
{
	tracker_free(*state);
	return 0;
}

static void tracker_end__unchanged__shares_every_record(void **state)
{
	const struct vma v[] = {
	        {MB, 2 * MB, "rw-p", "[heap]", 0, PAGE, NULL},
	        {2 * MB, 3 * MB, "r--p", "[heap]", 0, PAGE, NULL},
	        {BASE, BASE + MB, "r-xp", "/bin/a", 3, PAGE, NULL},
	        {BASE + 2 * MB, BASE + 3 * MB, "rw-p", "", 0, PAGE, NULL},
	};
	struct region_table *a = pass_run(*state, v, 4, 1), *b = pass_run(*state, v, 4, 2);

	assert_int_equal(a->count, 3);
	assert_int_equal(b->count, 3);
	assert_int_equal(b->time, 2);
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(a->rows[i], b->rows[i]);
	region_table_unref(a);
	region_table_unref(b);
}

static void tracker_end__growth__upwards_and_downwards_keeps_the_id(void **state)
{
	struct vma v = {BASE, BASE + MB, "rw-p", "", 0, 40 * KB, NULL};
	struct region_table *a = pass_run(*state, &v, 1, 10), *b, *c;

	v.end += MB;
	v.rss = 90 * KB;
	b = pass_run(*state, &v, 1, 20);
	v.start -= 8 * MB;
	v.rss = 20 * KB;
	c = pass_run(*state, &v, 1, 30);
	assert_int_equal(b->rows[0]->id, a->rows[0]->id);
	assert_int_equal(c->rows[0]->id, a->rows[0]->id);
	assert_int_equal(c->rows[0]->born, 10);
	assert_int_equal(c->rows[0]->peak, 90 * KB);
	region_table_unref(a);
	region_table_unref(b);
	region_table_unref(c);
}

static void tracker_end__split__the_largest_part_keeps_the_id(void **state)
{
	const struct vma whole = {BASE, BASE + 10 * MB, "rw-p", "", 0, PAGE, NULL};
	const struct vma parts[] = {
	        {BASE, BASE + 3 * MB, "rw-p", "", 0, PAGE, NULL},
	        {BASE + 3 * MB, BASE + 4 * MB, "r--p", "", 0, PAGE, NULL},
	        {BASE + 4 * MB, BASE + 10 * MB, "rw-p", "", 0, PAGE, NULL},
	};
	struct region_table *a = pass_run(*state, &whole, 1, 1);
	struct region_table *b = pass_run(*state, parts, 3, 2);
	struct region_table *c = pass_run(*state, &whole, 1, 3);

	assert_int_equal(b->count, 3);
	assert_int_equal(b->rows[2]->id, a->rows[0]->id);
	assert_true(b->rows[0]->id != b->rows[1]->id);
	assert_true(b->rows[0]->id > a->rows[0]->id && b->rows[1]->id > a->rows[0]->id);
	assert_int_equal(b->rows[0]->born, 1); /* new by name only */
	assert_int_equal(b->rows[1]->born, 1);
	assert_int_equal(c->rows[0]->id, a->rows[0]->id); /* merged again: the larger one's */
	region_table_unref(a);
	region_table_unref(b);
	region_table_unref(c);
}

static void tracker_end__reserved__keeps_its_id_when_touched(void **state)
{
	struct vma v = {BASE, BASE + 100 * MB, "rw-p", "", 0, 0, NULL};
	struct region_table *a = pass_run(*state, &v, 1, 1), *b;

	v.rss = 50 * MB;
	b = pass_run(*state, &v, 1, 2);
	assert_int_equal(a->rows[0]->kind, REGION_RESERVED);
	assert_int_equal(b->rows[0]->kind, REGION_ANON);
	assert_int_equal(a->rows[0]->id, b->rows[0]->id);
	region_table_unref(a);
	region_table_unref(b);
}

/* Managed heaps reserve a lot and open it bit by bit. */
static void tracker_end__moving_border__each_side_keeps_its_id(void **state)
{
	struct vma v[] = {
	        {BASE + MB, BASE + 2 * MB, "rw-p", "", 0, PAGE, NULL},
	        {BASE + 2 * MB, BASE + 999 * MB, "---p", "", 0, 0, NULL},
	};
	struct region_table *a = pass_run(*state, v, 2, 1), *b;

	v[0].end = v[1].start = BASE + 700 * MB;
	v[0].rss = 600 * MB;
	b = pass_run(*state, v, 2, 2);
	assert_int_equal(a->rows[0]->id, b->rows[0]->id);
	assert_int_equal(a->rows[1]->id, b->rows[1]->id);
	region_table_unref(a);
	region_table_unref(b);
}

static void tracker_end__deleted_or_named_anew__is_the_same(void **state)
{
	struct vma v[] = {
	        {BASE, BASE + MB, "r-xp", "/lib/a.so", 7, PAGE, NULL},
	        {BASE + 2 * MB, BASE + 3 * MB, "rw-p", "", 0, PAGE, NULL},
	};
	struct region_table *a = pass_run(*state, v, 2, 1), *b, *c;

	v[0].name = "/lib/a.so (deleted)";
	v[1].name = "[anon: pool]";
	b = pass_run(*state, v, 2, 2);
	assert_int_equal(a->rows[0]->id, b->rows[0]->id);
	assert_int_equal(a->rows[1]->id, b->rows[1]->id);
	v[0].inode = 8; /* another file at the same place is another region */
	c = pass_run(*state, v, 2, 3);
	assert_true(c->rows[0]->id != b->rows[0]->id);
	region_table_unref(a);
	region_table_unref(b);
	region_table_unref(c);
}

static void tracker_reset__forgets__and_never_uses_an_id_again(void **state)
{
	const struct vma v = {BASE, BASE + MB, "rw-p", "", 0, PAGE, NULL};
	struct region_table *a = pass_run(*state, &v, 1, 1), *b;

	tracker_reset(*state);
	b = pass_run(*state, &v, 1, 2);
	assert_true(b->rows[0]->id > a->rows[0]->id);
	assert_int_equal(b->rows[0]->born, 2);
	region_table_unref(a);
	region_table_unref(b);
}

static void tracker_begin__in_the_middle__drops_the_pass(void **state)
{
	const struct vma v = {BASE, BASE + MB, "rw-p", "", 0, PAGE, NULL};
	struct smaps_record r = record_of(&v);
	struct region_table *a;

	tracker_begin(*state);
	assert_int_equal(tracker_add(&r, *state), 0);
	a = pass_run(*state, &v, 1, 1);
	assert_int_equal(a->count, 1);
	assert_int_equal(a->size, MB);
	region_table_unref(a);
	a = pass_run(*state, NULL, 0, 2);
	assert_int_equal(a->count, 0);
	assert_true(a->totals[SMAPS_RSS] == UNKNOWN);
	region_table_unref(a);
}

static void tracker_end__torn__the_later_record_wins__ids_survive(void **state)
{
	const struct vma before[] = {
	        {BASE, BASE + MB, "rw-p", "", 0, 10 * KB, NULL},
	        {BASE + 2 * MB, BASE + 3 * MB, "r--p", "", 0, 20 * KB, NULL},
	        {BASE + 8 * MB, BASE + 9 * MB, "rw-p", "", 0, 30 * KB, NULL},
	};
	const struct vma torn[] = {
	        {BASE + 2 * MB, BASE + 3 * MB, "r--p", "", 0, 20 * KB, NULL},
	        {BASE + 2 * MB, BASE + 4 * MB, "r--p", "", 0, 40 * KB,
	         NULL}, /* C-19; the first is missed */
	        {BASE + 2 * MB + PAGE, BASE + 5 * MB, "r--p", "", 0, 44 * KB, NULL},
	};
	struct region_table *a = pass_run(*state, before, 3, 1);
	struct region_table *b = pass_run(*state, torn, 3, 2);
	struct region_table *c = pass_run(*state, before, 3, 3);

	assert_false(a->torn);
	assert_true(b->torn);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->mappings, 1);
	assert_int_equal(b->totals[SMAPS_RSS], 44 * KB);
	assert_int_equal(b->rows[0]->end, BASE + 5 * MB);
	assert_int_equal(b->rows[0]->id, a->rows[1]->id);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(c->rows[i]->id, a->rows[i]->id);
	region_table_unref(a);
	region_table_unref(b);
	region_table_unref(c);
}

static void tracker_end__partial__what_was_not_reached_keeps_its_id(void **state)
{
	const struct vma v[] = {
	        {BASE, BASE + MB, "rw-p", "", 0, 10 * KB, NULL},
	        {BASE + 2 * MB, BASE + 3 * MB, "rw-p", "", 0, 20 * KB, NULL},
	        {BASE + 8 * MB, BASE + 9 * MB, "rw-p", "", 0, 30 * KB, NULL},
	};
	struct region_table *a = pass_run(*state, v, 3, 1), *b, *c;
	struct smaps_record r = record_of(&v[0]);

	tracker_begin(*state);
	assert_int_equal(tracker_add(&r, *state), 0);
	assert_int_equal(tracker_end(*state, 2, false, true, false, &b), 0);
	c = pass_run(*state, v, 3, 3);
	assert_true(b->partial);
	assert_int_equal(b->count, 1);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(c->rows[i]->id, a->rows[i]->id);
	region_table_unref(a);
	region_table_unref(b);
	region_table_unref(c);
}

static void tracker_end__keys__all_missing_is_unknown__a_mix_counts_the_known(void **state)
{
	const struct vma v[] = {
	        {BASE, BASE + MB, "rw-p", "[heap]", 0, 10 * KB, NULL},
	        {BASE + MB, BASE + 2 * MB, "rw-p", "[heap]", 0, 20 * KB, NULL},
	};
	struct region_table *t;

	tracker_begin(*state);
	for (size_t i = 0; i < 2; i++) {
		struct smaps_record r = record_of(&v[i]);

		r.bytes[SMAPS_KSM] = UNKNOWN;
		if (i)
			r.bytes[SMAPS_PSS] = UNKNOWN;
		assert_int_equal(tracker_add(&r, *state), 0);
	}
	assert_int_equal(tracker_end(*state, 2, false, false, false, &t), 0);
	assert_true(t->rows[0]->bytes[SMAPS_KSM] == UNKNOWN && t->totals[SMAPS_KSM] == UNKNOWN);
	assert_int_equal(t->rows[0]->bytes[SMAPS_PSS], 10 * KB);
	assert_int_equal(t->totals[SMAPS_RSS], 30 * KB);
	region_table_unref(t);
}

/* --- properties, over address spaces that change at random --- */

struct space {
	struct vma v[VMAS_MAX + 2];
	size_t n;
	uint64_t seed;
};

static void space_insert(struct space *s, size_t at, struct vma v)
{
	memmove(&s->v[at + 1], &s->v[at], (s->n - at) * sizeof(v));
	s->v[at] = v;
	s->n++;
}

static void space_remove(struct space *s, size_t at)
{
	memmove(&s->v[at], &s->v[at + 1], (s->n - at - 1) * sizeof(s->v[0]));
	s->n--;
}

static struct vma vma_random(struct space *s, uint64_t start, uint64_t end)
{
	static const struct {
		const char *perms, *name;
		uint64_t inode;
	} looks[] = {
	        {"rw-p", "", 0},         {"r--p", "", 0},          {"---p", "", 0},
	        {"rw-p", "[heap]", 0},   {"r-xp", "/lib/a.so", 7}, {"rw-p", "/lib/a.so", 7},
	        {"rw-s", "/memfd:x", 9}, {"rw-p", "[anon: x]", 0},
	};
	size_t k = dice(&s->seed) % (sizeof(looks) / sizeof(looks[0]));
	uint64_t rss = dice(&s->seed) % ((end - start) / PAGE + 1) * PAGE;

	return (struct vma){start, end, looks[k].perms, looks[k].name, looks[k].inode, rss, NULL};
}

static uint64_t gap_above(const struct space *s, size_t i)
{
	uint64_t next = i + 1 < s->n ? s->v[i + 1].start : BASE + 4096 * MB;

	return next - s->v[i].end;
}

static void space_mutate(struct space *s)
{
	size_t i = s->n ? dice(&s->seed) % s->n : 0;
	struct vma *v = &s->v[i];
	uint64_t step = (1 + dice(&s->seed) % 4) * MB;

	switch (s->n ? dice(&s->seed) % 7 : 0) {
	case 0: /* map */
		if (s->n < VMAS_MAX && (!s->n || gap_above(s, i) >= step)) {
			uint64_t start = s->n ? v->end : BASE;

			space_insert(s, s->n ? i + 1 : 0, vma_random(s, start, start + step));
		}
		break;
	case 1: /* unmap */
		space_remove(s, i);
		break;
	case 2: /* grow upwards */
		if (gap_above(s, i) >= step)
			v->end += step;
		break;
	case 3: /* grow downwards */
		if (i && gap_above(s, i - 1) >= step)
			v->start -= step;
		break;
	case 4: /* split, the upper part with another protection */
		if (s->n < VMAS_MAX && v->end - v->start > MB) {
			struct vma upper = *v;

			upper.start = v->end = v->start + MB;
			upper.perms = dice(&s->seed) % 2 ? "r--p" : v->perms;
			upper.rss = v->rss / 2;
			v->rss -= upper.rss;
			space_insert(s, i + 1, upper);
		}
		break;
	case 5: /* merge with the next */
		if (i + 1 < s->n && v->end == v[1].start) {
			v->end = v[1].end;
			v->rss += v[1].rss;
			space_remove(s, i + 1);
		}
		break;
	default: /* touch */
		v->rss += PAGE;
	}
}

static void assert_sums(const struct space *s, const struct region_table *t)
{
	uint64_t size = 0, rss = 0, anonymous = 0, mappings = 0, region_rss = 0, region_size = 0;
	uint64_t kind_size = 0;

	for (size_t i = 0; i < s->n; i++) {
		size += s->v[i].end - s->v[i].start;
		rss += s->v[i].rss;
		anonymous += s->v[i].inode ? 0 : s->v[i].rss;
	}
	for (size_t i = 0; i < t->count; i++) {
		mappings += t->rows[i]->mappings;
		region_rss += t->rows[i]->bytes[SMAPS_RSS];
		region_size += t->rows[i]->size;
	}
	for (int k = 0; k < REGION_KIND_COUNT; k++)
		kind_size += t->by_kind[k].size;
	assert_int_equal(mappings, s->n);
	assert_int_equal(t->mappings, s->n);
	assert_int_equal(t->size, size);
	assert_int_equal(region_size, size);
	assert_int_equal(kind_size, size);
	assert_int_equal(known_or(t->totals[SMAPS_RSS], 0), rss);
	assert_int_equal(known_or(t->totals[SMAPS_ANONYMOUS], 0), anonymous);
	assert_int_equal(region_rss, rss);
}

static void assert_order(const struct region_table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct region *r = t->rows[i];

		assert_true(r->id != 0 && r->start < r->end && r->peak >= r->bytes[SMAPS_RSS]);
		assert_true(r->kind == REGION_HEAP || r->end - r->start == r->size);
		if (i)
			assert_true(t->rows[i - 1]->start < r->start);
		if (i && t->rows[i - 1]->kind != REGION_HEAP)
			assert_true(t->rows[i - 1]->end <= r->start);
		for (size_t k = 0; k < i; k++)
			assert_true(t->rows[k]->id != r->id);
	}
}

/* What stands where it stood keeps its id; an id is either old or higher than all before. */
static void assert_identity(const struct region_table *a, const struct region_table *b,
                            uint64_t highest)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct region *now = b->rows[i];

		assert_true(region_table_find(a, now->id) || now->id > highest);
		for (size_t k = 0; k < a->count; k++) {
			const struct region *then = a->rows[k];

			if (then->kind == REGION_HEAP && now->kind == REGION_HEAP)
				assert_int_equal(then->id, now->id);
			if (then->start == now->start && then->end == now->end &&
			    then->kind == now->kind && then->inode == now->inode)
				assert_int_equal(then->id, now->id);
		}
	}
}

static void tracker__any_change__keeps_sums_order_and_identity(void **state)
{
	struct space *s = calloc(1, sizeof(*s));
	struct region_table *before, *now;
	uint64_t highest = 0;

	assert_non_null(s);
	s->seed = 0x9e3779b97f4a7c15;
	before = pass_run(*state, s->v, 0, 0);
	for (uint64_t pass = 1; pass < 4000; pass++) {
		for (uint64_t k = dice(&s->seed) % 4; k > 0; k--)
			space_mutate(s);
		now = pass_run(*state, s->v, s->n, pass);
		assert_sums(s, now);
		assert_order(now);
		assert_identity(before, now, highest);
		for (size_t i = 0; i < now->count; i++)
			highest = now->rows[i]->id > highest ? now->rows[i]->id : highest;
		region_table_unref(before);
		before = now;
	}
	region_table_unref(before);
	free(s);
}

/* Records in any order and overlapping at will, as no kernel would write them. */
static void tracker__hostile_order__gives_a_sorted_disjoint_table(void **state)
{
	uint64_t seed = 42;

	for (uint64_t pass = 0; pass < 500; pass++) {
		struct region_table *t;

		tracker_begin(*state);
		for (uint64_t k = dice(&seed) % 60; k > 0; k--) {
			uint64_t start = BASE + dice(&seed) % 100 * MB;
			struct vma v = {start,  start + (1 + dice(&seed) % 9) * MB,
			                "rw-p", dice(&seed) % 5 ? "" : "[heap]",
			                0,      PAGE,
			                NULL};
			struct smaps_record r = record_of(&v);

			assert_int_equal(tracker_add(&r, *state), 0);
		}
		assert_int_equal(tracker_end(*state, pass, false, pass % 3 == 0, false, &t), 0);
		assert_order(t);
		region_table_unref(t);
	}
}

int main(void)
{
#define TRACKER_TEST(f) cmocka_unit_test_setup_teardown(f, tracker_setup, tracker_teardown)
	const struct CMUnitTest tests[] = {
	        TRACKER_TEST(tracker_end__unchanged__shares_every_record),
	        TRACKER_TEST(tracker_end__growth__upwards_and_downwards_keeps_the_id),
	        TRACKER_TEST(tracker_end__split__the_largest_part_keeps_the_id),
	        TRACKER_TEST(tracker_end__reserved__keeps_its_id_when_touched),
	        TRACKER_TEST(tracker_end__moving_border__each_side_keeps_its_id),
	        TRACKER_TEST(tracker_end__deleted_or_named_anew__is_the_same),
	        TRACKER_TEST(tracker_reset__forgets__and_never_uses_an_id_again),
	        TRACKER_TEST(tracker_begin__in_the_middle__drops_the_pass),
	        TRACKER_TEST(tracker_end__torn__the_later_record_wins__ids_survive),
	        TRACKER_TEST(tracker_end__partial__what_was_not_reached_keeps_its_id),
	        TRACKER_TEST(tracker_end__keys__all_missing_is_unknown__a_mix_counts_the_known),
	        TRACKER_TEST(tracker__any_change__keeps_sums_order_and_identity),
	        TRACKER_TEST(tracker__hostile_order__gives_a_sorted_disjoint_table),
	};

	return cmocka_run_group_tests_name("model_tracker", tests, NULL, NULL);
}
