/* SPDX-License-Identifier: MIT */
#ifndef SITES_OWNERS_H
#define SITES_OWNERS_H

/*
 * Which event speaks for which thread. A thread that is born while events are opened for the threads that
 * are there may be counted twice: it inherited the event of the thread that made it, and was then found and given one of its
 * own. Of each thread only the samples of one owner count: its own events, else whoever's it inherited. Pure.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct owners;

struct owners *owners_new(void); /* NULL: no memory */
void owners_free(struct owners *o);

/* The event `id` was opened for thread `tid`, which from now on is its own owner. 0 or -ENOMEM. */
int owners_event(struct owners *o, uint64_t id, int32_t tid);

/* Whether a sample of thread `tid` from event `id` counts. */
bool owners_accept(struct owners *o, uint64_t id, int32_t tid);

/* Events were opened for this thread. */
bool owners_has(const struct owners *o, int32_t tid);

/* The thread ended: its number may pass to another. */
void owners_drop(struct owners *o, int32_t tid);

#endif
