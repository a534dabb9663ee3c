/* SPDX-License-Identifier: MIT */
#include "target.h"

/* exec SECONDS PROGRAM [ARGUMENT]...: grows to 20 MiB, then becomes another program. */
int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	target_begin();
	touched(20 * MiB);
	ready(getpid());
	rest(argument(argc, argv, 1, 3));
	execv(argv[2], argv + 2);
	perror(argv[2]);
	return 1;
}
