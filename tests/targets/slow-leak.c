/* SPDX-License-Identifier: MIT */
#include "target.h"

/* slow-leak [BYTES_PER_SECOND]: blocks of 100 bytes, spread evenly over the second; brk moves rarely. */
int main(int argc, char **argv)
{
	double rate = argument(argc, argv, 1, 3000);

	target_begin();
	ready(getpid());
	for (;;) {
		touched(100);
		rest(100 / rate);
	}
}
