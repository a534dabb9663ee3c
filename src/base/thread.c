/* SPDX-License-Identifier: MIT */
#include "base/thread.h"

/* Threads that nobody joins. Refuses to know what they do, and who waits for it. */

#include <pthread.h>

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
