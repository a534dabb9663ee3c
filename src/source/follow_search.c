/* SPDX-License-Identifier: MIT */
/*
 * Knows when to look. Refuses to know what is looked for, and what becomes of whom it finds.
 */
#include "source/follow_search.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/await.h"
#include "base/clock.h"
#include "base/thread.h"

/* Pauses double from the first to the last, for a service mostly comes back at once. */
#define PAUSE_FIRST (50 * NS_PER_MS)
#define PAUSE_LAST  NS_PER_S
/* A pause is so many times as long as the CPU time of the pass before it. */
enum { REST = 200 };

/* Shared by the caller and the thread; the last of the two frees it. */
struct search {
	atomic_uint refs;
	int wakefd;
	struct finder *finder; /* used by the thread alone */
	pthread_mutex_t lock;
	pthread_cond_t work;
	/* under the lock, as is all that follows */
	bool stopping, wanted, has_found;
	struct follow_found found;
};

static void search_unref(struct search *s)
{
	if (atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	finder_free(s->finder);
	if (s->wakefd >= 0)
		close(s->wakefd);
	pthread_cond_destroy(&s->work);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Until somebody is wanted and the next pass is due; false: time to stop. */
static bool search_wait(struct search *s, uint64_t until)
{
	struct timespec t = {(time_t)(until / NS_PER_S), (long)(until % NS_PER_S)};
	bool due = false;

	pthread_mutex_lock(&s->lock);
	while (!s->stopping && !(s->wanted && due)) {
		if (!s->wanted)
			pthread_cond_wait(&s->work, &s->lock);
		else
			due = pthread_cond_timedwait(&s->work, &s->lock, &t) == ETIMEDOUT;
	}
	bool go = !s->stopping;
	pthread_mutex_unlock(&s->lock);
	return go;
}

/* Tells of a pass. True: somebody was found. */
static bool pass_tell(struct search *s, int e, const struct follow_found *found)
{
	pthread_mutex_lock(&s->lock);
	if (e == 0) {
		s->found = *found;
		s->has_found = true;
		s->wanted = false;
	}
	pthread_mutex_unlock(&s->lock);
	await_ring(s->wakefd);
	return e == 0;
}

static void *search_main(void *arg)
{
	struct search *s = arg;
	uint64_t next = 0, pause = PAUSE_FIRST;

	while (search_wait(s, next)) {
		struct follow_found found;
		uint64_t cpu = clock_thread();
		int e = finder_pass(s->finder, &found);
		uint64_t rest = REST * (clock_thread() - cpu);

		pause = pass_tell(s, e, &found) ? PAUSE_FIRST : pause;
		next = clock_mono() + (rest > pause ? rest : pause);
		pause = 2 * pause < PAUSE_LAST ? 2 * pause : PAUSE_LAST;
	}
	search_unref(s);
	return NULL;
}

/* A thread with a reference of its own that nobody joins. */
static int thread_start(struct search *s)
{
	atomic_fetch_add(&s->refs, 1);
	int e = thread_begin(search_main, s);
	if (e)
		atomic_fetch_sub(&s->refs, 1);
	return e;
}

struct search *search_start(struct finder *f)
{
	pthread_condattr_t attr;
	struct search *s = calloc(1, sizeof(*s));

	if (!s) {
		finder_free(f);
		return NULL;
	}
	atomic_init(&s->refs, 1);
	s->finder = f;
	s->wakefd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->work, &attr);
	pthread_condattr_destroy(&attr);
	if (s->wakefd >= 0 && thread_start(s) == 0)
		return s;
	search_unref(s);
	return NULL;
}

void search_stop(struct search *s)
{
	if (!s)
		return;
	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
	search_unref(s);
}

void search_want(struct search *s)
{
	pthread_mutex_lock(&s->lock);
	s->wanted = true;
	s->has_found = false;
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
}

int search_fd(const struct search *s)
{
	return s->wakefd;
}

bool search_take(struct search *s, struct follow_found *ret)
{
	uint64_t n;

	while (read(s->wakefd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
	pthread_mutex_lock(&s->lock);
	bool found = s->has_found;
	if (found)
		*ret = s->found;
	s->has_found = false;
	pthread_mutex_unlock(&s->lock);
	return found;
}
