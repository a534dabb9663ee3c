/* SPDX-License-Identifier: MIT */
#include "target.h"

static void *leak(void *unused)
{
	(void)unused;
	for (;;) {
		for (int n = 0; n < 64; n++)
			touched(1024);
		rest(1);
	}
	return NULL;
}

/* threads [COUNT]: each leaks 64 KiB a second in an arena of its own. */
int main(int argc, char **argv)
{
	int count = (int)argument(argc, argv, 1, 8);

	target_begin();
	for (int n = 0; n < count; n++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, leak, NULL) != 0)
			return 1;
	}
	ready(getpid());
	rest_for_ever();
}
