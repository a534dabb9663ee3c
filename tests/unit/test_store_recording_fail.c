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

/* One second of a watch; stops at the first error. */
static int give(struct studio *s, uint64_t second, struct region_table *t)
{
	struct event e = {.time = second * SECOND, .kind = EVENT_GAP, .text = "event"};
	struct sample sample;
	int err;

	studio_sample(&sample, second * SECOND, second);
	err = recording_sample(s->r, &sample, 0, NULL);
	if (err == 0)
		err = recording_regions(s->r, t);
	return err < 0 ? err : recording_event(s->r, &e);
}

static int give_and_commit(struct studio *s, uint64_t second, struct region_table *t)
{
	int err = give(s, second, t), told;

	s->fault.text[0] = '\0';
	told = recording_commit(s->r, &s->fault);
	/* A call that fails is told by the commit behind it. */
	if (err < 0)
		assert_int_equal(told, err);
	return told;
}

static void told(const struct studio *s, const char *word)
{
	assert_int_equal(s->fault.status, STATUS_OUTPUT);
	assert_null(strchr(s->fault.text, '\n'));
	if (!strstr(s->fault.text, word) || !strstr(s->fault.text, s->path))
		fail_msg("\"%s\" does not tell of \"%s\"", s->fault.text, word);
}

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
			told(s, word);
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
	told(s, "ulimit");
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
		told(s, "disk full");
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
		give(s, n, studio_regions(s, n * SECOND, 10, 5, 0));
		assert_int_equal(recording_commit(s->r, &s->fault), -ENOENT);
		told(s, "removed or replaced");
	}
	studio_close(s);
	assert_int_equal(lstat(s->path, &st), -1);
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
	give(s, 1, studio_regions(s, SECOND, 10, 5, 0));
	assert_int_equal(recording_commit(s->r, &s->fault), -ENOENT);
	studio_close(s);
	bytes = studio_bytes(s->path, &size);
	assert_int_equal(size, 4);
	assert_memory_equal(bytes, "mine", 4);
	free(bytes);
}

/* --- the limit ----------------------------------------------------------------------------------- */

static void stays_within(struct studio *s, uint64_t limit, unsigned commits, size_t regions,
                         size_t changed)
{
	uint64_t largest = 0, second = 0;

	s->limit = limit;
	studio_open(s);
	for (unsigned n = 0; n < commits; n++) {
		struct stat st;
		char wal[200];
		uint64_t size;

		for (unsigned k = 0; k < 3; k++, second++)
			assert_int_equal(give(s, second,
			                      studio_regions(s, second * SECOND, regions, changed,
			                                     1)),
			                 0);
		studio_commit(s);
		snprintf(wal, sizeof(wal), "%s-wal", s->path);
		size = stat(s->path, &st) == 0 ? (uint64_t)st.st_size : 0;
		size += stat(wal, &st) == 0 ? (uint64_t)st.st_size : 0;
		assert_int_equal(recording_size(s->r), size);
		largest = size > largest ? size : largest;
		assert_true(size <= limit);
	}
	/* It is used, too, and the newest is as it was taken. */
	assert_true(largest > limit / 2);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM sample"), (second - 1) * SECOND);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample WHERE time>%llu",
	                               (unsigned long long)((second - 20) * SECOND)),
	                 19);
	studio_whole(s);
}

static void recording_commit__keeps_a_small_limit(void **state)
{
	stays_within(*state, RECORDING_LIMIT_MIN, 1000, 40, 8);
}

static void recording_commit__keeps_a_limit_with_many_regions(void **state)
{
	stays_within(*state, 4 * RECORDING_LIMIT_MIN, 400, 500, 40);
}

static void recording_commit__keeps_something_of_all_times_within_its_limit(void **state)
{
	struct studio *s = *state;
	uint64_t day = 24 * 3600, step = 120, rows[3];

	s->limit = 3 * RECORDING_LIMIT_MIN;
	studio_open(s);
	for (uint64_t n = 0; n < 30 * day / step; n++) {
		assert_int_equal(give(s, n * step,
		                      studio_regions(s, n * step * SECOND, 20, 2, n % 50 == 0)),
		                 0);
		if (n % 20 == 19)
			studio_commit(s);
		assert_true(recording_size(s->r) <= s->limit);
	}
	for (uint64_t k = 0; k < 3; k++)
		rows[k] = (uint64_t)studio_number(
		        s, "SELECT count(*) FROM sample WHERE time>=%llu AND time<%llu",
		        (unsigned long long)((20 - 10 * k) * day * SECOND),
		        (unsigned long long)((30 - 10 * k) * day * SECOND));
	/* The newest ten days finest, none of them lost, and fewer than were given. */
	assert_true(rows[0] > rows[1] && rows[1] >= rows[2] && rows[2] >= 10);
	assert_true(rows[0] + rows[1] + rows[2] < 30 * day / step / 2);
	studio_whole(s);
}

