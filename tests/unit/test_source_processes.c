/* SPDX-License-Identifier: MIT */
/* The list of all processes, for the picker. */
#include "source/processes.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
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
	assert_non_null(strstr(us->command, "test_source_processes"));
	for (size_t i = 1; i < l->count; i++)
		assert_true(known_or(l->rows[i - 1].rss, 0) >= known_or(l->rows[i].rss, 0));
	process_list_unref(l);
}

static void processes_scan__remembers__where_a_process_began(void **state)
{
	(void)state;
	struct tree t = tree_new();
	tree_write(&t, "cmdline", "fixture --serve");
	struct process_list *a = processes_scan(t.path, NULL, 1);
	assert_int_equal(a->count, 1);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(processes_scan__finds__ourselves_by_falling_rss),
	        cmocka_unit_test(processes_scan__remembers__where_a_process_began),
	        cmocka_unit_test(processes_scan__of_nothing__is_empty),
	        cmocka_unit_test(processes__come__again_and_again),
	};
	return cmocka_run_group_tests_name("source_processes", tests, NULL, NULL);
}
