/* SPDX-License-Identifier: MIT */
/* File and journal stay within the limit, and what has no room is told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "support_recording.h"

static void has_seconds(const struct studio *s, uint64_t n)
{
	assert_int_equal(studio_number(s, "SELECT count(*) FROM sample"), n);
	assert_int_equal(studio_number(s, "SELECT count(*) FROM event WHERE kind='gap'"), n);
}

static uint64_t bytes_taken(const struct studio *s)
{
	struct stat st;
	char wal[200];
	uint64_t size;

	snprintf(wal, sizeof(wal), "%s-wal", s->path);
	size = stat(s->path, &st) == 0 ? (uint64_t)st.st_size : 0;
	return size + (stat(wal, &st) == 0 ? (uint64_t)st.st_size : 0);
}

static void stays_within(struct studio *s, uint64_t limit, unsigned commits, size_t regions,
                         size_t changed)
{
	uint64_t largest = 0, second = 0;

	s->limit = limit;
	studio_open(s);
	for (unsigned n = 0; n < commits; n++) {
		uint64_t size;

		for (unsigned k = 0; k < 3; k++, second++)
			assert_int_equal(give_second(s, second,
			                             studio_regions(s, second * SECOND, regions,
			                                            changed, 1)),
			                 0);
		studio_commit(s);
		size = bytes_taken(s);
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
		assert_int_equal(give_second(s, n * step,
		                             studio_regions(s, n * step * SECOND, 20, 2,
		                                            n % 50 == 0)),
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
		assert_int_equal(give_second(s, n, studio_regions(s, n * SECOND, 200, 100, 2)), 0);
		studio_commit(s);
		n++;
	}
	studio_close(s);
	s->limit = 2 * RECORDING_LIMIT_MIN;
	studio_open(s);
	for (unsigned k = 0; k < 300; k++, n++)
		if (give_second(s, n, studio_regions(s, n * SECOND, 20, 2, 0)) == 0)
			studio_commit(s);
		else
			assert_int_equal(recording_commit(s->r, &s->fault), -E2BIG);
	studio_whole(s);
	assert_true(recording_size(s->r) <= s->limit);
}

static void warnings_are(const struct studio *s, int64_t n)
{
	assert_int_equal(studio_number(s, "SELECT count(*) FROM event WHERE kind='warning'"), n);
}

static void recording_regions__leaves_out_what_its_limit_cannot_hold__and_says_so_once(void **state)
{
	struct studio *s = *state;

	s->limit = RECORDING_LIMIT_MIN;
	studio_open(s);
	assert_int_equal(give_and_commit(s, 0, studio_regions(s, 0, 20, 0, 0)), 0);
	for (uint64_t n = 1; n <= 3; n++)
		assert_int_equal(give_and_commit(s, n, studio_regions(s, n * SECOND, 20000, 0, 0)),
		                 0);
	has_seconds(s, 4);
	assert_int_equal(recording_left_out(s->r), 3);
	warnings_are(s, 1);
	assert_int_equal(studio_number(s, "SELECT time FROM event WHERE kind='warning'"), SECOND);
	assert_non_null(strstr(studio_text(s, "SELECT text FROM event WHERE kind='warning'"),
	                       "20000 regions do not fit into --record-limit"));
	assert_int_equal(studio_number(s, "SELECT count(*) FROM pass"), 1);
	assert_int_equal(give_and_commit(s, 4, studio_regions(s, 4 * SECOND, 30, 1, 1)), 0);
	assert_int_equal(studio_number(s, "SELECT max(time) FROM pass"), 4 * SECOND);
	assert_int_equal(give_and_commit(s, 5, studio_regions(s, 5 * SECOND, 20000, 0, 0)), 0);
	assert_int_equal(recording_left_out(s->r), 4);
	warnings_are(s, 2);
	assert_true(recording_size(s->r) <= s->limit);
	studio_whole(s);
}

/* As a recorder does: what does not fit together is given one by one. */
static void give_somehow(struct studio *s, uint64_t second, struct region_table *t)
{
	if (give_and_commit(s, second, t) == 0)
		return;
	assert_int_equal(recording_commit(s->r, &s->fault), 0);
	assert_int_equal(give_second(s, second, NULL), 0);
	assert_int_equal(recording_commit(s->r, &s->fault), 0);
	assert_int_equal(recording_regions(s->r, t), 0);
	assert_int_equal(recording_commit(s->r, &s->fault), 0);
}

/* Every region of a few hundred changes at once, now and then: more pages than the journal's share has. */
static void recording_commit__never_takes_more_than_its_limit__not_for_a_moment(void **state)
{
	struct studio *s = *state;
	uint64_t largest = 0, n;

	s->limit = RECORDING_LIMIT_MIN;
	studio_open(s);
	for (n = 0; n < 400; n++) {
		size_t all = n % 200 > 150 ? 900 : 300,
		       changed = n % 10 ? 5 : studio_random(s, all);
		uint64_t taken;

		give_somehow(s, n,
		             studio_regions(s, n * SECOND, all, changed, studio_random(s, 60)));
		taken = bytes_taken(s);
		assert_true(taken <= s->limit);
		largest = taken > largest ? taken : largest;
	}
	assert_true(largest > s->limit / 4 * 3);
	studio_whole(s);
}

/* A thousand samples at once, as after an hour without a disk. */
static void recording_sample__is_refused__when_all_since_the_last_commit_do_not_fit(void **state)
{
	struct studio *s = *state;
	uint64_t n = 1;

	s->limit = RECORDING_LIMIT_MIN;
	studio_open(s);
	assert_int_equal(give_and_commit(s, 0, studio_regions(s, 0, 20, 0, 0)), 0);
	while (n < 100000 && give_second(s, n, NULL) == 0)
		n++;
	assert_true(n > 500 && n < 5000);
	assert_int_equal(recording_commit(s->r, &s->fault), -E2BIG);
	studio_told(s, "--record-limit");
	assert_true(bytes_taken(s) <= s->limit);
	has_seconds(s, 1);
	for (uint64_t k = 1; k < n / 2; k++)
		assert_int_equal(give_second(s, k, NULL), 0);
	studio_commit(s);
	has_seconds(s, n / 2);
	assert_true(bytes_taken(s) <= s->limit);
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
	studio_told(s, "reader");
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
	        TEST(recording_commit__keeps_a_small_limit),
	        TEST(recording_commit__keeps_a_limit_with_many_regions),
	        TEST(recording_commit__keeps_something_of_all_times_within_its_limit),
	        TEST(recording_open__shrinks_a_file_to_a_smaller_limit),
	        TEST(recording_regions__leaves_out_what_its_limit_cannot_hold__and_says_so_once),
	        TEST(recording_commit__never_takes_more_than_its_limit__not_for_a_moment),
	        TEST(recording_sample__is_refused__when_all_since_the_last_commit_do_not_fit),
	        TEST(recording_commit__goes_on_beside_a_reader_until_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
