/* SPDX-License-Identifier: MIT */
/* status, stat and statm: of several kernels, of zombies, of kernel threads, with odd names. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proc/status.h"
#include "support_fixture.h"

static struct proc_status status_load(const char *name)
{
	struct fixture f = fixture_load(name);
	struct proc_status st;
	assert_int_equal(status_parse(f.text, f.len, &st), 0);
	fixture_done(&f);
	return st;
}

static struct proc_status status_of(const char *text)
{
	struct fixture f = fixture_of(text);
	struct proc_status st;
	assert_int_equal(status_parse(f.text, f.len, &st), 0);
	fixture_done(&f);
	return st;
}

static void status_parse__reads__a_new_kernel(void **state)
{
	(void)state;
	struct proc_status st = status_load("proc/status-6.18.txt");
	assert_string_equal(st.name, "daemon");
	assert_int_equal(st.state, 'S');
	assert_true(st.pid == 3490 && st.tgid == 3490 && st.ppid == 3485);
	assert_true(st.tracer == 0 && st.uid == 1000 && st.euid == 1001 && st.kthread == 0);
	assert_int_equal(st.nspids, 2);
	assert_true(st.nspid[0] == 3490 && st.nspid[1] == 2);
	assert_true(st.v[STATUS_VM_RSS] == 67188ull * 1024);
	assert_true(st.v[STATUS_RSS_ANON] == 65640ull * 1024);
	assert_true(st.v[STATUS_HUGETLB] == 4096ull * 1024);
	assert_true(st.v[STATUS_VM_LOCKED] == 0);
	assert_true(st.v[STATUS_THREADS] == 17);
	assert_true(st.v[STATUS_FDSIZE] == 256);
	assert_true(st.v[STATUS_CTX_VOLUNTARY] == 4711);
	assert_true(st.v[STATUS_CTX_INVOLUNTARY] == 42);
	for (int i = 0; i < STATUS_KEY_COUNT; i++)
		assert_true(known(st.v[i]));
}

static void status_parse__leaves_unknown__what_an_old_kernel_does_not_say(void **state)
{
	(void)state;
	struct proc_status st = status_load("proc/status-3.10.txt");
	assert_true(st.v[STATUS_VM_RSS] == 5028ull * 1024);
	assert_false(known(st.v[STATUS_RSS_ANON]));
	assert_false(known(st.v[STATUS_HUGETLB]));
	assert_false(known(st.kthread));
	assert_int_equal(st.nspids, 0);
}

static void status_parse__leaves_memory_unknown__of_a_zombie(void **state)
{
	(void)state;
	struct proc_status st = status_load("proc/status-zombie.txt");
	assert_int_equal(st.state, 'Z');
	assert_false(known(st.v[STATUS_VM_RSS]));
	assert_true(st.v[STATUS_THREADS] == 1);
}

static void status_parse__tells__a_kernel_thread(void **state)
{
	(void)state;
	struct proc_status st = status_load("proc/status-kthread.txt");
	assert_true(st.kthread == 1);
	assert_string_equal(st.name, "kworker/0:1-mm_percpu_wq");
	assert_false(known(st.v[STATUS_VM_SIZE]));
}

static void status_parse__undoes__the_escapes_of_a_name(void **state)
{
	(void)state;
	struct proc_status st = status_load("proc/status-hostile-name.txt");
	assert_string_equal(st.name, "(e\x1b[31mv)l\n\\VmRSS:\t 1 kB ");
	assert_true(st.v[STATUS_VM_RSS] == 67188ull * 1024);
	assert_string_equal(status_of("Name:\t a\\tb\\\n").name, " a\\tb\\");
	assert_string_equal(status_of("Name:\t\nPid:\t1\n").name, "");
}

static void status_parse__bounds__the_name(void **state)
{
	(void)state;
	struct proc_status st =
	        status_of("Name:\tabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"
	                  "abcdefghijabcdefghij\nPid:\t1\n");
	assert_int_equal(strlen(st.name), PROC_NAME_MAX - 1);
}

static void status_parse__bounds__the_namespaces(void **state)
{
	(void)state;
	struct proc_status st = status_of("NSpid:\t1\t2\t3\t4\t5\t6\t7\t8\t9\t10\n");
	assert_int_equal(st.nspids, PROC_NSPID_MAX);
	assert_true(st.nspid[7] == 8);
	assert_int_equal(status_of("Pid:\t1\nNSpid:\tx\n").nspids, 0);
}

static void status_parse__makes_unknown__what_is_no_number(void **state)
{
	(void)state;
	struct proc_status st =
	        status_of("Pid:\t-1\nVmRSS:\t99999999999999999999 kB\nVmSize:\t7 MB\n"
	                  "VmSwap:\n  VmData :  5 kB \nThreads:\t3 kB\n"
	                  "VmPeak:\t18446744073709551615 kB\n");
	assert_false(known(st.pid));
	assert_false(known(st.v[STATUS_VM_RSS]));
	assert_false(known(st.v[STATUS_VM_SIZE]));
	assert_false(known(st.v[STATUS_VM_SWAP]));
	assert_false(known(st.v[STATUS_THREADS]));
	assert_true(st.v[STATUS_VM_DATA] == 5 * 1024);
	assert_false(known(st.v[STATUS_VM_PEAK]));
	assert_true(status_of("VmPeak:\t18446744073709551614 kB\n").v[STATUS_VM_PEAK] ==
	            UNKNOWN - 1);
}

static void status_parse__drops__a_cut_last_line(void **state)
{
	(void)state;
	struct proc_status st = status_of("Pid:\t12\nVmRSS:\t    6718");
	assert_false(known(st.v[STATUS_VM_RSS]));
}

/* What is known of a cut status is what the whole one says. */
static void status_holds(const struct proc_status *cut, const struct proc_status *whole)
{
	for (int i = 0; i < STATUS_KEY_COUNT; i++)
		figure_holds(cut->v[i], whole->v[i]);
	figure_holds(cut->pid, whole->pid);
	figure_holds(cut->tgid, whole->tgid);
	figure_holds(cut->ppid, whole->ppid);
	figure_holds(cut->tracer, whole->tracer);
	figure_holds(cut->uid, whole->uid);
	figure_holds(cut->euid, whole->euid);
	figure_holds(cut->kthread, whole->kthread);
	assert_true(!cut->state || cut->state == whole->state);
	assert_true(!cut->name[0] || strcmp(cut->name, whole->name) == 0);
	assert_true(!cut->nspids || cut->nspids == whole->nspids);
	for (unsigned i = 0; i < cut->nspids; i++)
		assert_true(cut->nspid[i] == whole->nspid[i]);
}

