/* SPDX-License-Identifier: MIT */
/* Knows that a wait which a signal ended is not over. Refuses to know what is waited for. */
#include "base/await.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "base/clock.h"

bool await_readable(int fd, uint64_t ns)
{
	struct pollfd p = {fd, POLLIN, 0};
	uint64_t until = clock_mono() + ns, now;
	int n;

	do {
		now = clock_mono();
		uint64_t left = until > now ? until - now : 0;
		struct timespec ts = {(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};
		n = ppoll(&p, 1, &ts, NULL);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}
