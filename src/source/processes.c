/* SPDX-License-Identifier: MIT */
/*
 * Knows the thread that lists all processes again and again, the one that reads their command lines,
 * and how the newest list is handed over. Nobody waits for the second: a command line may block for as
 * long as its process likes, and then the list goes on with names.
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
#include "source/processes_internal.h"

/* Shared by the caller and the thread; the last of the two frees it. */
struct processes {
	atomic_uint refs;
	char *proc;
	uint64_t interval; /* ns */
	int wakefd;
	pthread_mutex_t lock;
	pthread_cond_t stop, asked;
	/* under the lock, as is all that follows */
	bool stopping, paused;
	bool hurry;                    /* the first command lines are there: no need to wait */
	struct process_list *list;     /* not yet taken */
	struct process_list *nameless; /* the newest, for whoever reads command lines */
	struct process_command *commands;
	size_t command_count, command_room;
};

static void processes_unref(struct processes *p)
{
	if (atomic_fetch_sub(&p->refs, 1) != 1)
		return;
	process_list_unref(p->list);
	process_list_unref(p->nameless);
	free(p->commands);
	pthread_cond_destroy(&p->asked);
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
	struct process_list *unasked = p->nameless;
	p->list = process_list_ref(list);
	p->nameless = process_list_ref(list);
	pthread_cond_signal(&p->asked);
	pthread_mutex_unlock(&p->lock);
	process_list_unref(old);
	process_list_unref(unasked);
	while (write(p->wakefd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
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
	while (!p->stopping && !p->hurry && e != ETIMEDOUT && !p->paused)
		e = pthread_cond_timedwait(&p->stop, &p->lock, &t);
	while (!p->stopping && p->paused)
		pthread_cond_wait(&p->stop, &p->lock);
	p->hurry = false;
	bool go = !p->stopping;
	pthread_mutex_unlock(&p->lock);
	return go;
}

/* A list with the command lines that were read since the last one. */
static struct process_list *list_make(struct processes *p, const struct process_list *last,
                                      uint64_t now)
{
	pthread_mutex_lock(&p->lock);
	struct process_command *commands = p->commands;
	size_t count = p->command_count;
	struct process_list *asked = p->nameless;
	p->commands = NULL;
	p->command_count = p->command_room = 0;
	/* It lacks what was read since: nobody need be asked twice. */
	p->nameless = NULL;
	pthread_mutex_unlock(&p->lock);
	process_list_unref(asked);
	struct process_list *list = processes_scan_with(p->proc, last, commands, count, now);
	free(commands);
	return list;
}

static void *processes_main(void *arg)
{
	struct processes *p = arg;
	struct process_list *last = NULL;
	uint64_t start = clock_mono(), next = start;

	do {
		struct process_list *list = list_make(p, last, clock_mono() - start);
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

/* False: time to stop. Without memory the process is asked again with the next list. */
static bool command_add(struct processes *p, const struct process_command *c)
{
	pthread_mutex_lock(&p->lock);
	if (p->command_count == p->command_room) {
		size_t room = p->command_room ? 2 * p->command_room : 64;
		void *grown = realloc(p->commands, room * sizeof(*c));
		if (grown) {
			p->commands = grown;
			p->command_room = room;
		}
	}
	if (p->command_count < p->command_room)
		p->commands[p->command_count++] = *c;
	bool go = !p->stopping;
	pthread_mutex_unlock(&p->lock);
	return go;
}

/* The next list, with all answers given so far in its rows; NULL: time to stop. */
static struct process_list *nameless_take(struct processes *p)
{
	pthread_mutex_lock(&p->lock);
	while (!p->stopping && (!p->nameless || p->command_count))
		pthread_cond_wait(&p->asked, &p->lock);
	struct process_list *list = p->stopping ? NULL : p->nameless;
	if (list)
		p->nameless = NULL;
	pthread_mutex_unlock(&p->lock);
	return list;
}

static void list_hurry(struct processes *p)
{
	pthread_mutex_lock(&p->lock);
	p->hurry = true;
	pthread_cond_signal(&p->stop);
	pthread_mutex_unlock(&p->lock);
}

static void *commands_main(void *arg)
{
	struct processes *p = arg;
	struct procdir root = {.fd = -1, .rootfd = -1, .pidfd = -1};
	struct process_list *list;
	struct process_command c;
	struct buf b;
	bool go = procdir_open_root(p->proc, &root) == 0, first = true;

	buf_init(&b, COMMAND_READ);
	while (go && (list = nameless_take(p))) {
		for (size_t i = 0; go && i < list->count; i++) {
			if (list->rows[i].command[0])
				continue;
			process_command_read(&root, &list->rows[i], &b, &c);
			go = command_add(p, &c);
		}
		process_list_unref(list);
		if (first)
			list_hurry(p);
		first = false;
	}
	buf_done(&b);
	procdir_close(&root);
	processes_unref(p);
	return NULL;
}

/* A thread with a reference of its own that nobody joins. */
static int thread_start(struct processes *p, void *(*run)(void *))
{
	pthread_attr_t attr;
	pthread_t thread;
	atomic_fetch_add(&p->refs, 1);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	int e = pthread_create(&thread, &attr, run, p);
	pthread_attr_destroy(&attr);
	if (e)
		atomic_fetch_sub(&p->refs, 1);
	return -e;
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
	pthread_cond_init(&p->asked, NULL);
	return p;
}

struct processes *processes_start(const char *proc, uint64_t interval)
{
	struct processes *p = processes_new(proc, interval);
	if (!p)
		return NULL;
	if (!p->proc || p->wakefd < 0 || thread_start(p, processes_main) < 0) {
		processes_unref(p);
		return NULL;
	}
	/* Without this one there are names alone, which is a list too. */
	thread_start(p, commands_main);
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
	pthread_cond_signal(&p->asked);
	pthread_mutex_unlock(&p->lock);
	processes_unref(p);
}
