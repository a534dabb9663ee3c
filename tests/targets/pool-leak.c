/* SPDX-License-Identifier: MIT */
#include "target.h"

/* pool-leak [KIB] [PER_SECOND]: mappings of one size with a hole between, touched and forgotten. */
int main(int argc, char **argv)
{
	size_t size = (size_t)argument(argc, argv, 1, 592) * 1024;
	double per_second = argument(argc, argv, 2, 10);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	target_begin();
	ready(getpid());
	for (;;) {
		/* The hole keeps the kernel from making one mapping of two. */
		char *block = anonymous(size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE);
		munmap(block + size, page);
		fill(block, size);
		rest(1 / per_second);
	}
}
