/* SPDX-License-Identifier: MIT */
/* Minor faults of real processes: which, whose, how many. Where perf events are refused, it says so and is skipped. */
#include "sites/faults.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sites/owners.h"
#include "support_live.h"

enum {
	PAGE = 4096,
	PAGES = 28 /* fit into the smallest ring, twice */,
	AREA = 4096 /* pages */,
	BIRTHS = 300,
	OPENINGS = 8,
	THREADS = 40,
	PATIENCE_S = 20
};

/* Of everybody: children touch parts of it, and we know where it lies. */
static uint8_t *area;

static void touch(size_t from, size_t count)
{
	for (size_t i = from; i < from + count; i++)
		area[i * PAGE] = 1;
}

static void *toucher(void *arg)
{
	touch((size_t)(uintptr_t)arg, PAGES);
	return NULL;
}

static void *sleeper(void *arg)
{
	pause();
	return arg;
}

/* --- what a drain told -------------------------------------------------------------------------------- */

struct seen {
	uint8_t pages[AREA]; /* of area: how often */
	unsigned faults, execs, stackless, untimely;
	double weight;
	uint64_t begin;
	int32_t tids[8];
	unsigned tid_count;
};

static void tid_note(struct seen *s, int32_t tid)
{
	for (unsigned i = 0; i < s->tid_count; i++)
		if (s->tids[i] == tid)
			return;
	if (s->tid_count < 8)
		s->tids[s->tid_count++] = tid;
}

static void see(void *arg, const struct site_sample *sample)
{
	struct seen *s = arg;
	uint64_t base = (uint64_t)(uintptr_t)area;

	s->execs += sample->kind == SAMPLE_EXEC;
	if (sample->kind != SAMPLE_FAULT || sample->address < base ||
	    sample->address >= base + sizeof(s->pages) * PAGE)
		return;
	s->faults++;
	s->weight += sample->weight;
	s->pages[(sample->address - base) / PAGE]++;
	s->untimely += sample->time < s->begin || sample->time > clock_mono();
	uint64_t sp = sample->stack.registers[STACK_RSP];
	s->stackless += !sample->stack.size || !sp || !sample->stack.registers[STACK_RIP];
	tid_note(s, sample->tid);
}

static unsigned pages_seen_once(const struct seen *s, size_t from, size_t count)
{
	unsigned n = 0;

	for (size_t i = from; i < from + count; i++)
		n += s->pages[i] == 1;
	return n;
}

/* --- opening -------------------------------------------------------------------------------------------- */

static struct faults *faults_of(pid_t pid, uint64_t period)
{
	struct procdir dir;
	struct faults *f = NULL;
	unsigned needed;
	char why[300];
	int other;

	assert_int_equal(procdir_open("/proc", pid, &dir, &other), PROCDIR_OK);
	int e = faults_open(&dir, period, FAULTS_SLICE, &f, &needed);
	if (e == -EACCES || e == -EPERM || e == -ENOSYS) {
		print_message("skipped: %s\n", faults_explain(e, pid, needed, faults_paranoid(&dir),
		                                              why, sizeof(why)));
		procdir_close(&dir);
		skip();
	}
	procdir_close(&dir);
	assert_int_equal(e, 0);
	assert_true(needed > 0);
	return f;
}

/* --- turns of children ------------------------------------------------------------------------------------ */

static void act_touch(int turn)
{
	if (turn > 0)
		touch(0, PAGES);
}

static void act_threads(int turn)
{
	pthread_t thread;

	if (turn == 0)
		return;
	for (size_t i = 0; i < 2; i++) {
		pthread_create(&thread, NULL, toucher, (void *)(i * PAGES));
		pthread_join(thread, NULL);
	}
}

static void *touch_one(void *arg)
{
	touch((size_t)(uintptr_t)arg, 1);
	return NULL;
}

/* One thread after the other, each with a page of its own; those of before and after are the thread's that makes them. */
static void act_births(int turn)
{
	pthread_t thread;

	for (size_t i = 0; turn > 0 && i < BIRTHS; i++) {
		pthread_create(&thread, NULL, touch_one, (void *)i);
		pthread_join(thread, NULL);
	}
}

