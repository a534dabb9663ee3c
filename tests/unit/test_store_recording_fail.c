/* SPDX-License-Identifier: MIT */
/* A disk that is full, broken or gone: told in one line, nothing half, and on it goes when it can. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/recording_internal.h"
#include "support_disk.h"
#include "support_recording.h"

static void has_seconds(const struct studio *s, uint64_t n)
{
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample"), n);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM pass"), n);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM event"), n);
}

/* At each of the writes and syncs of a commit in turn, with this error. */
static void fails_everywhere(struct studio *s, int error, int expected, const char *word)
{
	unsigned failures = 0;

	disk_insert();
	studio_open(s);
	assert_int_equal(give_and_commit(s, 0, studio_regions(s, 0, 40, 0, 0)), 0);
	for (uint64_t n = 1; n < 40; n++) {
		struct region_table *t = studio_regions(s, n * SECOND, 40, 8, 2);
		int err;

		disk_fail(error, (unsigned)n);
		err = give_and_commit(s, n, t);
		disk_fail(0, 0);
		if (err < 0) {
			failures++;
			assert_int_equal(err, expected);
			studio_told(s, word);
			has_seconds(s, n);
			/* The same again, once there is a disk. */
			assert_int_equal(give_and_commit(s, n, t), 0);
		}
		has_seconds(s, n + 1);
	}
	assert_true(failures > 10);
	studio_whole(s);
	studio_close(s);
	disk_remove();
	studio_whole(s);
}

static void recording_commit__goes_on_after_a_full_disk(void **state)
{
	fails_everywhere(*state, ENOSPC, -ENOSPC, "disk full");
}

static void recording_commit__goes_on_after_a_quota(void **state)
{
	fails_everywhere(*state, EDQUOT, -EDQUOT, "quota");
}

static void recording_commit__goes_on_after_an_error_of_the_disk(void **state)
{
	fails_everywhere(*state, EIO, -EIO, "input/output error");
}

static void recording_commit__tells_of_the_largest_file_there_may_be(void **state)
{
	struct studio *s = *state;
	struct rlimit before, small;
	uint64_t n = 0;
	int err;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 400 << 10;
	studio_open(s);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	do
		err = give_and_commit(s, n, studio_regions(s, n * SECOND, 60, 60, 0));
	while (err == 0 && ++n < 1000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err, -EFBIG);
	studio_told(s, "ulimit");
	has_seconds(s, n);
	assert_int_equal(give_and_commit(s, n, s->table), 0);
	has_seconds(s, n + 1);
	studio_whole(s);
}

