/* SPDX-License-Identifier: MIT */
/* Two spellings of one file are found out, whether it is there or not. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/same_file.h"

static char dir[64], before[4096];

static int make_directory(void **state)
{
	int fd;

	(void)state;
	strcpy(dir, "/tmp/same-file.XXXXXX");
	if (!getcwd(before, sizeof(before)) || !mkdtemp(dir) || chdir(dir) < 0 ||
	    mkdir("d", 0700) < 0)
		return -1;
	fd = open("there", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || close(fd) < 0)
		return -1;
	return symlink("d", "to-d") | symlink("there", "to-there") | symlink("new", "to-new") |
	       symlink("../new", "d/up-to-new") | symlink("loop", "loop") | link("there", "hard");
}

static int remove_directory(void **state)
{
	char command[100];

	(void)state;
	if (chdir(before) < 0)
		return -1;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void absolute(char out[128], const char *name)
{
	snprintf(out, 128, "%s/%s", dir, name);
}

static void same_file__sees_through__spelling(void **state)
{
	char path[128];

	(void)state;
	assert_true(same_file("there", "./there"));
	assert_true(same_file("there", "d/../there"));
	assert_true(same_file("there", "hard"));
	assert_true(same_file("there", "to-there"));
	absolute(path, "there");
	assert_true(same_file(path, "there"));
	assert_false(same_file("there", "d"));
	assert_false(same_file("there", "new"));
}

static void same_file__knows_what_would_be_created__where_nothing_is_yet(void **state)
{
	char path[128];

	(void)state;
	assert_true(same_file("new", "new"));
	assert_true(same_file("new", ".//new"));
	assert_true(same_file("d/new", "to-d/new"));
	absolute(path, "d/new");
	assert_true(same_file("to-d/new", path));
	assert_false(same_file("new", "d/new"));
	assert_false(same_file("new", "newer"));
}

/* A link to nothing: who opens it creates what it points to. */
static void same_file__follows__links_that_lead_to_nothing(void **state)
{
	(void)state;
	assert_true(same_file("new", "to-new"));
	assert_true(same_file("to-new", "d/up-to-new"));
	assert_false(same_file("to-new", "d/new"));
}

static void same_file__is_false__where_nobody_can_tell(void **state)
{
	(void)state;
	assert_false(same_file("none/new", "./none/new"));
	assert_false(same_file("", ""));
	assert_false(same_file("new/", "none/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(same_file__sees_through__spelling),
	        cmocka_unit_test(same_file__knows_what_would_be_created__where_nothing_is_yet),
	        cmocka_unit_test(same_file__follows__links_that_lead_to_nothing),
	        cmocka_unit_test(same_file__is_false__where_nobody_can_tell),
	};

	return cmocka_run_group_tests_name("app_same_file", tests, make_directory,
	                                   remove_directory);
}
