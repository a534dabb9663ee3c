/* SPDX-License-Identifier: MIT */
/*
 * From a key to the repainted screen, on a terminal of its own: bench_keys KEYS COUNT COMMAND
 * [ARGUMENT]... The screen is repainted when its last byte has arrived and QUIET passed without
 * another. Every one of KEYS must change the picture; one that nothing follows is counted as missed.
 * SETTLE: seconds before the first key (8). The child's cost is told too.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { ROWS = 60, COLUMNS = 200, COUNT_MAX = 10000, QUIET_MS = 12, PATIENCE_MS = 1000 };

/* Reads what comes within `ms`. The time it came, 0: nothing, UINT64_MAX: the terminal is gone. */
static uint64_t bytes_take(int fd, int ms)
{
	static char buffer[1 << 16];
	struct pollfd p = {fd, POLLIN, 0};

	if (poll(&p, 1, ms) <= 0)
		return 0;
	return read(fd, buffer, sizeof(buffer)) > 0 ? clock_mono() : UINT64_MAX;
}

/* Reads until nothing came for `quiet` ms; gives up after `limit` ms. */
static void quiet_wait(int fd, int quiet, uint64_t limit)
{
	uint64_t end = clock_mono() + limit * NS_PER_MS;
	uint64_t came = 1;

	while (came && came != UINT64_MAX && clock_mono() < end)
		came = bytes_take(fd, quiet);
}

/* ms from the key to the last byte of what follows; negative: nothing followed. */
static double key_time(int fd, char key)
{
	uint64_t begin = clock_mono(), last = 0;
	uint64_t came;

	if (write(fd, &key, 1) != 1)
		return -1;
	came = bytes_take(fd, PATIENCE_MS);
	while (came && came != UINT64_MAX) {
		last = came;
		came = bytes_take(fd, QUIET_MS);
	}
	return last ? (double)(last - begin) / (double)NS_PER_MS : -1;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* `q`, and how long the program takes to be gone, ms; it is killed after three seconds. */
static double leave(int fd, pid_t pid, struct rusage *ret)
{
	uint64_t begin = clock_mono();
	int status;

	if (write(fd, "q", 1) != 1)
		kill(pid, SIGKILL);
	while (wait4(pid, &status, WNOHANG, ret) == 0) {
		bytes_take(fd, 1);
		if (clock_mono() - begin > 3 * NS_PER_S)
			kill(pid, SIGKILL);
	}
	return (double)(clock_mono() - begin) / (double)NS_PER_MS;
}

int main(int argc, char **argv)
{
	static double took[COUNT_MAX];
	struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
	const char *settle = getenv("SETTLE");
	uint64_t begin = clock_mono() + strtoul(settle ? settle : "8", NULL, 10) * NS_PER_S;
	int count = argc > 3 ? atoi(argv[2]) : 0, missed = 0, got = 0;
	struct rusage usage;
	int fd;

	if (count < 1 || count > COUNT_MAX || !*argv[1])
		return 2;
	pid_t pid = forkpty(&fd, NULL, NULL, &size);
	if (pid < 0)
		return 1;
	if (pid == 0) {
		setenv("TERM", "xterm-256color", 1);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	while (clock_mono() < begin)
		bytes_take(fd, 50);
	for (int i = 0; i < count; i++) {
		quiet_wait(fd, QUIET_MS, 500);
		double ms = key_time(fd, argv[1][(size_t)i % strlen(argv[1])]);
		if (ms < 0)
			missed++;
		else
			took[got++] = ms;
	}
	double gone = leave(fd, pid, &usage);
	qsort(took, (size_t)got, sizeof(*took), by_value);
	printf("keys %d missed %d median_ms %.1f p99_ms %.1f worst_ms %.1f quit_ms %.0f rss_mib "
	       "%.1f\n",
	       count, missed, got ? took[got / 2] : -1, got ? took[got * 99 / 100] : -1,
	       got && !missed ? took[got - 1] : 1e9, gone, (double)usage.ru_maxrss / 1024);
	return 0;
}
