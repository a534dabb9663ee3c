/* SPDX-License-Identifier: MIT */
/* --diff on recordings: their newest moments, a recording beside an export, and what is damaged. */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/modes.h"
#include "report/export.h"
#include "store/recording.h"
#include "support_diff.h"
#include "support_recording.h"

enum { TEXT_MAX = 1 << 16 };

/* A recording of one watch of shopd, whose pool grows from `blocks` by 31 a minute. */
static void record(const char *path, unsigned blocks, double begin, unsigned minutes)
{
	struct recording_options o = {.path = path,
	                              .version = "1.0",
	                              .limit = RECORDING_LIMIT,
	                              .interval = 60 * SECOND};
	struct recording *r = NULL;
	struct fault f = {0};

	if (recording_open(&o, &r, &f))
		fail_msg("%s", f.text);
	for (unsigned i = 0; i <= minutes; i++) {
		struct moment *m = spec_pool(begin + 60.0 * i, blocks + 31 * i);
		m->regions->time = m->sample.time = i * 60 * SECOND;
		if (i == 0)
			assert_int_equal(recording_image(r, 0, m->target), 0);
		assert_int_equal(recording_sample(r, &m->sample, 0, NULL), 0);
		assert_int_equal(recording_regions(r, m->regions), 0);
		moment_unref(m);
	}
	assert_int_equal(recording_commit(r, &f), 0);
	recording_close(r);
}

/* What --diff says, and its status. */
static int diff_of(const struct studio *s, const char *a, const char *b, char text[TEXT_MAX])
{
	struct options o = {.mode = MODE_DIFF, .diff_a = a, .diff_b = b, .report = true};
	char path[160];
	int status, fd;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/said", s->dir);
	pid_t child = fork();
	if (child == 0) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		_exit(run_diff(&o));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	fd = open(path, O_RDONLY);
	n = read(fd, text, TEXT_MAX - 1);
	assert_true(n > 0);
	text[n] = 0;
	close(fd);
	return WEXITSTATUS(status);
}

static void says(const char *text, const char *wanted)
{
	if (!strstr(text, wanted))
		fail_msg("'%s' is not in:\n%s", wanted, text);
}

/* Two watches of one process, the second half an hour later: 930 blocks more. */
static void diff__compares__the_newest_moments_of_two_recordings(void **state)
{
	struct studio *s = *state;
	char a[160], b[160], text[TEXT_MAX];

	snprintf(a, sizeof(a), "%s/a.rec", s->dir);
	snprintf(b, sizeof(b), "%s/b.rec", s->dir);
	record(a, 100, 0, 2);
	record(b, 100 + 62 + 899, 120 + 29 * 60, 1);
	assert_int_equal(diff_of(s, a, b, text), 0);
	says(text, "30 min later");
	says(text, "most of it in 930 more mappings of 592 kB");
	says(text, "1,092 now, +31/min");
	assert_int_equal(diff_of(s, b, a, text), 0);
	says(text, "is the earlier one");
	says(text, "most of it in 930 more mappings of 592 kB");
	says(text, "1,092 now, +31/min");
}

static void diff__compares__a_recording_with_an_exported_table(void **state)
{
	struct studio *s = *state;
	char a[160], b[160], text[TEXT_MAX];
	struct moment *m = spec_pool(0, 500);
	struct fault f = {0};

	snprintf(a, sizeof(a), "%s/a.rec", s->dir);
	snprintf(b, sizeof(b), "%s/b.csv", s->dir);
	record(a, 100, 0, 2);
	assert_int_equal(export_write(m, b, "1.0", NULL, &f), 0);
	moment_unref(m);
	assert_int_equal(diff_of(s, a, b, text), 0);
	says(text, "338 more mappings of 592 kB");
	says(text, "no rates");
}

static void diff__refuses__a_damaged_recording(void **state)
{
	struct studio *s = *state;
	char a[160], b[160], text[TEXT_MAX];
	FILE *file;

	snprintf(a, sizeof(a), "%s/a.rec", s->dir);
	snprintf(b, sizeof(b), "%s/b.rec", s->dir);
	record(a, 100, 0, 2);
	record(b, 100, 0, 2);
	assert_int_equal(truncate(b, 5000), 0);
	assert_int_equal(diff_of(s, a, b, text), 2);
	says(text, "b.rec: ");
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	/* One that only begins like one. */
	file = fopen(b, "r+");
	assert_non_null(file);
	for (int i = 100; i < 5000; i++)
		assert_true(fseek(file, i, SEEK_SET) == 0 && fputc(i, file) != EOF);
	fclose(file);
	assert_int_equal(diff_of(s, b, a, text), 2);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(
	                diff__compares__the_newest_moments_of_two_recordings, studio_setup,
	                studio_teardown),
	        cmocka_unit_test_setup_teardown(diff__compares__a_recording_with_an_exported_table,
	                                        studio_setup, studio_teardown),
	        cmocka_unit_test_setup_teardown(diff__refuses__a_damaged_recording, studio_setup,
	                                        studio_teardown),
	};

	return cmocka_run_group_tests_name("store/diff", tests, NULL, NULL);
}
