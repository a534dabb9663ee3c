/* SPDX-License-Identifier: MIT */
/* Knows the line of /proc/PID/task/TID/syscall: what a thread waits in. Refuses to know why it waits. */
#include <errno.h>
#include <string.h>

#include "base/num.h"
#include "proc/status.h"

int syscall_parse(const char *text, size_t len, uint64_t *ret_sp)
{
	uint64_t sp;

	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		len--;
	/* "0 0x3 ... 0x7ffc3d2a11a8 0x7f21e9c1a8c2", "-1 0x7ffc... 0x7f21...": the last but one. */
	const char *pc = memrchr(text, ' ', len);
	if (!pc)
		return -EINVAL;
	const char *begin = memrchr(text, ' ', (size_t)(pc - text));
	if (!begin || pc - begin < 4 || memcmp(begin, " 0x", 3) != 0)
		return -EINVAL;
	int e = num_hex(begin + 3, (size_t)(pc - begin - 3), &sp);
	if (e < 0 || !sp)
		return -EINVAL;
	*ret_sp = sp;
	return 0;
}