/* What is refused as a row is left out for ever: nothing else may be. */
static void recording_errno__blames_a_row_for_what_is_wrong_with_that_row_alone(void **state)
{
	static const int row[] = {SQLITE_CONSTRAINT_NOTNULL, SQLITE_MISMATCH, SQLITE_TOOBIG},
	                 disk[] = {SQLITE_INTERRUPT, SQLITE_INTERNAL, SQLITE_MISUSE, SQLITE_ABORT};
	struct studio *s = *state;

	studio_open(s);
	for (unsigned i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_int_equal(recording_errno(s->r, row[i]), -EINVAL);
	for (unsigned i = 0; i < sizeof(disk) / sizeof(disk[0]); i++)
		assert_int_equal(recording_errno(s->r, disk[i]), -EIO);
	assert_int_equal(recording_errno(s->r, SQLITE_PROTOCOL), -EBUSY);
}

/* A disk that fills up before the file is whole: nothing of it stays behind, whatever its name. */
static void recording_open__leaves_nothing_of_a_file_it_could_not_make(void **state)
{
	struct studio *s = *state;
	unsigned failures = 0;

	disk_insert();
	for (unsigned n = 0; n < 400; n++) {
		disk_fail(ENOSPC, n);
		if (recording_open(&(struct recording_options){.path = s->path,
		                                               .limit = RECORDING_LIMIT},
		                   &s->r, &s->fault) == 0)
			break;
		disk_fail(0, 0);
		failures++;
		studio_told(s, "disk full");
		/* Only of an empty directory. */
		assert_int_equal(rmdir(s->dir), 0);
		assert_int_equal(mkdir(s->dir, 0700), 0);
	}
	disk_fail(0, 0);
	assert_true(failures > 3);
	assert_non_null(s->r);
	studio_close(s);
	disk_remove();
}

static void recording_commit__tells_that_the_file_was_removed_and_makes_no_other(void **state)
{
	struct studio *s = *state;
	struct stat st;

	studio_open(s);
	assert_int_equal(give_and_commit(s, 0, studio_regions(s, 0, 10, 0, 0)), 0);
	assert_int_equal(unlink(s->path), 0);
	for (uint64_t n = 1; n < 4; n++) {
		give_second(s, n, studio_regions(s, n * SECOND, 10, 5, 0));
		assert_int_equal(recording_commit(s->r, &s->fault), -ENOENT);
		studio_told(s, "removed or replaced");
	}
	studio_close(s);
	assert_int_equal(lstat(s->path, &st), -1);
}

enum { MOVED = 200 };

/* From under its writer; `moved` gets the path. */
static void move_away(const struct studio *s, char moved[MOVED])
{
	snprintf(moved, MOVED, "%s/moved", s->dir);
	assert_int_equal(rename(s->path, moved), 0);
}

static void moved_has_seconds(struct studio *s, const char *moved, uint64_t n)
{
	char name[sizeof(s->path)];

	snprintf(name, sizeof(name), "%s", s->path);
	snprintf(s->path, sizeof(s->path), "%.127s", moved);
	has_seconds(s, n);
	studio_whole(s);
	snprintf(s->path, sizeof(s->path), "%s", name);
}

/* SQLite leaves the journal where it was, and the rows in it would be nobody's. */
static void recording_commit__leaves_a_file_that_was_moved_whole(void **state)
{
	struct studio *s = *state;
	char moved[MOVED];

	studio_open(s);
	for (uint64_t n = 0; n < 3; n++)
		assert_int_equal(give_and_commit(s, n, studio_regions(s, n * SECOND, 10, 5, 0)), 0);
	move_away(s, moved);
	give_second(s, 3, studio_regions(s, 3 * SECOND, 10, 5, 0));
	assert_int_equal(recording_commit(s->r, &s->fault), -ESTALE);
	studio_told(s, "was moved");
	assert_int_equal(give_second(s, 4, studio_regions(s, 4 * SECOND, 10, 5, 0)), -ESTALE);
	assert_int_equal(recording_commit(s->r, &s->fault), -ESTALE);
	studio_close(s);
	moved_has_seconds(s, moved, 4);
}

/* Likewise where it is closed before anybody noticed. */
static void recording_close__leaves_a_file_that_was_moved_whole(void **state)
{
	struct studio *s = *state;
	char moved[MOVED];

	studio_open(s);
	for (uint64_t n = 0; n < 3; n++)
		assert_int_equal(give_and_commit(s, n, studio_regions(s, n * SECOND, 10, 5, 0)), 0);
	move_away(s, moved);
	studio_close(s);
	moved_has_seconds(s, moved, 3);
}

/* Moved, and another has its name by now: the journal beside that one is none of ours. */
static void recording_commit__leaves_alone_a_journal_of_another_name_holder(void **state)
{
	struct studio *s = *state;
	char moved[MOVED], wal[MOVED], *before, *after;
	long size, size_after;

	studio_open(s);
	assert_int_equal(give_and_commit(s, 0, studio_regions(s, 0, 10, 0, 0)), 0);
	snprintf(moved, sizeof(moved), "%s/moved", s->dir);
	snprintf(wal, sizeof(wal), "%s-wal", s->path);
	assert_int_equal(rename(s->path, moved), 0);
	fclose(fopen(s->path, "w"));
	give_second(s, 1, studio_regions(s, SECOND, 10, 5, 0));
	before = studio_bytes(wal, &size);
	assert_int_equal(recording_commit(s->r, &s->fault), -ENOENT);
	studio_close(s);
	after = studio_bytes(wal, &size_after);
	assert_int_equal(size_after, size);
	assert_memory_equal(after, before, (size_t)size);
	free(before);
	free(after);
}

static void recording_commit__leaves_alone_what_took_its_place(void **state)
{
	struct studio *s = *state;
	char other[200], *bytes;
	FILE *f;
	long size;

	studio_open(s);
	assert_int_equal(give_and_commit(s, 0, studio_regions(s, 0, 10, 0, 0)), 0);
	snprintf(other, sizeof(other), "%s/other", s->dir);
	f = fopen(other, "w");
	fputs("mine", f);
	fclose(f);
	assert_int_equal(rename(other, s->path), 0);
	give_second(s, 1, studio_regions(s, SECOND, 10, 5, 0));
	assert_int_equal(recording_commit(s->r, &s->fault), -ENOENT);
	studio_close(s);
	bytes = studio_bytes(s->path, &size);
	assert_int_equal(size, 4);
	assert_memory_equal(bytes, "mine", 4);
	free(bytes);
}

/* A value that is left out stands where the row before had it: one row would be written over the other. */
static void recording_run__writes_no_row_that_was_bound_in_part(void **state)
{
	struct studio *s = *state;
	struct sample sample;
	int beyond = 9999, i = 1;

	studio_open(s);
	studio_sample(&sample, SECOND, 1);
	assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
	assert_int_equal(bind_text(s->r->sql[SQL_FACT], &i, "key", 3), 0);
	bind_count(s->r->sql[SQL_FACT], &beyond, 1);
	assert_true(recording_run(s->r, SQL_FACT) < 0);
	/* Nobody else is blamed for it. */
	assert_int_equal(recording_fact(s->r, "kernel", "Linux"), 0);
	studio_commit(s);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM fact WHERE key='key'"), 0);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM fact WHERE key='kernel'"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, studio_setup, studio_teardown)
	        TEST(recording_run__writes_no_row_that_was_bound_in_part),
	        TEST(recording_commit__goes_on_after_a_full_disk),
	        TEST(recording_commit__goes_on_after_a_quota),
	        TEST(recording_commit__goes_on_after_an_error_of_the_disk),
	        TEST(recording_commit__tells_of_the_largest_file_there_may_be),
	        TEST(recording_errno__blames_a_row_for_what_is_wrong_with_that_row_alone),
	        TEST(recording_open__leaves_nothing_of_a_file_it_could_not_make),
	        TEST(recording_commit__tells_that_the_file_was_removed_and_makes_no_other),
	        TEST(recording_commit__leaves_a_file_that_was_moved_whole),
	        TEST(recording_close__leaves_a_file_that_was_moved_whole),
	        TEST(recording_commit__leaves_alone_a_journal_of_another_name_holder),
	        TEST(recording_commit__leaves_alone_what_took_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
