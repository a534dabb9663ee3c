/* SPDX-License-Identifier: MIT */
/* What a bounded buffer promises: it never passes its maximum, and its first error stays. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void buf__is_an_empty_string__before_the_first_append(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10);

	assert_string_equal(buf_str(&b), "");
	assert_null(b.data);
	buf_done(&b);
}

static void buf__joins__what_is_appended(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);

	assert_int_equal(buf_adds(&b, "rss "), 0);
	assert_int_equal(buf_addf(&b, "%d.%d", 51, 3), 0);
	assert_int_equal(buf_addc(&b, ' '), 0);
	assert_int_equal(buf_add(&b, "MB!", 2), 0);
	assert_int_equal(buf_fill(&b, '.', 3), 0);
	assert_int_equal(buf_add(&b, NULL, 0), 0);

	assert_string_equal(buf_str(&b), "rss 51.3 MB...");
	assert_int_equal(b.len, strlen(buf_str(&b)));
	buf_done(&b);
}

static void buf__grows__past_its_first_storage(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100000);

	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf_addf(&b, "%09d\n", i), 0);

	assert_int_equal(b.len, 50000);
	assert_memory_equal(b.data, "000000000\n", 10);
	assert_string_equal(b.data + 49990, "000004999\n");
	buf_done(&b);
}

static void buf__may_be_filled__to_the_last_byte(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 8);

	assert_int_equal(buf_adds(&b, "12345678"), 0);
	assert_string_equal(buf_str(&b), "12345678");
	assert_int_equal(buf_addc(&b, '9'), -EFBIG);
	assert_string_equal(buf_str(&b), "12345678");
	buf_done(&b);
}

static void buf__keeps_its_first_error__until_reset(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 4);

	assert_int_equal(buf_adds(&b, "ab"), 0);
	assert_int_equal(buf_adds(&b, "cdefgh"), -EFBIG);
	assert_int_equal(buf_addc(&b, 'c'), -EFBIG);
	assert_int_equal(buf_addf(&b, "%d", 1), -EFBIG);
	assert_int_equal(buf_fill(&b, 'x', 1), -EFBIG);
	assert_int_equal(b.error, -EFBIG);
	assert_string_equal(buf_str(&b), "ab");

	buf_reset(&b);
	assert_int_equal(buf_adds(&b, "wxyz"), 0);
	assert_string_equal(buf_str(&b), "wxyz");
	buf_done(&b);
}

static void buf__appends_nothing__of_a_formatted_text_too_long(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 5);

	assert_int_equal(buf_adds(&b, "ab"), 0);
	assert_int_equal(buf_addf(&b, "%s", "cdefgh"), -EFBIG);

	assert_string_equal(buf_str(&b), "ab");
	assert_int_equal(b.len, 2);
	buf_done(&b);
}

static void buf__keeps_nul_bytes(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 10);

	assert_int_equal(buf_add(&b, "a\0b", 3), 0);

	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
	buf_done(&b);
}

static void buf__refuses__a_length_that_would_wrap(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, SIZE_MAX);

	assert_int_equal(buf_adds(&b, "x"), 0);
	assert_true(buf_reserve(&b, SIZE_MAX) < 0);
	assert_string_equal(buf_str(&b), "x");
	buf_done(&b);
}

/* Never storage smaller than its content, whoever lowered the maximum. */
static void buf__refuses_more__when_its_maximum_was_lowered(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 4096);

	assert_int_equal(buf_fill(&b, 'x', 1000), 0);
	b.max = 512;
	assert_int_equal(buf_addc(&b, 'y'), -EFBIG);
	assert_int_equal(strlen(buf_str(&b)), 1000);
	buf_done(&b);
}

static void buf_done__is_fine__on_zeroes_and_twice(void **state)
{
	(void)state;
	struct buf b = {0};

	buf_done(&b);
	buf_init(&b, 3);
	assert_int_equal(buf_adds(&b, "abc"), 0);
	buf_done(&b);
	buf_done(&b);
	assert_int_equal(buf_adds(&b, "def"), 0);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(buf__is_an_empty_string__before_the_first_append),
	        cmocka_unit_test(buf__joins__what_is_appended),
	        cmocka_unit_test(buf__grows__past_its_first_storage),
	        cmocka_unit_test(buf__may_be_filled__to_the_last_byte),
	        cmocka_unit_test(buf__keeps_its_first_error__until_reset),
	        cmocka_unit_test(buf__appends_nothing__of_a_formatted_text_too_long),
	        cmocka_unit_test(buf__keeps_nul_bytes),
	        cmocka_unit_test(buf__refuses__a_length_that_would_wrap),
	        cmocka_unit_test(buf__refuses_more__when_its_maximum_was_lowered),
	        cmocka_unit_test(buf_done__is_fine__on_zeroes_and_twice),
	};

	return cmocka_run_group_tests_name("base_buf", tests, NULL, NULL);
}