static void status_parse__believes__no_figure_cut_at_any_byte(void **state)
{
	(void)state;
	static const char *const names[] = {"proc/status-3.10.txt", "proc/status-6.18.txt",
	                                    "proc/status-hostile-name.txt",
	                                    "proc/status-kthread.txt", "proc/status-zombie.txt"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct proc_status whole = status_load(names[i]);
		struct fixture f = fixture_load(names[i]);
		for (size_t n = 0; n < f.len; n++) {
			struct fixture cut = fixture_cut(&f, n);
			struct proc_status got;
			int rc = status_parse(cut.text, cut.len, &got);
			assert_true(rc == 0 || rc == -EINVAL);
			if (rc == 0)
				status_holds(&got, &whole);
			fixture_done(&cut);
		}
		fixture_done(&f);
	}
}

static void status_parse__refuses__what_is_no_status(void **state)
{
	(void)state;
	static const char *const texts[] = {"",       "\n", "rubbish\n", ":\n", "Unknown:\t1 kB\n",
	                                    "Pid:\t1"};
	struct proc_status st = {.state = 'x'};
	for (int i = 0; i < 6; i++)
		assert_int_equal(status_parse(texts[i], strlen(texts[i]), &st), -EINVAL);
	assert_int_equal(st.state, 'x');
}

static void status_keys__are_complete(void **state)
{
	(void)state;
	for (int i = 0; i < STATUS_KEY_COUNT; i++) {
		assert_non_null(status_keys[i].name);
		assert_non_null(status_keys[i].meaning);
		assert_int_equal(status_keys[i].bytes, i < STATUS_THREADS);
	}
}

