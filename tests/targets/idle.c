/* SPDX-License-Identifier: MIT */
#include "target.h"

/* idle [HEAP_MIB]: holds some heap and does nothing; its figures stand still. */
int main(int argc, char **argv)
{
	size_t blocks = (size_t)argument(argc, argv, 1, 4) * 1024;

	target_begin();
	for (size_t n = 0; n < blocks; n++)
		touched(1000);
	ready(getpid());
	rest_for_ever();
}
