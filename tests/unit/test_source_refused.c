/* SPDX-License-Identifier: MIT */
/* What cannot be watched, or not wholly: each is told in one sentence with a remedy, and nothing stays open. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/known.h"
#include "source/follow.h"
#include "support_crowd.h"
#include "support_file.h"
#include "support_live.h"

enum { NOBODY = 65534 };

/* Root may read everything: such a test is somebody else meanwhile. */
static bool root_left(void)
{
	return geteuid() == 0 && seteuid(NOBODY) == 0;
}

static void root_again(bool left)
{
	if (left)
		assert_int_equal(seteuid(0), 0);
}

/* A tree that others may enter. */
static struct tree open_tree(void)
{
	struct tree t = tree_new();
	char path[256];

	tree_path(&t, "", path);
	assert_int_equal(chmod(t.path, 0755), 0);
	assert_int_equal(chmod(path, 0755), 0);
	return t;
}

static void assert_refused(const struct tree *t, int error, int status, const char *words)
{
	struct live_options o = live_defaults(t->path, TREE_PID);
	struct fault f = {0};
	struct source *s = NULL;
	bool left = root_left();
	int e = live_open(&o, &s, &f);

	root_again(left);
	assert_int_equal(e, error);
	assert_null(s);
	assert_int_equal(f.status, status);
	assert_null(strchr(f.text, '\n'));
	if (!strstr(f.text, words))
		fail_msg("no '%s' in: %s", words, f.text);
}

static void live_open__refuses__a_status_that_is_not_readable(void **state)
{
	struct tree t = open_tree();
	char path[256];

	(void)state;
	tree_path(&t, "status", path);
	assert_int_equal(chmod(path, 0), 0);
	assert_refused(&t, -EACCES, STATUS_DENIED, "process 4242: its status is not readable");
	assert_int_equal(chmod(path, 0644), 0);
	tree_path(&t, "", path);
	assert_int_equal(chmod(path, 0), 0);
	assert_refused(&t, -EACCES, STATUS_DENIED, "run as its user or with sudo");
	assert_int_equal(chmod(path, 0755), 0);
	tree_free(&t);
}

static void live_open__refuses__files_that_are_none(void **state)
{
	struct tree t = open_tree();
	char path[256];

	(void)state;
	tree_path(&t, "stat", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0644), 0);
	/* It would block for ever. */
	assert_refused(&t, -EINVAL, STATUS_DENIED, "is it a proc file system?");
	assert_int_equal(unlink(path), 0);
	assert_refused(&t, -ESRCH, STATUS_GONE, "no such process");
	tree_write(&t, "stat", "no stat\n");
	assert_refused(&t, -EINVAL, STATUS_DENIED, "is it a proc file system?");
	tree_free(&t);
}