static void stat_parse__reads__a_hostile_name(void **state)
{
	(void)state;
	struct fixture f = fixture_load("proc/stat-hostile-name.txt");
	struct proc_stat st;
	assert_int_equal(stat_parse(f.text, f.len, &st), 0);
	assert_string_equal(st.comm, "e\x1b[31mv)l\n( R");
	assert_int_equal(st.state, 'S');
	assert_true(st.ppid == 1 && st.flags == 4194304);
	assert_true(st.minflt == 101 && st.majflt == 3 && st.utime == 7 && st.stime == 9);
	assert_true(st.threads == 1 && st.starttime == 100623);
	assert_true(st.vsize == 3133440 && st.rss_pages == 412);
	assert_true(st.start_code == 94532032049152 && st.start_stack == 140729720170800);
	assert_true(st.start_brk == 94532648148992);
	fixture_done(&f);
}

static void stat_parse__leaves_addresses_unknown__without_permission(void **state)
{
	(void)state;
	struct fixture f = fixture_load("proc/stat-denied.txt");
	struct proc_stat st;
	assert_int_equal(stat_parse(f.text, f.len, &st), 0);
	assert_string_equal(st.comm, "sshd");
	assert_true(st.starttime == 2100);
	assert_false(known(st.start_code));
	assert_false(known(st.start_stack));
	assert_false(known(st.start_brk));
	fixture_done(&f);
}

/*
 * What is known of a cut stat is what the whole one says. Not asked of name and state: cut inside a
 * name that holds a ')', what follows that ')' is taken for the state.
 */
static void stat_holds(const struct proc_stat *cut, const struct proc_stat *whole)
{
	figure_holds(cut->ppid, whole->ppid);
	figure_holds(cut->flags, whole->flags);
	figure_holds(cut->minflt, whole->minflt);
	figure_holds(cut->majflt, whole->majflt);
	figure_holds(cut->utime, whole->utime);
	figure_holds(cut->stime, whole->stime);
	figure_holds(cut->threads, whole->threads);
	figure_holds(cut->starttime, whole->starttime);
	figure_holds(cut->vsize, whole->vsize);
	figure_holds(cut->rss_pages, whole->rss_pages);
	figure_holds(cut->start_code, whole->start_code);
	figure_holds(cut->start_stack, whole->start_stack);
	figure_holds(cut->start_brk, whole->start_brk);
}

static void stat_parse__leaves_unknown__what_is_cut_off(void **state)
{
	(void)state;
	static const char *const names[] = {"proc/stat-denied.txt", "proc/stat-hostile-name.txt"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct fixture f = fixture_load(names[i]);
		struct proc_stat whole, got;
		assert_int_equal(stat_parse(f.text, f.len, &whole), 0);
		for (size_t n = 0; n < f.len; n++) {
			struct fixture cut = fixture_cut(&f, n);
			int rc = stat_parse(cut.text, cut.len, &got);
			assert_true(rc == 0 || rc == -EINVAL);
			if (rc == 0)
				stat_holds(&got, &whole);
			fixture_done(&cut);
		}
		fixture_done(&f);
	}
}

static void stat_parse__bounds__the_name(void **state)
{
	(void)state;
	char text[256] = "1 (";
	memset(text + 3, ')', 100);
	strcpy(text + 103, ") R 7 ");
	struct proc_stat st;
	assert_int_equal(stat_parse(text, strlen(text), &st), 0);
	assert_int_equal(strlen(st.comm), PROC_NAME_MAX - 1);
	assert_true(st.ppid == 7);
	assert_false(known(st.starttime));
}

static void stat_parse__refuses__what_is_no_stat(void **state)
{
	(void)state;
	static const char *const texts[] = {"",      "1",      "1 (x",        "1 x) R 1 ",
	                                    "1 (x)", "1 (x) ", "1 (x) Run 1 "};
	struct proc_stat st = {.state = 'x'};
	for (int i = 0; i < 7; i++)
		assert_int_equal(stat_parse(texts[i], strlen(texts[i]), &st), -EINVAL);
	assert_int_equal(st.state, 'x');
}

static void statm_parse__reads__pages(void **state)
{
	(void)state;
	struct proc_statm m;
	const char *text = "765 440 412 5 0 123 0\n";
	assert_int_equal(statm_parse(text, strlen(text), &m), 0);
	assert_true(m.size == 765 && m.resident == 440 && m.shared == 412);
	assert_true(m.text == 5 && m.data == 123);
	text = "0 0 0 0 0 0 0\n";
	assert_int_equal(statm_parse(text, strlen(text), &m), 0);
	assert_true(m.size == 0);
}

