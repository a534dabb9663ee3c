/* SPDX-License-Identifier: MIT */
/*
 * Knows the threads that read what may block: a queue of questions, answers on a heap, and one more thread
 * whenever all hang. Refuses to know which processes matter.
 */
#include "source/names.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/thread.h"
#include "proc/procdir.h"
#include "source/live_internal.h"

enum { COMMAND_READ = 512, CGROUP_READ = 8 << 10, USERS = 16 };

/* Shared by the caller and the threads; the last of them frees it. */
struct names {
	atomic_uint refs;
	char *proc;
	pthread_mutex_t lock;
	pthread_cond_t asked;
	/* under the lock, as is all that follows */
	bool stopping;
	unsigned threads, idle;
	uint64_t moved; /* ns; when a thread last took a question or gave an answer */
	struct name_ask *asks;
	size_t ask_at, ask_count, ask_room;
	struct name_answer *answers;
	size_t answer_count, answer_room;
};

/* What one thread needs. */
struct reader {
	struct names *names;
	struct procdir root;
	struct buf command, cgroup; /* each with the most that is read of such a file */
	struct {
		uint64_t uid;
		char name[sizeof(((struct name_answer *)0)->user)];
	} users[USERS];
	unsigned user_next;
};

static void names_unref(struct names *n)
{
	if (atomic_fetch_sub(&n->refs, 1) != 1)
		return;
	free(n->asks);
	free(n->answers);
	pthread_cond_destroy(&n->asked);
	pthread_mutex_destroy(&n->lock);
	free(n->proc);
	free(n);
}

struct names *names_new(const char *proc)
{
	struct names *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	atomic_init(&n->refs, 1);
	pthread_mutex_init(&n->lock, NULL);
	pthread_cond_init(&n->asked, NULL);
	n->proc = strdup(proc);
	if (!n->proc) {
		names_unref(n);
		return NULL;
	}
	return n;
}

void names_stop(struct names *n)
{
	if (!n)
		return;
	pthread_mutex_lock(&n->lock);
	n->stopping = true;
	pthread_cond_broadcast(&n->asked);
	pthread_mutex_unlock(&n->lock);
	names_unref(n);
}

bool names_ask(struct names *n, const struct name_ask *ask)
{
	pthread_mutex_lock(&n->lock);
	if (n->ask_at == n->ask_count)
		n->ask_at = n->ask_count = 0;
	bool fits = array_room((void **)&n->asks, n->ask_count, &n->ask_room, sizeof(*ask));
	if (fits)
		n->asks[n->ask_count++] = *ask;
	pthread_cond_signal(&n->asked);
	pthread_mutex_unlock(&n->lock);
	return fits;
}

struct name_answer *names_take(struct names *n, size_t *ret_count)
{
	pthread_mutex_lock(&n->lock);
	struct name_answer *answers = n->answers;
	*ret_count = n->answer_count;
	n->answers = NULL;
	n->answer_count = n->answer_room = 0;
	pthread_mutex_unlock(&n->lock);
	return answers;
}

/* --- reading ---------------------------------------------------------------------------------------- */

static int file_read(struct reader *r, int32_t pid, const char *name, struct buf *into)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	return procdir_read_global(&r->root, path, into);
}

static void command_read(struct reader *r, struct name_answer *a)
{
	int e = a->ask.kthread ? 0 : file_read(r, a->ask.pid, "cmdline", &r->command);
	const char *text = buf_str(&r->command);
	size_t len = !a->ask.kthread && (e == 0 || e == -EFBIG) ? r->command.len : 0;

	while (len && !text[len - 1])
		len--;
	if (!len) {
		snprintf(a->command, sizeof(a->command), a->ask.kthread ? "[%s]" : "%s",
		         a->ask.comm);
		return;
	}
	if (len > sizeof(a->command) - 1)
		len = sizeof(a->command) - 1;
	for (size_t i = 0; i < len; i++)
		a->command[i] = text[i] ? text[i] : ' ';
	a->command[len] = '\0';
}