/* With room for no descriptor, for one, for two ...: refused each time, then watched, and all are given back. */
static void live_open__with_few_descriptors__names_the_limit(void **state)
{
	struct tree t = open_tree();
	struct live_options o = live_defaults(t.path, TREE_PID);
	struct rlimit before, few;
	int refused = 0, at_first = (int)entries_of("/proc/self/fd"), next = dup(STDIN_FILENO);
	bool watched = false;

	(void)state;
	assert_int_equal(close(next), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	for (int room = 0; room < 16 && !watched; room++) {
		struct fault f = {0};
		struct source *s = NULL;

		few.rlim_cur = (rlim_t)(next + room);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		int e = live_open(&o, &s, &f);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		watched = e == 0;
		if (watched) {
			s->ops->free(s);
			break;
		}
		refused++;
		assert_int_equal(f.status, STATUS_DENIED);
		assert_int_equal(entries_of("/proc/self/fd"), at_first);
	}
	assert_true(watched);
	assert_true(refused >= 2);
	tree_free(&t);
}

/* What the source says is lacking, once it does. */
static void lacking_of(const struct tree *t, char out[256])
{
	bool left = root_left();
	struct source *s = live_start(t->path, TREE_PID);
	struct pollfd p = {.fd = s->ops->wake(s), .events = POLLIN};
	struct moment *m = moment_new();

	for (;;) {
		s->ops->describe(s, m);
		if (m->abilities.lacking[0])
			break;
		assert_int_equal(poll(&p, 1, 10000), 1);
		region_table_unref(s->ops->regions(s));
	}
	snprintf(out, 256, "%s", m->abilities.lacking);
	assert_false(m->abilities.smaps);
	moment_unref(m);
	s->ops->free(s);
	root_again(left);
}

static void live__without_smaps__says_whom_to_be(void **state)
{
	struct tree t = open_tree();
	char path[256], said[256];

	(void)state;
	tree_write(&t, "smaps", "\n");
	tree_path(&t, "smaps", path);
	assert_int_equal(chmod(path, 0), 0);
	lacking_of(&t, said);
	assert_non_null(strstr(said, "not permitted to read smaps of process 4242"));
	/* Its status says that it is root's. */
	assert_non_null(strstr(said, "run as root, with sudo or CAP_PERFMON"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	lacking_of(&t, said);
	assert_non_null(strstr(said, "cannot be read (is a directory)"));
	tree_free(&t);
}

static void live__in_a_namespace__tells_its_pid_there(void **state)
{
	struct tree t = open_tree();
	struct moment *m = moment_new();

	(void)state;
	tree_write(&t, "status",
	           "Name:\tinner\nState:\tS (sleeping)\nTgid:\t%d\nPid:\t%d\nNSpid:\t%d\t7\n"
	           "VmSize:\t100 kB\nVmRSS:\t50 kB\nVmExe:\t4 kB\n",
	           TREE_PID, TREE_PID, TREE_PID);
	struct source *s = live_start(t.path, TREE_PID);
	s->ops->describe(s, m);
	assert_int_equal(m->target->pid, TREE_PID);
	assert_int_equal(m->target->inner_pid, 7);
	assert_int_equal(m->target->uid, UNKNOWN);
	moment_unref(m);
	s->ops->free(s);
	tree_free(&t);
}

#define RESERVED (40ull << 30)
#define PART     (8ull << 30) /* between two of the pages that it touched */
static char *reserved;

static void reserve(int turn)
{
	reserved = mmap(NULL, RESERVED, PROT_READ | PROT_WRITE,
	                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (turn || reserved == MAP_FAILED)
		_exit(1);
	madvise(reserved, RESERVED, MADV_NOHUGEPAGE);
	for (uint64_t at = 0; at < RESERVED; at += PART)
		reserved[at] = 1;
}

/* Address space without memory costs no time, however much there is. */
static void live__slices__step_over_what_was_never_touched(void **state)
{
	struct live_options o;
	struct fault f = {0};
	struct source *s;
	const struct region *found = NULL;

	(void)state;
	if (access("/proc/self/pagemap", R_OK) < 0)
		skip();
	struct child c = child_start(reserve);
	o = live_defaults("/proc", c.pid);
	o.max_stall = 1;
	assert_int_equal(live_open(&o, &s, &f), 0);
	struct region_table *t = live_table(s);
	assert_non_null(t);
	assert_true(t->estimated);
	for (size_t i = 0; i < t->count; i++)
		if (t->rows[i]->end - t->rows[i]->start >= RESERVED)
			found = t->rows[i];
	assert_non_null(found);
	/* Without PAGEMAP_SCAN so large a mapping is left out, and unknown. */
	if (known(found->bytes[SMAPS_RSS]))
		assert_int_equal(found->bytes[SMAPS_RSS],
		                 RESERVED / PART * (uint64_t)sysconf(_SC_PAGESIZE));
	region_table_unref(t);
	s->ops->free(s);
	child_end(&c);
}

/* --- followed by name ---------------------------------------------------------------------------------- */

static int follow_try(struct source *s, struct sample *ret)
{
	struct pollfd p = {s->ops->wake(s), POLLIN, 0};

	s->ops->prepare(s, 0);
	int e = s->ops->sample(s, 0, ret);
	if (e == -EAGAIN) {
		poll(&p, 1, 50);
		region_table_unref(s->ops->regions(s));
	}
	return e;
}

static void follow__whom_it_may_not_watch__is_told_once_and_tried_again(void **state)
{
	struct crowd c = crowd_new();
	struct crowd_one one = {.pid = 100, .ppid = 1, .start = 50, .rss_kb = 4000};
	struct live_options o = {.proc = c.path, .max_stall = 50 * NS_PER_MS, .regions = true};
	struct source_news news;
	struct fault f = {0};
	struct sample sample;
	struct source *s;
	char path[256];
	unsigned warned = 0;
	int e = -EAGAIN;

	(void)state;
	crowd_put(&c, &one);
	crowd_path(&c, 100, "status", path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(follow_open(&o, "worker", &s, &f), 0);
	assert_true(s->ops->ready(s));
	for (int i = 0; i < 400 && !warned; i++) {
		assert_int_equal(follow_try(s, &sample), -EAGAIN);
		while (source_news(s, &news))
			warned += news.warning && strstr(news.text, "process 100") != NULL;
	}
	assert_int_equal(warned, 1);
	assert_int_equal(rmdir(path), 0);
	crowd_put(&c, &one);
	for (int i = 0; i < 400 && e; i++)
		e = follow_try(s, &sample);
	assert_int_equal(e, 0);
	assert_int_equal(sample.v[FIGURE_RSS], 4000 << 10);
	while (source_news(s, &news))
		assert_false(news.warning);
	s->ops->free(s);
	crowd_free(&c);
}

static void follow_open__refuses__what_is_no_directory(void **state)
{
	struct live_options o = {.proc = "/nonexistent", .max_stall = 50 * NS_PER_MS};
	struct source *s = NULL;
	struct fault f = {0};

	(void)state;
	assert_int_equal(follow_open(&o, "worker", &s, &f), -ENOENT);
	assert_null(s);
	assert_int_equal(f.status, STATUS_GONE);
	assert_non_null(strstr(f.text, "/nonexistent"));
	assert_non_null(strstr(f.text, "is it a proc file system?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(live_open__refuses__a_status_that_is_not_readable),
	        cmocka_unit_test(live_open__refuses__files_that_are_none),
	        cmocka_unit_test(live_open__with_few_descriptors__names_the_limit),
	        cmocka_unit_test(live__without_smaps__says_whom_to_be),
	        cmocka_unit_test(live__in_a_namespace__tells_its_pid_there),
	        cmocka_unit_test(live__slices__step_over_what_was_never_touched),
	        cmocka_unit_test(follow__whom_it_may_not_watch__is_told_once_and_tried_again),
	        cmocka_unit_test(follow_open__refuses__what_is_no_directory),
	};
	return cmocka_run_group_tests_name("source_refused", tests, NULL, NULL);
}
