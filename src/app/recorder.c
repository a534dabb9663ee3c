/* SPDX-License-Identifier: MIT */
#include "app/recorder.h"

/*
 * The thread that writes, its beginning and its end. Knows when to write and what to do when that fails; refuses to
 * know what is in the file and what there is room for. The lock is held for a few assignments only, never across a
 * call into the store.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "app/recorder_internal.h"
#include "base/await.h"
#include "base/clock.h"
#include "base/safe_text.h"
#include "base/thread.h"

/* A disk that stays full is asked ever more seldom, up to so many times the pace. */
enum { RETRY_MAX = 8 };

/* --- references --------------------------------------------------------------------------------- */

static void release(struct recorder *r)
{
	if (atomic_fetch_sub(&r->refs, 1) != 1)
		return;
	record_free(&r->queue);
	pthread_cond_destroy(&r->work);
	pthread_cond_destroy(&r->ended);
	pthread_mutex_destroy(&r->lock);
	if (r->news >= 0)
		close(r->news);
	free(r->path);
	free(r->version);
	free(r->name);
	free(r);
}

struct recorder *recorder_ref(struct recorder *r)
{
	atomic_fetch_add(&r->outside, 1);
	atomic_fetch_add(&r->refs, 1);
	return r;
}

void recorder_unref(struct recorder *r)
{
	if (!r)
		return;
	if (atomic_fetch_sub(&r->outside, 1) == 1)
		recorder_finish(r);
	release(r);
}

/* --- the thread --------------------------------------------------------------------------------- */

