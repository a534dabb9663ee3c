/* SPDX-License-Identifier: MIT */
/* What can become of a process while it is watched: stopped, another program, headless, gone. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/known.h"
#include "source/live_internal.h"
#include "support_live.h"

static void nothing(int turn)
{
	(void)turn;
}

static void live__end__is_told_by_descriptor_and_sample(void **state)
{
	(void)state;
	struct child c = child_start(nothing);
	struct source *s = live_start("/proc", c.pid);
	struct pollfd p = {.fd = live_exit_fd(s), .events = POLLIN};
	struct sample sample;
	if (p.fd < 0)
		skip();
	assert_int_equal(poll(&p, 1, 0), 0);
	kill(c.pid, SIGKILL);
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(s->ops->sample(s, 0, &sample), -ENODATA);
	struct moment *m = moment_new();
	s->ops->describe(s, m);
	assert_int_equal(m->state, TARGET_ZOMBIE);
	child_end(&c);
	assert_int_equal(s->ops->sample(s, 0, &sample), -ENODATA);
	moment_unref(m);
	s->ops->free(s);
}

static void live__last_picture__keeps_descriptors_of_a_zombie(void **state)
{
	(void)state;
	struct child c = child_start(nothing);
	struct source *s = live_start("/proc", c.pid);
	struct live_shared *sh = ((struct live *)s)->sh;
	struct live_reader r = {.sh = sh, .dir = sh->dir};
	siginfo_t info;
	uint64_t before;

	buf_init(&r.text, 1 << 16);
	live_count_fds(&r);
	live_lock(sh);
	before = sh->fd_count;
	live_unlock(sh);
	assert_true(known(before) && before > 0);
	kill(c.pid, SIGKILL);
	waitid(P_PID, (id_t)c.pid, &info, WEXITED | WNOWAIT);
	assert_true(live_is_over(&r));
	live_count_fds(&r);
	assert_int_equal(sh->fd_count, before);
	child_end(&c);
	live_count_fds(&r);
	assert_int_equal(sh->fd_count, before);
	live_counters_done(&r);
	buf_done(&r.text);
	s->ops->free(s);
}

static void live__heap__is_answered__when_the_target_is_gone(void **state)
{
	(void)state;
	struct child c = child_start(nothing);
	struct source *s = live_start("/proc", c.pid);
	child_end(&c);
	assert_true(live_ask(s));
	s->ops->free(s);
}

static void become_cat(int turn)
{
	if (turn)
		execlp("cat", "cat", (char *)NULL);
}

static void live__exec__begins_an_epoch(void **state)
{
	(void)state;
	struct child c = child_start(become_cat);
	struct source *s = live_start("/proc", c.pid);
	struct sample sample;
	region_table_unref(live_table(s));
	assert_int_equal(live_take(s, &sample), 0);
	assert_int_equal(sample.flags & SAMPLE_EPOCH, 0);
	uint64_t pss = sample.v[FIGURE_PSS];
	assert_true(known(pss));

	/* One byte to become cat, one that cat sends back: by then it has set up all it needs. */
	child_tell(&c);
	child_turn(&c);
	assert_int_equal(s->ops->sample(s, 0, &sample), 0);
	assert_true(sample.flags & SAMPLE_EPOCH);
	/* The new program may have been read already; the old one counts no more. */
	assert_int_not_equal(sample.v[FIGURE_PSS], pss);
	struct region_table *t = live_table(s);
	assert_non_null(t);
	region_table_unref(t);
	assert_int_equal(live_take(s, &sample), 0);
	assert_int_equal(sample.flags & SAMPLE_EPOCH, 0);
	assert_int_equal(sample.v[FIGURE_HEAP], heap_of(c.pid));
	struct moment *m = moment_new();
	s->ops->describe(s, m);
	assert_string_equal(m->target->comm, "cat");
	moment_unref(m);
	s->ops->free(s);
	child_end(&c);
}

