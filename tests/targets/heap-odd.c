/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <stdint.h>

/*
 * heap-odd [MODE [BLOCKS]]: heaps that are not as they should be, or that others seldom have; quiet then. MODE 0: 
 * nothing odd; 1: the size of a chunk in the middle is overwritten, as by a write behind the end of the block before
 * it; 2: that of the top chunk; 3: one block grows by realloc() in 4,000 steps to 16 MB, and is copied and mapped on
 * its way, between others. Prints how many blocks it has.
 */
enum { BLOCKS_MAX = 100000, STEPS = 4000, STEP = 4096 };

static void *blocks[BLOCKS_MAX];

static void size_break(void *block)
{
	((volatile uint64_t *)block)[-1] = 0x4141414141414141;
}

/* The last block lies before the top chunk. */
static void top_break(void *last, size_t size)
{
	*(volatile uint64_t *)((char *)last + (size + 8 + 15) / 16 * 16 - 8) = 0x4141414141414141;
}

static void grow(size_t count)
{
	void *block = NULL;

	for (size_t n = 1; n <= STEPS; n++) {
		block = fill(must(realloc(block, n * STEP)), n * STEP % 64);
		blocks[n % count] = fill(must(realloc(blocks[n % count], 100 + n % 200)), 100);
	}
	blocks[count] = block;
}

int main(int argc, char **argv)
{
	int mode = (int)argument(argc, argv, 1, 0);
	size_t count = (size_t)argument(argc, argv, 2, 5000), size = 2000;

	target_begin();
	if (count < 2 || count >= BLOCKS_MAX)
		return 2;
	for (size_t n = 0; n < count; n++)
		blocks[n] = touched(n + 1 < count ? 100 + n % 200 : size);
	ready(getpid());
	if (mode == 1)
		size_break(blocks[count / 2]);
	else if (mode == 2)
		top_break(blocks[count - 1], size);
	else if (mode == 3)
		grow(count);
	/* Not by stdio, which may call malloc(). */
	if (write(1, "done\n", 5) != 5)
		return 1;
	rest_for_ever();
}
