/* SPDX-License-Identifier: MIT */
/* Arrays that grow by one. */
#include "base/array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void array_room__doubles__and_keeps_what_is_there(void **state)
{
	uint32_t *numbers = NULL;
	size_t room = 0, moved = 0;

	(void)state;
	for (uint32_t n = 0; n < 10000; n++) {
		size_t before = room;
		assert_true(array_room((void **)&numbers, n, &room, sizeof(*numbers)));
		assert_true(room > n);
		moved += room != before;
		numbers[n] = n;
	}
	for (uint32_t n = 0; n < 10000; n++)
		assert_int_equal(numbers[n], n);
	assert_true(moved < 12);
	free(numbers);
}

static void array_room__leaves_all_as_it_is__where_there_is_no_memory(void **state)
{
	size_t room = SIZE_MAX / 2;
	void *array = NULL;

	(void)state;
	assert_false(array_room(&array, room, &room, 16));
	assert_null(array);
	assert_int_equal(room, SIZE_MAX / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(array_room__doubles__and_keeps_what_is_there),
	        cmocka_unit_test(array_room__leaves_all_as_it_is__where_there_is_no_memory),
	};

	return cmocka_run_group_tests_name("base_array", tests, NULL, NULL);
}
