/* SPDX-License-Identifier: MIT */
/* The list of all processes, for the picker. */
#include "source/processes.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_crowd.h"
#include "support_live.h"

static const struct process *find(const struct process_list *l, int32_t pid)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->rows[i].pid == pid)
			return &l->rows[i];
	}
	return NULL;
}

/* The next list; what made the descriptor readable may have been taken with the list before. */
static struct process_list *next_list(struct processes *p)
{
	struct pollfd fd = {.fd = processes_fd(p), .events = POLLIN};
	struct process_list *l = NULL;
	while (!l && poll(&fd, 1, 60000) == 1)
		l = processes_take(p);
	assert_non_null(l);
	return l;
}

static void processes__come__again_and_again(void **state)
{
	(void)state;
	struct processes *p = processes_start("/proc", NS_PER_MS, 0, NULL);
	assert_non_null(p);
	for (int i = 0; i < 3; i++) {
		struct process_list *l = next_list(p);
		assert_non_null(find(l, getpid()));
		process_list_unref(l);
	}
	processes_stop(p);
	processes_stop(NULL);
}

/* Waits for a list in which the process has the command line; false: none came. */
static bool wait_command(struct processes *p, int32_t pid, const char *command)
{
	struct pollfd fd = {.fd = processes_fd(p), .events = POLLIN};
	bool found = false;
	while (!found && poll(&fd, 1, 10000) == 1) {
		struct process_list *l = processes_take(p);
		const struct process *row = l ? find(l, pid) : NULL;
		found = row && strstr(row->command, command);
		process_list_unref(l);
	}
	return found;
}

static void processes__get__their_command_lines(void **state)
{
	(void)state;
	struct processes *p = processes_start("/proc", 3600 * NS_PER_S, 0, NULL);
	assert_true(wait_command(p, getpid(), "test_source_processes"));
	processes_stop(p);
}

static void processes__come__though_a_command_line_blocks(void **state)
{
	(void)state;
	struct tree t = tree_new();
	char path[256];
	tree_path(&t, "cmdline", path);
	assert_int_equal(mkfifo(path, 0600), 0);
	struct processes *p = processes_start(t.path, NS_PER_MS, 0, NULL);
	for (int i = 0; i < 3; i++) {
		struct process_list *l = next_list(p);
		assert_int_equal(l->count, 1);
		assert_string_equal(l->rows[0].command, "");
		assert_string_equal(l->rows[0].comm, "fixture");
		process_list_unref(l);
	}
	int out = -1;
	while (out < 0)
		out = open(path, O_WRONLY | O_NONBLOCK);
	assert_int_equal(write(out, "late", 5), 5);
	close(out);
	unlink(path);
	assert_true(wait_command(p, TREE_PID, "late"));
	processes_stop(p);
	tree_free(&t);
}

/* Those behind a command line that blocks get theirs, however many block. */
static void processes__get__the_command_lines_behind_one_that_blocks(void **state)
{
	struct crowd c = crowd_new();
	char path[256];

	(void)state;
	for (int pid = 10; pid < 16; pid++) {
		crowd_put(&c, &(struct crowd_one){.pid = pid, .rss_kb = 4});
		crowd_path(&c, pid, "cmdline", path);
		unlink(path);
		assert_int_equal(mkfifo(path, 0600), 0);
	}
	crowd_put(&c, &(struct crowd_one){.pid = 90,
	                                  .rss_kb = 4,
	                                  .cgroup = "/system.slice/nginx.service"});
	struct processes *p = processes_start(c.path, 20 * NS_PER_MS, 0, NULL);
	assert_true(wait_command(p, 90, "/usr/bin/worker --number 90"));
	processes_stop(p);
	for (int pid = 10; pid < 16; pid++) {
		crowd_path(&c, pid, "cmdline", path);
		close(open(path, O_RDWR | O_NONBLOCK)); /* lets the reader go */
	}
	crowd_free(&c);
}

