/* SPDX-License-Identifier: MIT */
/*
 * What a command costs: bench_run FILE COMMAND [ARGUMENT]... Runs it with its output as it is, then
 * writes one line to FILE: its CPU time, that share of the time it took, and its largest RSS.
 */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/clock.h"

extern char **environ;

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static volatile sig_atomic_t child;

static void pass_on(int signal)
{
	if (child > 0)
		kill(child, signal);
}

int main(int argc, char **argv)
{
	struct rusage r;
	pid_t pid;
	int status;

	if (argc < 3)
		return 2;
	FILE *out = fopen(argv[1], "w");
	uint64_t begin = clock_mono();
	int err = out ? posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ) : errno;
	if (err) {
		fprintf(stderr, "bench_run: %s: %s\n", argv[out ? 2 : 1], strerror(err));
		return 1;
	}
	child = pid;
	signal(SIGTERM, pass_on);
	while (wait4(pid, &status, 0, &r) < 0 && errno == EINTR)
		;
	double took = (double)(clock_mono() - begin) / (double)NS_PER_S;
	double cpu = seconds(r.ru_utime) + seconds(r.ru_stime);
	fprintf(out, "cpu_s %.3f user_s %.3f system_s %.3f took_s %.1f percent %.3f rss_mib %.1f\n",
	        cpu, seconds(r.ru_utime), seconds(r.ru_stime), took, 100 * cpu / took,
	        (double)r.ru_maxrss / 1024);
	fclose(out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
