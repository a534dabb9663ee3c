/* SPDX-License-Identifier: MIT */
/*
 * Knows the memory thread: when it looks, how it is stopped, and how what it found is handed over. It may hang in a
 * read for ever; nobody waits for it, and the last one to leave frees. Refuses to know what a look is.
 */
#include "heap/scanner.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/await.h"
#include "base/clock.h"
#include "base/thread.h"
#include "heap/scanner_internal.h"

enum {
	PATIENCE_MAX = 10
}; /* doublings of the rest while there is no heap to walk: to some five minutes */

/* Shared by the caller and the thread; the last of them frees it. */
struct scanner {
	atomic_uint refs;
	char *proc;
	int32_t pid;
	uint64_t start, rest; /* ns */
	int fd;
	atomic_bool stop; /* the look on its way is given up */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under the lock, as is all that follows */
	bool threaded, leaving, on, failed;
	bool gone;     /* failed, for the target ended */
	bool again;    /* switched on while a look was on its way */
	uint64_t next; /* CLOCK_MONOTONIC ns when the next look is due */
	struct pace pace;
	unsigned patience; /* looks in a row that found no heap to walk */
	uint64_t peek;     /* the address that is wanted; 0: none */
	bool peek_new;     /* and that no look has shown yet */
	struct heap_progress progress;
	struct heap_facts *newest; /* not yet taken */
};

enum work { WORK_NONE, WORK_LOOK, WORK_PEEK };

static void scanner_unref(struct scanner *s)
{
	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	heap_facts_unref(s->newest);
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	if (s->fd >= 0)
		close(s->fd);
	free(s->proc);
	free(s);
}

static void cond_init_monotonic(pthread_cond_t *c)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(c, &attr);
	pthread_condattr_destroy(&attr);
}

struct scanner *scanner_new_with(const char *proc, int32_t pid, uint64_t start, uint64_t rest)
{
	struct scanner *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	atomic_init(&s->refs, 1);
	pthread_mutex_init(&s->lock, NULL);
	cond_init_monotonic(&s->changed);
	heap_progress_init(&s->progress);
	s->pid = pid;
	s->start = start;
	s->rest = rest;
	s->proc = strdup(proc);
	s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->proc && s->fd >= 0)
		return s;
	scanner_unref(s);
	return NULL;
}

struct scanner *scanner_new(const char *proc, int32_t pid, uint64_t start)
{
	return scanner_new_with(proc, pid, start, SCANNER_REST);
}

/* --- on the memory thread ----------------------------------------------------------------------------- */

static void facts_publish(void *arg, struct heap_facts *facts)
{
	struct scanner *s = arg;

	pthread_mutex_lock(&s->lock);
	struct heap_facts *old = s->newest;
	s->newest = facts;
	pthread_mutex_unlock(&s->lock);
	heap_facts_unref(old);
	await_ring(s->fd);
}

static bool progress_tell(void *arg, enum heap_phase phase, uint64_t done, uint64_t todo)
{
	struct scanner *s = arg;

	if (atomic_load_explicit(&s->stop, memory_order_relaxed))
		return true;
	pthread_mutex_lock(&s->lock);
	bool stop = atomic_load_explicit(&s->stop, memory_order_relaxed);
	if (!stop) {
		s->progress.phase = phase;
		s->progress.done = done;
		s->progress.todo = todo;
		s->progress.next = UNKNOWN;
	}
	pthread_mutex_unlock(&s->lock);
	return stop;
}

/* With the lock held: sleeps until somebody changes something, at most until `when`. */
static void changes_await(struct scanner *s, uint64_t when)
{
	struct timespec t = {.tv_sec = (time_t)(when / NS_PER_S),
	                     .tv_nsec = (long)(when % NS_PER_S)};

	if (known(when))
		pthread_cond_timedwait(&s->changed, &s->lock, &t);
	else
		pthread_cond_wait(&s->changed, &s->lock);
}

/* With the lock held: waits for work. WORK_NONE: leave. */
static enum work work_await(struct scanner *s)
{
	for (;;) {
		bool looks = s->on && !s->failed;
		if (s->leaving)
			return WORK_NONE;
		if (looks && clock_mono() >= s->next)
			return WORK_LOOK;
		if (s->peek_new && !s->failed)
			return WORK_PEEK;
		changes_await(s, looks ? s->next : UNKNOWN);
	}
}

/* ns at least from the begin of a look to that of the next. Where there is no heap to walk yet, soon and then ever later. */
static uint64_t rest_least(const struct scanner *s, enum work work)
{
	if (work == WORK_PEEK)
		return 0;
	return s->patience ? (s->rest >> 3) << (s->patience - 1) : s->rest;
}

/*
 * With the lock held. What was wanted of a block by somebody who then stopped the look is wanted still; not what he
 * stopped by itself, and not where it would be a whole look. Of a program that is no more nothing is wanted.
 */
static void peek_settle(struct scanner *s, const struct looker *l, enum work work, uint64_t address,
                        int e)
{
	bool owed = e == -ECANCELED && work == WORK_LOOK && l->last && l->last->walked;

	if (s->peek != address)
		return;
	if (l->other)
		s->peek = 0;
	s->peek_new = s->peek && (s->peek_new || owed);
}

