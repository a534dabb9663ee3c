/* SPDX-License-Identifier: MIT */
#ifndef DOUBLE_TRACER_H
#define DOUBLE_TRACER_H

/*
 * A tracer made up: all functions of sites/tracer.h, in place of the one of the room `sites`, and a watch that has it.
 * Included by the one file of a test program that shall have no other. It does nothing by itself: a test says
 * in which phase it is and publishes what it found.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/watch_internal.h"
#include "base/clock.h"
#include "sites/tracer.h"
#include "support_script.h"

struct tracer {
	int32_t pid;
	int fd;
	struct sites_facts *next;
	bool last_on_stop; /* more comes when it is stopped */
};

/* What became of all of them; the one alive, NULL: none. */
static struct {
	pthread_mutex_t lock;
	unsigned made, freed, runs, prices;
	struct tracer *now;
	enum sites_kind kind; /* run last */
	uint64_t duration, hint;
	double max_slowdown;
	struct sites_progress progress;
} doubles = {.lock = PTHREAD_MUTEX_INITIALIZER};

static inline struct sites_facts *facts(double second, enum sites_kind kind)
{
	struct sites_facts *f = sites_facts_new();

	assert_non_null(f);
	f->kind = kind;
	f->time = (uint64_t)(second * (double)NS_PER_S);
	return f;
}

static inline void publish(struct sites_facts *f)
{
	sites_facts_unref(doubles.now->next);
	doubles.now->next = f;
	assert_true(write(doubles.now->fd, &(uint64_t){1}, sizeof(uint64_t)) > 0);
}

struct tracer *tracer_new(const char *proc, int32_t pid, uint64_t start, double max_slowdown)
{
	struct tracer *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	assert_string_equal(proc, "/proc");
	assert_true(start > 0);
	t->pid = pid;
	t->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_lock(&doubles.lock);
	doubles.made++;
	doubles.now = t;
	doubles.max_slowdown = max_slowdown;
	pthread_mutex_unlock(&doubles.lock);
	return t;
}

static inline void phase_is(enum sites_phase phase, enum sites_kind kind)
{
	doubles.progress.phase = phase;
	doubles.progress.kind = kind;
}

void tracer_run(struct tracer *t, enum sites_kind kind, uint64_t duration)
{
	pthread_mutex_lock(&doubles.lock);
	doubles.runs++;
	doubles.kind = kind;
	doubles.duration = duration;
	phase_is(kind == SITES_NONE ? SITES_STOPPED : SITES_TRACING, kind);
	pthread_mutex_unlock(&doubles.lock);
	if (kind == SITES_NONE && t->last_on_stop) {
		struct sites_facts *f = facts(900, SITES_ALLOCATIONS);

		f->ended = true;
		publish(f);
	}
}

void tracer_price(struct tracer *t, uint64_t duration)
{
	(void)t;
	doubles.prices++;
	doubles.duration = duration;
	phase_is(SITES_PRICING, SITES_ALLOCATIONS);
}

void tracer_hint(struct tracer *t, uint64_t largest)
{
	(void)t;
	doubles.hint = largest;
}

int tracer_fd(const struct tracer *t)
{
	return t->fd;
}

struct sites_facts *tracer_take(struct tracer *t)
{
	struct sites_facts *f = t->next;
	uint64_t n;

	if (read(t->fd, &n, sizeof(n)) < 0)
		n = 0;
	t->next = NULL;
	return f;
}

void tracer_progress(struct tracer *t, struct sites_progress *ret)
{
	(void)t;
	pthread_mutex_lock(&doubles.lock);
	*ret = doubles.progress;
	pthread_mutex_unlock(&doubles.lock);
}

void tracer_free(struct tracer *t)
{
	if (!t)
		return;
	sites_facts_unref(t->next);
	close(t->fd);
	doubles.freed++;
	doubles.now = NULL;
	free(t);
}

const char *tracer_built(void)
{
	return "a double";
}

const char *tracer_missing(void)
{
	return NULL;
}

static const struct options plain = {.interval = NS_PER_S, .procfs = "/proc", .max_slowdown = 5};
static const struct options asking = {.interval = NS_PER_S,
                                      .procfs = "/proc",
                                      .sites = 20 * NS_PER_S,
                                      .max_slowdown = 3};

static inline void doubles_reset(void)
{
	doubles.made = doubles.freed = doubles.runs = doubles.prices = 0;
	doubles.now = NULL;
	doubles.kind = SITES_NONE;
	doubles.duration = doubles.hint = 0;
	sites_progress_init(&doubles.progress);
}

static inline struct watch *watch_of(struct script *s, const struct options *o)
{
	struct watch *w;

	doubles_reset();
	w = script_watch(s, o);
	watch_sites_ask(w);
	watch_begin(w, 1);
	return w;
}

static inline void priced_at(double percent)
{
	phase_is(SITES_PRICED, SITES_ALLOCATIONS);
	doubles.progress.expected = percent;
}

static inline void failed_with(const char *why)
{
	phase_is(SITES_FAILED, doubles.progress.kind);
	snprintf(doubles.progress.why, sizeof(doubles.progress.why), "%s", why);
}

static inline struct sites_progress progress_of(struct watch *w, uint64_t time)
{
	struct moment *m = watch_moment(w, time, 0);
	struct sites_progress p = m->sites_progress;

	moment_unref(m);
	return p;
}

#endif
