/* SPDX-License-Identifier: MIT */
/* The CPU time of a process, and what waiting for it says of who waits. */
#include "sites/cpu_use.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/known.h"

#define MS 1000000ull

static double crowding(uint64_t run, uint64_t wait, uint64_t slices)
{
	return cpu_use_crowding(&(struct cpu_waits){run, wait, slices});
}

static void cpu_use_crowding__is_how_many_times_as_long_it_takes_with_others(void **state)
{
	(void)state;
	assert_float_equal(crowding(100 * MS, 0, 50), 1, 1e-9);
	assert_float_equal(crowding(100 * MS, 300 * MS, 50), 4, 1e-9);
}

static void cpu_use_crowding__leaves_out_who_sleeps_by_himself(void **state)
{
	(void)state;
	/* A tenth of a ms at a time: each wait is one for waking up. */
	assert_float_equal(crowding(100 * MS, 900 * MS, 1000), 1, 1e-9);
}

static void cpu_use_crowding__says_nothing_of_a_first_moment(void **state)
{
	(void)state;
	assert_float_equal(crowding(0, 0, 0), 1, 1e-9);
	assert_float_equal(crowding(1, 900 * MS, 1), 1, 1e-9);
}

static void cpu_use_look__sees_the_cpu_time_grow_by_what_was_used(void **state)
{
	struct cpu_use u;
	uint64_t before, after;
	double c;
	int dir = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_true(dir >= 0);
	cpu_use_begin(&u, (int32_t)getpid(), dir);
	cpu_use_look(&u, &before, &c);
	assert_true(known(before) && c >= 1);
	uint64_t begin = clock_mono(), turns = 0;
	do {
		cpu_use_look(&u, &after, &c);
		turns++;
	} while (after < before + 10 * MS);
	assert_true(turns > 1 && c >= 1);
	assert_true(clock_mono() - begin >= 9 * MS);
	close(dir);
}

static void cpu_use_look__does_not_know_of_a_process_that_is_not_there(void **state)
{
	struct cpu_use u;
	uint64_t run;
	double c;

	(void)state;
	/* Beyond what the kernel ever counts to. */
	cpu_use_begin(&u, 1 << 23, -1);
	cpu_use_look(&u, &run, &c);
	assert_false(known(run));
	assert_float_equal(c, 1, 1e-9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(cpu_use_crowding__is_how_many_times_as_long_it_takes_with_others),
	        cmocka_unit_test(cpu_use_crowding__leaves_out_who_sleeps_by_himself),
	        cmocka_unit_test(cpu_use_crowding__says_nothing_of_a_first_moment),
	        cmocka_unit_test(cpu_use_look__sees_the_cpu_time_grow_by_what_was_used),
	        cmocka_unit_test(cpu_use_look__does_not_know_of_a_process_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