/* With the lock held. */
static void result_note(struct scanner *s, const struct looker *l, int e)
{
	if (e == -ENOENT)
		s->patience += s->patience < PATIENCE_MAX;
	else if (e == 0 || e == -ESTALE)
		s->patience = 0;
	s->failed = e < 0 && e != -ENOENT && e != -ESTALE && e != -ECANCELED;
	s->progress.error[0] = '\0';
	/* That a process ends is no failure of ours; that it was never there is one. */
	s->gone = e == -ESRCH && l->born;
	if (s->failed && !s->gone)
		looker_explain(l, e, s->progress.error, sizeof(s->progress.error));
}

/* With the lock held: what a person sees until the next look. */
static void rest_show(struct scanner *s)
{
	struct heap_progress *p = &s->progress;

	p->done = p->todo = 0;
	p->phase = s->on && !s->gone ? HEAP_RESTING : HEAP_STOPPED;
	if (s->failed && !s->gone)
		p->phase = HEAP_FAILED;
	p->next = p->phase == HEAP_RESTING && s->next > s->start ? s->next - s->start : UNKNOWN;
}

/* With the lock held, which is given up while it looks. */
static void work_do(struct scanner *s, struct looker *l, enum work work)
{
	uint64_t address = s->peek, begin = clock_mono();

	s->peek_new = false;
	s->again = false;
	atomic_store(&s->stop, false);
	pthread_mutex_unlock(&s->lock);
	int e = work == WORK_LOOK ? looker_look(l, address) : looker_peek(l, address);
	uint64_t end = clock_mono();
	pthread_mutex_lock(&s->lock);
	s->progress.busy += end - begin;
	s->progress.read = looker_bytes_read(l);
	result_note(s, l, e);
	peek_settle(s, l, work, address, e);
	uint64_t next = pace_next(&s->pace, rest_least(s, work), begin, end);
	/* Who switched it off and on again meanwhile wants the look that was given up. */
	if (!s->again && next > s->next)
		s->next = next;
	rest_show(s);
}

static void *scanner_main(void *arg)
{
	struct scanner *s = arg;
	enum work work;
	struct looker l = {
	        .proc = s->proc,
	        .pid = s->pid,
	        .start = s->start,
	        .stop = &s->stop,
	        .watcher = {progress_tell, s},
	        .publish = facts_publish,
	        .arg = s,
	};

	pthread_mutex_lock(&s->lock);
	while ((work = work_await(s)) != WORK_NONE)
		work_do(s, &l, work);
	pthread_mutex_unlock(&s->lock);
	looker_done(&l);
	scanner_unref(s);
	return NULL;
}

/* With the lock held. A thread with a reference of its own that nobody joins. */
static bool thread_start(struct scanner *s)
{
	atomic_fetch_add(&s->refs, 1);
	s->threaded = thread_begin(scanner_main, s) == 0;
	if (!s->threaded)
		atomic_fetch_sub(&s->refs, 1);
	return s->threaded;
}

/* --- for everybody ------------------------------------------------------------------------------------ */

/* With the lock held. */
static void run_begin(struct scanner *s)
{
	s->on = true;
	s->failed = s->gone = false;
	s->again = true;
	s->next = 0;
	s->patience = 0;
	s->progress.error[0] = '\0';
	s->progress.phase = HEAP_OPENING;
	s->progress.next = UNKNOWN;
	if (s->threaded || thread_start(s))
		return;
	s->failed = true;
	s->progress.phase = HEAP_FAILED;
	snprintf(s->progress.error, sizeof(s->progress.error),
	         "cannot look inside process %d: no further thread can be started", s->pid);
}

/* With the lock held. */
static void run_end(struct scanner *s)
{
	s->on = false;
	atomic_store(&s->stop, true);
	if (!s->failed)
		rest_show(s);
}

void scanner_run(struct scanner *s, bool on)
{
	pthread_mutex_lock(&s->lock);
	if (on && (!s->on || s->failed))
		run_begin(s);
	else if (!on && s->on)
		run_end(s);
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

void scanner_peek(struct scanner *s, uint64_t address)
{
	pthread_mutex_lock(&s->lock);
	s->peek = address;
	s->peek_new = address != 0;
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

int scanner_fd(const struct scanner *s)
{
	return s->fd;
}

struct heap_facts *scanner_take(struct scanner *s)
{
	uint64_t count;

	/* Emptied first: what is published in between makes it readable again. */
	if (read(s->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return NULL;
	pthread_mutex_lock(&s->lock);
	struct heap_facts *facts = s->newest;
	s->newest = NULL;
	pthread_mutex_unlock(&s->lock);
	return facts;
}

void scanner_progress(struct scanner *s, struct heap_progress *ret)
{
	pthread_mutex_lock(&s->lock);
	*ret = s->progress;
	pthread_mutex_unlock(&s->lock);
}

void scanner_free(struct scanner *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->leaving = true;
	atomic_store(&s->stop, true);
	pthread_cond_signal(&s->changed);
	pthread_mutex_unlock(&s->lock);
	scanner_unref(s);
}
