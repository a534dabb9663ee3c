/* SPDX-License-Identifier: MIT */
/* Names beside a file, and whole writes: where they go, who may read them, and what stops them. */
#include "base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOBODY = 65534 };

/* A directory of its own; its path is *state. */
static int room_open(void **state)
{
	char *dir = strdup("/tmp/base-place-XXXXXX");

	*state = dir;
	return dir && mkdtemp(dir) ? 0 : -1;
}

static int room_close(void **state)
{
	char *dir = *state;
	int err = rmdir(dir);

	free(dir);
	return err;
}

static bool is_directory(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static void place_open__splits__directory_and_name(void **state)
{
	static const struct {
		const char *path, *dir, *name;
	} cases[] = {{"file", ".", "file"},
	             {"/file", "/", "file"},
	             {"/tmp/file", "/tmp", "file"},
	             {"/tmp//file.txt", "/tmp", "file.txt"},
	             {"/tmp/../tmp/..file", "/tmp", "..file"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct place p;

		assert_int_equal(place_open(cases[i].path, &p), 0);
		assert_string_equal(p.name, cases[i].name);
		assert_true(is_directory(p.dir, cases[i].dir));
		close(p.dir);
	}
}

static void place_open__refuses__what_names_no_file(void **state)
{
	static char longest[PATH_MAX + 8];
	static const struct {
		const char *path;
		int error;
	} cases[] = {{"", -ENOENT},
	             {"/", -EISDIR},
	             {"/tmp/", -EISDIR},
	             {".", -EISDIR},
	             {"/tmp/..", -EISDIR},
	             {"/nonexistent/file", -ENOENT},
	             {"/dev/null/file", -ENOTDIR},
	             {longest, -ENAMETOOLONG}};

	(void)state;
	memset(longest, 'x', PATH_MAX);
	strcpy(longest + PATH_MAX, "/file");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct place p = {-7, "before"};

		assert_int_equal(place_open(cases[i].path, &p), cases[i].error);
		assert_int_equal(p.dir, -7);
		assert_string_equal(p.name, "before");
	}
}

/* The status of a child that is nobody and tries to write below a directory it may not list. */
static int written_unlisted(const char *dir)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		char path[128], name[PLACE_TEMP];
		struct place p;

		snprintf(path, sizeof(path), "%s/file", dir);
		if (geteuid() == 0 && (setgid(NOBODY) || setuid(NOBODY)))
			_exit(2);
		if (open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0 || errno != EACCES)
			_exit(3);
		if (place_open(path, &p) || place_temp(&p, name) < 0 || unlinkat(p.dir, name, 0))
			_exit(1);
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

static void place__writes__into_a_directory_that_cannot_be_listed(void **state)
{
	const char *dir = *state;

	assert_int_equal(chmod(dir, 0333), 0);
	assert_int_equal(written_unlisted(dir), 0);
	assert_int_equal(chmod(dir, 0700), 0);
}

static void place_temp__makes__files_of_its_own_for_the_owner_alone(void **state)
{
	char path[128], names[2][PLACE_TEMP];
	struct place p;
	struct stat st;

	snprintf(path, sizeof(path), "%s/file", (char *)*state);
	assert_int_equal(place_open(path, &p), 0);
	for (int i = 0; i < 2; i++) {
		int fd = place_temp(&p, names[i]);

		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode, S_IFREG | 0600);
		assert_int_equal(st.st_size, 0);
		assert_ptr_equal(strstr(names[i], ".memleak-"), names[i]);
		close(fd);
	}
	assert_string_not_equal(names[0], names[1]);
	for (int i = 0; i < 2; i++)
		assert_int_equal(unlinkat(p.dir, names[i], 0), 0);
	close(p.dir);
}

static void place_temp__tells__why_there_is_no_file(void **state)
{
	struct place p = {-1, "file"};
	char name[PLACE_TEMP];

	(void)state;
	assert_int_equal(place_temp(&p, name), -EBADF);
	assert_int_equal(place_open("/proc/self/file", &p), 0);
	assert_true(place_temp(&p, name) < 0);
	close(p.dir);
}

static void place_write__writes__all_or_says_why_not(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), ends[2];
	char got[8] = "";

	(void)state;
	assert_true(full >= 0);
	assert_int_equal(place_write(full, "text", 4), -ENOSPC);
	assert_int_equal(place_write(full, NULL, 0), 0);
	close(full);
	assert_int_equal(place_write(full, "text", 4), -EBADF);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(place_write(ends[1], "text", 4), 0);
	assert_int_equal(read(ends[0], got, sizeof(got)), 4);
	assert_memory_equal(got, "text", 4);
	close(ends[0]);
	close(ends[1]);
}

static void place_write__goes_on__where_a_write_was_cut(void **state)
{
	struct rlimit before, small;
	struct stat st;
	char bytes[64] = {0}, name[PLACE_TEMP], path[128];
	struct place p;

	snprintf(path, sizeof(path), "%s/file", (char *)*state);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(place_open(path, &p), 0);
	int fd = place_temp(&p, name);
	assert_true(fd >= 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 40;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	/* 40 of 64 bytes, then nothing more: not taken for all. */
	int err = place_write(fd, bytes, sizeof(bytes));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err, -EFBIG);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 40);
	close(fd);
	assert_int_equal(unlinkat(p.dir, name, 0), 0);
	close(p.dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(place_open__splits__directory_and_name),
	        cmocka_unit_test(place_open__refuses__what_names_no_file),
	        cmocka_unit_test_setup_teardown(
	                place__writes__into_a_directory_that_cannot_be_listed, room_open,
	                room_close),
	        cmocka_unit_test_setup_teardown(
	                place_temp__makes__files_of_its_own_for_the_owner_alone, room_open,
	                room_close),
	        cmocka_unit_test(place_temp__tells__why_there_is_no_file),
	        cmocka_unit_test(place_write__writes__all_or_says_why_not),
	        cmocka_unit_test_setup_teardown(place_write__goes_on__where_a_write_was_cut,
	                                        room_open, room_close),
	};

	return cmocka_run_group_tests_name("base_place", tests, NULL, NULL);
}
