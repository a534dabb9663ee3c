/* SPDX-License-Identifier: MIT */
/* What is no recording, or none that may be written to, is left as it is and told in one line. */
#include <dirent.h>
#include <errno.h>
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

#include "store/schema.h"
#include "support_recording.h"

static void write_file(const char *path, const char *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static int files_in(const char *dir)
{
	DIR *d = opendir(dir);
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* Refused, with the same bytes in the same files before and after. */
static void refused_unchanged(struct studio *s, int err, const char *word)
{
	long before, after;
	int files = files_in(s->dir);
	char *old = studio_bytes(s->path, &before), *new;

	assert_true(before >= 0);
	studio_refused(s, s->path, err, word);
	new = studio_bytes(s->path, &after);
	assert_int_equal(before, after);
	assert_memory_equal(old, new, (size_t)before);
	assert_int_equal(files_in(s->dir), files);
	free(old);
	free(new);
}

/* A recording with something in it, closed. */
static void record_some(struct studio *s)
{
	struct sample sample;

	studio_open(s);
	for (uint64_t i = 0; i < 50; i++) {
		studio_sample(&sample, i * SECOND, i);
		assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
		assert_int_equal(recording_regions(s->r, studio_regions(s, i * SECOND, 30, 6, 1)),
		                 0);
	}
	studio_commit(s);
	studio_close(s);
}

static void patch(const struct studio *s, long offset, const void *bytes, size_t n)
{
	int fd = open(s->path, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, n, offset), n);
	close(fd);
}

static void recording_open__refuses_another_file(void **state)
{
	struct studio *s = *state;

	write_file(s->path, "dear diary\n", 11);
	refused_unchanged(s, -ENOTUNIQ, "no recording");
	write_file(s->path, "", 0);
	refused_unchanged(s, -ENOTUNIQ, "an empty file is there already");
	studio_refused(s, "/dev/null", -ENOTUNIQ, "is no recording");
}

static void recording_open__refuses_a_database_of_something_else(void **state)
{
	struct studio *s = *state;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(s->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE sample(time, wall)", NULL, NULL, NULL), 0);
	sqlite3_close(db);
	refused_unchanged(s, -ENOTUNIQ, "no recording");
}

static void recording_open__refuses_a_newer_schema(void **state)
{
	struct studio *s = *state;
	const unsigned char version[4] = {0, 0, 0, SCHEMA_VERSION + 1};

	record_some(s);
	patch(s, 60, version, sizeof(version));
	refused_unchanged(s, -EPROTO, "newer version");
}

static void recording_open__refuses_a_database_that_lacks_a_column(void **state)
{
	struct studio *s = *state;
	sqlite3 *db;

	record_some(s);
	db = studio_reader(s);
	assert_int_equal(sqlite3_exec(db, "ALTER TABLE sample DROP COLUMN vsz", NULL, NULL, NULL),
	                 SQLITE_OK);
	sqlite3_close(db);
	refused_unchanged(s, -ENODATA, "lacks columns");
}

static void recording_open__refuses_a_truncated_recording(void **state)
{
	struct studio *s = *state;
	long size;

	record_some(s);
	free(studio_bytes(s->path, &size));
	for (long at = size - 1; at > 100; at -= size / 13) {
		assert_int_equal(truncate(s->path, at), 0);
		refused_unchanged(s, -EUCLEAN, "damaged");
	}
	assert_int_equal(truncate(s->path, 99), 0);
	refused_unchanged(s, -ENOTUNIQ, "no recording");
}

static void recording_open__refuses_a_recording_with_pages_overwritten(void **state)
{
	struct studio *s = *state;
	char *old, noise[64];
	long size;

	record_some(s);
	old = studio_bytes(s->path, &size);
	memset(noise, 0xa5, sizeof(noise));
	/* The head of a page says what is in it; page 2 maps the others. */
	for (long page = 2; page < size / 4096; page++) {
		patch(s, page * 4096, noise, sizeof(noise));
		refused_unchanged(s, -EUCLEAN, "damaged");
		patch(s, page * 4096, old + page * 4096, sizeof(noise));
	}
	studio_open(s);
	free(old);
}

static void recording_open__opens_or_refuses_a_recording_with_any_bit_flipped(void **state)
{
	struct studio *s = *state;
	char *old;
	long size;

	record_some(s);
	old = studio_bytes(s->path, &size);
	for (unsigned n = 0; n < 150; n++) {
		const struct recording_options o = {.path = s->path,
		                                    .version = "test",
		                                    .limit = RECORDING_LIMIT,
		                                    .interval = SECOND};
		/* Half of them in the first page, where most is said. */
		long at = (long)studio_random(s, n % 2 ? 4096 : (uint64_t)size);
		char bad = (char)(old[at] ^ (1 << studio_random(s, 8)));
		int err;

		write_file(s->path, old, (size_t)size);
		patch(s, at, &bad, 1);
		memset(&s->fault, 0, sizeof(s->fault));
		err = recording_open(&o, &s->r, &s->fault);
		if (err < 0) {
			assert_int_equal(s->fault.status, STATUS_OUTPUT);
			assert_non_null(strstr(s->fault.text, s->path));
			s->r = NULL;
		}
		studio_close(s);
	}
	free(old);
}

static void recording_open__refuses_what_is_no_file(void **state)
{
	struct studio *s = *state;
	char path[200];

	assert_int_equal(mkfifo(s->path, 0600), 0);
	studio_refused(s, s->path, -ENOTUNIQ, "no recording");
	unlink(s->path);
	snprintf(path, sizeof(path), "%s/real", s->dir);
	assert_int_equal(symlink(path, s->path), 0);
	studio_refused(s, s->path, -ELOOP, "symbolic link");
	assert_int_not_equal(access(path, F_OK), 0);
	studio_refused(s, s->dir, -EISDIR, "directory");
	studio_refused(s, "/dev/null", -ENOTUNIQ, "no recording");
	studio_refused(s, "", -EISDIR, "directory");
}

static void recording_open__refuses_a_directory_that_is_not_there(void **state)
{
	struct studio *s = *state;
	char path[200];

	snprintf(path, sizeof(path), "%s/nowhere/recording", s->dir);
	studio_refused(s, path, -ENOENT, "directory does not exist");
}

/* As somebody whom permissions hold: a root puts its rights aside meanwhile. */
static void recording_open__refuses_what_it_may_not_write(void **state)
{
	struct studio *s = *state;
	bool root = geteuid() == 0;

	record_some(s);
	assert_int_equal(chmod(s->path, 0444), 0);
	assert_int_equal(chmod(s->dir, 0755), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	refused_unchanged(s, -EACCES, "permission denied");
	if (root)
		assert_int_equal(seteuid(0), 0);
	unlink(s->path);
	assert_int_equal(chmod(s->dir, 0555), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	studio_refused(s, s->path, -EACCES, "permission denied");
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(s->dir, 0700), 0);
}

static void recording_open__refuses_what_another_recorder_writes(void **state)
{
	struct studio *s = *state;
	struct recording *other;

	studio_open(s);
	other = s->r;
	s->r = NULL;
	studio_refused(s, s->path, -EBUSY, "another process");
	s->r = other;
	studio_close(s);
	studio_open(s);
}

static void recording_open__refuses_what_another_program_writes(void **state)
{
	struct studio *s = *state;
	sqlite3 *db;

	record_some(s);
	db = studio_reader(s);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	studio_refused(s, s->path, -EBUSY, "another process");
	sqlite3_close(db);
	studio_open(s);
}

static void recording_open__runs_nothing_that_a_file_brings_along(void **state)
{
	struct studio *s = *state;
	struct sample sample;
	sqlite3 *db;

	record_some(s);
	db = studio_reader(s);
	assert_int_equal(sqlite3_exec(db,
	                              "CREATE TRIGGER t AFTER INSERT ON sample BEGIN"
	                              " DELETE FROM region; END",
	                              NULL, NULL, NULL),
	                 SQLITE_OK);
	sqlite3_close(db);
	studio_open(s);
	studio_sample(&sample, 0, 99);
	assert_int_equal(recording_sample(s->r, &sample, 0, NULL), 0);
	studio_commit(s);
	assert_true(studio_number(s, "SELECT count(*) FROM region") > 0);
}

static void recording_open__takes_names_that_mean_something_to_sqlite(void **state)
{
	struct studio *s = *state;

	snprintf(s->path, sizeof(s->path), "%s/a%%20?mode=memory#.db", s->dir);
	record_some(s);
	assert_int_equal(access(s->path, F_OK), 0);
	studio_open(s);
	studio_close(s);
	studio_whole(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, studio_setup, studio_teardown)
	        TEST(recording_open__refuses_another_file),
	        TEST(recording_open__refuses_a_database_of_something_else),
	        TEST(recording_open__refuses_a_newer_schema),
	        TEST(recording_open__refuses_a_database_that_lacks_a_column),
	        TEST(recording_open__refuses_a_truncated_recording),
	        TEST(recording_open__refuses_a_recording_with_pages_overwritten),
	        TEST(recording_open__opens_or_refuses_a_recording_with_any_bit_flipped),
	        TEST(recording_open__refuses_what_is_no_file),
	        TEST(recording_open__refuses_a_directory_that_is_not_there),
	        TEST(recording_open__refuses_what_it_may_not_write),
	        TEST(recording_open__refuses_what_another_recorder_writes),
	        TEST(recording_open__refuses_what_another_program_writes),
	        TEST(recording_open__runs_nothing_that_a_file_brings_along),
	        TEST(recording_open__takes_names_that_mean_something_to_sqlite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