static struct timespec deadline(uint64_t ns)
{
	return (struct timespec){(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
}

static void set_trouble(struct recorder *r, const char *text)
{
	if (strcmp(r->state.trouble, text) == 0)
		return;
	snprintf(r->state.trouble, sizeof(r->state.trouble), "%s", text);
	await_ring(r->news);
}

static void set_phase(struct recorder *r, enum recorder_phase phase)
{
	r->state.phase = phase;
	pthread_cond_broadcast(&r->ended);
	await_ring(r->news);
}

/* Nobody can bring back what this file was. */
static bool is_final(int err)
{
	return err == -ENOENT || err == -ESTALE || err == -EUCLEAN;
}

/* The store's words without the name of the file, which stands where they are shown. */
static void trouble_text(const struct recorder *r, int err, const struct fault *fault, char *out,
                         size_t size)
{
	const char *slash = strrchr(r->name, '/'), *base = slash ? slash + 1 : r->name;
	const char *reason = strstr(fault->text, base);

	if (reason && strncmp(reason + strlen(base), ": ", 2) == 0)
		snprintf(out, size, "%s", reason + strlen(base) + 2);
	else if (fault->text[0])
		snprintf(out, size, "%.*s", (int)size - 1, fault->text);
	else
		snprintf(out, size, "%s; it is tried again", fault_reason(err));
}

/* Opens the file. 0 or -errno; the phase says so, too. */
static int open_file(struct recorder *r, struct recording **ret)
{
	struct recording_options file = r->o.file;
	struct fault fault = {0};
	uint64_t size;
	int err;

	file.path = r->path;
	file.version = r->version;
	err = r->o.store->open(&file, ret, &fault);
	if (err && !fault.text[0])
		fault_set(&fault, STATUS_OUTPUT, "cannot record to %s: %s; give another path",
		          r->name, fault_reason(err));
	size = err ? 0 : r->o.store->size(*ret);
	pthread_mutex_lock(&r->lock);
	r->state.fault = fault;
	r->state.size = size;
	set_phase(r, err ? RECORDER_FAILED : RECORDER_OPEN);
	pthread_mutex_unlock(&r->lock);
	return err;
}

/* Waits for something to write that may be written by now. False: there is nothing more to do. */
static bool next_write(struct recorder *r, uint64_t not_before)
{
	struct timespec until = deadline(not_before);

	pthread_mutex_lock(&r->lock);
	while (!atomic_load(&r->leaving) && !r->queue.items)
		pthread_cond_wait(&r->work, &r->lock);
	while (!atomic_load(&r->leaving) && clock_mono() < not_before)
		pthread_cond_timedwait(&r->work, &r->lock, &until);
	r->behind = r->queue.items > r->most;
	r->writing = r->behind ? r->most : r->queue.items;
	r->writing_since = clock_mono();
	pthread_mutex_unlock(&r->lock);
	return r->writing > 0;
}

/*
 * What is more than a small file has room for is written by halves: waiting longer only makes it more. A table that
 * does not fit alone is left out. False: nothing can be done.
 */
static bool write_less(struct recorder *r)
{
	if (r->writing <= 1)
		return record_leave_out(r->queue.first);
	r->most = r->writing / 2;
	return true;
}

/* Writes what next_write found. 0: it is committed and gone from the queue. *ret_less: try at once with less. */
static int write_items(struct recorder *r, struct recording *to, bool *ret_less)
{
	struct record_queue done = {0};
	char text[sizeof(r->state.trouble)] = "";
	struct fault fault = {0};
	uint64_t size;
	int err, committed;
	bool less, kept;

	do
		err = record_write(r->queue.first, r->writing, r->o.store, to);
	while (err == -EINVAL);
	/* After a call that failed the commit does nothing but say why. */
	committed = r->o.store->commit(to, &fault);
	/* One that was moved has all of it. */
	kept = !err && (!committed || committed == -ESTALE);
	err = err ? err : committed;
	less = err == -E2BIG && write_less(r);
	if (err && !less)
		trouble_text(r, err, &fault, text, sizeof(text));
	if (!err && r->most < UINT_MAX / 2)
		r->most *= 2;
	size = r->o.store->size(to);
	pthread_mutex_lock(&r->lock);
	if (kept)
		done = record_take(&r->queue, r->writing);
	r->kept += done.samples - record_refused(&done);
	r->state.dropped += record_refused(&done);
	/* Of a file that is no longer there nobody is told to look at it. */
	r->state.size = is_final(committed) ? 0 : size;
	r->writing = 0;
	if (!less)
		set_trouble(r, text);
	pthread_mutex_unlock(&r->lock);
	record_free(&done);
	*ret_less = less;
	return err;
}

/* 0, or the -errno of the last attempt. */
static int write_on(struct recorder *r, struct recording *to)
{
	uint64_t not_before = 0, rest = r->o.pace;
	int err = 0;

	while (!is_final(err) && next_write(r, not_before)) {
		bool failed = err != 0, less;

		do
			err = write_items(r, to, &less);
		while (less && next_write(r, 0));
		if (err && atomic_load(&r->leaving))
			break;
		if (!err || !failed)
			rest = r->o.pace;
		else if (rest < r->o.pace * RETRY_MAX)
			rest *= 2;
		/* A small file takes little at a time: a rest after each would let the queue grow for ever. */
		not_before = !err && r->behind ? 0 : clock_mono() + rest;
	}
	return err;
}

/* Nothing is lost any more, however long the disk takes to close the file. */
static void note_written(struct recorder *r)
{
	pthread_mutex_lock(&r->lock);
	r->state.written = true;
	pthread_mutex_unlock(&r->lock);
}

/* What could be done about it is too late now: the reason alone. With a file that is gone all of it is. */
static void tell_end(struct recorder *r, int err)
{
	unsigned long long missing = r->queue.samples + (err == -ENOENT ? r->kept : 0);
	int reason = (int)strcspn(r->state.trouble, ";");

	if (err == -ESTALE && !missing)
		fault_set(&r->state.fault, STATUS_OUTPUT, "recording %s: %.*s", r->name, reason,
		          r->state.trouble);
	else
		fault_set(&r->state.fault, STATUS_OUTPUT,
		          "recording %s: %.*s; %llu sample%s missing there", r->name, reason,
		          r->state.trouble, missing, missing == 1 ? " is" : "s are");
}

/* The last word of the thread: how it ended. */
static void close_down(struct recorder *r, int err)
{
	struct record_queue rest;

	pthread_mutex_lock(&r->lock);
	if (err)
		tell_end(r, err);
	r->state.waiting = r->queue.samples;
	rest = record_take(&r->queue, r->queue.items);
	set_phase(r, err ? RECORDER_FAILED : RECORDER_DONE);
	pthread_mutex_unlock(&r->lock);
	record_free(&rest);
}

static void *recorder_main(void *arg)
{
	struct recorder *r = arg;
	struct recording *to = NULL;
	int err = open_file(r, &to);

	if (!err) {
		err = write_on(r, to);
		if (!err)
			note_written(r);
		r->o.store->close(to);
		close_down(r, err);
	}
	release(r);
	return NULL;
}

/* --- beginning and end -------------------------------------------------------------------------- */

static void init_locks(struct recorder *r)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work, &attr);
	pthread_cond_init(&r->ended, &attr);
	pthread_condattr_destroy(&attr);
}

