/* SPDX-License-Identifier: MIT */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

/* A thread that nobody joins, for work that may hang: what it uses has to outlast it. */

/* 0 or -errno; then `run` is not called. */
int thread_begin(void *(*run)(void *arg), void *arg);

/* The same, and no signal is delivered to it but those of a crash: they are for the threads that wait for them. */
int thread_begin_deaf(void *(*run)(void *arg), void *arg);

#endif
