/* SPDX-License-Identifier: MIT */
/* Memory in one piece: what fits is there, what does not is refused, and nothing overlaps. */
#include "sites/place_pool.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void pool__gives_pieces_apart_and_aligned(void **state)
{
	unsigned char *a, *b;

	(void)state;
	assert_true(place_pool_begin(1024));
	a = place_pool_malloc(1);
	b = place_pool_malloc(24);
	assert_true(a && b && b >= a + 1);
	assert_int_equal((uintptr_t)a % alignof(max_align_t), 0);
	assert_int_equal((uintptr_t)b % alignof(max_align_t), 0);
	place_pool_end();
}

static void pool__clears_what_calloc_gives(void **state)
{
	unsigned char *p;

	(void)state;
	assert_true(place_pool_begin(1024));
	p = place_pool_malloc(64);
	memset(p, 0xff, 64);
	place_pool_end();
	assert_true(place_pool_begin(1024));
	p = place_pool_calloc(8, 8);
	for (size_t i = 0; i < 64; i++)
		assert_int_equal(p[i], 0);
	assert_null(place_pool_calloc(SIZE_MAX, 2));
	place_pool_end();
}

static void pool__keeps_what_is_in_a_piece_that_grows(void **state)
{
	unsigned char *p, *q;

	(void)state;
	assert_true(place_pool_begin(1024));
	p = place_pool_realloc(NULL, 4);
	memcpy(p, "four", 4);
	q = place_pool_realloc(p, 100);
	place_pool_free(p);
	assert_memory_equal(q, "four", 4);
	/* One that cannot grow stays. */
	assert_null(place_pool_realloc(q, 4096));
	assert_memory_equal(q, "four", 4);
	assert_memory_equal(place_pool_realloc(q, 2), "fo", 2);
	place_pool_end();
}

static void pool__refuses_what_it_does_not_have(void **state)
{
	(void)state;
	assert_null(place_pool_malloc(1)); /* not begun */
	assert_true(place_pool_begin(256));
	assert_null(place_pool_malloc(257));
	assert_null(place_pool_malloc(SIZE_MAX));
	assert_non_null(place_pool_malloc(128));
	assert_null(place_pool_malloc(128)); /* each costs a little more than it holds */
	assert_non_null(place_pool_malloc(64));
	place_pool_free(NULL);
	place_pool_end();
	assert_null(place_pool_malloc(1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(pool__gives_pieces_apart_and_aligned),
	        cmocka_unit_test(pool__clears_what_calloc_gives),
	        cmocka_unit_test(pool__keeps_what_is_in_a_piece_that_grows),
	        cmocka_unit_test(pool__refuses_what_it_does_not_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