static void live__stop__is_flagged(void **state)
{
	(void)state;
	struct child c = child_start(nothing);
	struct source *s = live_start("/proc", c.pid);
	struct sample sample;
	kill(c.pid, SIGSTOP);
	assert_int_equal(waitpid(c.pid, NULL, WUNTRACED), c.pid);
	assert_int_equal(s->ops->sample(s, 0, &sample), 0);
	assert_true(sample.flags & SAMPLE_STOPPED);
	assert_true(known(sample.v[FIGURE_RSS]));
	kill(c.pid, SIGCONT);
	assert_int_equal(waitpid(c.pid, NULL, WCONTINUED), c.pid);
	assert_int_equal(s->ops->sample(s, 0, &sample), 0);
	assert_false(sample.flags & SAMPLE_STOPPED);
	s->ops->free(s);
	child_end(&c);
}

static void *rest(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void leader_ends(int turn)
{
	pthread_t thread;
	if (!turn)
		pthread_create(&thread, NULL, rest, NULL);
	else
		syscall(SYS_exit, 0); /* of this thread alone */
}

/* Samples until the state is `state`; the kernel needs a moment to make a zombie. */
static bool becomes(struct source *s, enum target_state state, struct sample *ret)
{
	struct moment *m = moment_new();
	uint64_t until = clock_mono() + 10 * NS_PER_S;
	bool is = false;
	while (!is && clock_mono() < until) {
		int e = s->ops->sample(s, 0, ret);
		s->ops->describe(s, m);
		is = (e == 0 || e == -ENODATA) && m->state == state;
	}
	moment_unref(m);
	return is;
}

static void live__leader_gone__is_read_through_a_thread(void **state)
{
	(void)state;
	struct child c = child_start(leader_ends);
	struct source *s = live_start("/proc", c.pid);
	struct sample before, after;
	assert_int_equal(live_take(s, &before), 0);
	child_tell(&c);
	assert_true(becomes(s, TARGET_LEADER_GONE, &after));
	assert_true(after.v[FIGURE_RSS] >= before.v[FIGURE_RSS] / 2);
	assert_int_equal(after.flags & SAMPLE_EPOCH, 0);
	assert_int_equal(live_take(s, &after), 0);
	assert_int_equal(after.v[FIGURE_HEAP], before.v[FIGURE_HEAP]);
	s->ops->free(s);

	/* And it can be opened when it is like that already. */
	s = live_start("/proc", c.pid);
	assert_int_equal(live_take(s, &after), 0);
	assert_int_equal(after.v[FIGURE_HEAP], before.v[FIGURE_HEAP]);
	struct region_table *t = live_table(s);
	assert_non_null(t);
	region_table_unref(t);
	s->ops->free(s);
	child_end(&c);
}

static void assert_refused(const char *proc, int32_t pid, int status, const char *word)
{
	struct live_options o = live_defaults(proc, pid);
	struct fault f = {0};
	struct source *s;
	assert_true(live_open(&o, &s, &f) < 0);
	assert_int_equal(f.status, status);
	if (!strstr(f.text, word))
		fail_msg("no \"%s\" in: %s", word, f.text);
}

static void live_open__says__why_not(void **state)
{
	(void)state;
	char text[64];
	struct child c = child_start(nothing);
	siginfo_t info;
	assert_refused("/proc", INT32_MAX, STATUS_GONE, "no such process");
	kill(c.pid, SIGKILL);
	waitid(P_PID, (id_t)c.pid, &info, WEXITED | WNOWAIT);
	assert_refused("/proc", c.pid, STATUS_GONE, "zombie");
	child_end(&c);

	struct tree t = tree_new();
	tree_write(&t, "status", "Name:\tx\nState:\tS\nTgid:\t1234\nPid:\t%d\n", TREE_PID);
	snprintf(text, sizeof(text), "%d: thread of 1234: use 1234", TREE_PID);
	assert_refused(t.path, TREE_PID, STATUS_GONE, text);
	tree_write(&t, "status", "Name:\tx\nState:\tS\nTgid:\t%d\nPid:\t%d\nKthread:\t1\n",
	           TREE_PID, TREE_PID);
	assert_refused(t.path, TREE_PID, STATUS_GONE, "kernel thread");
	tree_free(&t);
	assert_refused("/nonexistent", 1, STATUS_GONE, "/nonexistent");
}

static void fixture__heap__comes_from_maps(void **state)
{
	(void)state;
	struct tree t = tree_new();
	struct source *s = live_start(t.path, TREE_PID);
	struct sample sample;
	assert_int_equal(live_exit_fd(s), -1);
	assert_int_equal(live_take(s, &sample), 0);
	assert_int_equal(sample.v[FIGURE_HEAP], 0x22000);
	assert_int_equal(sample.v[FIGURE_RSS], 1000 << 10);
	assert_int_equal(sample.v[FIGURE_SHMEM], UNKNOWN);
	/* Its end is that of its directory. */
	char path[256];
	tree_path(&t, "status", path);
	unlink(path);
	assert_int_equal(s->ops->sample(s, 0, &sample), -ENODATA);
	s->ops->free(s);
	tree_free(&t);
}

static void fixture__without_smaps__is_reduced_and_says_so(void **state)
{
	(void)state;
	struct tree t = tree_new();
	char path[256];
	tree_path(&t, "smaps", path);
	assert_int_equal(mkdir(path, 0700), 0);
	struct source *s = live_start(t.path, TREE_PID);
	struct moment *m = moment_new();
	struct pollfd p = {.fd = s->ops->wake(s), .events = POLLIN};
	struct sample sample;
	for (;;) {
		s->ops->describe(s, m);
		if (m->abilities.lacking[0])
			break;
		assert_int_equal(poll(&p, 1, 10000), 1);
		assert_null(s->ops->regions(s));
	}
	assert_non_null(strstr(m->abilities.lacking, "reduced mode"));
	assert_false(m->abilities.smaps);
	assert_int_equal(s->ops->sample(s, 0, &sample), 0);
	assert_true(sample.flags & SAMPLE_REDUCED);
	moment_unref(m);
	s->ops->free(s);
	tree_free(&t);
}

static void fixture__smaps_that_is_refused_later__leaves_no_old_totals(void **state)
{
	(void)state;
	struct tree t = tree_new();
	char path[256];
	struct sample sample;
	tree_write(&t, "smaps",
	           "01000000-01021000 rw-p 00000000 00:00 0                  [heap]\n"
	           "Size:                132 kB\nRss:                  40 kB\n"
	           "Pss:                  40 kB\nShared_Clean:          0 kB\n"
	           "Shared_Dirty:          0 kB\nPrivate_Clean:         0 kB\n"
	           "Private_Dirty:        40 kB\nAnonymous:            40 kB\n"
	           "LazyFree:              4 kB\nAnonHugePages:         0 kB\n"
	           "VmFlags: rd wr mr mw me ac\n");
	struct source *s = live_start(t.path, TREE_PID);
	region_table_unref(live_table(s));
	assert_int_equal(s->ops->sample(s, 0, &sample), 0);
	assert_int_equal(sample.v[FIGURE_PSS], 40 << 10);
	assert_int_equal(sample.v[FIGURE_LAZYFREE], 4 << 10);
	assert_int_equal(sample.v[FIGURE_MAPS], 1);

	tree_path(&t, "smaps", path);
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	/* As the interval does: else the next pass might be long in coming. */
	live_set_period(s, NS_PER_MS);
	uint64_t until = clock_mono() + 20 * NS_PER_S;
	do
		assert_int_equal(s->ops->sample(s, 0, &sample), 0);
	while (!(sample.flags & SAMPLE_REDUCED) && clock_mono() < until);
	assert_true(sample.flags & SAMPLE_REDUCED);
	static const enum figure held[] = {FIGURE_PSS,    FIGURE_PRIVATE,  FIGURE_PRIVATE_DIRTY,
	                                   FIGURE_SHARED, FIGURE_LAZYFREE, FIGURE_ANON_HUGE,
	                                   FIGURE_MAPS};
	for (size_t i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		assert_int_equal(sample.v[held[i]], UNKNOWN);
	s->ops->free(s);
	tree_free(&t);
}

static void fixture__that_blocks__never_holds_up_samples_or_the_end(void **state)
{
	(void)state;
	struct tree t = tree_new();
	char path[256];
	struct sample sample;
	struct moment *m = moment_new();
	tree_path(&t, "smaps", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	struct source *s = live_start(t.path, TREE_PID);

	uint64_t until = clock_mono() + 10 * NS_PER_S;
	do {
		assert_int_equal(s->ops->sample(s, 0, &sample), 0);
		s->ops->describe(s, m);
	} while (!m->costs.blocked_ns && clock_mono() < until);
	assert_true(m->costs.blocked_ns > 500 * NS_PER_MS);
	assert_string_equal(m->costs.blocked_what, "smaps");
	/* The heap was asked for, and nobody is there to answer. */
	s->ops->prepare(s, 0);
	assert_false(s->ops->ready(s));
	assert_int_equal(s->ops->sample(s, 0, &sample), 0);
	assert_int_equal(sample.v[FIGURE_HEAP], UNKNOWN);
	assert_int_equal(sample.v[FIGURE_RSS], 1000 << 10);
	s->ops->free(s);
	moment_unref(m);

	/* Lets the reader go, which is left alone with its state by now. */
	int fd = open(path, O_WRONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	close(fd);
	tree_free(&t);
}

static void fixture__with_a_meminfo_that_blocks__is_sampled(void **state)
{
	(void)state;
	struct tree t = tree_new();
	char path[256];
	struct sample sample;
	snprintf(path, sizeof(path), "%s/meminfo", t.path);
	assert_int_equal(mkfifo(path, 0600), 0);
	struct source *s = live_start(t.path, TREE_PID);
	assert_int_equal(s->ops->sample(s, 0, &sample), 0);
	s->ops->free(s);
	tree_free(&t);
}

/* The FIFO open for writing, once somebody reads it; -1: nobody came. */
static int fifo_feed(const char *path)
{
	uint64_t until = clock_mono() + 10 * NS_PER_S;
	int fd;
	do
		fd = open(path, O_WRONLY | O_NONBLOCK);
	while (fd < 0 && clock_mono() < until);
	return fd;
}

static void fixture__that_blocked_once__is_read_again_soon(void **state)
{
	(void)state;
	static const struct timespec wait = {.tv_nsec = 300 * (long)NS_PER_MS};
	static const char text[] =
	        "01000000-01021000 rw-p 00000000 00:00 0                  [heap]\n"
	        "Size:                132 kB\nRss:                  40 kB\n"
	        "VmFlags: rd wr mr mw me ac\n";
	struct tree t = tree_new();
	char path[256];
	tree_path(&t, "smaps", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	struct source *s = live_start(t.path, TREE_PID);
	int fd = fifo_feed(path);
	assert_true(fd >= 0);
	nanosleep(&wait, NULL);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	region_table_unref(live_table(s));
	struct moment *m = moment_new();
	s->ops->describe(s, m);
	/* The time it took is told, but what was only waiting is not paid for: 300 ms would be 90 s. */
	assert_true(m->costs.pass_ns >= 300 * NS_PER_MS);
	assert_true(m->costs.period_ns < 30 * NS_PER_S);
	moment_unref(m);
	s->ops->free(s);
	/* Lets the reader go should it wait for the next feeding. */
	fd = open(path, O_WRONLY | O_NONBLOCK);
	if (fd >= 0)
		close(fd);
	tree_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(live__end__is_told_by_descriptor_and_sample),
	        cmocka_unit_test(live__last_picture__keeps_descriptors_of_a_zombie),
	        cmocka_unit_test(live__heap__is_answered__when_the_target_is_gone),
	        cmocka_unit_test(live__exec__begins_an_epoch),
	        cmocka_unit_test(live__stop__is_flagged),
	        cmocka_unit_test(live__leader_gone__is_read_through_a_thread),
	        cmocka_unit_test(live_open__says__why_not),
	        cmocka_unit_test(fixture__heap__comes_from_maps),
	        cmocka_unit_test(fixture__without_smaps__is_reduced_and_says_so),
	        cmocka_unit_test(fixture__smaps_that_is_refused_later__leaves_no_old_totals),
	        cmocka_unit_test(fixture__that_blocks__never_holds_up_samples_or_the_end),
	        cmocka_unit_test(fixture__with_a_meminfo_that_blocks__is_sampled),
	        cmocka_unit_test(fixture__that_blocked_once__is_read_again_soon),
	};
	return cmocka_run_group_tests_name("source_states", tests, NULL, NULL);
}
