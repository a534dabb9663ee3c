/* SPDX-License-Identifier: MIT */
/* Waiting for a descriptor: what ends it, and what does not. */
#include "base/await.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

enum { ENOUGH = 3 };

static volatile sig_atomic_t rung;
static int write_end;

static void on_alarm(int signal_number)
{
	(void)signal_number;
	if (++rung == ENOUGH && write(write_end, "x", 1) != 1)
		rung = 0;
}

static void ring_every(long us)
{
	struct itimerval t = {{0, us}, {0, us}};

	setitimer(ITIMER_REAL, &t, NULL);
}

static void await_readable__is_true__for_what_is_there(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_true(await_readable(fds[0], 0));
	close(fds[0]);
	close(fds[1]);
}

static void await_readable__is_false__when_the_time_is_over_and_not_before(void **state)
{
	uint64_t begin = clock_mono();
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_false(await_readable(fds[0], 30 * NS_PER_MS));
	assert_true(clock_mono() - begin >= 30 * NS_PER_MS);
	close(fds[0]);
	close(fds[1]);
}

static void await_readable__waits_on__when_signals_come_between(void **state)
{
	struct sigaction act = {.sa_handler = on_alarm};
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	write_end = fds[1];
	sigaction(SIGALRM, &act, NULL);
	ring_every(5000);
	assert_true(await_readable(fds[0], 60 * NS_PER_S));
	ring_every(0);
	assert_true(rung >= ENOUGH);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(await_readable__is_true__for_what_is_there),
	        cmocka_unit_test(await_readable__is_false__when_the_time_is_over_and_not_before),
	        cmocka_unit_test(await_readable__waits_on__when_signals_come_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
