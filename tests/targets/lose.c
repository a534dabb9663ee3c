/* SPDX-License-Identifier: MIT */
#include "target.h"

enum { CHURN = 64, TICK_MS = 20 };

/* The one that loses: callers must be able to tell it from churn(). */
static __attribute__((noinline)) void lose_record(size_t size)
{
	fill(must(malloc(size)), size);
}

/* Blocks of all sizes that come and go, so that what is lost lies among them. */
static __attribute__((noinline)) void churn(unsigned *seed)
{
	static void *blocks[CHURN];

	for (int i = 0; i < CHURN; i++) {
		size_t size = 16 + (size_t)rand_r(seed) % 4000;

		free(blocks[i]);
		blocks[i] = fill(must(malloc(size)), size);
	}
}

/* lose [BYTES_PER_SECOND [BLOCK]]: loses that much, all the time, in blocks of BLOCK bytes amid churn. */
int main(int argc, char **argv)
{
	size_t rate = (size_t)argument(argc, argv, 1, 1048576);
	size_t block = (size_t)argument(argc, argv, 2, 1000);
	unsigned seed = 1;

	target_begin();
	ready(getpid());
	for (size_t due = 0;;) {
		churn(&seed);
		for (due += rate * TICK_MS / 1000; due >= block; due -= block)
			lose_record(block);
		rest(TICK_MS / 1000.0);
	}
}
