/* SPDX-License-Identifier: MIT */
/* Past moments carry what was found inside the heap by then. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_history.h"

enum { LOOK_EVERY = 5 };

/* A look that ended half a second past `second`. */
static void look(struct history *h, unsigned second, unsigned classes)
{
	struct heap_facts *f = heap_facts_new();

	assert_non_null(f);
	f->walked = true;
	f->time = second * NS_PER_S + NS_PER_S / 2;
	f->looks = second / LOOK_EVERY + 1;
	f->class_count = classes;
	f->classes = classes ? calloc(classes, sizeof(*f->classes)) : NULL;
	assert_int_equal(history_heap(h, f), 0);
	heap_facts_unref(f);
}

/* Second of the look that a moment of that time carries; -1: none. */
static int look_of(const struct history *h, uint64_t time)
{
	struct moment *m = moment_new();
	int second = -1;

	assert_non_null(m);
	assert_int_equal(history_fill(h, time, m), 0);
	if (m->heap)
		second = (int)(m->heap->time / NS_PER_S);
	moment_unref(m);
	return second;
}

static void a_moment__has_the_newest_look_that_is_not_later(void **state)
{
	struct history *h = history_of(40);

	(void)state;
	assert_int_equal(look_of(h, UNKNOWN), -1);
	for (unsigned i = 10; i < 40; i += LOOK_EVERY)
		look(h, i, 3);
	assert_int_equal(look_of(h, 9 * NS_PER_S), -1);
	assert_int_equal(look_of(h, 10 * NS_PER_S), -1);
	assert_int_equal(look_of(h, 11 * NS_PER_S), 10);
	assert_int_equal(look_of(h, 15 * NS_PER_S), 10);
	assert_int_equal(look_of(h, 16 * NS_PER_S), 15);
	assert_int_equal(look_of(h, UNKNOWN), 35);
	history_free(h);
}

static void more_of_the_same_look__replaces_it(void **state)
{
	struct history *h = history_of(20);
	struct moment *m = moment_new();

	(void)state;
	look(h, 10, 3);
	look(h, 10, 4);
	assert_int_equal(history_fill(h, UNKNOWN, m), 0);
	assert_int_equal(m->heap->class_count, 4);
	moment_unref(m);
	history_free(h);
}

static void a_look_before_the_newest__is_refused(void **state)
{
	struct history *h = history_of(40);
	struct heap_facts *f = heap_facts_new();

	(void)state;
	look(h, 30, 0);
	f->time = 20 * NS_PER_S;
	assert_int_equal(history_heap(h, f), -EINVAL);
	assert_int_equal(look_of(h, 25 * NS_PER_S), -1);
	heap_facts_unref(f);
	history_free(h);
}

/* Looks are counted anew after an exec: the only one at the old program is not the first one at the new. */
static void the_first_look_at_two_programs__is_kept_of_both(void **state)
{
	struct history *h = history_of(40);
	struct heap_facts *f[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		f[i] = heap_facts_new();
		f[i]->walked = true;
		f[i]->looks = 1;
		f[i]->time = (i == 2 ? 20 : 10 + i) * NS_PER_S;
		f[i]->took = (i == 1 ? 2 : 1) * NS_PER_S;
		assert_int_equal(history_heap(h, f[i]), 0);
	}
	/* The second is the whole of the first, which began with it. */
	assert_int_equal(look_of(h, 10 * NS_PER_S), -1);
	assert_int_equal(look_of(h, 15 * NS_PER_S), 11);
	assert_int_equal(look_of(h, 25 * NS_PER_S), 20);
	for (unsigned i = 0; i < 3; i++)
		heap_facts_unref(f[i]);
	history_free(h);
}

/* The first and the newest stay, old ones lie further apart, and all takes bounded memory. */
static void looks_without_end__are_thinned(void **state)
{
	enum { SECONDS = 5000 };
	struct history *h = history_of(SECONDS);
	int last = -1;
	unsigned looks = 0, late = 0;

	(void)state;
	for (unsigned i = 0; i < SECONDS; i += LOOK_EVERY) {
		look(h, i, 20);
		assert_true(history_size(h) <= HISTORY_LIMIT);
	}
	for (unsigned i = 1; i < SECONDS; i++) {
		int at = look_of(h, i * NS_PER_S);

		looks += at != last;
		late += at != last && at > SECONDS / 2;
		last = at;
	}
	assert_in_range(looks, 32, 64);
	assert_true(late > looks / 2);
	assert_int_equal(look_of(h, NS_PER_S), 0);
	assert_int_equal(last, SECONDS - LOOK_EVERY);
	history_free(h);
}

static void looks_with_many_sizes__keep_to_their_share_of_memory(void **state)
{
	struct history *h = history_of(400);
	size_t without = history_size(h);

	(void)state;
	for (unsigned i = 0; i < 400; i += LOOK_EVERY) {
		look(h, i, 2000);
		assert_true(history_size(h) - without <= 1 << 20);
	}
	assert_int_equal(look_of(h, UNKNOWN), 395);
	assert_int_equal(look_of(h, NS_PER_S), 0);
	history_free(h);
}

static void another_image__has_no_looks_of_the_one_before(void **state)
{
	struct history *h = history_of(20);

	(void)state;
	look(h, 15, 0);
	history_exec(h, 20);
	assert_int_equal(look_of(h, UNKNOWN), -1);
	assert_int_equal(look_of(h, 19 * NS_PER_S), 15);
	look(h, 25, 0);
	assert_int_equal(look_of(h, UNKNOWN), 25);
	history_free(h);
}

static void count_heap(void *arg, struct heap_facts *f)
{
	uint64_t *last = arg;

	assert_true(f->time > *last);
	*last = f->time;
}

static void a_walk__meets_the_looks_in_order(void **state)
{
	struct history *h = history_of(40);
	const struct history_visitor v = {.sample = no_sample, .heap = count_heap};
	uint64_t last = 0;

	(void)state;
	for (unsigned i = 10; i <= 40; i += LOOK_EVERY)
		look(h, i, 0);
	history_visit(h, &v, &last);
	assert_int_equal(last / NS_PER_S, 40);
	history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_first_look_at_two_programs__is_kept_of_both),
	        cmocka_unit_test(a_moment__has_the_newest_look_that_is_not_later),
	        cmocka_unit_test(more_of_the_same_look__replaces_it),
	        cmocka_unit_test(a_look_before_the_newest__is_refused),
	        cmocka_unit_test(looks_without_end__are_thinned),
	        cmocka_unit_test(looks_with_many_sizes__keep_to_their_share_of_memory),
	        cmocka_unit_test(another_image__has_no_looks_of_the_one_before),
	        cmocka_unit_test(a_walk__meets_the_looks_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
