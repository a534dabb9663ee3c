/* SPDX-License-Identifier: MIT */
#include "app/metrics.h"

/*
 * The thread that writes metrics. Knows when to write, what to say when that fails, and how it ends; refuses to know
 * what is written (report/openmetrics.h) and how (app/metrics_file.h). The lock is held for a few assignments only,
 * never while the disk is waited for.
 */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "app/metrics_file.h"
#include "app/modes.h"
#include "base/await.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/safe_text.h"
#include "base/thread.h"
#include "report/openmetrics.h"

enum { TEXT_MAX = 1 << 20, TROUBLE_MAX = 240 };

struct metrics {
	atomic_uint refs, outside;
	char *path;
	char *watch;              /* label: base name of the path, without ".prom" */
	char name[256];           /* the path, safe to print */
	struct metrics_file file; /* the thread's alone */
	int opened, ended;        /* eventfds: readable from then on */
	pthread_mutex_t lock;     /* of all below */
	pthread_cond_t work;
	struct moment *next;                          /* to be written; NULL: nothing is */
	bool leaving;                                 /* told to end */
	bool failed;                                  /* never opened: `fault` says why */
	struct fault fault;                           /* of the end, or of the beginning */
	char trouble[TROUBLE_MAX], told[TROUBLE_MAX]; /* of the last writing; what news gave last */
};

/* --- references ---------------------------------------------------------------------------------- */

static void release(struct metrics *m)
{
	if (atomic_fetch_sub(&m->refs, 1) != 1)
		return;
	moment_unref(m->next);
	pthread_cond_destroy(&m->work);
	pthread_mutex_destroy(&m->lock);
	if (m->opened >= 0)
		close(m->opened);
	if (m->ended >= 0)
		close(m->ended);
	free(m->path);
	free(m->watch);
	free(m);
}

struct metrics *metrics_ref(struct metrics *m)
{
	atomic_fetch_add(&m->outside, 1);
	atomic_fetch_add(&m->refs, 1);
	return m;
}

void metrics_unref(struct metrics *m)
{
	if (!m)
		return;
	if (atomic_fetch_sub(&m->outside, 1) == 1)
		metrics_finish(m);
	release(m);
}

/* --- the thread ---------------------------------------------------------------------------------- */

/* "cannot write PATH: WHY; WHAT TO DO"; "" when nothing is wrong. */
static void explain(const struct metrics *m, const char *what, int err, char out[TROUBLE_MAX])
{
	char text[160];

	out[0] = '\0';
	if (!err)
		return;
	metrics_file_explain(err, text, sizeof(text));
	snprintf(out, TROUBLE_MAX, "cannot %s %.*s: %s", what, 64, m->name, text);
}

static void note_opened(struct metrics *m, int err)
{
	char text[TROUBLE_MAX];

	explain(m, "write", err, text);
	pthread_mutex_lock(&m->lock);
	m->failed = err != 0;
	if (err)
		fault_set(&m->fault, STATUS_OUTPUT, "%s", text);
	snprintf(m->trouble, sizeof(m->trouble), "%s", text);
	pthread_mutex_unlock(&m->lock);
	await_ring(m->opened);
}

/* NULL: told to end. */
static struct moment *next_moment(struct metrics *m)
{
	struct moment *next;

	pthread_mutex_lock(&m->lock);
	while (!m->leaving && !m->next)
		pthread_cond_wait(&m->work, &m->lock);
	next = m->leaving ? NULL : m->next;
	if (next)
		m->next = NULL;
	pthread_mutex_unlock(&m->lock);
	return next;
}

static int write_moment(struct metrics *m, const struct moment *moment)
{
	struct buf text;
	int err;

	buf_init(&text, TEXT_MAX);
	err = openmetrics_write(moment, m->watch, version_text(), &text);
	if (!err)
		err = metrics_file_write(&m->file, text.data, text.len);
	buf_done(&text);
	return err;
}

static void note_written(struct metrics *m, int err)
{
	char text[TROUBLE_MAX];

	explain(m, "write", err, text);
	pthread_mutex_lock(&m->lock);
	snprintf(m->trouble, sizeof(m->trouble), "%s", text);
	pthread_mutex_unlock(&m->lock);
}

