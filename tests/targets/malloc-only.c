/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <stdint.h>

static volatile sig_atomic_t asked, ended;

static void on_signal(int signal)
{
	if (signal == SIGTERM)
		ended = 1;
	asked = 1;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

__attribute__((noinline, noclone)) static void pair(size_t size)
{
	void *block = must(malloc(size));

	__asm__ volatile("" : : "r"(block) : "memory");
	free(block);
	__asm__ volatile("" : : : "memory");
}

/*
 * malloc-only [SIZE]: mallocs SIZE (64) bytes and frees them, and does nothing else: the worst that probes on an allocator can meet. On
 * SIGUSR1, and at the end by SIGTERM, it says how many pairs it made since it last said so, and in which time.
 */
int main(int argc, char **argv)
{
	size_t size = (size_t)argument(argc, argv, 1, 64);
	uint64_t pairs = 0;

	target_begin();
	signal(SIGUSR1, on_signal);
	signal(SIGTERM, on_signal);
	ready(getpid());
	for (double begin = now(); !ended;) {
		for (int i = 0; i < 1000; i++)
			pair(size);
		pairs += 1000;
		if (!asked)
			continue;
		double end = now();
		printf("pairs %llu seconds %.6f per_second %.0f\n", (unsigned long long)pairs,
		       end - begin, (double)pairs / (end - begin));
		fflush(stdout);
		asked = 0, pairs = 0, begin = end;
	}
	return 0;
}
