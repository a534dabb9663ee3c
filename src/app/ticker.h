/* SPDX-License-Identifier: MIT */
#ifndef APP_TICKER_H
#define APP_TICKER_H

/*
 * When samples are taken: on a fixed grid from the begin of the watch, never by adding up sleeps. Turns the
 * crank of one watch until it ends, in the thread that calls ticker_run.
 */

#include <stdint.h>

#include "app/watch.h"

struct ticker_ops {
	enum watch_end (*sampled)(void *arg); /* watch_sample gave a sample; END_NOT_YET goes on */
	void (*updated)(void *arg); /* news came in between, and no sample is due; may be NULL */
	enum watch_end (*woken)(void *arg); /* `fd` became readable; END_NOT_YET goes on */
};

struct ticker {
	struct watch *watch;
	uint64_t start;    /* CLOCK_MONOTONIC ns: time 0 of the watch */
	uint64_t duration; /* ns; UNKNOWN: no end */
	int exit_fd;       /* readable when the target ended; -1 */
	int fd;            /* what else to wait for; -1 */
	const struct ticker_ops *ops;
	void *arg;
};

/* Runs until the end and says which it was. */
enum watch_end ticker_run(struct ticker *t);

#endif
