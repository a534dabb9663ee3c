/* SPDX-License-Identifier: MIT */
#include "target.h"

#include <stdint.h>

static uint64_t seed = 88172645463325252ull;

static uint64_t random_next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

static void **root;

static __attribute__((noinline)) uint64_t build(size_t count, size_t bytes, unsigned lost)
{
	void ***blocks = anonymous(count * sizeof(*blocks), PROT_READ | PROT_WRITE, MAP_PRIVATE);
	uint64_t losses = 0;

	for (size_t i = 0; i < count; i++) {
		size_t size = 24 + random_next() % (2 * bytes - 48);
		blocks[i] = must(malloc(size));
		/* Numbers, with here and there a pointer. */
		for (size_t w = 0; w < size / 8; w++)
			blocks[i][w] = (void *)(uintptr_t)(random_next() >> 36);
	}
	/* Any order: a list through all of the heap, from which some are cut. */
	for (size_t i = count - 1; i > 0; i--) {
		size_t j = random_next() % (i + 1);
		void **other = blocks[j];
		blocks[j] = blocks[i];
		blocks[i] = other;
	}
	for (size_t i = 0; i < count; i++) {
		if (random_next() % 1000 < lost) {
			losses++;
			continue;
		}
		blocks[i][0] = root;
		blocks[i][1] = root ? root[0] : NULL;
		root = blocks[i];
	}
	munmap(blocks, count * sizeof(*blocks));
	return losses;
}

/* heap-graph [COUNT [BYTES [LOST]]]: so many blocks of that size on average in one list; LOST of 1000 are in none. */
int main(int argc, char **argv)
{
	target_begin();
	uint64_t lost =
	        build((size_t)argument(argc, argv, 1, 1000000),
	              (size_t)argument(argc, argv, 2, 1000), (unsigned)argument(argc, argv, 3, 10));
	printf("lost %llu\n", (unsigned long long)lost);
	ready(getpid());
	rest_for_ever();
	return 0;
}
