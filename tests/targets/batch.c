/* SPDX-License-Identifier: MIT */
#include "target.h"

/* batch [PERIOD [MIB]]: a job that fills MIB in half a period, frees all of it and begins again. */
int main(int argc, char **argv)
{
	double period = argument(argc, argv, 1, 6);
	size_t pieces = (size_t)argument(argc, argv, 2, 32);
	char **piece = must(calloc(pieces, sizeof(*piece)));

	target_begin();
	ready(getpid());
	for (;;) {
		for (size_t i = 0; i < pieces; i++) {
			piece[i] = touched(MiB);
			rest(period / 2 / (double)pieces);
		}
		for (size_t i = 0; i < pieces; i++)
			free(piece[i]);
		rest(period / 2);
	}
}