static void unit_read(struct reader *r, struct name_answer *a)
{
	struct cgroup_place place;

	if (file_read(r, a->ask.pid, "cgroup", &r->cgroup) == 0 &&
	    cgroup_parse(buf_str(&r->cgroup), r->cgroup.len, &place) == 0)
		cgroup_label(place.path, strlen(place.path), a->unit, sizeof(a->unit));
}

/* A few users own all processes. */
static void user_find(struct reader *r, struct name_answer *a)
{
	unsigned i = 0;

	if (!known(a->ask.uid))
		return;
	while (i < USERS && r->users[i].uid != a->ask.uid)
		i++;
	if (i == USERS) {
		i = r->user_next++ % USERS;
		r->users[i].uid = a->ask.uid;
		r->users[i].name[0] = '\0';
		live_user_name(a->ask.uid, r->users[i].name, sizeof(r->users[i].name));
	}
	memcpy(a->user, r->users[i].name, sizeof(a->user));
}

static void answer_add(struct names *n, const struct name_answer *a)
{
	if (array_room((void **)&n->answers, n->answer_count, &n->answer_room, sizeof(*a)))
		n->answers[n->answer_count++] = *a;
}

/* --- threads ---------------------------------------------------------------------------------------- */

/* With the lock held. False: time to stop, or others wait already. */
static bool ask_take(struct names *n, struct name_ask *ret)
{
	while (!n->stopping && n->ask_at == n->ask_count) {
		if (n->idle)
			return false;
		n->idle++;
		pthread_cond_wait(&n->asked, &n->lock);
		n->idle--;
	}
	if (n->stopping)
		return false;
	*ret = n->asks[n->ask_at++];
	n->moved = clock_mono();
	return true;
}

static void queue_work(struct reader *r)
{
	struct names *n = r->names;
	struct name_answer a = {0};

	pthread_mutex_lock(&n->lock);
	while (ask_take(n, &a.ask)) {
		pthread_mutex_unlock(&n->lock);
		a.command[0] = a.unit[0] = a.user[0] = '\0';
		/* What may block comes last, so that the rest is there when it is. */
		user_find(r, &a);
		unit_read(r, &a);
		command_read(r, &a);
		pthread_mutex_lock(&n->lock);
		answer_add(n, &a);
		n->moved = clock_mono();
	}
	n->threads--;
	pthread_mutex_unlock(&n->lock);
}

static void *reader_main(void *arg)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct names *n = arg;

	if (r) {
		r->names = n;
		for (unsigned i = 0; i < USERS; i++)
			r->users[i].uid = UNKNOWN;
		buf_init(&r->command, COMMAND_READ);
		buf_init(&r->cgroup, CGROUP_READ);
	}
	if (r && procdir_open_root(n->proc, &r->root) == 0) {
		queue_work(r);
		procdir_close(&r->root);
	} else {
		pthread_mutex_lock(&n->lock);
		n->threads--;
		pthread_mutex_unlock(&n->lock);
	}
	if (r) {
		buf_done(&r->command);
		buf_done(&r->cgroup);
	}
	free(r);
	names_unref(n);
	return NULL;
}

/* With the lock held. A thread with a reference of its own that nobody joins. */
static void reader_start(struct names *n)
{
	atomic_fetch_add(&n->refs, 1);
	n->threads++;
	n->moved = clock_mono();
	if (thread_begin(reader_main, n)) {
		n->threads--;
		atomic_fetch_sub(&n->refs, 1);
	}
}

bool names_push(struct names *n)
{
	pthread_mutex_lock(&n->lock);
	bool waiting = n->ask_at < n->ask_count;
	bool hangs = n->threads == 0 || clock_mono() - n->moved > NAMES_PATIENCE;
	if (waiting && n->idle == 0 && hangs && n->threads < NAMES_THREADS)
		reader_start(n);
	bool moves = n->threads > 0 && clock_mono() - n->moved <= NAMES_PATIENCE;
	waiting = moves ? waiting || n->threads > n->idle
	                : waiting && n->threads > 0 && n->threads < NAMES_THREADS;
	pthread_mutex_unlock(&n->lock);
	return waiting;
}
