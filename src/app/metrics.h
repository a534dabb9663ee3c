/* SPDX-License-Identifier: MIT */
#ifndef APP_METRICS_H
#define APP_METRICS_H

/*
 * --openmetrics: a file of metrics, written by a thread of its own, for a disk may be slow, full or gone and nobody
 * waits for it. What is told while it writes waits; of several the newest alone is written. What fails is tried again
 * with the next. At the end of the watch the file is removed: figures of what nobody watches would look like news.
 *
 * Counted references; any thread may hold one. NULL is no file: telling it something does nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "model/moment.h"

struct metrics;

/* Starts to see whether `path` (copied) can be written; never waits. One reference, the caller's. 0 or -errno. */
int metrics_start(const char *path, struct metrics **ret);

struct metrics *metrics_ref(struct metrics *m);
/* The last of those outside its thread ends it as metrics_finish does. NULL is fine. */
void metrics_unref(struct metrics *m);

/*
 * Waits at most `ns` for the answer, or until `wake_fd` (-1: none) is readable. 0, or -errno with a fault; -ETIMEDOUT,
 * -EINTR: there is none yet.
 */
int metrics_opened(struct metrics *m, uint64_t ns, int wake_fd, struct fault *fault);

/* The moment to be written next; takes a reference of its own. Never waits. After the end it is forgotten. */
void metrics_tell(struct metrics *m, struct moment *moment);

/* What goes wrong just now, into out[size]; "" nothing. True: that changed since the last call. Never waits. */
bool metrics_news(struct metrics *m, char *out, size_t size);

/* The watch is over: the file goes. Never waits. */
void metrics_finish(struct metrics *m);

/*
 * The same, and waits at most `ns` for it. 0, or -errno with a fault of one line: it could not be written to the last, or
 * may still be there.
 */
int metrics_end(struct metrics *m, uint64_t ns, struct fault *fault);

#endif
