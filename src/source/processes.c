/* SPDX-License-Identifier: MIT */
/*
 * Knows the thread that lists all processes again and again, and how the newest list is handed over.
 * Refuses to know how a list is made, and who judges it.
 */
#include "source/processes.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/await.h"
#include "base/clock.h"
#include "base/thread.h"
#include "source/scan.h"

/* While command lines are awaited somebody must look whether their reader hangs. */
#define LOOK_AGAIN (100 * NS_PER_MS)

/* Shared by the caller and the thread; the last of the two frees it. */
struct processes {
	atomic_uint refs;
	char *proc;
	uint64_t interval; /* ns */
	unsigned rest;     /* times the CPU time of a pass */
	int wakefd;
	int error; /* errno of what could not be made of it */
	struct processes_judge judge;
	struct names *names; /* used by the thread alone */
	pthread_mutex_t lock;
	pthread_cond_t stop;
	/* under the lock, as is all that follows */
	bool stopping, paused;
	struct process_list *list; /* not yet taken */
};

static void processes_unref(struct processes *p)
{
	if (atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	process_list_unref(p->list);
	if (p->judge.done)
		p->judge.done(p->judge.arg);
	names_stop(p->names);
	pthread_cond_destroy(&p->stop);
	pthread_mutex_destroy(&p->lock);
	if (p->wakefd >= 0)
		close(p->wakefd);
	free(p->proc);
	free(p);
}

static void list_publish(struct processes *p, struct process_list *list)
{
	pthread_mutex_lock(&p->lock);
	struct process_list *old = p->list;
	p->list = list;
	pthread_mutex_unlock(&p->lock);
	process_list_unref(old);
	await_ring(p->wakefd);
}

/* Waits until `until` on the monotonic clock, or until the pause is over; false: time to stop. */
static bool wait_until(struct processes *p, uint64_t until)
{
	struct timespec t = {
	        .tv_sec = (time_t)(until / NS_PER_S),
	        .tv_nsec = (long)(until % NS_PER_S),
	};
	int e = 0;
	pthread_mutex_lock(&p->lock);
	while (!p->stopping && e != ETIMEDOUT && !p->paused)
		e = pthread_cond_timedwait(&p->stop, &p->lock, &t);
	while (!p->stopping && p->paused)
		pthread_cond_wait(&p->stop, &p->lock);
	bool go = !p->stopping;
	pthread_mutex_unlock(&p->lock);
	return go;
}

/*
 * Until the next pass at `*next`. The first list has names alone: the second comes between, as soon as the
 * command lines that do not hang are there.
 */
static bool wait_for_next(struct processes *p, uint64_t *next, bool first)
{
	bool waiting = names_push(p->names) || first, go = true;

	while (go && waiting && clock_mono() + LOOK_AGAIN < *next) {
		go = wait_until(p, clock_mono() + (first ? LOOK_AGAIN / 5 : LOOK_AGAIN));
		waiting = names_push(p->names);
		if (first && !waiting) {
			*next -= p->interval;
			return go;
		}
	}
	return go && wait_until(p, *next);
}

static void passes_make(struct processes *p, struct scan *s)
{
	uint64_t start = clock_mono(), next = start;

	for (bool first = true;; first = false) {
		uint64_t began = clock_mono(), cpu = clock_thread();
		struct process_list *list = scan_pass(s, began - start);
		if (list && p->judge.judge)
			p->judge.judge(p->judge.arg, list);
		if (list)
			list_publish(p, list);
		/* A slow machine gets its pause too. */
		next += p->interval;
		if (next < clock_mono() + p->interval / 2)
			next = clock_mono() + p->interval / 2;
		cpu = p->rest * (clock_thread() - cpu);
		/* The first pass reads more of each than all later ones: growth must not wait for that. */
		if (!first && next < began + cpu)
			next = began + cpu;
		if (!wait_for_next(p, &next, first))
			return;
	}
}

static void *processes_main(void *arg)
{
	struct processes *p = arg;
	struct scan *s = scan_new(p->proc, p->interval, p->names);

	if (s)
		passes_make(p, s);
	scan_free(s);
	processes_unref(p);
	return NULL;
}

/* A thread with a reference of its own that nobody joins. */
static int thread_start(struct processes *p)
{
	atomic_fetch_add(&p->refs, 1);
	int e = thread_begin(processes_main, p);
	if (e)
		atomic_fetch_sub(&p->refs, 1);
	return e;
}

static struct processes *processes_new(const char *proc, uint64_t interval, unsigned rest,
                                       const struct processes_judge *judge)
{
	pthread_condattr_t attr;
	struct processes *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	atomic_init(&p->refs, 1);
	p->interval = interval;
	p->rest = rest;
	p->judge = judge ? *judge : (struct processes_judge){0};
	p->proc = strdup(proc);
	p->names = names_new(proc);
	p->wakefd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	p->error = p->wakefd < 0 ? errno : ENOMEM;
	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->stop, &attr);
	pthread_condattr_destroy(&attr);
	return p;
}

struct processes *processes_start(const char *proc, uint64_t interval, unsigned rest,
                                  const struct processes_judge *judge)
{
	struct processes *p = processes_new(proc, interval, rest, judge);
	if (!p) {
		if (judge && judge->done)
			judge->done(judge->arg);
		errno = ENOMEM;
		return NULL;
	}
	if (!p->proc || !p->names || p->wakefd < 0 || thread_start(p) < 0) {
		int error = p->error;
		processes_unref(p);
		errno = error;
		return NULL;
	}
	return p;
}

void processes_pause(struct processes *p, bool pause)
{
	pthread_mutex_lock(&p->lock);
	p->paused = pause;
	pthread_cond_signal(&p->stop);
	pthread_mutex_unlock(&p->lock);
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
