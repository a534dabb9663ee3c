/* SPDX-License-Identifier: MIT */
/* Exports: the name offered, the formats, and files that come into being whole or not at all. */
#include <dirent.h>
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

#include "report/data.h"
#include "report/diagnosis.h"
#include "report/export.h"
#include "report/html.h"
#include "report/sites.h"
#include "report/table.h"
#include "support_moment.h"
#include "support_report.h"
#include "support_site_facts.h"

/* A directory of its own for each test. */
struct room {
	char dir[64];
	char path[512];
	struct moment *moment;
	struct fault fault;
	int home; /* working directory before the test */
};

static int room_open(void **state)
{
	struct room *r = calloc(1, sizeof(*r));

	if (!r)
		return -1;
	strcpy(r->dir, "/tmp/report-XXXXXX");
	r->moment = support_moment();
	r->home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = r;
	return mkdtemp(r->dir) ? 0 : -1;
}

static int files_in(const char *dir, bool remove)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		n++;
		if (remove)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
	return n;
}

static int room_close(void **state)
{
	struct room *r = *state;

	moment_unref(r->moment);
	files_in(r->dir, true);
	rmdir(r->dir);
	close(r->home);
	free(r);
	return 0;
}

static const char *in_room(struct room *r, const char *name)
{
	snprintf(r->path, sizeof(r->path), "%s/%s", r->dir, name);
	return r->path;
}

static void read_file(const char *path, struct buf *b)
{
	char part[4096];
	size_t n;
	FILE *f = fopen(path, "r");

	report_buf(b);
	assert_non_null(f);
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(b, part, n);
	fclose(f);
}

