/* SPDX-License-Identifier: MIT */
#include "target.h"

static void *leak(void *unused)
{
	(void)unused;
	for (;;) {
		touched(MiB);
		rest(1);
	}
	return NULL;
}

/* leader-exit: the main thread ends at once, a worker goes on and leaks 1 MiB a second. */
int main(void)
{
	pthread_t worker;

	target_begin();
	if (pthread_create(&worker, NULL, leak, NULL) != 0)
		return 1;
	ready(getpid());
	pthread_exit(NULL);
}
