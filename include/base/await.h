/* SPDX-License-Identifier: MIT */
#ifndef BASE_AWAIT_H
#define BASE_AWAIT_H

/* Waits for what may never come, and wakes who waits. */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* True: `fd` became readable, or what is at its other end went away, within `ns`, however often a signal came between. */
bool await_readable(int fd, uint64_t ns);

/* Likewise, unless `wake_fd` (-1: none) is readable first: 0; -EINTR, then; -ETIMEDOUT; other -errno. */
int await_unless(int fd, int wake_fd, uint64_t ns);

/*
 * As await_readable, for a thread that makes it readable at its end: on a busy machine that takes longer. While the thread's
 * CPU time goes on it is waited for up to 5 times as long; one that hangs uses none.
 */
bool await_worker(int fd, pthread_t thread, uint64_t ns);

/* Wakes who waits for this eventfd: tried again where it fails, for nobody rings a second time. */
void await_ring(int fd);

#endif
