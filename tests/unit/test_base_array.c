/* SPDX-License-Identifier: MIT */
/* Arrays that grow by one. */
#include "base/array.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

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

static unsigned resident(void *from, size_t pages, size_t page)
{
	unsigned char in[64];
	unsigned n = 0;

	assert_int_equal(mincore(from, pages * page, in), 0);
	for (size_t i = 0; i < pages; i++)
		n += in[i] & 1;
	return n;
}

static void array_touch__takes_every_page__and_keeps_what_is_there(void **state)
{
	enum { PAGES = 48 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *at = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
	                0);

	(void)state;
	assert_true(at != MAP_FAILED);
	at[7 * page] = 'x';
	assert_int_equal(resident(at, PAGES, page), 1);
	/* It ends within the last page but one, by a byte. */
	array_touch(at, (PAGES - 2) * page + 1);
	assert_int_equal(resident(at, PAGES, page), PAGES - 1);
	assert_int_equal(at[7 * page], 'x');
	assert_int_equal(at[8 * page], 0);
	array_touch(NULL, 100);
	munmap(at, PAGES * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(array_room__doubles__and_keeps_what_is_there),
	        cmocka_unit_test(array_touch__takes_every_page__and_keeps_what_is_there),
	        cmocka_unit_test(array_room__leaves_all_as_it_is__where_there_is_no_memory),
	};

	return cmocka_run_group_tests_name("base_array", tests, NULL, NULL);
}
