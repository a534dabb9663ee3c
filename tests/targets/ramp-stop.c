/* SPDX-License-Identifier: MIT */
#include "target.h"

/* ramp-stop [SECONDS [MIB_PER_SECOND]]: grows for a while, like a cache that fills, and keeps it. */
int main(int argc, char **argv)
{
	double seconds = argument(argc, argv, 1, 10), rate = argument(argc, argv, 2, 4);

	target_begin();
	ready(getpid());
	for (double t = 0; t < seconds; t += 0.5) {
		touched((size_t)(rate * 0.5 * (double)MiB));
		rest(0.5);
	}
	rest_for_ever();
}
