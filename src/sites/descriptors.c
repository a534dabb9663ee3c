/* SPDX-License-Identifier: MIT */
/* Knows how many files this tool may open, and what to do where that is too few. Refuses to raise it by itself. */
#include "sites/descriptors.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/known.h"

enum { PLENTY = 1024 }; /* what systems give by themselves */

uint64_t descriptors_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return UNKNOWN;
	return limit.rlim_cur;
}

char *descriptors_explain(const char *what, int32_t pid, uint64_t needed, char *out, size_t size)
{
	uint64_t limit = descriptors_limit(), enough = needed * 2 > PLENTY ? needed * 2 : PLENTY;
	char count[48] = "more descriptors";

	if (needed)
		snprintf(count, sizeof(count), "%" PRIu64 " descriptors, more", needed);
	snprintf(out, size,
	         "%s of process %d: it takes %s than are left of the %" PRIu64
	         " that may be open: `ulimit -n %" PRIu64 "`, then start this again",
	         what, pid, count, limit, limit >= enough ? limit * 2 : enough);
	return out;
}
