/* SPDX-License-Identifier: MIT */
#ifndef APP_SESSION_INTERNAL_H
#define APP_SESSION_INTERNAL_H

/* What session.c (the clock thread) and session_end.c (how it is stopped and awaited) share. */

#include <pthread.h>
#include <stdatomic.h>

#include "app/session.h"
#include "base/buf.h"

/* Rows of --csv. */
enum missing { MISSING_NONE, MISSING_SOME, MISSING_ALL };

struct session {
	const struct options *o;
	struct child *child;
	struct mailbox *mailbox;
	struct watch *watch;
	struct recorder *recorder; /* of --record; NULL: none */
	struct metrics *metrics;   /* of --openmetrics; NULL: none */
	struct output csv;         /* fd -1: none; never waited for */
	enum missing missing_told;
	struct buf line;
	int exit_fd;
	pthread_t thread;
	int ended_fd;      /* eventfd: readable when the thread is about to return; -1 */
	bool joined;       /* it returned, and nobody waits for it again */
	bool stopped;      /* ORDER_STOP came */
	uint64_t cursor;   /* where the past is looked at; UNKNOWN: nobody does */
	uint64_t focus;    /* region id, 0 none */
	atomic_int how;    /* enum watch_end asked for by session_stop */
	atomic_int status; /* STATUS_..., as of the newest sample */
};

#endif
