/* SPDX-License-Identifier: MIT */
/*
 * Knows the thread that lists all processes again and again, and how the newest list is handed over.
 * Refuses to wait for that thread: a command line may block for as long as its process likes.
 */
#include "source/processes.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* Shared by the caller and the thread; the last of the two frees it. */
struct processes {
	atomic_uint refs;
	char *proc;
	uint64_t interval; /* ns */
	int wakefd;
	pthread_mutex_t lock;
	pthread_cond_t stop;
	bool stopping;             /* under the lock, as is the list */
	struct process_list *list; /* not yet taken */
};

static void processes_unref(struct processes *p)
{
	if (atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	process_list_unref(p->list);
	pthread_cond_destroy(&p->stop);
	pthread_mutex_destroy(&p->lock);
	if (p->wakefd >= 0)
		close(p->wakefd);
	free(p->proc);
	free(p);
}

static void list_publish(struct processes *p, struct process_list *list)
{
	uint64_t one = 1;
	pthread_mutex_lock(&p->lock);
	struct process_list *old = p->list;
	p->list = process_list_ref(list);
	pthread_mutex_unlock(&p->lock);
	process_list_unref(old);
	while (write(p->wakefd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* Waits until `until` on the monotonic clock; false: time to stop. */
static bool wait_until(struct processes *p, uint64_t until)
{
	struct timespec t = {
	        .tv_sec = (time_t)(until / NS_PER_S),
	        .tv_nsec = (long)(until % NS_PER_S),
	};
	int e = 0;
	pthread_mutex_lock(&p->lock);
	while (!p->stopping && e != ETIMEDOUT)
		e = pthread_cond_timedwait(&p->stop, &p->lock, &t);
	bool go = !p->stopping;
	pthread_mutex_unlock(&p->lock);
	return go;
}

static void *processes_main(void *arg)
{
	struct processes *p = arg;
	struct process_list *last = NULL;
	uint64_t start = clock_mono(), next = start;

	do {
		struct process_list *list = processes_scan(p->proc, last, clock_mono() - start);
		if (list) {
			list_publish(p, list);
			process_list_unref(last);
			last = list;
		}
		/* A slow machine gets its pause too. */
		next += p->interval;
		if (next < clock_mono() + p->interval / 2)
			next = clock_mono() + p->interval / 2;
	} while (wait_until(p, next));
	process_list_unref(last);
	processes_unref(p);
	return NULL;
}

static struct processes *processes_new(const char *proc, uint64_t interval)
{
	pthread_condattr_t attr;
	struct processes *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	atomic_init(&p->refs, 1);
	p->interval = interval;
	p->proc = strdup(proc);
	p->wakefd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->stop, &attr);
	pthread_condattr_destroy(&attr);
	return p;
}

struct processes *processes_start(const char *proc, uint64_t interval)
{
	pthread_attr_t attr;
	pthread_t thread;
	struct processes *p = processes_new(proc, interval);
	if (!p)
		return NULL;
	if (!p->proc || p->wakefd < 0)
		goto fail;
	atomic_fetch_add(&p->refs, 1);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	int e = pthread_create(&thread, &attr, processes_main, p);
	pthread_attr_destroy(&attr);
	if (!e)
		return p;
	atomic_fetch_sub(&p->refs, 1);
fail:
	processes_unref(p);
	return NULL;
}

int processes_fd(const struct processes *p)
{
	return p->wakefd;
}

struct process_list *processes_take(struct processes *p)
{
	uint64_t n;
	while (read(p->wakefd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&p->lock);
	struct process_list *list = p->list;
	p->list = NULL;
	pthread_mutex_unlock(&p->lock);
	return list;
}

void processes_stop(struct processes *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_signal(&p->stop);
	pthread_mutex_unlock(&p->lock);
	processes_unref(p);
}
