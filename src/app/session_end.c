/* SPDX-License-Identifier: MIT */
#include "app/session_internal.h"

/*
 * The end of a session, seen from the screen. Knows how its clock is told to stop, how long it is waited for, and what is
 * freed then; refuses to know what the clock does about it.
 */

#include <stdlib.h>
#include <unistd.h>

#include "app/recorder.h"
#include "base/await.h"
#include "base/clock.h"

/* Of the patience with a busy machine: what may come between is looked at after each. */
#define SLICE (200 * NS_PER_MS)

void session_tell_stop(struct session *s, enum watch_end how)
{
	atomic_store(&s->how, (int)how);
	mailbox_order(s->mailbox, &(struct order){.kind = ORDER_STOP});
}

/* Once: a way out may break off, and the next one asks again. */
static bool join(struct session *s)
{
	if (!s->joined)
		s->joined = pthread_join(s->thread, NULL) == 0;
	return s->joined;
}

bool session_await(struct session *s, uint64_t ns)
{
	return (s->joined || await_readable(s->ended_fd, ns)) && join(s);
}

bool session_await_busy(struct session *s)
{
	return (s->joined || await_worker(s->ended_fd, s->thread, SLICE)) && join(s);
}

bool session_stop(struct session *s, enum watch_end how)
{
	session_tell_stop(s, how);
	/* A machine that is busy must not cost what it wrote. */
	return (s->joined || await_worker(s->ended_fd, s->thread, NS_PER_S)) && join(s);
}

void session_free(struct session *s)
{
	if (!s)
		return;
	watch_free(s->watch);
	mailbox_free(s->mailbox);
	if (s->ended_fd >= 0)
		close(s->ended_fd);
	output_close(&s->csv, NULL);
	buf_done(&s->line);
	recorder_unref(s->recorder);
	metrics_unref(s->metrics);
	free(s);
}