static void file_is(const char *path, const char *want)
{
	struct buf b;

	read_file(path, &b);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

/* --- file_write_whole ---------------------------------------------------------------------------- */

static void file_write__creates_it__for_the_owner_alone(void **state)
{
	struct room *r = *state;
	struct stat st;

	assert_int_equal(file_write_whole(in_room(r, "a"), "text\n", 5, &r->fault), 0);
	file_is(r->path, "text\n");
	assert_int_equal(stat(r->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(files_in(r->dir, false), 1);
	assert_int_equal(file_write_whole(in_room(r, "empty"), NULL, 0, &r->fault), 0);
	file_is(r->path, "");
}

static void file_write__takes__a_plain_name(void **state)
{
	struct room *r = *state;

	assert_int_equal(chdir(r->dir), 0);
	int err = file_write_whole("plain", "x", 1, &r->fault);
	assert_int_equal(fchdir(r->home), 0);
	assert_int_equal(err, 0);
	file_is(in_room(r, "plain"), "x");
}

static void file_write__never_replaces(void **state)
{
	struct room *r = *state;

	assert_int_equal(file_write_whole(in_room(r, "a"), "first", 5, NULL), 0);
	assert_int_equal(file_write_whole(r->path, "second", 6, &r->fault), -EEXIST);
	file_is(r->path, "first");
	assert_int_equal(r->fault.status, STATUS_OUTPUT);
	assert_non_null(strstr(r->fault.text, "exists already; no file is ever replaced"));
	assert_non_null(strstr(r->fault.text, r->path));
	assert_int_equal(files_in(r->dir, false), 1);
}

static void file_write__never_follows_a_link(void **state)
{
	struct room *r = *state;
	char target[128];

	snprintf(target, sizeof(target), "%s/elsewhere", r->dir);
	assert_int_equal(symlink(target, in_room(r, "link")), 0);
	assert_int_equal(file_write_whole(r->path, "x", 1, &r->fault), -EEXIST);
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(files_in(r->dir, false), 1);
}

/* Each kind goes through the same door, also to what a link leads to and that could be written. */
static void export__follows_no_link__whatever_its_kind(void **state)
{
	static const char *const extensions[] = {"json", "csv", "txt", "html", "folded"};
	struct room *r = *state;
	char target[128], name[32];

	support_sites_put(r->moment, support_sites(), SITES_ALLOCATIONS, SITES_ENDED);
	snprintf(target, sizeof(target), "%s/elsewhere", r->dir);
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++) {
		snprintf(name, sizeof(name), "link.%s", extensions[i]);
		assert_int_equal(symlink(target, in_room(r, name)), 0);
		int err = export_write(r->moment, r->path, "1.0", "SCREEN\n", &r->fault);
		assert_true(err == -EEXIST ||
		            err == -ENOTSUP); /* JSON is not built in everywhere */
		assert_int_equal(access(target, F_OK), -1);
		assert_int_equal(unlink(r->path), 0);
	}
	assert_int_equal(files_in(r->dir, false), 0);
}

static void file_write__names_what_is_wrong_with_a_path(void **state)
{
	struct room *r = *state;
	char name[300], path[5000];

	assert_int_equal(file_write_whole(in_room(r, "no/where"), "x", 1, &r->fault), -ENOENT);
	assert_non_null(strstr(r->fault.text, "create its directory first"));
	assert_int_equal(file_write_whole(in_room(r, ""), "x", 1, &r->fault), -EISDIR);
	assert_int_equal(file_write_whole(r->dir, "x", 1, &r->fault), -EISDIR);
	assert_non_null(strstr(r->fault.text, "add a file name"));
	assert_int_equal(file_write_whole("", "x", 1, &r->fault), -ENOENT);
	assert_int_equal(file_write_whole("/dev/full/x", "x", 1, &r->fault), -ENOTDIR);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(file_write_whole(in_room(r, name), "x", 1, &r->fault), -ENAMETOOLONG);
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 2] = 'x';
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(file_write_whole(path, "x", 1, &r->fault), -ENAMETOOLONG);
	assert_int_equal(files_in(r->dir, false), 0);
}

static void file_write__tells__a_forbidden_directory(void **state)
{
	struct room *r = *state;

	if (geteuid() == 0) { /* root may write everywhere but into the kernel's own */
		assert_true(file_write_whole("/proc/x", "x", 1, &r->fault) < 0);
		assert_non_null(strstr(r->fault.text, "cannot write /proc/x: "));
		return;
	}
	assert_int_equal(chmod(r->dir, 0500), 0);
	assert_int_equal(file_write_whole(in_room(r, "a"), "x", 1, &r->fault), -EACCES);
	assert_non_null(strstr(r->fault.text, "choose a directory you may write to"));
	assert_int_equal(chmod(r->dir, 0700), 0);
}

/* What a full disk does to a write, done by a limit that needs no root. */
static void file_write__leaves_nothing__when_it_cannot_finish(void **state)
{
	struct room *r = *state;
	struct rlimit before, tight;
	char bytes[8192];

	memset(bytes, 'x', sizeof(bytes));
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = (struct rlimit){4096, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	int err = file_write_whole(in_room(r, "a"), bytes, sizeof(bytes), &r->fault);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(err, -EFBIG);
	assert_int_equal(files_in(r->dir, false), 0);
	assert_non_null(strstr(r->fault.text, "raise the limit with ulimit -f"));
}

static void file_write__disarms__the_path_it_names(void **state)
{
	struct room *r = *state;

	assert_true(file_write_whole(in_room(r, "no\033[2J/x"), "x", 1, &r->fault) < 0);
	assert_null(strchr(r->fault.text, '\033'));
	assert_non_null(strstr(r->fault.text, "no\\x1B[2J/x"));
}

/* --- the name offered ---------------------------------------------------------------------------- */

static void export_name__holds__pid_and_time_alone(void **state)
{
	struct room *r = *state;
	char name[128];

	assert_int_equal(chdir(r->dir), 0);
	assert_int_equal(export_name(r->moment, "json", name, sizeof(name)), 0);
	assert_string_equal(name, "memleak-4711-20261120T134400Z.json");
	assert_int_equal(file_write_whole(name, "", 0, NULL), 0);
	assert_int_equal(export_name(r->moment, "json", name, sizeof(name)), 0);
	assert_string_equal(name, "memleak-4711-20261120T134400Z-2.json");
	r->moment->wall = UNKNOWN;
	assert_int_equal(export_name(r->moment, "csv", name, sizeof(name)), 0);
	assert_string_equal(name, "memleak-4711.csv");
	assert_int_equal(export_name(r->moment, "csv", name, 8), -ENAMETOOLONG);
	assert_int_equal(fchdir(r->home), 0);
}

static void export_name__goes_elsewhere__from_where_nobody_may_write(void **state)
{
	struct room *r = *state;
	char name[128], want[128];

	/* Root may write everywhere: it becomes nobody for the question. */
	bool root = geteuid() == 0;
	setenv("XDG_STATE_HOME", r->dir, 1);
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(root ? chown(r->dir, 65534, 65534) || seteuid(65534) : 0, 0);
	int err = export_name(r->moment, "txt", name, sizeof(name));
	assert_int_equal(root ? seteuid(0) : 0, 0);
	assert_int_equal(fchdir(r->home), 0);
	assert_int_equal(err, 0);
	unsetenv("XDG_STATE_HOME");
	snprintf(want, sizeof(want), "%s/memleak-4711-20261120T134400Z.txt", r->dir);
	assert_string_equal(name, want);
}

/* --- formats ------------------------------------------------------------------------------------- */

static void export_txt__is_screen_table_and_diagnosis(void **state)
{
	struct room *r = *state;
	struct table t;
	struct buf b;

	assert_int_equal(export_write(r->moment, in_room(r, "a.txt"), "1.0", "THE SCREEN\n",
	                              &r->fault),
	                 0);
	report_buf(&b);
	buf_adds(&b, "THE SCREEN\n\n");
	table_init(&t, NULL, r->moment->interval, NULL);
	table_closing(&t, r->moment, &b);
	diagnosis_write(r->moment, SAFE_UTF8, &b);
	file_is(r->path, buf_str(&b));
	buf_done(&b);
}

static void export_csv__is_the_region_table(void **state)
{
	struct room *r = *state;
	struct buf b;

	assert_int_equal(export_write(r->moment, in_room(r, "a.CSV"), "1.0", NULL, &r->fault), 0);
	report_buf(&b);
	csv_regions(r->moment, &b);
	file_is(r->path, buf_str(&b));
	buf_done(&b);
}

static void export_csv__says__when_no_regions_are_known(void **state)
{
	struct room *r = *state;
	struct moment *m = support_moment_reduced();

	assert_int_equal(export_write(m, in_room(r, "a.csv"), "1.0", NULL, &r->fault), -ENODATA);
	assert_non_null(strstr(r->fault.text, "no regions are known at this moment, reduced mode"));
	assert_int_equal(files_in(r->dir, false), 0);
	moment_unref(m);
}

static void export_json__holds_the_snapshot__or_says_what_is_missing(void **state)
{
	struct room *r = *state;
	struct buf b;
	int err = export_write(r->moment, in_room(r, "a.json"), "1.0", NULL, &r->fault);

	if (!json_available()) {
		assert_int_equal(err, -ENOTSUP);
		assert_non_null(strstr(r->fault.text, "built without jansson"));
		return;
	}
	assert_int_equal(err, 0);
	read_file(r->path, &b);
	assert_non_null(strstr(buf_str(&b), "\"snapshot\": {"));
	assert_string_equal(buf_str(&b) + b.len - 3, "\n}\n");
	buf_done(&b);
}

static void export_html__is_the_page(void **state)
{
	struct room *r = *state;
	struct buf b;

	assert_int_equal(export_write(r->moment, in_room(r, "a.html"), "1.0", NULL, &r->fault), 0);
	report_buf(&b);
	assert_int_equal(html_report(r->moment, "1.0", &b), 0);
	file_is(r->path, buf_str(&b));
	buf_done(&b);
}

static void export_folded__is_the_stacks(void **state)
{
	struct room *r = *state;
	struct buf b;

	support_sites_put(r->moment, support_sites(), SITES_ALLOCATIONS, SITES_ENDED);
	assert_int_equal(export_write(r->moment, in_room(r, "a.folded"), "1.0", NULL, &r->fault),
	                 0);
	report_buf(&b);
	assert_int_equal(sites_folded(r->moment, &b), 0);
	file_is(r->path, buf_str(&b));
	buf_done(&b);
}

static void export_folded__says__when_nothing_was_traced(void **state)
{
	struct room *r = *state;

	assert_int_equal(export_write(r->moment, in_room(r, "a.folded"), "1.0", NULL, &r->fault),
	                 -ENODATA);
	assert_non_null(strstr(r->fault.text, "a.folded: no call sites were traced at this moment "
	                                      "(view 6, or --sites TIME); end it in"));
	assert_null(strchr(r->fault.text, '\n'));
	support_sites_put(r->moment, support_sites_none(SITES_GROWTH), SITES_GROWTH, SITES_ENDED);
	assert_int_equal(export_write(r->moment, in_room(r, "a.folded"), "1.0", NULL, &r->fault),
	                 -ENODATA);
	assert_non_null(strstr(r->fault.text, "nothing is there to count"));
	assert_int_equal(files_in(r->dir, false), 0);
}

static void export_txt__ends__with_the_call_sites(void **state)
{
	struct room *r = *state;
	struct buf b, sites;

	support_sites_put(r->moment, support_sites(), SITES_ALLOCATIONS, SITES_ENDED);
	assert_int_equal(export_write(r->moment, in_room(r, "a.txt"), "1.0", NULL, &r->fault), 0);
	read_file(r->path, &b);
	report_buf(&sites);
	assert_int_equal(sites_table(r->moment, SAFE_UTF8, &sites), 0);
	assert_true(b.len > sites.len);
	assert_string_equal(buf_str(&b) + b.len - sites.len, buf_str(&sites));
	buf_done(&sites);
	buf_done(&b);
}

static void export__refuses__other_extensions(void **state)
{
	static const char *const names[] = {"a",       "a.htm",  "a.",    "a.json.gz",
	                                    ".json/x", "a.txtx", "a.fold"};
	struct room *r = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(export_write(r->moment, in_room(r, names[i]), "1.0", NULL,
		                              &r->fault),
		                 -EINVAL);
		assert_non_null(
		        strstr(r->fault.text, "end it in .json, .csv, .html, .txt or .folded"));
		assert_null(strchr(r->fault.text, '\n'));
	}
	assert_int_equal(files_in(r->dir, false), 0);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, room_open, room_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        IN_ROOM(file_write__creates_it__for_the_owner_alone),
	        IN_ROOM(file_write__takes__a_plain_name),
	        IN_ROOM(file_write__never_replaces),
	        IN_ROOM(file_write__never_follows_a_link),
	        IN_ROOM(export__follows_no_link__whatever_its_kind),
	        IN_ROOM(file_write__names_what_is_wrong_with_a_path),
	        IN_ROOM(file_write__tells__a_forbidden_directory),
	        IN_ROOM(file_write__leaves_nothing__when_it_cannot_finish),
	        IN_ROOM(file_write__disarms__the_path_it_names),
	        IN_ROOM(export_name__holds__pid_and_time_alone),
	        IN_ROOM(export_name__goes_elsewhere__from_where_nobody_may_write),
	        IN_ROOM(export_txt__is_screen_table_and_diagnosis),
	        IN_ROOM(export_csv__is_the_region_table),
	        IN_ROOM(export_csv__says__when_no_regions_are_known),
	        IN_ROOM(export_json__holds_the_snapshot__or_says_what_is_missing),
	        IN_ROOM(export_html__is_the_page),
	        IN_ROOM(export_folded__is_the_stacks),
	        IN_ROOM(export_folded__says__when_nothing_was_traced),
	        IN_ROOM(export_txt__ends__with_the_call_sites),
	        IN_ROOM(export__refuses__other_extensions),
	};

	return cmocka_run_group_tests_name("report_export", tests, NULL, NULL);
}
