/* SPDX-License-Identifier: MIT */
/* Knows that a wait which a signal ended is not over. Refuses to know what is waited for. */
#include "base/await.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

int await_unless(int fd, int wake_fd, uint64_t ns)
{
	struct pollfd p[2] = {{fd, POLLIN, 0}, {wake_fd, POLLIN, 0}};
	uint64_t until = clock_mono() + ns, now;
	int n;

	do {
		now = clock_mono();
		uint64_t left = until > now ? until - now : 0;
		struct timespec ts = {(time_t)(left / NS_PER_S), (long)(left % NS_PER_S)};
		n = ppoll(p, 2, &ts, NULL);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		return p[0].revents ? 0 : -EINTR;
	return n < 0 ? -errno : -ETIMEDOUT;
}

bool await_readable(int fd, uint64_t ns)
{
	return await_unless(fd, -1, ns) == 0;
}

/* CPU time; 0 where nothing tells it. */
static uint64_t used_by(pthread_t thread)
{
	struct timespec t = {0, 0};
	clockid_t cpu;

	return pthread_getcpuclockid(thread, &cpu) == 0 && clock_gettime(cpu, &t) == 0
	               ? (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec
	               : 0;
}

bool await_worker(int fd, pthread_t thread, uint64_t ns)
{
	uint64_t used = used_by(thread), before;
	int tries = 5;

	do {
		if (await_readable(fd, ns))
			return true;
		before = used;
		used = used_by(thread);
	} while (--tries > 0 && used > before);
	return false;
}

void await_ring(int fd)
{
	uint64_t one = 1;

	/* A full counter means that the other side is awake already. */
	for (int tries = 0; tries < 3 && write(fd, &one, sizeof(one)) < 0; tries++)
		if (errno == EAGAIN)
			return;
}
