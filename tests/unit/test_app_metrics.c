/* SPDX-License-Identifier: MIT */
/* The file of --openmetrics: whole whenever it is read, nobody else's, gone at the end; and a disk that fails. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/metrics.h"
#include "app/metrics_file.h"
#include "base/clock.h"
#include "report/openmetrics.h"
#include "support_moment.h"

#define LONG_TIME (20 * NS_PER_S)

/* A disk that takes its time: whatever is renamed waits while this is set, and is counted. */
static atomic_bool disk_hangs;
static atomic_uint renames;

/* Taken instead of libc's by what is linked into this program. */
int renameat(int from, const char *old, int to, const char *new)
{
	struct timespec nap = {0, (long)NS_PER_MS};

	atomic_fetch_add(&renames, 1);
	while (atomic_load(&disk_hangs))
		nanosleep(&nap, NULL);
	return (int)syscall(SYS_renameat2, from, old, to, new, 0);
}

struct ground {
	char dir[32], path[64];
};

static int ground_make(void **state)
{
	static struct ground g;

	snprintf(g.dir, sizeof(g.dir), "/tmp/metrics.XXXXXX");
	if (!mkdtemp(g.dir))
		return -1;
	snprintf(g.path, sizeof(g.path), "%s/shopd.prom", g.dir);
	*state = &g;
	return 0;
}

/* Entries of the directory; what is left behind would be one. */
static unsigned entries(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return n;
}

/* Nothing but what a test made on purpose, and took away, was ever left. */
static int ground_clear(void **state)
{
	const struct ground *g = *state;

	unlink(g->path);
	return rmdir(g->dir);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static size_t get(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, out, size - 1);
	close(fd);
	assert_true(n >= 0);
	out[n] = '\0';
	return (size_t)n;
}

/* Polls until the file holds the text, or, with NULL, is not there. */
static void await_text(const char *path, const char *text)
{
	static char now[1 << 16];
	struct timespec nap = {0, 2 * (long)NS_PER_MS};

	for (int i = 0; i < 10000; i++) {
		size_t n = get(path, now, sizeof(now));
		if (text ? n && strstr(now, text) : access(path, F_OK) < 0)
			return;
		nanosleep(&nap, NULL);
	}
	fail_msg("waited for: %s", text ? text : "its end");
}

static struct metrics *begin(const struct ground *g)
{
	struct fault fault = {0};
	struct metrics *m;

	assert_int_equal(metrics_start(g->path, &m), 0);
	assert_int_equal(metrics_opened(m, LONG_TIME, -1, &fault), 0);
	return m;
}

static void tell(struct metrics *m, uint64_t samples)
{
	struct moment *moment = support_moment();

	moment->samples = samples;
	metrics_tell(m, moment);
	moment_unref(moment);
}

/* --- the file -------------------------------------------------------------------------------------- */

static int put_file(struct metrics_file *f, const char *text)
{
	return metrics_file_write(f, text, strlen(text));
}

