/* SPDX-License-Identifier: MIT */
#include "target.h"

/* Until SIGUSR1 comes; it stays as it was for the program that follows. */
static void await_signal(void)
{
	sigset_t usr1;
	int which;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	ready(getpid());
	sigwait(&usr1, &which);
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
}

/* exec PROGRAM [ARGUMENT]...: grows to 20 MiB, and becomes another program when SIGUSR1 comes. */
int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	target_begin();
	touched(20 * MiB);
	await_signal();
	execv(argv[1], argv + 1);
	perror(argv[1]);
	return 1;
}
