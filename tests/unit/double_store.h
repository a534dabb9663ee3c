/* SPDX-License-Identifier: MIT */
#ifndef DOUBLE_STORE_H
#define DOUBLE_STORE_H

/*
 * A store made up, for the recorder to write into: it remembers what it was given, and fails, hangs and refuses when it is
 * told to. Included by the one file of a test program.
 */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "app/recorder.h"
#include "base/clock.h"

enum { LOG_MAX = 4096, PATIENCE_MS = 60000, SMALL_ROOM = 16 << 10 };

/* What was given to the store, and what of it was committed. */
struct row {
	char kind; /* i s b r e v f */
	uint64_t time;
	unsigned flags;
	char text[200];
};

struct store {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int open_error, commit_error; /* what these calls give */
	bool hangs;                   /* commits do not come back */
	bool opens_late, closes_late; /* opening, closing do not, either */
	unsigned hanging;             /* commits that wait */
	uint64_t refused;             /* time of a sample that is -EINVAL */
	bool huge_tables;             /* that are -E2BIG */
	unsigned fits;                /* rows of one transaction; 0: all */
	unsigned given, committed, commits, closed;
	struct row rows[LOG_MAX];
};

/* The store is a set of functions without an argument of ours. */
static struct store store;

static int keep(char kind, uint64_t time, unsigned flags, const char *text)
{
	struct row *r = &store.rows[store.given];

	assert_true(store.given < LOG_MAX);
	*r = (struct row){.kind = kind, .time = time, .flags = flags};
	snprintf(r->text, sizeof(r->text), "%s", text);
	store.given++;
	return 0;
}

static int fake_open(const struct recording_options *o, struct recording **ret, struct fault *fault)
{
	assert_string_equal(o->path, "/nowhere/a.mld");
	pthread_mutex_lock(&store.lock);
	while (store.opens_late)
		pthread_cond_wait(&store.changed, &store.lock);
	pthread_mutex_unlock(&store.lock);
	if (store.open_error)
		fault_set(fault, STATUS_OUTPUT, "a.mld: is something else; give another path");
	*ret = (struct recording *)&store;
	return store.open_error;
}

static int fake_past(struct recording *r, uint64_t until)
{
	(void)r;
	return keep('p', until, 0, "");
}

static int fake_image(struct recording *r, uint64_t time, const struct target *t)
{
	(void)r;
	return keep('i', time, 0, t->comm);
}

static int fake_sample(struct recording *r, const struct sample *s, uint64_t span,
                       const struct sample extremes[2])
{
	(void)r;
	(void)span;
	if (s->time == store.refused) {
		store.given = store.committed;
		return -EINVAL;
	}
	return keep(extremes ? 'b' : 's', s->time, s->flags, "");
}

static int fake_regions(struct recording *r, struct region_table *t)
{
	(void)r;
	if (store.huge_tables) {
		store.given = store.committed;
		return -E2BIG;
	}
	return keep('r', t->time, 0, "");
}

static int fake_heap(struct recording *r, const struct heap_facts *f)
{
	(void)r;
	return keep('h', f->time, 0, "");
}

static int fake_sites(struct recording *r, const struct sites_facts *f)
{
	(void)r;
	return keep('c', f->time, f->kind, f->note);
}

static int fake_event(struct recording *r, const struct event *e)
{
	(void)r;
	return keep('e', e->time, e->kind, e->text);
}

static int fake_verdict(struct recording *r, uint64_t time, const struct verdict *v)
{
	(void)r;
	return keep('v', time, (unsigned)v->kind, v->reason);
}

static int keep_fact(const char *key, const char *value)
{
	char text[100];

	snprintf(text, sizeof(text), "%s=%s", key, value);
	return keep('f', 0, 0, text);
}

static int fake_fact(struct recording *r, const char *key, const char *value)
{
	(void)r;
	return keep_fact(key, value);
}

static int fake_commit(struct recording *r, struct fault *fault)
{
	int err;

	(void)r;
	pthread_mutex_lock(&store.lock);
	store.hanging++;
	pthread_cond_broadcast(&store.changed);
	while (store.hangs)
		pthread_cond_wait(&store.changed, &store.lock);
	store.hanging--;
	err = store.commit_error;
	if (store.fits && store.given - store.committed > store.fits)
		err = -E2BIG;
	if (err == -ENOSPC)
		fault_set(fault, STATUS_OUTPUT,
		          "/resolved/a.mld: disk full; goes on when there is room");
	if (err == -ENOENT)
		fault_set(fault, STATUS_OUTPUT, "/resolved/a.mld: was removed; begin another");
	if (err == -ESTALE)
		fault_set(fault, STATUS_OUTPUT, "/resolved/a.mld: was moved: it is there; begin");
	if (err && err != -ESTALE)
		store.given = store.committed;
	else
		store.committed = store.given;
	store.commits += !err;
	pthread_cond_broadcast(&store.changed);
	pthread_mutex_unlock(&store.lock);
	return err;
}

