/* SPDX-License-Identifier: MIT */
/* Passes over all processes: of this machine, and of trees with a thousand of them. */
#include "source/scan.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "source/scan_internal.h"
#include "support_crowd.h"
#include "support_file.h"

enum { THOUSAND = 1000, LEAKER = 105 };

static const struct process *find(const struct process_list *l, int32_t pid)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->rows[i].pid == pid)
			return &l->rows[i];
	return NULL;
}

/* One more pass, 2 s after the last; the list is the caller's. */
static struct process_list *pass(struct scan *s)
{
	struct process_list *l = scan_pass(s, s->passes * 2 * NS_PER_S);

	assert_non_null(l);
	return l;
}

static void passes(struct scan *s, unsigned n)
{
	while (n-- > 0)
		process_list_unref(pass(s));
}

static struct scan *scan_of(const struct crowd *c)
{
	struct scan *s = scan_new(c->path, 2 * NS_PER_S, NULL);

	assert_non_null(s);
	return s;
}

static void scan__finds__ourselves_by_falling_rss(void **state)
{
	struct scan *s = scan_new("/proc", 0, NULL);
	struct process_list *l = pass(s);
	const struct process *us = find(l, getpid());

	(void)state;
	assert_non_null(us);
	assert_int_equal(us->uid, getuid());
	assert_int_equal(us->ppid, getppid());
	assert_true(us->rss > us->anon && us->anon > 0 && us->vsz > us->rss);
	assert_int_equal(us->first_rss, us->rss);
	assert_true(known(us->age) && us->age < 600 * NS_PER_S);
	/* Nothing that could block was opened. */
	assert_string_equal(us->command, "");
	assert_non_null(strstr(us->comm, "test_source_sca"));
	assert_true(isnan(us->growth));
	assert_int_equal(us->confidence, -1);
	for (size_t i = 1; i < l->count; i++)
		assert_true(known_or(l->rows[i - 1].rss, 0) >= known_or(l->rows[i].rss, 0));
	assert_true(known(l->machine.now[MEMINFO_TOTAL]));
	process_list_unref(l);
	scan_free(s);
	scan_free(NULL);
}

static void scan__of_nothing__is_empty(void **state)
{
	struct scan *s = scan_new("/nonexistent", 0, NULL);
	struct process_list *l = pass(s);

	(void)state;
	assert_int_equal(l->count, 0);
	assert_false(known(l->machine.now[MEMINFO_TOTAL]));
	assert_true(isnan(l->machine.pressure.some));
	process_list_unref(l);
	scan_free(s);
}

static void scan__tells__a_thousand_apart(void **state)
{
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);
	unsigned kthreads = 0, zombies = 0;

	(void)state;
	crowd_fill(&c, THOUSAND);
	unsigned before = entries_of("/proc/self/fd");
	struct process_list *l = pass(s);
	/* One directory is kept, not one a process. */
	assert_int_equal(entries_of("/proc/self/fd"), before + 1);
	assert_int_equal(l->count, THOUSAND);
	for (size_t i = 0; i < l->count; i++) {
		const struct process *p = &l->rows[i];
		kthreads += p->kthread;
		zombies += p->state == 'Z';
		if (p->kthread || p->state == 'Z') {
			assert_int_equal(p->rss, 0);
			continue;
		}
		assert_int_equal(p->rss, (uint64_t)p->pid * 4096);
		assert_int_equal(p->anon, (uint64_t)p->pid * 4 / 8 * 4096);
		assert_int_equal(p->swap, 0); /* the machine has none */
		assert_int_equal(p->uid, (p->pid - 100) % 3);
		assert_int_equal(p->age, 999 * NS_PER_S);
	}
	assert_int_equal(kthreads, THOUSAND / 10);
	assert_int_equal(zombies, THOUSAND / 10);
	assert_string_equal(find(l, 100)->command, "[worker]");
	assert_true(l->machine.pressure.some > 1.4 && l->machine.pressure.some < 1.6);
	process_list_unref(l);
	scan_free(s);
	crowd_free(&c);
}

static void scan__keeps__names_raw(void **state)
{
	static const char hostile[] = "\033[31mx) R 1 (\n";
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);

	(void)state;
	crowd_put(&c, &(struct crowd_one){.pid = 7, .comm = hostile, .rss_kb = 400});
	struct process_list *l = pass(s);
	assert_int_equal(l->count, 1);
	assert_string_equal(l->rows[0].comm, hostile);
	assert_int_equal(l->rows[0].state, 'S');
	process_list_unref(l);
	scan_free(s);
	crowd_free(&c);
}

static void scan__drops__who_is_gone(void **state)
{
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);
	char path[256];

	(void)state;
	crowd_fill(&c, 100);
	passes(s, 1);
	for (int pid = 100; pid < 200; pid += 2)
		crowd_remove(&c, pid);
	/* Its directory was listed, its files are gone: as when it ends between the two. */
	crowd_path(&c, 105, "statm", path);
	assert_int_equal(unlink(path), 0);
	crowd_path(&c, 105, "stat", path);
	assert_int_equal(unlink(path), 0);
	struct process_list *l = pass(s);
	assert_int_equal(l->count, 49);
	assert_null(find(l, 100));
	assert_null(find(l, 105));
	assert_non_null(find(l, 103));
	process_list_unref(l);
	scan_free(s);
	crowd_free(&c);
}

