/* SPDX-License-Identifier: MIT */
/* What is told where curses opens no screen: that it does not know the terminal, or that it had no memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tui/tui_internal.h"

static int left_in_errno;

/* In place of that of curses: it gives up, and whatever it did last had its own errno. */
SCREEN *newterm(const char *type, FILE *out, FILE *in)
{
	(void)type;
	(void)out;
	(void)in;
	errno = left_in_errno;
	return NULL;
}

static int opened(const char *term, int error)
{
	struct tui_options o = {0};
	FILE *file = fopen("/dev/null", "r+e");
	struct tui *t = NULL;
	int err;

	assert_non_null(file);
	left_in_errno = error;
	assert_int_equal(setenv("TERM", term, 1), 0);
	err = tui_open(&o, file, file, &t);
	assert_null(t);
	fclose(file);
	return err;
}

static void screen__of_a_terminal_that_nobody_knows__cannot_be(void **state)
{
	(void)state;
	assert_int_equal(opened("no-such-terminal", ENOENT), -ENOTSUP);
	assert_int_equal(opened("no-such-terminal", 0), -ENOTSUP);
	assert_int_equal(opened("dumb", 0), -ENOTSUP);
}

static void screen__of_one_that_is_known__lacked_memory(void **state)
{
	(void)state;
	assert_int_equal(opened("xterm", EBADF), -ENOMEM);
	assert_int_equal(opened("xterm", 0), -ENOMEM);
}

static void screen__that_was_refused_memory__lacked_it(void **state)
{
	(void)state;
	assert_int_equal(opened("no-such-terminal", ENOMEM), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(screen__of_a_terminal_that_nobody_knows__cannot_be),
	        cmocka_unit_test(screen__of_one_that_is_known__lacked_memory),
	        cmocka_unit_test(screen__that_was_refused_memory__lacked_it),
	};

	return cmocka_run_group_tests_name("tui/open", tests, NULL, NULL);
}
