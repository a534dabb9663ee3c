/* SPDX-License-Identifier: MIT */
/* The CPU time of a process, and what waiting for it says of who waits. */
#include "sites/cpu_use.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/known.h"

#define MS 1000000ull

/* A thread that ran and waited so long of a time. */
static struct cpu_thread thread(uint64_t time, uint64_t run, uint64_t wait)
{
	return (struct cpu_thread){.from = {7 * MS, 5 * MS, 3 * MS, 11},
	                           .to = {7 * MS + time, 5 * MS + run, 3 * MS + wait, 13}};
}

static double crowding(uint64_t time, uint64_t run, uint64_t wait)
{
	struct cpu_thread t = thread(time, run, wait);

	return cpu_use_crowding(&t, 1);
}

static void cpu_use_crowding__is_how_many_times_as_long_it_takes_with_others(void **state)
{
	(void)state;
	assert_float_equal(crowding(100 * MS, 100 * MS, 0), 1, 1e-9);
	assert_float_equal(crowding(400 * MS, 100 * MS, 300 * MS), 4, 1e-9);
	/* Ticks are coarse. */
	assert_float_equal(crowding(430 * MS, 100 * MS, 300 * MS), 4, 1e-9);
}

static void cpu_use_crowding__leaves_out_who_sleeps_by_himself(void **state)
{
	(void)state;
	assert_float_equal(crowding(1000 * MS, 100 * MS, 400 * MS), 1, 1e-9);
	/* A tenth of a ms at a time: each wait is one for waking up, though they fill the time. */
	struct cpu_thread t = thread(1000 * MS, 100 * MS, 900 * MS);
	t.to.slices += 1000;
	assert_float_equal(cpu_use_crowding(&t, 1), 1, 1e-9);
}

static void cpu_use_crowding__says_nothing_of_who_did_not_run(void **state)
{
	(void)state;
	assert_float_equal(crowding(0, 0, 0), 1, 1e-9);
	assert_float_equal(crowding(100 * MS, 0, 100 * MS), 1, 1e-9);
	assert_float_equal(cpu_use_crowding(NULL, 0), 1, 1e-9);
}

static void cpu_use_crowding__is_the_mean_of_threads_by_their_cpu_time(void **state)
{
	struct cpu_thread t[] = {thread(400 * MS, 200 * MS, 200 * MS),
	                         thread(400 * MS, 100 * MS, 0)};

	(void)state;
	/* 0.3 s of CPU time were 0.5 s of threads that go on, 1.25 at a time. */
	assert_true(fabs(cpu_use_crowding(t, 2) - 5.0 / 3 / 1.25) < 1e-9);
	t[0] = t[1] = thread(400 * MS, 400 * MS, 0);
	assert_float_equal(cpu_use_crowding(t, 2), 0.5, 1e-9);
	/* On half as many CPUs. */
	t[0] = t[1] = thread(400 * MS, 200 * MS, 200 * MS);
	assert_float_equal(cpu_use_crowding(t, 2), 1, 1e-9);
}

static void cpu_use_look__sees_the_cpu_time_grow_by_what_was_used(void **state)
{
	struct cpu_use u;
	uint64_t before, after;
	double c, busy;
	int dir = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_true(dir >= 0);
	cpu_use_begin(&u, (int32_t)getpid(), dir);
	cpu_use_look(&u, &before, &c, &busy);
	assert_true(known(before) && c > 0);
	uint64_t begin = clock_mono(), turns = 0;
	do {
		cpu_use_look(&u, &after, &c, &busy);
		turns++;
	} while (after < before + 10 * MS);
	assert_true(turns > 1 && c > 0);
	assert_true(clock_mono() - begin >= 9 * MS);
	close(dir);
}

static void cpu_use_look__does_not_know_of_a_process_that_is_not_there(void **state)
{
	struct cpu_use u;
	uint64_t run;
	double c, busy;

	(void)state;
	/* Beyond what the kernel ever counts to. */
	cpu_use_begin(&u, 1 << 23, -1);
	cpu_use_look(&u, &run, &c, &busy);
	assert_false(known(run));
	assert_float_equal(c, 1, 1e-9);
	assert_float_equal(busy, 0, 1e-9);
}

static void cpu_use_busy__is_the_part_of_who_never_sleeps(void **state)
{
	struct cpu_thread t[] = {thread(400 * MS, 100 * MS, 290 * MS),
	                         thread(400 * MS, 300 * MS, 0)};

	(void)state;
	assert_float_equal(cpu_use_busy(t, 2), 0.25, 1e-9);
	assert_float_equal(cpu_use_busy(t, 1), 1, 1e-9);
	assert_float_equal(cpu_use_busy(t + 1, 1), 0, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(cpu_use_crowding__is_how_many_times_as_long_it_takes_with_others),
	        cmocka_unit_test(cpu_use_crowding__leaves_out_who_sleeps_by_himself),
	        cmocka_unit_test(cpu_use_crowding__says_nothing_of_who_did_not_run),
	        cmocka_unit_test(cpu_use_crowding__is_the_mean_of_threads_by_their_cpu_time),
	        cmocka_unit_test(cpu_use_busy__is_the_part_of_who_never_sleeps),
	        cmocka_unit_test(cpu_use_look__sees_the_cpu_time_grow_by_what_was_used),
	        cmocka_unit_test(cpu_use_look__does_not_know_of_a_process_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