static void statm_parse__refuses__the_rest(void **state)
{
	(void)state;
	static const char *const texts[] = {"",
	                                    "1 2 3\n",
	                                    "1 2 3 4 5 6",
	                                    "1 2 x 4 5 6 7\n",
	                                    "1 -2 3 4 5 6 7\n",
	                                    "99999999999999999999 2 3 4 5 6 7\n"};
	struct proc_statm m = {.size = 4711};
	for (int i = 0; i < 6; i++)
		assert_int_equal(statm_parse(texts[i], strlen(texts[i]), &m), -EINVAL);
	assert_true(m.size == 4711);
}

static void statm_parse__believes__no_figure_cut_at_any_byte(void **state)
{
	(void)state;
	struct fixture f = fixture_of("765 440 412 5 0 123 0\n");
	struct proc_statm whole, got;
	assert_int_equal(statm_parse(f.text, f.len, &whole), 0);
	for (size_t n = 0; n < f.len; n++) {
		struct fixture cut = fixture_cut(&f, n);
		int rc = statm_parse(cut.text, cut.len, &got);
		assert_true(rc == 0 || rc == -EINVAL);
		if (rc == 0) {
			figure_holds(got.size, whole.size);
			figure_holds(got.resident, whole.resident);
			figure_holds(got.shared, whole.shared);
			figure_holds(got.text, whole.text);
			figure_holds(got.data, whole.data);
		}
		fixture_done(&cut);
	}
	fixture_done(&f);
}

static void syscall_parse__reads__the_stack_pointer_of_who_waits(void **state)
{
	static const char in_call[] =
	        "0 0x3 0x7ffc1 0x1 0x0 0x0 0x0 0x7ffc3d2a11a8 0x7f21e9c1a8c2\n";
	static const char outside[] = "-1 0x7ffc3d2a11b0 0x7f21e9c1a8c2\n";
	uint64_t sp = 0;
	(void)state;

	assert_int_equal(syscall_parse(in_call, strlen(in_call), &sp), 0);
	assert_int_equal(sp, 0x7ffc3d2a11a8);
	assert_int_equal(syscall_parse(outside, strlen(outside), &sp), 0);
	assert_int_equal(sp, 0x7ffc3d2a11b0);
}

static void syscall_parse__refuses__who_runs_and_nonsense(void **state)
{
	static const char *const bad[] = {"running\n", "",           "\n",
	                                  "1",         "0x1 0x2",    "-1 7ffc 0x1",
	                                  "-1 0x 0x1", "-1 0x0 0x1", "-1 0xg 0x1"};
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint64_t sp = 7;
		assert_int_equal(syscall_parse(bad[i], strlen(bad[i]), &sp), -EINVAL);
		assert_int_equal(sp, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(status_parse__reads__a_new_kernel),
	        cmocka_unit_test(status_parse__leaves_unknown__what_an_old_kernel_does_not_say),
	        cmocka_unit_test(status_parse__leaves_memory_unknown__of_a_zombie),
	        cmocka_unit_test(status_parse__tells__a_kernel_thread),
	        cmocka_unit_test(status_parse__undoes__the_escapes_of_a_name),
	        cmocka_unit_test(status_parse__bounds__the_name),
	        cmocka_unit_test(status_parse__bounds__the_namespaces),
	        cmocka_unit_test(status_parse__makes_unknown__what_is_no_number),
	        cmocka_unit_test(status_parse__drops__a_cut_last_line),
	        cmocka_unit_test(status_parse__believes__no_figure_cut_at_any_byte),
	        cmocka_unit_test(status_parse__refuses__what_is_no_status),
	        cmocka_unit_test(status_keys__are_complete),
	        cmocka_unit_test(stat_parse__reads__a_hostile_name),
	        cmocka_unit_test(stat_parse__leaves_addresses_unknown__without_permission),
	        cmocka_unit_test(stat_parse__leaves_unknown__what_is_cut_off),
	        cmocka_unit_test(stat_parse__bounds__the_name),
	        cmocka_unit_test(stat_parse__refuses__what_is_no_stat),
	        cmocka_unit_test(statm_parse__reads__pages),
	        cmocka_unit_test(statm_parse__refuses__the_rest),
	        cmocka_unit_test(statm_parse__believes__no_figure_cut_at_any_byte),
	        cmocka_unit_test(syscall_parse__reads__the_stack_pointer_of_who_waits),
	        cmocka_unit_test(syscall_parse__refuses__who_runs_and_nonsense),
	};

	return cmocka_run_group_tests_name("proc_status", tests, NULL, NULL);
}
