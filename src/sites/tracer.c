/* SPDX-License-Identifier: MIT */
/*
 * Knows the tracer's thread: how it is told what to do, how it is stopped, how what it found is handed over. It may
 * hang in a read of /proc for ever; nobody waits for it, and the last one to leave frees. Refuses to know how one
 * traces.
 */
#include "sites/tracer.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/await.h"
#include "base/clock.h"
#include "base/thread.h"
#include "sites/place.h"
#include "sites/probes_bpf.h"
#include "sites/tracer_alloc.h"
#include "sites/tracer_internal.h"

#define SYMBOLS_KEPT (60 * NS_PER_S)

/* Shared by the caller and the thread; the last of them frees it. */
struct tracer {
	atomic_uint refs;
	char *proc;
	int32_t pid;
	uint64_t start;
	double max_slowdown;
	int fd, wake;            /* wake: readable when there is an order */
	struct symbols *symbols; /* the thread's own: of the tracing before; NULL: none */
	pthread_mutex_t lock;
	/* under the lock, as is all that follows */
	bool threaded, leaving, ordered;
	struct tracer_order order;
	uint64_t largest; /* see tracer_hint() */
	struct sites_progress progress;
	struct sites_facts *newest; /* not yet taken */
};

static void tracer_unref(struct tracer *t)
{
	if (atomic_fetch_sub(&t->refs, 1) != 1)
		return;
	sites_facts_unref(t->newest);
	pthread_mutex_destroy(&t->lock);
	if (t->fd >= 0)
		close(t->fd);
	if (t->wake >= 0)
		close(t->wake);
	free(t->proc);
	free(t);
}

struct tracer *tracer_new(const char *proc, int32_t pid, uint64_t start, double max_slowdown)
{
	struct tracer *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	atomic_init(&t->refs, 1);
	pthread_mutex_init(&t->lock, NULL);
	sites_progress_init(&t->progress);
	t->pid = pid;
	t->start = start;
	t->max_slowdown = max_slowdown;
	t->largest = UNKNOWN;
	t->proc = strdup(proc);
	t->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	t->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->proc && t->fd >= 0 && t->wake >= 0)
		return t;
	tracer_unref(t);
	return NULL;
}

static void eventfd_clear(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) < 0)
		return;
}

/* --- on the tracer's thread ------------------------------------------------------------------------------- */

bool tracer_stopped(struct tracer *t)
{
	pthread_mutex_lock(&t->lock);
	bool stopped = t->leaving || t->ordered;
	pthread_mutex_unlock(&t->lock);
	return stopped;
}

