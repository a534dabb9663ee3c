/* SPDX-License-Identifier: MIT */
#include "target.h"

/* big [MIB [PIECES]]: resident memory in pages of the base size, in PIECES mappings; nothing happens. */
int main(int argc, char **argv)
{
	size_t size = (size_t)argument(argc, argv, 1, 500) * MiB;
	size_t pieces = (size_t)argument(argc, argv, 2, 1);
	size_t page = (size_t)sysconf(_SC_PAGESIZE), piece = size / pieces / page * page;
	char *block;

	target_begin();
	block = anonymous(size, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	madvise(block, size, MADV_NOHUGEPAGE);
	fill(block, size);
	/* Neighbours that differ in protection stay apart. */
	for (size_t i = 1; i < pieces; i += 2)
		mprotect(block + i * piece, piece, PROT_READ);
	ready(getpid());
	rest_for_ever();
}
