/* SPDX-License-Identifier: MIT */
/* The list of all processes, for the picker. */
#include "source/processes.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_live.h"

static const struct process *find(const struct process_list *l, int32_t pid)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->rows[i].pid == pid)
			return &l->rows[i];
	}
	return NULL;
}

static void processes_scan__finds__ourselves_by_falling_rss(void **state)
{
	(void)state;
	struct process_list *l = processes_scan("/proc", NULL, 5);
	assert_non_null(l);
	const struct process *us = find(l, getpid());
	assert_non_null(us);
	assert_int_equal(us->uid, getuid());
	assert_true(us->rss > 0 && us->vsz > us->rss);
	assert_int_equal(us->first_rss, us->rss);
	assert_int_equal(us->first_time, 5);
	/* Nothing that could block was opened. */
	assert_string_equal(us->command, "");
	assert_non_null(strstr(us->comm, "test_source_pro"));
	for (size_t i = 1; i < l->count; i++)
		assert_true(known_or(l->rows[i - 1].rss, 0) >= known_or(l->rows[i].rss, 0));
	process_list_unref(l);
}

static void processes_scan__remembers__where_a_process_began(void **state)
{
	(void)state;
	struct tree t = tree_new();
	struct process_list *a = processes_scan(t.path, NULL, 1);
	assert_int_equal(a->count, 1);
	strcpy(a->rows[0].command, "fixture --serve");
	tree_status(&t, 'S', 3000);
	struct process_list *b = processes_scan(t.path, a, 2);
	assert_int_equal(b->count, 1);
	assert_int_equal(b->rows[0].rss, 3000 << 10);
	assert_int_equal(b->rows[0].first_rss, 1000 << 10);
	assert_int_equal(b->rows[0].first_time, 1);
	assert_string_equal(b->rows[0].command, "fixture --serve");
	process_list_unref(a);
	process_list_unref(b);
	tree_free(&t);
}

static void processes_scan__of_nothing__is_empty(void **state)
{
	(void)state;
	struct process_list *l = processes_scan("/nonexistent", NULL, 0);
	assert_non_null(l);
	assert_int_equal(l->count, 0);
	process_list_unref(l);
}

static void processes__come__again_and_again(void **state)
{
	(void)state;
	struct processes *p = processes_start("/proc", NS_PER_MS);
	assert_non_null(p);
	struct pollfd fd = {.fd = processes_fd(p), .events = POLLIN};
	for (int i = 0; i < 3; i++) {
		assert_int_equal(poll(&fd, 1, 10000), 1);
		struct process_list *l = processes_take(p);
		assert_non_null(l);
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
	struct processes *p = processes_start("/proc", 3600 * NS_PER_S);
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
	struct processes *p = processes_start(t.path, NS_PER_MS);
	struct pollfd fd = {.fd = processes_fd(p), .events = POLLIN};
	for (int i = 0; i < 3; i++) {
		assert_int_equal(poll(&fd, 1, 10000), 1);
		struct process_list *l = processes_take(p);
		assert_non_null(l);
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

static void processes_pause__rests__and_goes_on(void **state)
{
	(void)state;
	struct processes *p = processes_start("/proc", NS_PER_MS);
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
	        cmocka_unit_test(processes_scan__finds__ourselves_by_falling_rss),
	        cmocka_unit_test(processes_scan__remembers__where_a_process_began),
	        cmocka_unit_test(processes_scan__of_nothing__is_empty),
	        cmocka_unit_test(processes__come__again_and_again),
	        cmocka_unit_test(processes__get__their_command_lines),
	        cmocka_unit_test(processes__come__though_a_command_line_blocks),
	        cmocka_unit_test(processes_pause__rests__and_goes_on),
	};
	return cmocka_run_group_tests_name("source_processes", tests, NULL, NULL);
}
