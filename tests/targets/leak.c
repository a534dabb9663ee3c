/* SPDX-License-Identifier: MIT */
#include "target.h"

/* leak [BYTES_PER_SECOND [BLOCK]]: loses that much once a second, in blocks of BLOCK bytes. */
int main(int argc, char **argv)
{
	size_t rate = (size_t)argument(argc, argv, 1, 1048576);
	size_t block = (size_t)argument(argc, argv, 2, 1024);

	target_begin();
	ready(getpid());
	for (;;) {
		for (size_t n = 0; n + block <= rate; n += block)
			touched(block);
		rest(1);
	}
}
