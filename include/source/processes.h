/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_PROCESSES_H
#define SOURCE_PROCESSES_H

/*
 * All processes, again and again, for the picker. Command lines may block: they are read behind the
 * back of the list, in which a process has none until its own is there.
 */

#include <stdbool.h>
#include <stdint.h>

#include "model/process.h"

struct processes;

/* Starts scanning `proc` every `interval` ns. NULL: no memory or no thread. */
struct processes *processes_start(const char *proc, uint64_t interval);

/* Readable when a new list is there. */
int processes_fd(const struct processes *p);

/* The newest list, with a reference; NULL when none is newer than the last one taken. */
struct process_list *processes_take(struct processes *p);

/*
 * Stops the scanning for a while, or goes on at once. One object for the life of the program keeps it at
 * one stuck thread, however often the list is left and looked at.
 */
void processes_pause(struct processes *p, bool pause);

/* Ends the scanning without waiting for a blocked read. NULL is fine. */
void processes_stop(struct processes *p);

/*
 * One pass, in the caller's thread, that never blocks. `before` (may be NULL) gives first_rss, first_time
 * and command lines. NULL: no memory.
 */
struct process_list *processes_scan(const char *proc, const struct process_list *before,
                                    uint64_t now);

#endif
