/* SPDX-License-Identifier: MIT */
#include "symbols/worker.h"

/*
 * Knows how a reader is started, waited for with patience that ends, and buried. Refuses to know
 * what it reads.
 */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "symbols/channel.h"
#include "symbols/reader.h"

/* ms; and how many times that, where others keep it from the processor for more than half of it. */
enum { PATIENCE = 4000, PATIENCE_TIMES = 3, LOOK = 100 };

int worker_init(struct worker *w)
{
	void *shared = mmap(NULL, sizeof(*w->shared), PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (shared == MAP_FAILED)
		return -errno;
	*w = (struct worker){.socket = -1, .patience = PATIENCE, .shared = shared};
	return 0;
}

void worker_done(struct worker *w)
{
	worker_end(w, NULL);
	munmap(w->shared, sizeof(*w->shared));
}

int worker_start(struct worker *w)
{
	sigset_t all, before;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	atomic_store(&w->shared->module, 0);
	/* No handler of ours shall run in it. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	w->pid = fork();
	if (w->pid == 0)
		reader_run(pair[1], w->shared);
	int error = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(pair[1]);
	if (w->pid < 0) {
		close(pair[0]);
		w->pid = 0;
		return -error;
	}
	w->socket = pair[0];
	return 0;
}

void worker_end(struct worker *w, int *ret_status)
{
	int status = -1;
	pid_t r;

	if (w->socket >= 0)
		close(w->socket);
	w->socket = -1;
	if (w->pid > 0) {
		/*
		 * Where nobody waits for children its number may be another's by now: only ours is
		 * killed.
		 */
		r = waitpid(w->pid, &status, WNOHANG);
		if (r == 0) {
			kill(w->pid, SIGKILL);
			do
				r = waitpid(w->pid, &status, 0);
			while (r < 0 && errno == EINTR);
		}
		if (r != w->pid)
			status = -1;
	}
	w->pid = 0;
	if (ret_status)
		*ret_status = status;
}

int worker_tell(struct worker *w, const struct message *m, int fd)
{
	return channel_send(w->socket, m, fd);
}

static int64_t ms(clockid_t clock)
{
	struct timespec t;

	return clock_gettime(clock, &t) == 0 ? (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 : 0;
}

int worker_hear(struct worker *w, struct message *ret)
{
	struct pollfd p = {.fd = w->socket, .events = POLLIN};
	int64_t start = ms(CLOCK_MONOTONIC), started = 0, waited = 0;
	clockid_t its;
	int fd, r;
	bool has_clock = clock_getcpuclockid(w->pid, &its) == 0;

	if (has_clock)
		started = ms(its);
	while ((r = poll(&p, 1, LOOK)) <= 0) {
		if (r < 0 && errno != EINTR)
			return -errno;
		waited = ms(CLOCK_MONOTONIC) - start;
		if (waited >= w->patience * PATIENCE_TIMES ||
		    (waited >= w->patience && (!has_clock || ms(its) - started >= w->patience / 2)))
			return -ETIMEDOUT;
	}
	r = channel_receive(w->socket, true, ret, &fd);
	if (r == 0 && fd >= 0)
		close(fd);
	return r;
}
