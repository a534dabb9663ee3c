/* SPDX-License-Identifier: MIT */
/* Blocks inside the heap of two moments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "model/diff_rows.h"
#include "support_diff.h"

struct class_of {
	uint64_t low, high, blocks;
};

static struct heap_facts *facts_of(double seconds, const struct class_of *classes, unsigned count)
{
	struct heap_facts *f = heap_facts_new();

	assert_non_null(f);
	f->walked = true;
	f->time = (uint64_t)(seconds * (double)NS_PER_S);
	f->classes = calloc(count + 1, sizeof(*f->classes));
	assert_non_null(f->classes);
	f->class_count = count;
	for (unsigned i = 0; i < count; i++) {
		f->classes[i].low = classes[i].low;
		f->classes[i].high = classes[i].high;
		f->classes[i].blocks = classes[i].blocks;
		f->classes[i].bytes = classes[i].low * classes[i].blocks;
		f->total.live_bytes += f->classes[i].bytes;
	}
	f->total.free_bytes = 1 << 20;
	return f;
}

/* shopd, half of whose RSS is 48 bytes a block; 10 minutes later with more of them. */
static struct moment *before(void)
{
	static const struct class_of classes[] = {{1040, 1040, 10},
	                                          {48, 48, 1000},
	                                          {64, 64, 5},
	                                          {65552, 69632, 4}};
	struct moment *m = spec_pool(0, 200);

	m->heap = facts_of(0, classes, 4);
	return m;
}

static struct moment *after(void)
{
	static const struct class_of classes[] = {{48, 48, 5000000},
	                                          {96, 96, 7},
	                                          {65552, 69632, 1},
	                                          {1040, 1040, 10}};
	struct moment *m = spec_pool(600, 210);

	m->heap = facts_of(600, classes, 4);
	return m;
}

static void blocks_that_came_and_went__are_told_by_bytes(void **state)
{
	struct diff *d = compare(before(), after(), true);

	(void)state;
	assert_true(d->heap);
	assert_int_equal(d->heap_span, 600 * NS_PER_S);
	/* 48 grew, 96 was born, 64 is gone, 65552 shrank, 1040 stayed. */
	assert_int_equal(d->class_count, 4);
	assert_int_equal(d->classes[0].low, 48);
	assert_int_equal(d->classes[0].blocks.change, 4999000);
	assert_int_equal(d->classes[1].low, 96);
	assert_int_equal(d->classes[1].blocks.v[DIFF_A], 0);
	assert_int_equal(d->classes[2].low, 64);
	assert_int_equal(d->classes[2].blocks.v[DIFF_B], 0);
	assert_int_equal(d->classes[3].blocks.change, -3);
	assert_int_equal(d->kept.change, 0);
	diff_unref(d);
}

/* A recording keeps the sizes that matter most: of the others there is no telling whether they grew. */
static void sizes_that_one_look_does_not_list__are_left_out(void **state)
{
	struct moment *a = before(), *b = after();

	(void)state;
	a->heap->total.live_bytes += 7 * 96;
	struct diff *d = compare(a, b, true);
	assert_int_equal(d->class_count, 3);
	assert_int_equal(d->classes[0].low, 48);
	/* That 64 is gone is known: the second list is whole. */
	assert_int_equal(d->classes[1].low, 64);
	diff_unref(d);
}

static void two_moments_the_wrong_way_round__are_compared_in_time(void **state)
{
	struct diff *d = compare(after(), before(), true);

	(void)state;
	assert_true(d->swapped);
	assert_int_equal(d->classes[0].blocks.change, 4999000);
	diff_unref(d);
}

static void one_look_or_none__tells_no_sizes(void **state)
{
	struct moment *a = before(), *b = after();
	struct diff *d;

	(void)state;
	heap_facts_unref(b->heap);
	b->heap = heap_facts_ref(a->heap);
	d = compare(a, b, true);
	assert_true(d->same_look);
	assert_int_equal(d->class_count, 0);
	assert_string_equal(diff_note(d, 0),
	                    "no look inside the heap lies between: blocks are those of one look");
	diff_unref(d);
	a = before();
	b = after();
	b->heap->walked = false;
	d = compare(a, b, true);
	assert_false(d->heap);
	assert_null(diff_note(d, 0));
	diff_unref(d);
}

static void the_headline__names_the_size_that_is_most_of_it(void **state)
{
	struct diff *d = compare(before(), after(), true);
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(diff_headline(d, &out), 0);
	assert_non_null(strstr(buf_str(&out), "; 4,999,000 more blocks of 48 bytes, +228.8 MB"));
	buf_done(&out);
	diff_unref(d);
}

struct rows {
	bool in; /* the section of sizes */
	char text[2000];
};

static void row_take(const struct diff_row *row, void *arg)
{
	struct rows *r = arg;
	size_t n = strlen(r->text);

	if (row->kind == DIFF_ROW_HEAD)
		r->in = strcmp(row->name, "Live blocks by size") == 0;
	else if (r->in)
		snprintf(r->text + n, sizeof(r->text) - n, "%s|%s|%s|%s|%s|%s\n", row->name,
		         row->cells[0], row->cells[1], row->cells[2], row->cells[3], row->cells[4]);
}

static void rows__show_each_size_with_its_rate(void **state)
{
	struct diff *d = compare(before(), after(), true);
	struct rows r = {0};

	(void)state;
	diff_rows(d, 3, HUMAN_MB, row_take, &r);
	assert_string_equal(r.text, "48 bytes|1,000|5,000,000|+4,999,000|+499,900|+228.8 MB\n"
	                            "96 bytes|0|7|+7|+0.7|+0.0 MB\n"
	                            "64 bytes|5|0|-5|-0.5|-0.0 MB\n"
	                            "and 1 more|||||\n");
	diff_unref(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(blocks_that_came_and_went__are_told_by_bytes),
	        cmocka_unit_test(sizes_that_one_look_does_not_list__are_left_out),
	        cmocka_unit_test(two_moments_the_wrong_way_round__are_compared_in_time),
	        cmocka_unit_test(one_look_or_none__tells_no_sizes),
	        cmocka_unit_test(the_headline__names_the_size_that_is_most_of_it),
	        cmocka_unit_test(rows__show_each_size_with_its_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
