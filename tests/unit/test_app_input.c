/* SPDX-License-Identifier: MIT */
/* What is said of a file that could not be read to its end. */
#include "app/input.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"

static void input__says_that_memory_lacked_where_the_file_is_well(void **state)
{
	static const char text[] = "time,rss\n0,1000\n1,1100\n";
	char path[] = "/tmp/test-input-XXXXXX";
	struct fault fault = {0};
	struct input in;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_int_equal(input_open(&in, path, false, &fault), 0);
	input_fault(&in, -ENOMEM, &fault);
	assert_int_equal(fault.status, STATUS_GONE);
	assert_string_equal(fault.text, "out of memory; free some and try again");
	input_close(&in);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(input__says_that_memory_lacked_where_the_file_is_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
