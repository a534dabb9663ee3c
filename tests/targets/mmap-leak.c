/* SPDX-License-Identifier: MIT */
#include "target.h"

/* mmap-leak [PIECES_PER_SECOND]: mappings of 256 KiB, touched and forgotten. */
int main(int argc, char **argv)
{
	double pieces = argument(argc, argv, 1, 4);

	target_begin();
	ready(getpid());
	for (;;) {
		anonymous_touched(MiB / 4);
		rest(1 / pieces);
	}
}
