/* SPDX-License-Identifier: MIT */
#include "target.h"

#define SEEN  __attribute__((noinline, noclone))
#define STAYS __asm__ volatile("" : : : "memory")

static volatile sig_atomic_t fork_asked, exec_asked;

static void on_signal(int signal)
{
	if (signal == SIGUSR1)
		fork_asked = 1;
	else
		exec_asked = 1;
}

SEEN static void parent_leaker(void)
{
	fill(must(malloc(2000)), 2000);
	STAYS;
}

SEEN static void child_leaker(void)
{
	fill(must(malloc(2000)), 2000);
	STAYS;
}

/* Leaks some 250 times as fast, so that it cannot be overlooked where it is counted in. */
static void be_child(void)
{
	target_begin();
	for (int turn = 0; turn < 200; turn++) {
		for (int n = 0; n < 500; n++)
			child_leaker();
		rest(0.01);
	}
	_exit(0);
}

/*
 * site-fork [PROGRAM [ARGUMENT]...]: leaks 200 blocks of 2,000 bytes a second; on SIGUSR1 it forks a child that leaks much more (for 2
 * seconds), on SIGUSR2 it becomes PROGRAM.
 */
int main(int argc, char **argv)
{
	target_begin();
	signal(SIGCHLD, SIG_IGN);
	signal(SIGUSR1, on_signal);
	signal(SIGUSR2, on_signal);
	ready(getpid());
	for (;;) {
		parent_leaker();
		rest(0.005);
		if (fork_asked) {
			fork_asked = 0;
			if (fork() == 0)
				be_child();
		}
		if (exec_asked && argc > 1) {
			execv(argv[1], argv + 1);
			perror(argv[1]);
			return 1;
		}
	}
}
