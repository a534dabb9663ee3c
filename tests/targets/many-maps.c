/* SPDX-License-Identifier: MIT */
#include "target.h"

/* many-maps [COUNT]: that many mappings of one page each, half of them touched, that cannot merge. */
int main(int argc, char **argv)
{
	size_t count = (size_t)argument(argc, argv, 1, 60000);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *base;

	target_begin();
	base = anonymous(count * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);
	for (size_t i = 0; i < count; i += 2) {
		base[i * page] = 1;
		if (i + 1 < count && mprotect(base + (i + 1) * page, page, PROT_READ) != 0) {
			perror("many-maps");
			return 1;
		}
	}
	ready(getpid());
	rest_for_ever();
}
