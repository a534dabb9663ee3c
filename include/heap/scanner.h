/* SPDX-License-Identifier: MIT */
#ifndef HEAP_SCANNER_H
#define HEAP_SCANNER_H

/*
 * The memory thread: looks inside the heap of one process, again and again, on request. The first census at
 * once, then a look (census and scan for lost blocks) each max(5 s, 20 x what the last one took), and later where
 * looks took longer than those before them: from the second on it looks during at most 5 % of the time. Nobody ever waits for it. When the process executes another program it begins
 * anew; when it ends, the phase is HEAP_STOPPED, without an error.
 */

#include "model/heap.h"

struct scanner;

/*
 * For the process `pid` below `proc`; `start` is CLOCK_MONOTONIC ns of the watch's time 0. Makes no look and no thread
 * yet. NULL: no memory.
 */
struct scanner *scanner_new(const char *proc, int32_t pid, uint64_t start);

/* Begins to look, or stops; any thread. A look on its way is given up. */
void scanner_run(struct scanner *s, bool on);

/* Wants to know more of the block at this address with the next look, which is made at once if none is on; 0: no more. */
void scanner_peek(struct scanner *s, uint64_t address);

/* Readable when scanner_take() has something new. */
int scanner_fd(const struct scanner *s);

/* The newest facts if they are newer than the last ones taken, with a reference; NULL: none. */
struct heap_facts *scanner_take(struct scanner *s);

/* What it is doing; never waits. */
void scanner_progress(struct scanner *s, struct heap_progress *ret);

/* Ends it. Never waits for a thread that hangs: the last one to leave frees. NULL is fine. */
void scanner_free(struct scanner *s);

#endif
