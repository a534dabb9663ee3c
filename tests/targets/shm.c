/* SPDX-License-Identifier: MIT */
#include "target.h"

/* shm [MIB_PER_SECOND]: shared memory that is touched and never given back. */
int main(int argc, char **argv)
{
	size_t size = (size_t)(argument(argc, argv, 1, 1) * (double)MiB);

	target_begin();
	ready(getpid());
	for (;;) {
		fill(anonymous(size, PROT_READ | PROT_WRITE, MAP_SHARED), size);
		rest(1);
	}
}
