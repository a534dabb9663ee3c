/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_NAMES_H
#define SOURCE_NAMES_H

/*
 * Private to the room: command lines, control groups and user names of processes, read behind the back of
 * whoever asks. A command line may block for as long as its process likes (mmap_lock): then another thread
 * goes on with the others, up to NAMES_THREADS of them. Any thread may call; no call waits for a read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/process.h"

enum { NAMES_THREADS = 8 };

/* Whose names are wanted, as it was called then. */
struct name_ask {
	int32_t pid;
	bool kthread; /* it has no command line */
	uint64_t start_ticks, uid;
	char comm[PROC_NAME_MAX];
};

struct name_answer {
	struct name_ask ask;
	char command[sizeof(((struct process *)0)->command)]; /* comm where there is none */
	char unit[sizeof(((struct process *)0)->unit)];
	char user[sizeof(((struct process *)0)->user)];
};

struct names;

struct names *names_new(const char *proc); /* NULL: no memory */
void names_stop(struct names *n);          /* waits for no read; NULL is fine */

/* Puts a question at the end of the queue. False: no memory, ask again later. */
bool names_ask(struct names *n, const struct name_ask *ask);

/*
 * Sees that somebody works on the queue: starts a thread where there is none, or where all hang in a read
 * for longer than NAMES_PATIENCE. To be called now and then. True while answers are to be expected.
 */
#define NAMES_PATIENCE 200000000ull /* ns */
bool names_push(struct names *n);

/* The answers since the last call, the caller's to free; NULL: none. */
struct name_answer *names_take(struct names *n, size_t *ret_count);

#endif
