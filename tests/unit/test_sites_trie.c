/* SPDX-License-Identifier: MIT */
/* Stacks as numbers: the same for the same stack, and the way back. */
#include "sites/trie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DEPTH = 64, STACKS = 20000 };

/* The nth of many stacks that share their outer frames; innermost first. */
static unsigned made(uint64_t n, uint64_t ret[DEPTH])
{
	unsigned count = 1 + (unsigned)(n % DEPTH);

	for (unsigned i = 0; i < count; i++)
		ret[count - 1 - i] = 0x400000 + 16 * (n >> (i < 8 ? 14 - 2 * i : 0)) + i;
	return count;
}

static void trie__gives_back__every_stack_it_was_given(void **state)
{
	struct trie *t = trie_new(STACKS * DEPTH);
	uint32_t *numbers = calloc(STACKS, sizeof(*numbers));
	uint64_t in[DEPTH], out[DEPTH];
	(void)state;

	for (uint64_t n = 0; n < STACKS; n++) {
		unsigned count = made(n, in);
		numbers[n] = trie_add(t, in, count);
		assert_int_not_equal(numbers[n], TRIE_NONE);
	}
	size_t nodes = trie_count(t);
	for (uint64_t n = 0; n < STACKS; n++) {
		unsigned count = made(n, in);
		assert_int_equal(trie_add(t, in, count), numbers[n]);
		assert_int_equal(trie_get(t, numbers[n], out, DEPTH), count);
		assert_memory_equal(in, out, count * sizeof(in[0]));
	}
	assert_int_equal(trie_count(t), nodes);
	free(numbers);
	trie_free(t);
}

static void trie__stores_once__what_stacks_share(void **state)
{
	const uint64_t one[] = {1, 10, 100}, two[] = {2, 10, 100}, outer[] = {10, 100};
	const uint64_t other[] = {1, 10, 200};
	struct trie *t = trie_new(100);
	(void)state;

	uint32_t a = trie_add(t, one, 3), b = trie_add(t, two, 3), c = trie_add(t, outer, 2);
	assert_int_equal(trie_count(t), 4);
	assert_true(a != b && b != c && a != c);
	assert_int_not_equal(trie_add(t, other, 3), a);
	assert_int_equal(trie_count(t), 7);
	assert_int_equal(trie_add(t, one, 3), a);
	trie_free(t);
}

static void trie__tells__innermost_frames_where_room_is_short(void **state)
{
	const uint64_t stack[] = {1, 2, 3, 4};
	uint64_t out[4] = {0};
	struct trie *t = trie_new(100);
	(void)state;

	assert_int_equal(trie_get(t, trie_add(t, stack, 4), out, 2), 2);
	assert_int_equal(out[0], 1);
	assert_int_equal(out[1], 2);
	assert_int_equal(out[2], 0);
	trie_free(t);
}

static void trie__has__nothing_for_the_empty_stack_and_unknown_numbers(void **state)
{
	uint64_t out[2];
	struct trie *t = trie_new(100);
	(void)state;

	assert_int_equal(trie_add(t, out, 0), TRIE_NONE);
	assert_int_equal(trie_get(t, TRIE_NONE, out, 2), 0);
	assert_int_equal(trie_get(t, 1, out, 2), 0);
	assert_int_equal(trie_get(t, UINT32_MAX, out, 2), 0);
	trie_free(t);
	trie_free(NULL);
}

static void trie__refuses__what_goes_beyond_its_limit_and_keeps_the_rest(void **state)
{
	const uint64_t one[] = {1, 2, 3}, two[] = {4, 5, 3}, deeper[] = {9, 1, 2, 3};
	uint64_t out[4];
	struct trie *t = trie_new(4);
	(void)state;

	uint32_t a = trie_add(t, one, 3);
	assert_int_equal(trie_add(t, two, 3), TRIE_NONE);
	assert_int_equal(trie_count(t), 4);
	assert_int_equal(trie_add(t, deeper, 4), TRIE_NONE);
	assert_int_equal(trie_add(t, one, 3), a);
	assert_int_equal(trie_get(t, a, out, 4), 3);
	assert_memory_equal(out, one, sizeof(one));
	trie_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(trie__gives_back__every_stack_it_was_given),
	        cmocka_unit_test(trie__stores_once__what_stacks_share),
	        cmocka_unit_test(trie__tells__innermost_frames_where_room_is_short),
	        cmocka_unit_test(trie__has__nothing_for_the_empty_stack_and_unknown_numbers),
	        cmocka_unit_test(trie__refuses__what_goes_beyond_its_limit_and_keeps_the_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
