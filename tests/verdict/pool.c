/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Knows processes. Refuses to know what they do. */

void *pool_room(size_t bytes)
{
	void *room =
	        mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return room == MAP_FAILED ? NULL : room;
}

void pool_free(void *room, size_t bytes)
{
	if (room)
		munmap(room, bytes + 1);
}

static int work(atomic_uint *next, unsigned count, int (*one)(unsigned i, void *data), void *data)
{
	unsigned at;
	int err = 0;

	while (!err && (at = atomic_fetch_add(next, 1)) < count)
		err = one(at, data);
	return err ? 1 : 0;
}

int pool_each(unsigned count, unsigned jobs, int (*one)(unsigned i, void *data), void *data)
{
	atomic_uint *next = pool_room(sizeof(*next));
	bool failed = false;
	int status;

	if (!next)
		return -ENOMEM;
	fflush(NULL);
	for (unsigned j = 0; j < jobs; j++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(work(next, count, one, data));
		failed = failed || pid < 0;
	}
	while (wait(&status) > 0)
		failed = failed || status != 0;
	pool_free(next, sizeof(*next));
	return failed ? -EIO : 0;
}
