/* SPDX-License-Identifier: MIT */
/* What is watched while calls fail: a process that rests, and one that leaks. */
#include "target.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

_Noreturn void target_be(bool leaks)
{
	struct timespec t = {0, 1000000};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, leaks ? "faults-leak" : "faults-idle");
	for (int i = 0; i < 2000; i++)
		memset(malloc(200), 1, 200);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		if (leaks)
			memset(malloc(64), 1, 64);
		nanosleep(&t, NULL);
		if (!leaks)
			pause();
	}
}

pid_t target_start(const char *self, const char *what)
{
	int fds[2];
	char byte;

	if (pipe(fds))
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		close(fds[0]);
		execl(self, "faults-target", what, (char *)NULL);
		_exit(126);
	}
	close(fds[1]);
	if (read(fds[0], &byte, 1) != 1)
		pid = -1;
	close(fds[0]);
	return pid;
}
