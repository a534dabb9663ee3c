/* SPDX-License-Identifier: MIT */
#ifndef APP_OUTPUT_H
#define APP_OUTPUT_H

/*
 * Bytes out of the program: complete, at once, and with the two ends that are not the same - a closed
 * pipe (the reader had enough: status 0) and a failed write (disk full: status 5).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"

struct output {
	int fd;           /* -1: nothing is written */
	const char *name; /* for messages: "stdout", a path */
	bool named;       /* name is the path of a file that output_open made */
	int wake_fd;      /* readable when nobody wants to wait any longer; 0 or -1: none */
	int patience_ms;  /* a reader that takes nothing for so long is given up; 0: never */
	bool closed;      /* the reader went away: later writes do nothing */
	int error;        /* 0, or the -errno of the first failed write: likewise */

	bool never_waits;   /* see output_never_wait */
	struct buf backlog; /* what the reader has yet to take */
	uint64_t dropped;   /* writes that found no room there */
};

/*
 * From now on a reader that takes nothing is not waited for: what is written is kept up to a limit, then whole
 * writes are dropped and counted. Only for a file that output_open gave.
 */
void output_never_wait(struct output *o);

/*
 * Writes and empties the buffer. 0; -EPIPE when the reader is gone; else the -errno that stays. What is begun by a
 * write that fails is taken back to the last whole line, where the output is a file.
 */
int output_write(struct output *o, struct buf *b);

/* One line to stderr: "memleak-detective: TEXT". Failure to say so is not an error. */
void output_fault(const struct fault *f);
void output_note(const char *text);

/*
 * Creates the file of --csv (truncating an own one is what > does, too). Never waits: a FIFO without a reader
 * is refused, and so is a recording, which nobody can make again, in a directory like /tmp a link, and a file that
 * another watch writes just now. 0 or -errno with a fault.
 */
int output_open(struct output *o, const char *path, struct fault *fault);

/*
 * fsync where it means something, and close. 0 or -errno with a fault; a backlog that nobody waits for is told
 * in *fault, too, but is no error. A file that is not found under its name any more is one.
 */
int output_close(struct output *o, struct fault *fault);

/* The status for what became of an output: STATUS_OK or STATUS_OUTPUT, the latter told on stderr. */
int output_status(const struct output *o);

#endif
