/* SPDX-License-Identifier: MIT */
#include "target.h"

/* reserve [MIB_PER_SECOND]: address space that is never touched; every second piece is PROT_NONE. */
int main(int argc, char **argv)
{
	size_t size = (size_t)argument(argc, argv, 1, 16) * MiB;

	target_begin();
	ready(getpid());
	for (int n = 0;; n++) {
		anonymous(size, n % 2 ? PROT_NONE : PROT_READ | PROT_WRITE,
		          MAP_PRIVATE | MAP_NORESERVE);
		rest(1);
	}
}