static void metrics_file__replaces__for_every_reader(void **state)
{
	static const char first[] = OPENMETRICS_MARK "1", second[] = OPENMETRICS_MARK "and 2";
	const struct ground *g = *state;
	struct metrics_file f = {.path = g->path};
	mode_t before = umask(077);
	struct stat st;
	char text[64];

	assert_int_equal(metrics_file_check(&f), 0);
	assert_int_equal(entries(g->dir), 0);
	assert_int_equal(put_file(&f, first), 0);
	int old = open(g->path, O_RDONLY);
	assert_int_equal(put_file(&f, second), 0);
	umask(before);
	assert_int_equal(stat(g->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(get(g->path, text, sizeof(text)), strlen(second));
	/* Who has it open still reads the whole of the first. */
	assert_int_equal(read(old, text, sizeof(text)), strlen(first));
	close(old);
	assert_int_equal(entries(g->dir), 1);
	assert_int_equal(metrics_file_remove(&f), 0);
	assert_int_equal(entries(g->dir), 0);
	assert_int_equal(metrics_file_remove(&f), 0);
}

static void refused(const struct ground *g, int want)
{
	const struct metrics_file f = {.path = g->path};
	unsigned before = entries(g->dir);

	assert_int_equal(metrics_file_check(&f), want);
	assert_int_equal(entries(g->dir), before);
}

static void metrics_file__spares__what_is_not_ours(void **state)
{
	const struct ground *g = *state;
	char text[64];

	put(g->path, "dear to somebody");
	refused(g, -EEXIST);
	assert_int_equal(get(g->path, text, sizeof(text)), 16);
	put(g->path, "# HELP memleak");
	refused(g, -EEXIST);
	/* One that was left by a watch that was killed. */
	put(g->path, "# HELP memleak_up 1 while");
	refused(g, 0);
	put(g->path, "");
	refused(g, 0);
	unlink(g->path);
	assert_int_equal(symlink("elsewhere", g->path), 0);
	refused(g, -ELOOP);
	unlink(g->path);
	assert_int_equal(mkfifo(g->path, 0600), 0);
	refused(g, -EEXIST);
	unlink(g->path);
	assert_int_equal(mkdir(g->path, 0700), 0);
	refused(g, -EISDIR);
	rmdir(g->path);
}

static void metrics_file__refuses__paths_that_name_no_file(void **state)
{
	static const struct {
		const char *path;
		int want;
	} cases[] = {{"/tmp/", -EISDIR},
	             {"/tmp/..", -EISDIR},
	             {".", -EISDIR},
	             {"/nonexistent/x.prom", -ENOENT},
	             {"/dev/null/x.prom", -ENOTDIR}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct metrics_file f = {.path = cases[i].path};
		assert_int_equal(metrics_file_check(&f), cases[i].want);
		assert_int_equal(metrics_file_write(&f, "x", 1), cases[i].want);
		assert_int_equal(metrics_file_remove(&f), 0);
	}
}

/* Somebody else's by now: it is theirs to remove. */
static void metrics_file__removes__nothing_but_its_own(void **state)
{
	const struct ground *g = *state;
	struct metrics_file f = {.path = g->path}, other = f;

	assert_int_equal(put_file(&f, OPENMETRICS_MARK "one"), 0);
	assert_int_equal(unlink(g->path), 0);
	assert_int_equal(put_file(&other, OPENMETRICS_MARK "other"), 0);
	assert_int_equal(metrics_file_remove(&f), 0);
	assert_int_equal(entries(g->dir), 1);
	assert_int_equal(metrics_file_remove(&other), 0);
	assert_int_equal(entries(g->dir), 0);
}

/* Of two that write the same file each would take the other's figures away. One that was killed holds nothing. */
static void metrics_file__belongs__to_who_writes_it(void **state)
{
	const struct ground *g = *state;
	struct metrics_file f = {.path = g->path}, other = f;

	assert_int_equal(put_file(&f, OPENMETRICS_MARK "one"), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(metrics_file_check(&other), -EBUSY);
		assert_int_equal(put_file(&other, OPENMETRICS_MARK "other"), -EBUSY);
		assert_int_equal(put_file(&f, OPENMETRICS_MARK "two"), 0);
	}
	assert_int_equal(entries(g->dir), 1);
	assert_int_equal(close(f.held), 0); /* as a death does */
	assert_int_equal(metrics_file_check(&other), 0);
	assert_int_equal(put_file(&other, OPENMETRICS_MARK "other"), 0);
	f = (struct metrics_file){.path = g->path};
	assert_int_equal(put_file(&f, OPENMETRICS_MARK "three"), -EBUSY);
	assert_int_equal(metrics_file_remove(&other), 0);
	assert_int_equal(put_file(&f, OPENMETRICS_MARK "three"), 0);
	assert_int_equal(metrics_file_remove(&f), 0);
}

/* Not only at the start: what came in its place later is not ours to replace or to remove. */
static void metrics_file__stays_away__from_what_came_in_its_place(void **state)
{
	const struct ground *g = *state;
	struct metrics_file f = {.path = g->path};
	char text[64];

	assert_int_equal(put_file(&f, OPENMETRICS_MARK "one"), 0);
	put(g->path, "mine");
	assert_int_equal(put_file(&f, OPENMETRICS_MARK "two"), -EEXIST);
	assert_int_equal(metrics_file_remove(&f), 0);
	assert_int_equal(get(g->path, text, sizeof(text)), 4);
	assert_int_equal(entries(g->dir), 1);
	assert_int_equal(unlink(g->path), 0);
}

static void metrics_file__explains__errors_in_a_sentence(void **state)
{
	static const int errors[] = {-EEXIST, -ELOOP,  -EISDIR, -ENOENT, -ENOTDIR,
	                             -EACCES, -ENOSPC, -EROFS,  -EIO,    -ENOMEM};
	char text[160];

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		metrics_file_explain(errors[i], text, sizeof(text));
		assert_non_null(strstr(text, "; "));
		assert_true(strlen(text) < sizeof(text) - 1);
	}
}

/* --- the thread ------------------------------------------------------------------------------------ */

static void metrics__are_written__and_gone_at_the_end(void **state)
{
	const struct ground *g = *state;
	struct fault fault = {0};
	struct metrics *m = begin(g);
	char news[256];

	assert_int_equal(entries(g->dir), 0);
	tell(m, 1);
	await_text(g->path, "memleak_samples{watch=\"shopd\",pid=\"4711\",comm=\"shopd\"} 1\n");
	tell(m, 2);
	await_text(g->path, "comm=\"shopd\"} 2\n");
	assert_false(metrics_news(m, news, sizeof(news)));
	assert_string_equal(news, "");
	assert_int_equal(metrics_end(m, LONG_TIME, &fault), 0);
	assert_int_equal(entries(g->dir), 0);
	/* What comes late is forgotten. */
	tell(m, 3);
	assert_int_equal(metrics_end(m, LONG_TIME, &fault), 0);
	assert_int_equal(entries(g->dir), 0);
	metrics_unref(m);
}

/* Told faster than any disk writes, it keeps the newest, and what is read is whole. */
static void metrics__are_whole__whenever_they_are_read(void **state)
{
	static char text[1 << 16];
	const struct ground *g = *state;
	struct fault fault = {0};
	struct metrics *m = begin(g);
	unsigned whole = 0;

	tell(m, 1);
	await_text(g->path, "# EOF\n");
	for (unsigned i = 2; i <= 400; i++) {
		tell(m, i);
		size_t n = get(g->path, text, sizeof(text));
		assert_true(n > 6);
		assert_string_equal(text + n - 6, "# EOF\n");
		assert_memory_equal(text, "# HELP memleak_up", 17);
		whole++;
	}
	assert_int_equal(whole, 399);
	await_text(g->path, "comm=\"shopd\"} 400\n");
	assert_int_equal(metrics_end(m, LONG_TIME, &fault), 0);
	metrics_unref(m);
}

static void metrics__are_refused__in_one_line(void **state)
{
	const struct ground *g = *state;
	struct fault fault = {0};
	struct metrics *m;

	put(g->path, "dear to somebody");
	assert_int_equal(metrics_start(g->path, &m), 0);
	assert_int_equal(metrics_opened(m, LONG_TIME, -1, &fault), -EIO);
	assert_int_equal(fault.status, STATUS_OUTPUT);
	assert_non_null(strstr(fault.text, "shopd.prom: it is something else"));
	tell(m, 1);
	assert_int_equal(metrics_end(m, LONG_TIME, &fault), -EIO);
	metrics_unref(m);
	assert_int_equal(entries(g->dir), 1);
}

/* The directory is gone, and comes back: told once each, and written again. */
static void metrics__tell_and_recover__when_the_disk_fails(void **state)
{
	const struct ground *g = *state;
	struct fault fault = {0};
	struct metrics *m = begin(g);
	struct timespec nap = {0, 2 * (long)NS_PER_MS};
	char news[256] = "";

	tell(m, 1);
	await_text(g->path, "# EOF\n");
	unlink(g->path);
	assert_int_equal(rmdir(g->dir), 0);
	for (int i = 0; i < 10000 && !metrics_news(m, news, sizeof(news)); i++) {
		tell(m, 2);
		nanosleep(&nap, NULL);
	}
	assert_non_null(strstr(news, "shopd.prom: its directory does not exist; create that"));
	assert_false(metrics_news(m, news, sizeof(news)));
	assert_int_equal(mkdir(g->dir, 0700), 0);
	for (int i = 0; i < 10000 && !metrics_news(m, news, sizeof(news)); i++) {
		tell(m, 3);
		nanosleep(&nap, NULL);
	}
	assert_string_equal(news, "");
	await_text(g->path, "comm=\"shopd\"} 3\n");
	assert_int_equal(metrics_end(m, LONG_TIME, &fault), 0);
	assert_int_equal(entries(g->dir), 0);
	metrics_unref(m);
}

/* What was still wrong at the end is an error, though nothing is left to be written. */
static void metrics__fail__when_the_last_writing_did(void **state)
{
	const struct ground *g = *state;
	struct fault fault = {0};
	struct metrics *m = begin(g);
	char news[256] = "";
	struct timespec nap = {0, 2 * (long)NS_PER_MS};

	assert_int_equal(rmdir(g->dir), 0);
	tell(m, 1);
	for (int i = 0; i < 10000 && !metrics_news(m, news, sizeof(news)); i++)
		nanosleep(&nap, NULL);
	assert_int_equal(metrics_end(m, LONG_TIME, &fault), -EIO);
	assert_int_equal(fault.status, STATUS_OUTPUT);
	assert_non_null(strstr(fault.text, "its directory does not exist"));
	metrics_unref(m);
	assert_int_equal(mkdir(g->dir, 0700), 0);
}

/* Nobody waits for it: what is told meanwhile is one moment at the most, and the end says what is left behind. */
static void metrics__delay_nobody__while_the_disk_hangs(void **state)
{
	const struct ground *g = *state;
	struct fault fault = {0};
	struct metrics *m = begin(g);
	struct moment *moment = support_moment();
	struct timespec nap = {0, (long)NS_PER_MS};
	unsigned before = atomic_load(&renames);

	atomic_store(&disk_hangs, true);
	metrics_tell(m, moment);
	for (int i = 0; i < 20000 && atomic_load(&renames) == before; i++)
		nanosleep(&nap, NULL);
	assert_int_equal(atomic_load(&renames), before + 1);
	for (int i = 0; i < 100000; i++)
		metrics_tell(m, moment);
	/* Ours, the one being written, and the newest. */
	assert_in_range(atomic_load(&moment->refs), 2, 3);
	assert_int_equal(atomic_load(&renames), before + 1);
	assert_int_equal(metrics_end(m, NS_PER_MS, &fault), -ETIMEDOUT);
	assert_int_equal(fault.status, STATUS_OUTPUT);
	assert_non_null(strstr(fault.text, "its disk is too slow; its figures are old"));
	atomic_store(&disk_hangs, false);
	fault = (struct fault){0};
	assert_int_equal(metrics_end(m, LONG_TIME, &fault), 0);
	assert_int_equal(entries(g->dir), 0);
	moment_unref(moment);
	metrics_unref(m);
}

/* A directory on a disk that does not answer, and somebody who no longer wants to wait. */
static void metrics__end_the_wait__for_who_is_told_to_end(void **state)
{
	const struct ground *g = *state;
	struct fault fault = {0};
	struct metrics *m;
	int wake = eventfd(1, EFD_CLOEXEC);

	assert_int_equal(metrics_start(g->path, &m), 0);
	int err = metrics_opened(m, 0, wake, &fault);
	/* Either answer was there; a loaded machine decides which. */
	assert_true(err == 0 || err == -EINTR);
	if (err)
		assert_non_null(strstr(fault.text, "told to end while"));
	assert_int_equal(metrics_opened(m, LONG_TIME, -1, &fault), 0);
	assert_int_equal(metrics_end(m, LONG_TIME, &fault), 0);
	metrics_unref(m);
	close(wake);
}

/* The last reference outside ends it: nobody has to say so. */
static void metrics__end__with_the_last_who_holds_them(void **state)
{
	const struct ground *g = *state;
	struct metrics *m = begin(g), *again = metrics_ref(m);

	tell(m, 1);
	await_text(g->path, "# EOF\n");
	metrics_unref(m);
	tell(again, 2);
	await_text(g->path, "comm=\"shopd\"} 2\n");
	metrics_unref(again);
	await_text(g->path, NULL);
	metrics_unref(NULL);
	metrics_tell(NULL, NULL);
	metrics_finish(NULL);
	assert_int_equal(metrics_end(NULL, 0, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(metrics_file__replaces__for_every_reader,
	                                        ground_make, ground_clear),
	        cmocka_unit_test_setup_teardown(metrics_file__spares__what_is_not_ours, ground_make,
	                                        ground_clear),
	        cmocka_unit_test(metrics_file__refuses__paths_that_name_no_file),
	        cmocka_unit_test_setup_teardown(metrics_file__removes__nothing_but_its_own,
	                                        ground_make, ground_clear),
	        cmocka_unit_test_setup_teardown(metrics_file__belongs__to_who_writes_it,
	                                        ground_make, ground_clear),
	        cmocka_unit_test_setup_teardown(
	                metrics_file__stays_away__from_what_came_in_its_place, ground_make,
	                ground_clear),
	        cmocka_unit_test(metrics_file__explains__errors_in_a_sentence),
	        cmocka_unit_test_setup_teardown(metrics__are_written__and_gone_at_the_end,
	                                        ground_make, ground_clear),
	        cmocka_unit_test_setup_teardown(metrics__are_whole__whenever_they_are_read,
	                                        ground_make, ground_clear),
	        cmocka_unit_test_setup_teardown(metrics__are_refused__in_one_line, ground_make,
	                                        ground_clear),
	        cmocka_unit_test_setup_teardown(metrics__tell_and_recover__when_the_disk_fails,
	                                        ground_make, ground_clear),
	        cmocka_unit_test_setup_teardown(metrics__fail__when_the_last_writing_did,
	                                        ground_make, ground_clear),
	        cmocka_unit_test_setup_teardown(metrics__delay_nobody__while_the_disk_hangs,
	                                        ground_make, ground_clear),
	        cmocka_unit_test_setup_teardown(metrics__end_the_wait__for_who_is_told_to_end,
	                                        ground_make, ground_clear),
	        cmocka_unit_test_setup_teardown(metrics__end__with_the_last_who_holds_them,
	                                        ground_make, ground_clear),
	};

	return cmocka_run_group_tests_name("app/metrics", tests, NULL, NULL);
}