void tracer_wait(struct tracer *t, int fd, uint64_t ns)
{
	struct pollfd p[2] = {{.fd = t->wake, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
	struct timespec timeout = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

	ppoll(p, 2, known(ns) ? &timeout : NULL, NULL);
	if (p[0].revents)
		eventfd_clear(t->wake);
}

void tracer_publish(struct tracer *t, struct sites_facts *f, const struct sites_progress *p)
{
	pthread_mutex_lock(&t->lock);
	/* Where another tracing is to begin, what this one found is dropped. */
	bool late = t->ordered && !t->order.price && t->order.kind != SITES_NONE;
	struct sites_facts *old = late ? f : t->newest;
	if (!late)
		t->newest = f;
	if (!t->ordered)
		t->progress = *p;
	pthread_mutex_unlock(&t->lock);
	sites_facts_unref(old);
	await_ring(t->fd);
}

void tracer_tell(struct tracer *t, const struct sites_progress *p)
{
	pthread_mutex_lock(&t->lock);
	bool news = t->progress.phase != p->phase;
	/* An order that was given meanwhile has told already what comes next. */
	if (!t->ordered)
		t->progress = *p;
	pthread_mutex_unlock(&t->lock);
	if (news)
		await_ring(t->fd);
}

uint64_t tracer_hinted(struct tracer *t)
{
	pthread_mutex_lock(&t->lock);
	uint64_t largest = t->largest;
	pthread_mutex_unlock(&t->lock);
	return largest;
}

/* Nobody wants them any more. */
static void symbols_drop(struct tracer *t)
{
	symbols_close(t->symbols);
	t->symbols = NULL;
}

int tracer_symbols_open(struct tracer *t, struct symbols **ret)
{
	struct symbols *kept = t->symbols;

	t->symbols = NULL;
	if (kept && symbols_refresh(kept) == 0) {
		*ret = kept;
		return 0;
	}
	symbols_close(kept);
	return symbols_open(t->proc, t->pid, ret);
}

void tracer_symbols_close(struct tracer *t, struct symbols *s)
{
	struct symbols_health h = {0};

	/* Never opened: those that are kept from before stay. */
	if (!s)
		return;
	t->symbols = s;
	symbols_health(s, &h);
	/* What was given up may have been the hurry of a busy moment: the next one tries all of it again. */
	if (h.children_lost)
		symbols_drop(t);
}

static void idle(struct tracer *t)
{
	uint64_t begin = clock_mono();

	tracer_wait(t, -1, t->symbols ? SYMBOLS_KEPT : UNKNOWN);
	if (t->symbols && clock_mono() - begin >= SYMBOLS_KEPT)
		symbols_drop(t);
}

/* Waits for something to do. False: leave. */
static bool order_await(struct tracer *t, struct tracer_order *ret)
{
	for (;;) {
		pthread_mutex_lock(&t->lock);
		bool leaving = t->leaving, ordered = t->ordered;
		t->ordered = false;
		*ret = t->order;
		pthread_mutex_unlock(&t->lock);
		if (leaving)
			return false;
		if (ordered && (ret->price || ret->kind != SITES_NONE))
			return true;
		if (!ordered)
			idle(t);
	}
}

static void *tracer_main(void *arg)
{
	struct tracer *t = arg;
	struct tracer_order order;
	struct alloc_priced priced = {0};

	while (order_await(t, &order))
		tracing_run(t, t->proc, t->pid, t->start, t->max_slowdown, &order, &priced);
	symbols_drop(t);
	tracer_unref(t);
	return NULL;
}

/* With the lock held. A thread with a reference of its own that nobody joins. */
static bool thread_start(struct tracer *t)
{
	atomic_fetch_add(&t->refs, 1);
	t->threaded = thread_begin(tracer_main, t) == 0;
	if (!t->threaded)
		atomic_fetch_sub(&t->refs, 1);
	return t->threaded;
}

/* --- for everybody ---------------------------------------------------------------------------------------- */

/* With the lock held. */
static void order_begin(struct tracer *t, const struct tracer_order *order)
{
	struct sites_progress *p = &t->progress;

	if (!order->price) {
		sites_facts_unref(t->newest);
		t->newest = NULL;
	}
	sites_progress_init(p);
	p->phase = SITES_OPENING;
	p->kind = order->kind;
	if (t->threaded || thread_start(t))
		return;
	p->phase = SITES_FAILED;
	snprintf(p->why, sizeof(p->why),
	         "cannot trace process %d: no further thread can be started", t->pid);
}

/* With the lock held: what was found stays. */
static void order_end(struct tracer *t)
{
	struct sites_progress *p = &t->progress;

	if (p->phase == SITES_TRACING)
		p->phase = SITES_STOPPED;
	else if (p->phase == SITES_OPENING || p->phase == SITES_PRICING || p->phase == SITES_PRICED)
		p->phase = SITES_OFF;
}

static void order_give(struct tracer *t, const struct tracer_order *order)
{
	pthread_mutex_lock(&t->lock);
	if (order->price || order->kind != SITES_NONE)
		order_begin(t, order);
	else
		order_end(t);
	t->order = *order;
	t->ordered = true;
	pthread_mutex_unlock(&t->lock);
	await_ring(t->wake);
}

void tracer_run(struct tracer *t, enum sites_kind kind, uint64_t duration)
{
	order_give(t, &(struct tracer_order){.kind = kind, .duration = duration});
}

void tracer_price(struct tracer *t, uint64_t duration)
{
	order_give(t, &(struct tracer_order){.price = true,
	                                     .kind = SITES_ALLOCATIONS,
	                                     .duration = duration});
}

void tracer_hint(struct tracer *t, uint64_t largest)
{
	pthread_mutex_lock(&t->lock);
	t->largest = largest;
	pthread_mutex_unlock(&t->lock);
}

int tracer_fd(const struct tracer *t)
{
	return t->fd;
}

struct sites_facts *tracer_take(struct tracer *t)
{
	/* Emptied first: what is published in between makes it readable again. */
	eventfd_clear(t->fd);
	pthread_mutex_lock(&t->lock);
	struct sites_facts *facts = t->newest;
	t->newest = NULL;
	pthread_mutex_unlock(&t->lock);
	return facts;
}

void tracer_progress(struct tracer *t, struct sites_progress *ret)
{
	pthread_mutex_lock(&t->lock);
	*ret = t->progress;
	pthread_mutex_unlock(&t->lock);
}

void tracer_free(struct tracer *t)
{
	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->leaving = true;
	pthread_mutex_unlock(&t->lock);
	await_ring(t->wake);
	tracer_unref(t);
}

const char *tracer_built(void)
{
	static const char *const parts[2][2] = {
	        {"growth stacks, allocation sites (hits)",
	         "growth stacks, allocation sites (hits, capstone)"},
	        {"growth stacks, allocation sites (BPF)",
	         "growth stacks, allocation sites (BPF, capstone)"},
	};

	return parts[probes_bpf_built()][place_built()];
}

const char *tracer_missing(void)
{
	return NULL;
}