/* What failed last stays to be told; else what became of the file. */
static void note_ended(struct metrics *m, int err)
{
	char text[TROUBLE_MAX];

	explain(m, "remove", err, text);
	pthread_mutex_lock(&m->lock);
	if (text[0])
		fault_set(&m->fault, STATUS_OUTPUT, "%.*s; its figures are old: remove it",
		          (int)strcspn(text, ";"), text);
	else if (m->trouble[0])
		fault_set(&m->fault, STATUS_OUTPUT, "%s", m->trouble);
	pthread_mutex_unlock(&m->lock);
}

static void *metrics_main(void *arg)
{
	struct metrics *m = arg;
	int err = metrics_file_check(&m->file);
	struct moment *moment;

	note_opened(m, err);
	while (!err && (moment = next_moment(m))) {
		note_written(m, write_moment(m, moment));
		moment_unref(moment);
	}
	if (!err)
		note_ended(m, metrics_file_remove(&m->file));
	await_ring(m->ended);
	release(m);
	return NULL;
}

/* --- beginning ----------------------------------------------------------------------------------- */

/* "/var/lib/.../shopd.prom" is the watch "shopd". NULL: no memory. */
static char *watch_name(const char *path)
{
	static const char extension[] = ".prom";
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t n = strlen(name), e = sizeof(extension) - 1;

	return strndup(name, n > e && !strcmp(name + n - e, extension) ? n - e : n);
}

int metrics_start(const char *path, struct metrics **ret)
{
	struct metrics *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return -ENOMEM;
	m->path = strdup(path);
	m->watch = watch_name(path);
	m->file.path = m->path;
	safe_copy(m->name, sizeof(m->name), path, strlen(path), SAFE_UTF8);
	m->opened = eventfd(0, EFD_CLOEXEC);
	m->ended = m->opened < 0 ? -1 : eventfd(0, EFD_CLOEXEC);
	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->work, NULL);
	atomic_init(&m->outside, 1);
	atomic_init(&m->refs, 2);
	err = m->ended < 0 ? -errno : -ENOMEM;
	if (m->path && m->watch && m->ended >= 0)
		err = thread_begin_deaf(metrics_main, m);
	if (err) {
		release(m);
		release(m);
		return err;
	}
	*ret = m;
	return 0;
}

int metrics_opened(struct metrics *m, uint64_t ns, int wake_fd, struct fault *fault)
{
	int err = await_unless(m->opened, wake_fd, ns);

	if (err == -EINTR)
		fault_set(fault, STATUS_GONE,
		          "told to end while %s was being opened; nothing was watched", m->name);
	else if (err)
		fault_set(fault, STATUS_OUTPUT,
		          "cannot write %s: its disk takes more than %llu s; give another path",
		          m->name, (unsigned long long)(ns / NS_PER_S));
	if (err)
		return err;
	pthread_mutex_lock(&m->lock);
	if (m->failed) {
		*fault = m->fault;
		err = -EIO;
	}
	pthread_mutex_unlock(&m->lock);
	return err;
}

/* --- the watch ----------------------------------------------------------------------------------- */

void metrics_tell(struct metrics *m, struct moment *moment)
{
	struct moment *before;

	if (!m || !moment)
		return;
	moment_ref(moment);
	pthread_mutex_lock(&m->lock);
	before = m->next;
	m->next = moment;
	pthread_cond_signal(&m->work);
	pthread_mutex_unlock(&m->lock);
	moment_unref(before);
}

bool metrics_news(struct metrics *m, char *out, size_t size)
{
	bool changed;

	if (!m)
		return false;
	pthread_mutex_lock(&m->lock);
	changed = strcmp(m->trouble, m->told) != 0;
	memcpy(m->told, m->trouble, sizeof(m->told));
	snprintf(out, size, "%s", m->trouble);
	pthread_mutex_unlock(&m->lock);
	return changed;
}

/* --- the end ------------------------------------------------------------------------------------- */

void metrics_finish(struct metrics *m)
{
	if (!m)
		return;
	pthread_mutex_lock(&m->lock);
	m->leaving = true;
	pthread_cond_signal(&m->work);
	pthread_mutex_unlock(&m->lock);
}

int metrics_end(struct metrics *m, uint64_t ns, struct fault *fault)
{
	int err;

	if (!m)
		return 0;
	metrics_finish(m);
	err = await_unless(m->ended, -1, ns);
	if (err) {
		fault_set(fault, STATUS_OUTPUT,
		          "cannot remove %s: its disk is too slow; its figures are old: remove it",
		          m->name);
		return err;
	}
	pthread_mutex_lock(&m->lock);
	if (m->fault.text[0]) {
		*fault = m->fault;
		err = -EIO;
	}
	pthread_mutex_unlock(&m->lock);
	return err;
}