/* The same pid, another start time: nothing of the old one may stay. */
static void scan__takes__a_reused_pid_for_another_process(void **state)
{
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);

	(void)state;
	crowd_put(&c, &(struct crowd_one){.pid = 40, .comm = "old", .rss_kb = 400, .anon_kb = 40});
	passes(s, 8);
	crowd_remove(&c, 40);
	/* Another directory in between, or the file system may give out the same inode again. */
	crowd_put(&c, &(struct crowd_one){.pid = 41, .rss_kb = 4});
	crowd_put(&c,
	          &(struct crowd_one){
	                  .pid = 40, .comm = "new", .start = 900, .rss_kb = 800, .anon_kb = 80});
	passes(s, SCAN_TURN - 1);
	struct process_list *l = pass(s);
	const struct process *p = find(l, 40);
	assert_string_equal(p->comm, "new");
	assert_int_equal(p->start_ticks, 900);
	assert_int_equal(p->first_rss, 800 << 10);
	assert_true(p->first_time >= 8 * 2 * NS_PER_S);
	assert_false(p->suspect); /* 40 kB and then 80 kB are no growth */
	process_list_unref(l);
	scan_free(s);
	crowd_free(&c);
}

static unsigned count_state(const struct process_list *l, char state)
{
	unsigned n = 0;

	for (size_t i = 0; i < l->count; i++)
		n += l->rows[i].state == state;
	return n;
}

static void scan__reads__stat_of_a_tenth_in_turn(void **state)
{
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);

	(void)state;
	for (int pid = 100; pid < 200; pid++)
		crowd_put(&c, &(struct crowd_one){.pid = pid, .rss_kb = 4});
	passes(s, 1);
	for (int pid = 100; pid < 200; pid++)
		crowd_put(&c, &(struct crowd_one){.pid = pid, .rss_kb = 4, .state = 'D'});
	for (unsigned turn = 1; turn <= SCAN_TURN; turn++) {
		struct process_list *l = pass(s);
		assert_int_equal(count_state(l, 'D'), 10 * turn);
		process_list_unref(l);
	}
	scan_free(s);
	crowd_free(&c);
}

static void scan__counts__what_may_not_be_read(void **state)
{
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);
	bool root = geteuid() == 0;
	char path[256];

	(void)state;
	crowd_fill(&c, 100);
	assert_int_equal(chmod(c.path, 0755), 0);
	for (int pid = 100; pid < 107; pid++) {
		crowd_path(&c, pid, "", path);
		assert_int_equal(chmod(path, 0), 0);
	}
	if (root)
		assert_int_equal(seteuid(65534), 0);
	struct process_list *l = pass(s);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(l->count, 93);
	assert_int_equal(l->hidden, 7);
	process_list_unref(l);
	for (int pid = 100; pid < 107; pid++) {
		crowd_path(&c, pid, "", path);
		assert_int_equal(chmod(path, 0755), 0);
	}
	l = pass(s);
	assert_int_equal(l->count, 100);
	assert_int_equal(l->hidden, 0);
	process_list_unref(l);
	scan_free(s);
	crowd_free(&c);
}

static void scan__knows__growth_after_six_passes(void **state)
{
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);
	struct process_list *l = NULL;

	(void)state;
	crowd_fill(&c, 20);
	for (unsigned i = 0; i < 12; i++) {
		/* 40 kB in 2 s */
		crowd_put(&c, &(struct crowd_one){.pid = LEAKER,
		                                  .rss_kb = 1000 + 40 * i,
		                                  .anon_kb = 400 + 40 * i});
		process_list_unref(l);
		l = pass(s);
		assert_int_equal(l->growth_known, i >= 5);
		assert_int_equal(isfinite(find(l, LEAKER)->growth), i >= 5);
	}
	double growth = find(l, LEAKER)->growth;
	assert_true(growth > 1199 * 1024.0 && growth < 1201 * 1024.0);
	assert_true(find(l, LEAKER)->suspect);
	assert_int_equal(l->suspect_count, 1);
	assert_ptr_equal(&l->rows[l->suspects[0].row], find(l, LEAKER));
	assert_int_equal(l->suspects[0].held[11], 400 + 40 * 11);
	assert_true(find(l, 106)->growth < 1 && find(l, 106)->growth > -1);
	assert_int_equal(find(l, LEAKER)->spark_count, 12);
	assert_int_equal(find(l, LEAKER)->hwm, (1000 + 40 * 11) << 10); /* status was read */
	assert_false(known(find(l, 106)->hwm));
	process_list_unref(l);
	scan_free(s);
	crowd_free(&c);
}

