/* SPDX-License-Identifier: MIT */
#include "base/thread.h"

/* Threads that nobody joins. Refuses to know what they do, and who waits for it. */

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

int thread_begin(void *(*run)(void *arg), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	err = pthread_create(&thread, &attr, run, arg);
	pthread_attr_destroy(&attr);
	return -err;
}

int thread_begin_deaf(void *(*run)(void *arg), void *arg)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
	sigset_t all, before;
	int err;

	sigfillset(&all);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigdelset(&all, crashes[i]);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = thread_begin(run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}