static uint64_t fake_size(const struct recording *r)
{
	(void)r;
	return store.committed * 100ull;
}

static void fake_close(struct recording *r)
{
	(void)r;
	pthread_mutex_lock(&store.lock);
	while (store.closes_late)
		pthread_cond_wait(&store.changed, &store.lock);
	pthread_mutex_unlock(&store.lock);
	store.closed++;
}

static const struct recorder_store fake = {fake_open,    fake_past, fake_image,  fake_sample,
                                           fake_regions, fake_heap, fake_sites,  fake_event,
                                           fake_verdict, fake_fact, fake_commit, fake_size,
                                           fake_close};

static inline void store_set(bool hangs, int commit_error)
{
	pthread_mutex_lock(&store.lock);
	store.hangs = hangs;
	store.commit_error = commit_error;
	pthread_cond_broadcast(&store.changed);
	pthread_mutex_unlock(&store.lock);
}

/* Until a commit hangs: what was told since waits behind it. */
static inline void await_hanging(void)
{
	pthread_mutex_lock(&store.lock);
	while (!store.hanging)
		pthread_cond_wait(&store.changed, &store.lock);
	pthread_mutex_unlock(&store.lock);
}

static inline unsigned committed(void)
{
	unsigned n;

	pthread_mutex_lock(&store.lock);
	n = store.committed;
	pthread_mutex_unlock(&store.lock);
	return n;
}

/* Until so many rows are committed; false: they are not, long after. */
static inline bool await_committed(unsigned n)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_MS / 1000;
	pthread_mutex_lock(&store.lock);
	while (!err && store.committed < n)
		err = pthread_cond_timedwait(&store.changed, &store.lock, &until);
	pthread_mutex_unlock(&store.lock);
	return err == 0;
}

static inline void store_opens(void)
{
	pthread_mutex_lock(&store.lock);
	store.opens_late = false;
	pthread_cond_broadcast(&store.changed);
	pthread_mutex_unlock(&store.lock);
}

static inline int begin(void **state)
{
	*state = NULL;
	memset(&store, 0, sizeof(store));
	store.refused = UNKNOWN;
	pthread_mutex_init(&store.lock, NULL);
	pthread_cond_init(&store.changed, NULL);
	return 0;
}

static inline struct recorder *start_paced(size_t room, uint64_t pace)
{
	struct recorder_options o = {.file = {.path = "/nowhere/a.mld", .version = "1"},
	                             .store = &fake,
	                             .pace = pace,
	                             .room = room};
	struct recorder *r;

	assert_int_equal(recorder_start(&o, &r), 0);
	return r;
}

static inline struct recorder *start(size_t room)
{
	return start_paced(room, NS_PER_MS);
}

static inline struct recorder *start_open(size_t room)
{
	struct fault f = {0};
	struct recorder *r = start(room);

	assert_int_equal(recorder_opened(r, (uint64_t)PATIENCE_MS * NS_PER_MS, -1, &f), 0);
	return r;
}

static inline struct recorder_state end(struct recorder *r)
{
	struct recorder_state s;

	recorder_finish(r);
	assert_true(recorder_ended(r, (uint64_t)PATIENCE_MS * NS_PER_MS));
	recorder_state(r, &s);
	recorder_unref(r);
	return s;
}

static inline void tell(struct recorder *r, uint64_t time)
{
	struct sample s;

	sample_init(&s);
	s.time = time;
	s.flags = 0;
	recorder_sample(r, &s);
}

/* News until the trouble is, or is no longer, there. */
static inline void await_trouble(struct recorder *r, bool wanted)
{
	struct recorder_state s;

	recorder_state(r, &s);
	while ((s.trouble[0] != 0) != wanted) {
		struct pollfd p = {recorder_fd(r), POLLIN, 0};

		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		recorder_news(r, &s);
	}
}

static inline void assert_rows(const char *kinds)
{
	char found[LOG_MAX + 1];

	for (unsigned i = 0; i < store.committed; i++)
		found[i] = store.rows[i].kind;
	found[store.committed] = 0;
	assert_string_equal(found, kinds);
}

#endif
