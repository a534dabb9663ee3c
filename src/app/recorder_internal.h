/* SPDX-License-Identifier: MIT */
#ifndef APP_RECORDER_INTERNAL_H
#define APP_RECORDER_INTERNAL_H

/* What recorder.c (the thread) and recorder_tell.c (the door to it) share. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "app/recorder.h"

struct recorder {
	atomic_uint refs;    /* the thread holds one, too */
	atomic_uint outside; /* of them, outside its thread */
	struct recorder_options o;
	char *path, *version, *name; /* name: the path, safe to print */
	pthread_mutex_t lock;
	pthread_cond_t work, ended; /* CLOCK_MONOTONIC */
	int news;                   /* eventfd */

	/* under the lock */
	struct record_queue queue;
	struct recorder_state state;
	unsigned writing;       /* items from the first on that are being written; 0: none */
	uint64_t writing_since; /* CLOCK_MONOTONIC ns */
	atomic_bool leaving;

	/* of the thread that writes */
	unsigned most; /* items that it writes at a time */
	bool behind;   /* there were more when it began to write */
	uint64_t kept; /* samples that are committed */

	/* of the thread that tells */
	bool dropping;       /* until there is room again */
	uint64_t unheard;    /* samples dropped since */
	bool has_verdict;    /* one was told */
	uint64_t told_at;    /* ns of the watch */
	uint64_t kind_since; /* likewise: the first one of the kind of the one told last */
	struct verdict told;
};

/* It ended, one way or the other. With the lock held. */
bool recorder_has_ended(const struct recorder *r);

#endif
