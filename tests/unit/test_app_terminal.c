/* SPDX-License-Identifier: MIT */
/* The dashboard on a terminal that stops reading: it must still leave when it is told to. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/modes.h"
#include "base/clock.h"

enum { CONTROL_L = 'L' - '@', PATIENCE_S = 30 };

/* A dashboard on this very test, in a child on a terminal of its own. The terminal's other end. */
static int raise_dashboard_with(uint64_t max_rss, pid_t *ret_pid)
{
	struct winsize size = {.ws_row = 60, .ws_col = 200};
	pid_t watched = getpid();
	int fd;

	*ret_pid = forkpty(&fd, NULL, NULL, &size);
	if (*ret_pid < 0 && errno == ENOENT) {
		print_message(
		        "no terminals can be made here: no /dev/ptmx, or no devpts on /dev/pts\n");
		skip();
	}
	assert_true(*ret_pid >= 0);
	if (*ret_pid == 0) {
		struct options o = {.mode = MODE_WATCH,
		                    .interval = 100 * NS_PER_MS,
		                    .duration = UNKNOWN,
		                    .procfs = "/proc",
		                    .max_stall = 50 * NS_PER_MS,
		                    .report = true};
		o.exit_code = max_rss != 0;
		if (max_rss)
			thresholds_add(&o.thresholds, MAX_RSS, (double)max_rss);
		setenv("TERM", "xterm", 1);
		_exit(run_dashboard(&o, watched, NULL));
	}
	return fd;
}

static int raise_dashboard(pid_t *ret_pid)
{
	return raise_dashboard_with(0, ret_pid);
}

/* Waits for the first picture, then reads no more while the screen is asked for again and again. */
static void fill_terminal(int fd)
{
	char bytes[4096];
	struct pollfd p = {fd, POLLIN, 0};
	size_t seen = 0;

	while (seen < 1000 && poll(&p, 1, PATIENCE_S * 1000) == 1) {
		ssize_t n = read(fd, bytes, sizeof(bytes));
		assert_true(n > 0);
		seen += (size_t)n;
	}
	for (int i = 0; i < 100; i++) {
		char key = CONTROL_L;
		struct pollfd out = {fd, POLLOUT, 0};
		if (poll(&out, 1, 10) == 1)
			assert_int_equal(write(fd, &key, 1), 1);
		nanosleep(&(struct timespec){0, 10000000}, NULL);
	}
}

static bool ends_within_patience(pid_t pid, int *status)
{
	for (int i = 0; i < PATIENCE_S * 20; i++) {
		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		nanosleep(&(struct timespec){0, 50000000}, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, status, 0);
	return false;
}

static void dashboard__leaves__though_the_terminal_does_not_read(void **state)
{
	int status = 0;
	pid_t pid;
	int fd = raise_dashboard(&pid);

	(void)state;
	fill_terminal(fd);
	kill(pid, SIGTERM);
	assert_true(ends_within_patience(pid, &status));
	if (!WIFEXITED(status))
		fail_msg("ended by signal %d", WTERMSIG(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(fd);
}

/* What was learnt until then is told all the same. */
static void dashboard__keeps__its_status_when_the_terminal_does_not_read(void **state)
{
	int status = 0;
	pid_t pid;
	int fd = raise_dashboard_with(1, &pid);

	(void)state;
	fill_terminal(fd);
	kill(pid, SIGTERM);
	assert_true(ends_within_patience(pid, &status));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), STATUS_LEAK);
	close(fd);
}

static void dashboard__leaves__when_the_terminal_is_gone(void **state)
{
	int status = 0;
	pid_t pid;
	int fd = raise_dashboard(&pid);

	(void)state;
	close(fd);
	assert_true(ends_within_patience(pid, &status));
}

/* Reads what is painted for so many milliseconds. */
static void watch_terminal(int fd, uint64_t ms)
{
	char bytes[4096];
	uint64_t end = clock_mono() + ms * NS_PER_MS;
	struct pollfd p = {fd, POLLIN, 0};

	while (clock_mono() < end)
		if (poll(&p, 1, 10) == 1 && read(fd, bytes, sizeof(bytes)) < 0)
			return;
}

/*
 * The child leads its session, so there is no shell that could continue it: ^Z is dropped. The keys
 * before it are taken back by the terminal, which is not its end.
 */
static void dashboard__goes_on__after_a_key_and_control_z(void **state)
{
	int status = 0;
	pid_t pid;
	int fd = raise_dashboard(&pid);

	(void)state;
	watch_terminal(fd, 1000);
	for (int i = 0; i < 40; i++) {
		assert_int_equal(write(fd, "1", 1), 1);
		if (i % 2)
			nanosleep(&(struct timespec){0, i * 10000}, NULL);
		assert_int_equal(write(fd, "\032", 1), 1);
		watch_terminal(fd, 20);
	}
	if (waitpid(pid, &status, WNOHANG | WUNTRACED) != 0)
		fail_msg("stopped or ended with status %#x", (unsigned)status);
	assert_int_equal(write(fd, "q", 1), 1);
	watch_terminal(fd, 1000);
	assert_true(ends_within_patience(pid, &status));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	close(fd);
}

static unsigned count_of(const char *text, size_t n, const char *word)
{
	unsigned count = 0;
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= n; i++)
		count += memcmp(text + i, word, len) == 0;
	return count;
}

/* What is crossed from the first sample on rings once, and stands in the banner meanwhile. */
static void dashboard__rings_once__for_a_threshold_that_stays_crossed(void **state)
{
	static char bytes[4 << 20];
	int status = 0;
	pid_t pid;
	int fd = raise_dashboard_with(1, &pid);
	struct pollfd p = {fd, POLLIN, 0};
	size_t n = 0;

	(void)state;
	/* Until it was seen, and then for twenty samples more. */
	for (int left = PATIENCE_S * 10; left > 0; left--) {
		if (poll(&p, 1, 100) == 1) {
			ssize_t got = read(fd, bytes + n, sizeof(bytes) - n);
			n += got > 0 ? (size_t)got : 0;
			nanosleep(&(struct timespec){0, 50000000}, NULL);
		}
		if (left > 40 && count_of(bytes, n, "is above --max-rss"))
			left = 40;
	}
	kill(pid, SIGTERM);
	assert_true(ends_within_patience(pid, &status));
	assert_int_equal(WEXITSTATUS(status), STATUS_LEAK);
	assert_true(count_of(bytes, n, "is above --max-rss 1 B") > 0);
	assert_int_equal(count_of(bytes, n, "\a"), 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(dashboard__leaves__though_the_terminal_does_not_read),
	        cmocka_unit_test(dashboard__keeps__its_status_when_the_terminal_does_not_read),
	        cmocka_unit_test(dashboard__leaves__when_the_terminal_is_gone),
	        cmocka_unit_test(dashboard__goes_on__after_a_key_and_control_z),
	        cmocka_unit_test(dashboard__rings_once__for_a_threshold_that_stays_crossed),
	};

	return cmocka_run_group_tests_name("app/terminal", tests, NULL, NULL);
}