static void recording_open__shrinks_a_file_to_a_smaller_limit(void **state)
{
	struct studio *s = *state;
	uint64_t n = 0;

	s->limit = 8 * RECORDING_LIMIT_MIN;
	studio_open(s);
	while (recording_size(s->r) < 4 * RECORDING_LIMIT_MIN) {
		assert_int_equal(give(s, n, studio_regions(s, n * SECOND, 200, 100, 2)), 0);
		studio_commit(s);
		n++;
	}
	studio_close(s);
	s->limit = 2 * RECORDING_LIMIT_MIN;
	studio_open(s);
	for (unsigned k = 0; k < 300; k++, n++)
		if (give(s, n, studio_regions(s, n * SECOND, 20, 2, 0)) == 0)
			studio_commit(s);
		else
			assert_int_equal(recording_commit(s->r, &s->fault), -E2BIG);
	studio_whole(s);
	assert_true(recording_size(s->r) <= s->limit);
}

static void recording_commit__tells_what_its_limit_cannot_hold(void **state)
{
	struct studio *s = *state;

	s->limit = RECORDING_LIMIT_MIN;
	studio_open(s);
	assert_int_equal(give_and_commit(s, 0, studio_regions(s, 0, 20, 0, 0)), 0);
	assert_int_equal(give_and_commit(s, 1, studio_regions(s, SECOND, 20000, 0, 0)), -E2BIG);
	told(s, "--record-limit");
	has_seconds(s, 1);
	assert_int_equal(give_and_commit(s, 1, studio_regions(s, SECOND, 30, 1, 1)), 0);
	has_seconds(s, 2);
	assert_true(recording_size(s->r) <= s->limit);
}

static void recording_commit__goes_on_beside_a_reader_until_the_limit(void **state)
{
	struct studio *s = *state;
	uint64_t n = 0;
	sqlite3 *db;
	int err;

	s->limit = RECORDING_LIMIT_MIN;
	studio_open(s);
	assert_int_equal(give_and_commit(s, n++, studio_regions(s, 0, 20, 0, 0)), 0);
	db = studio_reader(s);
	/* A reader that never ends keeps the journal as of its beginning. */
	assert_int_equal(sqlite3_exec(db, "BEGIN; SELECT max(time) FROM sample", NULL, NULL, NULL),
	                 SQLITE_OK);
	do
		err = give_and_commit(s, n, studio_regions(s, n * SECOND, 20, 5, 0));
	while (err == 0 && ++n < 2000);
	assert_int_equal(err, -EAGAIN);
	told(s, "reader");
	assert_true(n > 5);
	has_seconds(s, n);
	sqlite3_close(db);
	assert_int_equal(give_and_commit(s, n, s->table), 0);
	has_seconds(s, n + 1);
	assert_true(recording_size(s->r) <= s->limit);
	studio_whole(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, studio_setup, studio_teardown)
	        TEST(recording_commit__goes_on_after_a_full_disk),
	        TEST(recording_commit__goes_on_after_a_quota),
	        TEST(recording_commit__goes_on_after_an_error_of_the_disk),
	        TEST(recording_commit__tells_of_the_largest_file_there_may_be),
	        TEST(recording_errno__blames_a_row_for_what_is_wrong_with_that_row_alone),
	        TEST(recording_open__leaves_nothing_of_a_file_it_could_not_make),
	        TEST(recording_commit__tells_that_the_file_was_removed_and_makes_no_other),
	        TEST(recording_commit__leaves_alone_what_took_its_place),
	        TEST(recording_commit__keeps_a_small_limit),
	        TEST(recording_commit__keeps_a_limit_with_many_regions),
	        TEST(recording_commit__keeps_something_of_all_times_within_its_limit),
	        TEST(recording_open__shrinks_a_file_to_a_smaller_limit),
	        TEST(recording_commit__tells_what_its_limit_cannot_hold),
	        TEST(recording_commit__goes_on_beside_a_reader_until_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
