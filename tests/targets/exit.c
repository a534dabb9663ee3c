/* SPDX-License-Identifier: MIT */
#include "target.h"

/* exit [SECONDS [STATUS]]: holds 10 MiB, then ends. */
int main(int argc, char **argv)
{
	target_begin();
	touched(10 * MiB);
	ready(getpid());
	rest(argument(argc, argv, 1, 3));
	return (int)argument(argc, argv, 2, 0);
}
