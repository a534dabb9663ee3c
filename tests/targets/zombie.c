/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <sys/wait.h>

/* zombie [SECONDS]: a child ends after SECONDS and is never waited for; the pid told is the child's. */
int main(int argc, char **argv)
{
	double seconds = argument(argc, argv, 1, 0);

	target_begin();
	pid_t child = fork();
	if (child == 0) {
		rest(seconds);
		_exit(0);
	}
	if (seconds <= 0) {
		siginfo_t info;
		waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
	}
	ready(child);
	rest_for_ever();
}
