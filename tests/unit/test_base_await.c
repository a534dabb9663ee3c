/* SPDX-License-Identifier: MIT */
/* Waiting for a descriptor: what ends it, and what does not. */
#include "base/await.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <time.h>
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

/* Works for so long, however little of the machine it gets, then says that it has ended; 0: hangs. */
struct worker {
	uint64_t ns;
	int end, gate;
};
enum { TRY_MS = 500 };

static void *work(void *arg)
{
	struct worker *w = arg;
	uint64_t begin = clock_mono();
	char go;

	while (clock_mono() - begin < w->ns)
		;
	if (w->ns)
		return write(w->end, "x", 1) == 1 ? NULL : w;
	return read(w->gate, &go, 1) == 1 ? NULL : w;
}

static bool is_awaited(uint64_t ns)
{
	int end[2], gate[2];
	pthread_t thread;

	assert_int_equal(pipe(end) | pipe(gate), 0);
	struct worker w = {ns, end[1], gate[0]};
	assert_int_equal(pthread_create(&thread, NULL, work, &w), 0);
	bool awaited = await_worker(end[0], thread, TRY_MS * NS_PER_MS);
	assert_int_equal(write(gate[1], "x", 1), 1);
	pthread_join(thread, NULL);
	for (int i = 0; i < 2; i++) {
		close(end[i]);
		close(gate[i]);
	}
	return awaited;
}

static void await_worker__waits__for_who_works_and_not_for_who_hangs(void **state)
{
	uint64_t begin = clock_mono();

	(void)state;
	assert_true(is_awaited(6 * TRY_MS / 5 * NS_PER_MS));
	assert_true(clock_mono() - begin >= 6 * TRY_MS / 5 * NS_PER_MS);
	assert_false(is_awaited(0));
}

static void await_ring__wakes__and_does_not_wait_for_a_full_counter(void **state)
{
	int fd = eventfd(0, EFD_NONBLOCK);
	uint64_t n = UINT64_MAX - 1;

	(void)state;
	assert_true(fd >= 0);
	await_ring(fd);
	assert_true(await_readable(fd, 0));
	assert_int_equal(read(fd, &n, sizeof(n)), sizeof(n));
	n = UINT64_MAX - 1;
	assert_int_equal(write(fd, &n, sizeof(n)), sizeof(n));
	await_ring(fd);
	assert_true(await_readable(fd, 0));
	close(fd);
	await_ring(-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(await_ring__wakes__and_does_not_wait_for_a_full_counter),
	        cmocka_unit_test(await_readable__is_true__for_what_is_there),
	        cmocka_unit_test(await_readable__is_false__when_the_time_is_over_and_not_before),
	        cmocka_unit_test(await_readable__waits_on__when_signals_come_between),
	        cmocka_unit_test(await_worker__waits__for_who_works_and_not_for_who_hangs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