int recorder_start(const struct recorder_options *o, struct recorder **ret)
{
	struct recorder *r = calloc(1, sizeof(*r));
	char safe[256];
	int err;

	if (!r)
		return -ENOMEM;
	safe_copy(safe, sizeof(safe), o->file.path, strlen(o->file.path), SAFE_UTF8);
	r->o = *o;
	r->most = UINT_MAX;
	if (!r->o.store)
		r->o.store = &recorder_store;
	r->path = strdup(o->file.path);
	r->version = strdup(o->file.version);
	r->name = strdup(safe);
	r->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	init_locks(r);
	atomic_init(&r->outside, 1);
	atomic_init(&r->refs, 2);
	err = r->news < 0 ? -errno : -ENOMEM;
	if (r->path && r->version && r->name && r->news >= 0)
		err = thread_begin_deaf(recorder_main, r);
	if (err) {
		release(r);
		release(r);
		return err;
	}
	*ret = r;
	return 0;
}

int recorder_opened(struct recorder *r, uint64_t ns, int wake_fd, struct fault *fault)
{
	/* Another phase is the first news there can be; it stays news. */
	int err = await_unless(r->news, wake_fd, ns);

	pthread_mutex_lock(&r->lock);
	if (r->state.phase != RECORDER_OPENING)
		err = 0;
	if (r->state.phase == RECORDER_FAILED) {
		*fault = r->state.fault;
		err = -EIO;
	}
	pthread_mutex_unlock(&r->lock);
	if (err == -EINTR)
		fault_set(fault, STATUS_GONE,
		          "told to end while %s was being opened; nothing was watched", r->name);
	else if (err && err != -EIO)
		fault_set(fault, STATUS_OUTPUT,
		          "cannot record to %s: its disk takes more than %llu s to open it; give "
		          "another path",
		          r->name, (unsigned long long)(ns / NS_PER_S));
	return err;
}

void recorder_finish(struct recorder *r)
{
	pthread_mutex_lock(&r->lock);
	atomic_store(&r->leaving, true);
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->lock);
}

bool recorder_has_ended(const struct recorder *r)
{
	return r->state.phase == RECORDER_DONE || r->state.phase == RECORDER_FAILED;
}

bool recorder_ended(struct recorder *r, uint64_t ns)
{
	struct timespec until = deadline(clock_mono() + ns);
	bool ended;
	int err = 0;

	pthread_mutex_lock(&r->lock);
	while (!err && !recorder_has_ended(r))
		err = pthread_cond_timedwait(&r->ended, &r->lock, &until);
	ended = recorder_has_ended(r);
	pthread_mutex_unlock(&r->lock);
	return ended;
}
