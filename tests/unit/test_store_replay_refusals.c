/* SPDX-License-Identifier: MIT */
/* What is no recording, or no longer one: refused with one line that says what to do, and never written to. */

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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "store/replay.h"
#include "support_recording_sql.h"

#define S NS_PER_S

static void one_line(const struct fault *f, const char *word)
{
	assert_int_equal(f->status, STATUS_USAGE);
	assert_null(strchr(f->text, '\n'));
	if (!strstr(f->text, word))
		fail_msg("\"%s\" lacks \"%s\"", f->text, word);
}

/* Opening must fail with one line that has both words in it. */
static void refused(const char *path, const char *what, const char *remedy)
{
	struct replay *r = NULL;
	struct fault f = {0};

	assert_true(replay_open(path, &r, &f) < 0);
	assert_null(r);
	one_line(&f, what);
	one_line(&f, remedy);
}

static void put(const char *path, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), n);
	close(fd);
}

/* A whole recording in one file, with no -wal beside it. */
static void settled(struct support_file *s)
{
	support_file_open(s);
	support_row_image(s, 0, 4711, "shopd");
	for (uint64_t t = 0; t < 20; t++) {
		support_row_sample(s, t * S, (100 + t) << 20);
		support_row_region(s, 1, t * S, 1 << 20, 1 << 20, t << 12);
	}
	support_sql(s, "PRAGMA journal_mode = DELETE");
	support_sql(s, "PRAGMA journal_mode = WAL");
	sqlite3_close(s->db);
	s->db = NULL;
}

static unsigned char *bytes_of(const char *path, size_t *ret)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	unsigned char *bytes;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	*ret = (size_t)st.st_size;
	bytes = malloc(*ret);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, *ret), *ret);
	close(fd);
	return bytes;
}

static void open__says_what_is_wrong__when_it_is_no_recording(void **state)
{
	struct support_file s;
	char pipe[128];

	(void)state;
	refused("/nonexistent/file", "no such file", "--record");
	refused("/tmp", "directory", "--record");
	support_file_open(&s);
	sqlite3_close(s.db);
	snprintf(pipe, sizeof(pipe), "%s/pipe", s.dir);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	refused(pipe, "not a file", "--record");
	assert_false(replay_recognise(pipe));
	unlink(pipe);
	put(s.path, "", 0);
	refused(s.path, "empty", "--record");
	assert_false(replay_recognise(s.path));
	put(s.path, "time_s,rss_kb\n0,1\n", 18);
	refused(s.path, "not a recording", "--record");
	assert_false(replay_recognise(s.path));
	assert_int_equal(sqlite3_open(s.path, &s.db), SQLITE_OK);
	support_file_done(&s);
}

static void open__refuses_a_database__of_another_kind_or_schema(void **state)
{
	struct support_file s;

	(void)state;
	support_file_open(&s);
	refused(s.path, "nothing was recorded", "wait");
	support_row_sample(&s, 0, 1 << 20);
	support_sql(&s, "PRAGMA user_version = 2");
	refused(s.path, "newer program (schema 2", "use that one");
	support_sql(&s, "PRAGMA user_version = 0");
	refused(s.path, "without a schema", "--record");
	support_sql(&s, "PRAGMA user_version = 1; PRAGMA application_id = 7");
	refused(s.path, "not a recording", "--record");
	support_sql(&s, "PRAGMA application_id = %d; DROP TABLE link", 0x4d4c6b44);
	refused(s.path, "not those of a recording", "--record");
	support_sql(&s, "CREATE TABLE link(time, rank)");
	refused(s.path, "not those of a recording", "--record");
	support_file_done(&s);
}

static void open__obeys_no_view__and_no_column_that_computes(void **state)
{
	struct support_file s;

	(void)state;
	support_file_open(&s);
	support_row_sample(&s, 0, 1 << 20);
	support_sql(&s, "DROP TABLE name; CREATE VIEW name AS SELECT 1 AS id, 'x' AS text");
	refused(s.path, "not those of a recording", "--record");
	support_sql(&s, "DROP VIEW name; CREATE TABLE name(id INTEGER PRIMARY KEY, text TEXT AS"
	                " (printf('%%.*c', 100000, 'x')))");
	refused(s.path, "not those of a recording", "--record");
	support_file_done(&s);
}

