/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <malloc.h>
#include <stdint.h>

enum { BLOCK = 1024 };

/* Fills an arena of its own, and frees all of it but the block at its end, which pins the rest. */
static void *keeper(void *arg)
{
	size_t bytes = (size_t)(uintptr_t)arg, n = bytes / BLOCK;
	void **blocks = must(calloc(n, sizeof(*blocks)));

	for (size_t i = 0; i < n; i++)
		blocks[i] = touched(BLOCK);
	must(malloc(64));
	for (size_t i = 0; i < n; i++)
		free(blocks[i]);
	for (;;)
		rest(3600);
	return NULL;
}

/* keep [BYTES_PER_SECOND]: so much more is freed and kept by malloc each second, in ever more arenas. */
int main(int argc, char **argv)
{
	size_t rate = (size_t)argument(argc, argv, 1, 1048576);
	pthread_attr_t small;
	pthread_t thread;

	target_begin();
	mallopt(M_ARENA_MAX, 1024);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	ready(getpid());
	for (;;) {
		if (pthread_create(&thread, &small, keeper, (void *)(uintptr_t)rate))
			return 1;
		rest(1);
	}
}