/* A reader that has seen a long control group reads long command lines after it. */
static void processes__get__the_beginning_of_long_command_lines(void **state)
{
	char group[1001] = "/", command[9001], path[256];
	struct crowd c = crowd_new();

	(void)state;
	memset(group + 1, 'g', sizeof(group) - 2);
	memset(command, 'c', sizeof(command) - 1);
	group[sizeof(group) - 1] = command[sizeof(command) - 1] = '\0';
	for (int pid = 10; pid < 14; pid++) {
		crowd_put(&c, &(struct crowd_one){.pid = pid, .rss_kb = 4, .cgroup = group});
		crowd_path(&c, pid, "cmdline", path);
		FILE *f = fopen(path, "w");
		fputs(command, f);
		assert_int_equal(fclose(f), 0);
	}
	struct processes *p = processes_start(c.path, 20 * NS_PER_MS, 0, NULL);
	assert_true(wait_command(p, 13, "cccc"));
	processes_stop(p);
	crowd_free(&c);
}

static void processes__tell__user_and_unit(void **state)
{
	struct crowd c = crowd_new();

	(void)state;
	crowd_put(&c, &(struct crowd_one){.pid = 90,
	                                  .rss_kb = 4,
	                                  .cgroup = "/system.slice/nginx.service"});
	struct processes *p = processes_start(c.path, 20 * NS_PER_MS, 0, NULL);
	struct pollfd fd = {.fd = processes_fd(p), .events = POLLIN};
	bool found = false;
	while (!found && poll(&fd, 1, 10000) == 1) {
		struct process_list *l = processes_take(p);
		found = l && strcmp(l->rows[0].unit, "nginx.service") == 0 &&
		        strcmp(l->rows[0].user, "root") == 0;
		process_list_unref(l);
	}
	assert_true(found);
	processes_stop(p);
	crowd_free(&c);
}

/* However short the interval: a rest of 200 times the CPU time leaves it half a per cent. */
static void processes__rest__for_what_a_pass_costs(void **state)
{
	struct processes *p = processes_start("/proc", NS_PER_MS, 200, NULL);
	uint64_t times[4], took = UNKNOWN;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct process_list *l = next_list(p);
		times[i] = l->time;
		took = i && l->took < took ? l->took : took;
		process_list_unref(l);
	}
	/* A pass on a busy machine takes longer than its CPU time: a tenth of it is sure. */
	assert_true(times[3] - times[2] > 20 * took);
	processes_stop(p);
}

struct judged {
	atomic_uint lists, ended;
};

static void judge(void *arg, struct process_list *l)
{
	struct judged *j = arg;

	atomic_fetch_add(&j->lists, 1);
	l->rows[0].confidence = 42;
}

static void judge_done(void *arg)
{
	struct judged *j = arg;

	atomic_fetch_add(&j->ended, 1);
}

static void processes__are__judged_before_they_come(void **state)
{
	struct judged j = {0};
	struct processes_judge how = {judge, judge_done, &j};
	struct processes *p = processes_start("/proc", NS_PER_MS, 0, &how);

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct process_list *l = next_list(p);
		assert_int_equal(l->rows[0].confidence, 42);
		process_list_unref(l);
	}
	assert_true(atomic_load(&j.lists) >= 3);
	processes_stop(p);
	/* The thread ends when it likes, and says so once. */
	for (int i = 0; i < 10000 && !atomic_load(&j.ended); i++)
		poll(NULL, 0, 1);
	assert_int_equal(atomic_load(&j.ended), 1);
}

static void processes_pause__rests__and_goes_on(void **state)
{
	(void)state;
	struct processes *p = processes_start("/proc", NS_PER_MS, 0, NULL);
	struct pollfd fd = {.fd = processes_fd(p), .events = POLLIN};
	assert_int_equal(poll(&fd, 1, 10000), 1);
	processes_pause(p, true);
	/* A list may be in the making. */
	while (poll(&fd, 1, 500) == 1)
		process_list_unref(processes_take(p));
	processes_pause(p, false);
	assert_int_equal(poll(&fd, 1, 10000), 1);
	processes_stop(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(processes__come__again_and_again),
	        cmocka_unit_test(processes__get__their_command_lines),
	        cmocka_unit_test(processes__come__though_a_command_line_blocks),
	        cmocka_unit_test(processes__get__the_command_lines_behind_one_that_blocks),
	        cmocka_unit_test(processes__get__the_beginning_of_long_command_lines),
	        cmocka_unit_test(processes__tell__user_and_unit),
	        cmocka_unit_test(processes__rest__for_what_a_pass_costs),
	        cmocka_unit_test(processes__are__judged_before_they_come),
	        cmocka_unit_test(processes_pause__rests__and_goes_on),
	};
	return cmocka_run_group_tests_name("source_processes", tests, NULL, NULL);
}
