/* SPDX-License-Identifier: MIT */
#include "target.h"

/* spike [AT [LASTS]]: 100 MB used for a short while and given back. */
int main(int argc, char **argv)
{
	double at = argument(argc, argv, 1, 8), lasts = argument(argc, argv, 2, 3);

	target_begin();
	ready(getpid());
	rest(at);
	void *block = touched(100 * MiB);
	rest(lasts);
	free(block);
	rest_for_ever();
}
