/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_WORKER_H
#define SYMBOLS_WORKER_H

/* The reader of symbols as the tool has it: a child process, a socket, memory that both see. */

#include <sys/types.h>

#include "symbols/protocol.h"

struct worker {
	pid_t pid;    /* 0: none */
	int socket;   /* -1: none */
	int patience; /* ms that it may take for an answer while it has the processor */
	struct shared *shared;
};

/* Maps the memory; starts nothing. 0 or -errno. */
int worker_init(struct worker *w);
void worker_done(struct worker *w);

/* Forks a reader. 0 or -errno. */
int worker_start(struct worker *w);

/*
 * Ends and reaps it. *ret_status (may be NULL) is that of waitpid(), -1 unknown. Without one it
 * does nothing.
 */
void worker_end(struct worker *w, int *ret_status);

/* Sends a message, with a descriptor or -1. 0 or -errno. */
int worker_tell(struct worker *w, const struct message *m, int fd);

/*
 * Waits for its next message some seconds: longer while others keep it from the processor. 0;
 * -ETIMEDOUT; -EPIPE: it ended; -EPROTO; another -errno.
 */
int worker_hear(struct worker *w, struct message *ret);

#endif
