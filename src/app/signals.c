/* SPDX-License-Identifier: MIT */
#include "app/signals.h"

/*
 * Knows how signals are blocked, read and, for once, obeyed. Refuses to know what follows from one.
 */

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

/* Whoever started us with nohup wants no end by SIGHUP; blocked, it would come all the same. */
static bool is_hangup_ignored(int signal_number)
{
	struct sigaction act;

	return signal_number == SIGHUP && sigaction(SIGHUP, NULL, &act) == 0 &&
	       act.sa_handler == SIG_IGN;
}

int signals_open(const int *wanted, size_t count)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	for (size_t i = 0; i < count; i++)
		if (!is_hangup_ignored(wanted[i]))
			sigaddset(&set, wanted[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int signals_open_end(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

	return signals_open(ends, sizeof(ends) / sizeof(ends[0]));
}

void signals_stop_here(void)
{
	struct sigaction by_default = {.sa_handler = SIG_DFL}, before;
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	sigaction(SIGTSTP, &by_default, &before);
	raise(SIGTSTP);
	pthread_sigmask(SIG_UNBLOCK, &stop, NULL);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	sigaction(SIGTSTP, &before, NULL);
}