/* However many grow, the engine is given those that grow most. */
static void scan__suspects__a_bounded_number(void **state)
{
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);
	struct process_list *l = NULL;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		for (int pid = 100; pid < 200; pid++)
			crowd_put(&c, &(struct crowd_one){.pid = pid,
			                                  .rss_kb = 1000 + i * 4 * (unsigned)pid,
			                                  .anon_kb = i * 4 * (unsigned)pid});
		process_list_unref(l);
		l = pass(s);
	}
	assert_int_equal(l->suspect_count, PROCESS_SUSPECTS);
	for (size_t i = 0; i < l->count; i++)
		assert_int_equal(l->rows[i].suspect, l->rows[i].pid >= 200 - PROCESS_SUSPECTS);
	process_list_unref(l);
	scan_free(s);
	crowd_free(&c);
}

/* What comes and goes is no growth, and what was there from the beginning is none. */
static void scan__suspects__nobody_who_is_at_rest(void **state)
{
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);
	struct process_list *l = NULL;

	(void)state;
	crowd_fill(&c, 50);
	for (unsigned i = 0; i < 30; i++) {
		unsigned anon = i % 2 ? 2000 : 400;
		crowd_put(&c, &(struct crowd_one){.pid = 102, .rss_kb = 4000, .anon_kb = anon});
		process_list_unref(l);
		l = pass(s);
	}
	assert_int_equal(l->suspect_count, 0);
	process_list_unref(l);
	scan_free(s);
	crowd_free(&c);
}

/* It reaches back to the first pass in bounded memory, also for those that came later. */
static void scan__thins__its_history(void **state)
{
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);
	struct process_list *l = NULL;

	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		crowd_put(&c, &(struct crowd_one){.pid = 100,
		                                  .rss_kb = 4000 + 4 * i,
		                                  .anon_kb = 4 * i});
		if (i >= 301)
			crowd_put(&c, &(struct crowd_one){.pid = 101,
			                                  .rss_kb = 9000,
			                                  .anon_kb = 100 + 8 * (i - 301)});
		process_list_unref(l);
		l = pass(s);
		assert_true(l->time_count <= PROCESS_TRACE);
		for (unsigned k = 1; k < l->time_count; k++)
			assert_true(l->times[k - 1] < l->times[k]);
	}
	assert_true(l->times[0] <= 16 * 2 * NS_PER_S);
	assert_true(l->span > 980 * NS_PER_S);
	double a = find(l, 100)->growth / 1024, b = find(l, 101)->growth / 1024;
	assert_true(a > 119 && a < 121); /* 4 kB in 2 s */
	assert_true(b > 235 && b < 245);
	process_list_unref(l);
	scan_free(s);
	crowd_free(&c);
}

static void scan__knows__what_is_swapped_out(void **state)
{
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);

	(void)state;
	crowd_write(&c, "meminfo",
	            "MemTotal: 8000000 kB\nSwapTotal: 2000000 kB\nSwapFree: 1000000 kB\n");
	crowd_put(&c, &(struct crowd_one){.pid = 5, .rss_kb = 400, .anon_kb = 40, .swap_kb = 160});
	struct process_list *l = pass(s);
	assert_int_equal(l->rows[0].swap, 160 << 10);
	assert_int_equal(process_held(&l->rows[0]), 200 << 10);
	process_list_unref(l);
	scan_free(s);
	crowd_free(&c);
}

static void scan__follows__one_that_dies(void **state)
{
	struct crowd c = crowd_new();
	struct scan *s = scan_of(&c);

	(void)state;
	crowd_put(&c, &(struct crowd_one){.pid = 13, .rss_kb = 400, .anon_kb = 40});
	passes(s, 1);
	crowd_put(&c, &(struct crowd_one){.pid = 13, .state = 'Z'});
	struct process_list *l = pass(s); /* it is not its turn, but it holds nothing any more */
	assert_int_equal(l->rows[0].state, 'Z');
	process_list_unref(l);
	scan_free(s);
	crowd_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(scan__finds__ourselves_by_falling_rss),
	        cmocka_unit_test(scan__of_nothing__is_empty),
	        cmocka_unit_test(scan__tells__a_thousand_apart),
	        cmocka_unit_test(scan__keeps__names_raw),
	        cmocka_unit_test(scan__drops__who_is_gone),
	        cmocka_unit_test(scan__takes__a_reused_pid_for_another_process),
	        cmocka_unit_test(scan__reads__stat_of_a_tenth_in_turn),
	        cmocka_unit_test(scan__counts__what_may_not_be_read),
	        cmocka_unit_test(scan__knows__growth_after_six_passes),
	        cmocka_unit_test(scan__suspects__a_bounded_number),
	        cmocka_unit_test(scan__suspects__nobody_who_is_at_rest),
	        cmocka_unit_test(scan__thins__its_history),
	        cmocka_unit_test(scan__knows__what_is_swapped_out),
	        cmocka_unit_test(scan__follows__one_that_dies),
	};
	return cmocka_run_group_tests_name("source_scan", tests, NULL, NULL);
}