static void open__says_damaged__when_pages_are_missing_or_scrambled(void **state)
{
	struct support_file s;
	unsigned char *bytes;
	size_t n;

	(void)state;
	settled(&s);
	bytes = bytes_of(s.path, &n);
	put(s.path, bytes, n / 2);
	refused(s.path, "damaged", ".recover");
	/* All but the first page: tables that are empty lie between the others, and nobody reads them. */
	memset(bytes + 4096, 0xa5, n - 4096);
	put(s.path, bytes, n);
	refused(s.path, "damaged", ".recover");
	free(bytes);
	support_file_done(&s);
}

/* As somebody who may only read: 0 when it can be opened and shown. */
static int looked_at(const char *path)
{
	struct moment *m = NULL;
	struct replay *r = NULL;
	struct fault f = {0};
	int err = replay_open(path, &r, &f);

	if (!err)
		err = replay_moment(r, UNKNOWN, 0, &m, &f);
	if (!err)
		err = m->time == 19 * S ? replay_refresh(r, &f) : 1;
	moment_unref(m);
	replay_free(r);
	return err;
}

static int looked_at_by_nobody(const char *path)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		return looked_at(path);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(setgid(65534) || setuid(65534) || looked_at(path) ? 1 : 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* Opens, shows and reads all there is; how far it came. */
enum { CAME_TO_NOTHING, CAME_TO_OPEN, CAME_TO_MOMENT, CAME_TO_END };
static int looked_through(const char *path)
{
	struct replay *r = NULL;
	struct source *source;
	struct moment *m = NULL;
	struct fault f = {0};
	struct sample sample;
	int err, came = CAME_TO_OPEN;

	if (replay_open(path, &r, &f)) {
		one_line(&f, path);
		return CAME_TO_NOTHING;
	}
	if (replay_moment(r, 15 * S, 1, &m, &f) == 0)
		came = CAME_TO_MOMENT;
	else
		one_line(&f, path);
	moment_unref(m);
	assert_int_equal(replay_source(r, &source), 0);
	while ((err = source->ops->sample(source, 0, &sample)) == 0)
		region_table_unref(source->ops->regions(source));
	replay_source_fault(source, &f);
	if (err != -ENODATA)
		one_line(&f, path);
	else if (came == CAME_TO_MOMENT)
		came = CAME_TO_END;
	source->ops->free(source);
	replay_free(r);
	return came;
}

static void replay__ends_with_a_line__whichever_page_is_damaged(void **state)
{
	struct support_file s;
	unsigned char *bytes, saved[4096];
	unsigned came[CAME_TO_END + 1] = {0};
	size_t n;

	(void)state;
	settled(&s);
	bytes = bytes_of(s.path, &n);
	assert_int_equal(n % sizeof(saved), 0);
	for (size_t at = sizeof(saved); at < n; at += sizeof(saved)) {
		memcpy(saved, bytes + at, sizeof(saved));
		memset(bytes + at, 0xa5, sizeof(saved));
		put(s.path, bytes, n);
		came[looked_through(s.path)]++;
		memcpy(bytes + at, saved, sizeof(saved));
	}
	put(s.path, bytes, n);
	assert_int_equal(looked_through(s.path), CAME_TO_END);
	/* Some pages are needed to open it, some by what is shown only. */
	assert_true(came[CAME_TO_NOTHING] > 0 && came[CAME_TO_OPEN] > 0);
	free(bytes);
	support_file_done(&s);
}

static void open__reads_what_cannot_be_written_to__and_leaves_every_byte(void **state)
{
	struct support_file s;
	unsigned char *before, *after;
	size_t n, n_after;
	char beside[128];

	(void)state;
	settled(&s);
	before = bytes_of(s.path, &n);
	assert_int_equal(chmod(s.path, 0444), 0);
	assert_int_equal(chmod(s.dir, 0555), 0);
	assert_int_equal(looked_at_by_nobody(s.path), 0);
	snprintf(beside, sizeof(beside), "%s-wal", s.path);
	assert_int_equal(access(beside, F_OK), -1);
	assert_int_equal(chmod(s.dir, 0700), 0);
	assert_int_equal(looked_at(s.path), 0);
	assert_int_equal(access(beside, F_OK), -1);
	after = bytes_of(s.path, &n_after);
	assert_int_equal(n, n_after);
	assert_memory_equal(before, after, n);
	free(before);
	free(after);
	support_file_done(&s);
}

/* What is in the -wal alone is not there for who may not read beside it: refused, never half shown. */
static void open__asks_for_a_copy__when_a_journal_cannot_be_read(void **state)
{
	struct support_file s;
	char beside[128];

	(void)state;
	settled(&s);
	snprintf(beside, sizeof(beside), "%s-wal", s.path);
	put(beside, "not empty", 9);
	assert_int_equal(chmod(beside, 0), 0);
	assert_int_equal(chmod(s.path, 0444), 0);
	assert_int_equal(chmod(s.dir, 0555), 0);
	assert_int_not_equal(looked_at_by_nobody(s.path), 0);
	assert_int_equal(chmod(s.dir, 0700), 0);
	support_file_done(&s);
}

/* At rest when it was opened, then somebody appends to it. */
static void replay__follows_a_recording__that_is_gone_on_with(void **state)
{
	struct support_file s;
	struct moment *m = NULL;
	struct replay *r = NULL;
	struct fault f = {0};
	char link[128];

	(void)state;
	settled(&s);
	snprintf(link, sizeof(link), "%s/link", s.dir);
	assert_int_equal(symlink(s.path, link), 0);
	assert_int_equal(replay_open(link, &r, &f), 0);
	assert_int_equal(replay_refresh(r, &f), 0);
	assert_int_equal(replay_rebase(r, 5 * S), 0);
	assert_int_equal(sqlite3_open(s.path, &s.db), SQLITE_OK);
	support_row_sample(&s, 100 * S, 1 << 20);
	assert_int_equal(replay_moment(r, UNKNOWN, 0, &m, &f), 0);
	assert_int_equal(m->time, 100 * S);
	assert_int_equal(m->baseline->sample.time, 5 * S);
	moment_unref(m);
	support_row_sample(&s, 101 * S, 1 << 20);
	assert_int_equal(replay_refresh(r, &f), 1);
	assert_int_equal(replay_newest(r), 101 * S);
	assert_int_equal(replay_refresh(r, &f), 0);
	unlink(link);
	replay_free(r);
	support_file_done(&s);
}

/* Thinned out between two looks: what is left is shown, and the next refresh knows. */
static void replay__notices_that_samples_were_thinned_out(void **state)
{
	struct support_file s;
	struct moment *m = NULL;
	struct replay *r = NULL;
	struct fault f = {0};

	(void)state;
	settled(&s);
	assert_int_equal(sqlite3_open(s.path, &s.db), SQLITE_OK);
	support_row_sample(&s, 30 * S, 1 << 20);
	assert_int_equal(replay_open(s.path, &r, &f), 0);
	support_sql(&s, "DELETE FROM sample WHERE time BETWEEN 3000000000 AND 8000000000");
	assert_int_equal(replay_moment(r, 7 * S, 0, &m, &f), 0);
	assert_int_equal(m->time, 2 * S);
	moment_unref(m);
	assert_int_equal(replay_refresh(r, &f), 1);
	assert_int_equal(replay_after(r, 2 * S), 9 * S);
	support_sql(&s, "DELETE FROM sample WHERE time < 9000000000");
	assert_int_equal(replay_moment(r, 0, 0, &m, &f), -ENOENT);
	one_line(&f, "gone by now");
	assert_int_equal(replay_refresh(r, &f), 1);
	assert_int_equal(replay_oldest(r), 9 * S);
	replay_free(r);
	support_file_done(&s);
}

static void open__finds_a_file__whatever_its_name(void **state)
{
	static const char *const names[] = {"a b", "100%25", "x?mode=rwc", "#1", "\xff\x1b[31m"};
	struct support_file s;
	unsigned char *bytes;
	char path[128];
	size_t n;

	(void)state;
	settled(&s);
	bytes = bytes_of(s.path, &n);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct replay *r = NULL;
		struct fault f = {0};

		snprintf(path, sizeof(path), "/%s/%s", s.dir, names[i]);
		put(path, bytes, n);
		if (replay_open(path, &r, &f))
			fail_msg("%s", f.text);
		replay_free(r);
		put(path, bytes, 50);
		refused(path, "not a recording", "--record");
		unlink(path);
	}
	free(bytes);
	support_file_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(open__says_what_is_wrong__when_it_is_no_recording),
	        cmocka_unit_test(open__refuses_a_database__of_another_kind_or_schema),
	        cmocka_unit_test(open__obeys_no_view__and_no_column_that_computes),
	        cmocka_unit_test(open__says_damaged__when_pages_are_missing_or_scrambled),
	        cmocka_unit_test(replay__ends_with_a_line__whichever_page_is_damaged),
	        cmocka_unit_test(open__reads_what_cannot_be_written_to__and_leaves_every_byte),
	        cmocka_unit_test(open__asks_for_a_copy__when_a_journal_cannot_be_read),
	        cmocka_unit_test(replay__follows_a_recording__that_is_gone_on_with),
	        cmocka_unit_test(replay__notices_that_samples_were_thinned_out),
	        cmocka_unit_test(open__finds_a_file__whatever_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
