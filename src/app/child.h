/* SPDX-License-Identifier: MIT */
#ifndef APP_CHILD_H
#define APP_CHILD_H

/* A target that we start ourselves: a COMMAND, or a bundled demo. */

#include <stdbool.h>
#include <stdint.h>

#include "app/options.h"
#include "base/clock.h"

#define CHILD_CARES NS_PER_S /* what one that heeds SIGTERM may need to end */

struct child {
	int32_t pid;      /* 0: none was started */
	int gate;         /* where it waits to begin; -1 once it has */
	int report;       /* what it could not execute comes from there; -1 likewise */
	int output_fd;    /* unlinked file with its output (dashboard); -1 */
	bool ended;       /* was reaped */
	bool told;        /* to end, by us */
	int status;       /* of waitpid, once ended */
	const char *name; /* for messages; borrowed */
};

/*
 * Makes a process for the command or demo of the options, with all rights that we have now, in a session of its own, stdin
 * from /dev/null. Its output goes to stderr (`screen` false) or to an unlinked file. It waits for child_begin, and ends
 * when we do before. 0, or -errno with a fault (status 3).
 */
int child_prepare(const struct options *o, bool screen, struct child *ret, struct fault *fault);

/* Begins it. 0, or -errno with a fault (status 3) when it cannot be started; then it is gone. */
int child_begin(struct child *c, struct fault *fault);

/* Ends one that waits; any other stays. */
void child_abandon(struct child *c);

/* Reaps it if it ended, and describes that ("ended with exit status 3", "was killed by signal 9 (Killed)"); "" while it runs. */
void child_describe(struct child *c, char *out, size_t size);

/* The same for one that is about to end: waits for that for so many ns. */
void child_await(struct child *c, uint64_t ns, char *out, size_t size);

/*
 * At the end of the watch: demos are killed; with --kill a command and its process group are told to end (SIGTERM); others
 * run on. What a command that ended by itself left behind stays, too.
 */
void child_leave(struct child *c, const struct options *o);

/* Appends the last lines of the output kept while the dashboard was up. 0 or -errno of the buffer. */
int child_tail(const struct child *c, struct buf *out);

#endif
