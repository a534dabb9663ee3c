/* SPDX-License-Identifier: MIT */
#include "target.h"

/* step [ALLOCATE_AT [TOUCH_AT]]: 100 MB once, touched later and kept; growth that is no leak. */
int main(int argc, char **argv)
{
	double allocate_at = argument(argc, argv, 1, 5), touch_at = argument(argc, argv, 2, 15);
	size_t size = 100 * MiB;

	target_begin();
	ready(getpid());
	rest(allocate_at);
	char *block = must(malloc(size));
	rest(touch_at - allocate_at);
	fill(block, size);
	rest_for_ever();
}
