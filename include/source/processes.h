/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_PROCESSES_H
#define SOURCE_PROCESSES_H

/*
 * All processes, again and again, on a thread of its own. Command lines may block: they are read behind the
 * back of the list, in which a process has none until its own is there; one that hangs holds up no other.
 */

#include <stdbool.h>
#include <stdint.h>

#include "model/process.h"

struct processes;

/*
 * What is done to every list on that thread before it is published: the ranking of another room. Becomes
 * the scanner's, which calls `done` at the end. All NULL: nothing.
 */
struct processes_judge {
	void (*judge)(void *arg, struct process_list *l);
	void (*done)(void *arg);
	void *arg;
};

/*
 * Starts scanning `proc` every `interval` ns, but rests `rest` times the CPU time of a pass at least: 100 keeps
 * it at one per cent of a CPU however many processes there are; 0: no such limit. NULL with errno: no memory, no
 * descriptor or no thread; then the judge is done with, too.
 */
struct processes *processes_start(const char *proc, uint64_t interval, unsigned rest,
                                  const struct processes_judge *judge);

/* Readable when a new list is there. */
int processes_fd(const struct processes *p);

/* The newest list, with a reference; NULL when none is newer than the last one taken. */
struct process_list *processes_take(struct processes *p);

/*
 * Stops the scanning for a while, or goes on at once; what was learnt stays. One object for the life of the
 * program bounds the threads that may be stuck, however often the list is left and looked at.
 */
void processes_pause(struct processes *p, bool pause);

/* Ends the scanning without waiting for a blocked read. NULL is fine. */
void processes_stop(struct processes *p);

#endif