static void act_fork(int turn)
{
	if (turn == 0)
		return;
	pid_t pid = fork();
	if (pid == 0) {
		touch(PAGES, PAGES);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	touch(0, PAGES);
}

static void act_exec(int turn)
{
	if (turn > 0)
		execl("/bin/cat", "cat", (char *)NULL);
}

static void act_crowd(int turn)
{
	pthread_t thread;

	for (int i = 0; turn == 0 && i < THREADS; i++)
		pthread_create(&thread, NULL, sleeper, NULL);
}

/* --- tests ------------------------------------------------------------------------------------------------ */

static void faults__tell_each_page_once__with_its_stack_and_time(void **state)
{
	(void)state;
	struct child c = child_start(act_touch);
	struct faults *f = faults_of(c.pid, 1);
	struct seen s = {.begin = clock_mono()};

	child_turn(&c);
	faults_drain(f, see, &s);
	assert_int_equal(faults_lost(f), 0);
	assert_int_equal(pages_seen_once(&s, 0, PAGES), PAGES);
	assert_int_equal(s.faults, PAGES);
	assert_int_equal(s.stackless, 0);
	assert_int_equal(s.untimely, 0);
	assert_true(s.weight == PAGES);
	assert_int_equal(s.tid_count, 1);
	assert_int_equal(s.tids[0], c.pid);
	faults_close(f);
	child_end(&c);
}

static void faults__stand_for_as_many_as_the_period_says(void **state)
{
	(void)state;
	struct child c = child_start(act_touch);
	struct faults *f = faults_of(c.pid, 7);
	struct seen s = {.begin = clock_mono()};

	child_turn(&c);
	faults_drain(f, see, &s);
	assert_in_range(s.faults, PAGES / 7 - 1, PAGES / 7 + 1);
	assert_true(s.weight == 7.0 * s.faults);
	faults_close(f);
	child_end(&c);
}

static void faults__cover_threads_that_are_born_while_they_are_traced(void **state)
{
	(void)state;
	struct child c = child_start(act_threads);
	struct faults *f = faults_of(c.pid, 1);
	struct seen s = {.begin = clock_mono()};

	child_turn(&c);
	faults_drain(f, see, &s);
	assert_int_equal(pages_seen_once(&s, 0, 2 * PAGES), 2 * PAGES);
	assert_int_equal(s.tid_count, 2);
	assert_true(s.tids[0] != c.pid && s.tids[1] != c.pid);
	/* A thread that ended does not keep us awake. */
	struct pollfd p = {.fd = faults_fd(f), .events = POLLIN};
	assert_int_equal(poll(&p, 1, 0), 0);
	faults_close(f);
	child_end(&c);
}

/* For the kernel tells one fault to all events by one structure, with what it filled in for the first. */
static void faults__are_told_in_full__to_each_of_several(void **state)
{
	(void)state;
	struct child c = child_start(act_touch);
	struct faults *f[3] = {faults_of(c.pid, 1), faults_of(c.pid, 1), faults_of(c.pid, 7)};

	child_turn(&c);
	for (size_t i = 0; i < 3; i++) {
		struct seen s = {0};
		faults_drain(f[i], see, &s);
		if (i < 2)
			assert_int_equal(pages_seen_once(&s, 0, PAGES), PAGES);
		else
			assert_in_range(s.faults, PAGES / 7 - 1, PAGES / 7 + 1);
		assert_int_equal(s.stackless, 0);
		faults_close(f[i]);
	}
	child_end(&c);
}

/* Pages from the first seen on that were seen more than once, and never. */
static void births_judge(const struct seen *s, size_t *doubled, size_t *missed)
{
	size_t i = 0;

	while (i < BIRTHS && !s->pages[i])
		i++;
	for (; i < BIRTHS; i++) {
		*doubled += s->pages[i] > 1;
		*missed += !s->pages[i];
	}
}

/*
 * Some inherit events, some are found and given their own. Only one that is made while its maker has events on one CPU and not
 * yet on the next may be missed.
 */
static void faults__count_threads_once__that_are_born_while_events_are_opened(void **state)
{
	(void)state;
	struct child c = child_start(act_births);
	struct faults *f[OPENINGS];
	size_t doubled = 0, missed = 0;
	uint64_t lost = 0;

	child_tell(&c);
	for (size_t i = 0; i < OPENINGS; i++)
		f[i] = faults_of(c.pid, 1);
	assert_true(child_answers(&c));
	for (size_t i = 0; i < OPENINGS; i++) {
		struct seen s = {0};
		faults_drain(f[i], see, &s);
		births_judge(&s, &doubled, &missed);
		lost += faults_lost(f[i]);
		faults_close(f[i]);
	}
	assert_int_equal(doubled, 0);
	assert_in_range(missed, 0, lost + BIRTHS);
	child_end(&c);
}

static void faults__leave_out_a_forked_child(void **state)
{
	(void)state;
	struct child c = child_start(act_fork);
	struct faults *f = faults_of(c.pid, 1);
	struct seen s = {.begin = clock_mono()};

	child_turn(&c);
	faults_drain(f, see, &s);
	assert_int_equal(pages_seen_once(&s, 0, PAGES), PAGES);
	assert_int_equal(s.faults, PAGES);
	faults_close(f);
	child_end(&c);
}

static void faults__tell_an_exec(void **state)
{
	(void)state;
	struct child c = child_start(act_exec);
	struct faults *f = faults_of(c.pid, 1);
	struct seen s = {.begin = clock_mono()};
	uint64_t limit = clock_mono() + PATIENCE_S * NS_PER_S;

	child_tell(&c);
	while (!s.execs && clock_mono() < limit) {
		usleep(10000);
		faults_drain(f, see, &s);
	}
	assert_int_equal(s.execs, 1);
	faults_close(f);
	child_end(&c);
}

static void faults__refuse__more_descriptors_than_half_of_what_may_be_open(void **state)
{
	(void)state;
	struct child c = child_start(act_crowd);
	struct rlimit before, few;
	struct procdir dir;
	struct faults *f = NULL;
	unsigned needed = 0;
	char why[300], number[16];
	int other;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_int_equal(procdir_open("/proc", c.pid, &dir, &other), PROCDIR_OK);
	assert_int_equal(faults_open(&dir, 1, FAULTS_SLICE, &f, &needed), -EMFILE);
	procdir_close(&dir);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(needed > THREADS);
	snprintf(number, sizeof(number), " %u ", needed);
	assert_non_null(
	        strstr(faults_explain(-EMFILE, c.pid, needed, 2, why, sizeof(why)), number));
	child_end(&c);
}

static void faults__are_told_as_gone__where_the_process_is(void **state)
{
	(void)state;
	struct child c = child_start(act_touch);
	struct procdir dir;
	struct faults *f = NULL;
	unsigned needed;
	int other;

	assert_int_equal(procdir_open("/proc", c.pid, &dir, &other), PROCDIR_OK);
	child_end(&c);
	assert_int_equal(faults_open(&dir, 1, FAULTS_SLICE, &f, &needed), -ESRCH);
	procdir_close(&dir);
}

static void faults_explain__tells_paranoia_from_anothers_process(void **state)
{
	(void)state;
	char why[300];

	assert_non_null(
	        strstr(faults_explain(-EACCES, 7, 0, 3, why, sizeof(why)), "paranoid is 3"));
	/* Root is told what it lacks, which here may be nothing. */
	assert_true(strstr(why, "CAP_PERFMON") || geteuid() == 0);
	assert_non_null(strstr(faults_explain(-EACCES, 7, 0, 2, why, sizeof(why)), "another user"));
	assert_null(strstr(why, "paranoid"));
	assert_non_null(strstr(faults_explain(-EPERM, 7, 0, 2, why, sizeof(why)), "seccomp"));
	assert_non_null(strstr(faults_explain(-ENOBUFS, 7, 0, 2, why, sizeof(why)), "ulimit -l"));
	for (int e = -1; e > -140; e--) {
		faults_explain(e, INT32_MAX, UINT32_MAX, INT64_MIN, why, sizeof(why));
		assert_true(strlen(why) < 240 && !strchr(why, '\n'));
	}
}

static void owners__give_up_what_was_opened__for_who_inherits(void **state)
{
	(void)state;
	struct owners *o = owners_new();
	size_t first = 0, count = 0;

	assert_false(owners_has(o, 7));
	assert_int_equal(owners_open(o, 7, 0, 2), 0);
	assert_int_equal(owners_open(o, 3, 2, 2), 0);
	assert_int_equal(owners_open(o, 9, 4, 1), 0);
	/* Born of 7 before it was found, which was known only later. */
	assert_true(owners_inherits(o, 3, &first, &count));
	assert_int_equal(first, 2);
	assert_int_equal(count, 2);
	assert_true(owners_has(o, 3));
	assert_false(owners_inherits(o, 3, &first, &count));
	/* In time: it is given none. */
	assert_false(owners_inherits(o, 8, &first, &count));
	assert_true(owners_has(o, 8));
	assert_true(owners_has(o, 7) && owners_has(o, 9));
	assert_false(owners_has(o, 4));
	owners_free(o);
	owners_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(faults__tell_each_page_once__with_its_stack_and_time),
	        cmocka_unit_test(faults__stand_for_as_many_as_the_period_says),
	        cmocka_unit_test(faults__cover_threads_that_are_born_while_they_are_traced),
	        cmocka_unit_test(faults__are_told_in_full__to_each_of_several),
	        cmocka_unit_test(faults__count_threads_once__that_are_born_while_events_are_opened),
	        cmocka_unit_test(faults__leave_out_a_forked_child),
	        cmocka_unit_test(faults__tell_an_exec),
	        cmocka_unit_test(faults__refuse__more_descriptors_than_half_of_what_may_be_open),
	        cmocka_unit_test(faults__are_told_as_gone__where_the_process_is),
	        cmocka_unit_test(faults_explain__tells_paranoia_from_anothers_process),
	        cmocka_unit_test(owners__give_up_what_was_opened__for_who_inherits),
	};

	area = mmap(NULL, (size_t)AREA * PAGE, PROT_READ | PROT_WRITE,
	            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (area == MAP_FAILED)
		return 1;
	madvise(area, (size_t)AREA * PAGE, MADV_NOHUGEPAGE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
