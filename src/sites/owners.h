/* SPDX-License-Identifier: MIT */
#ifndef SITES_OWNERS_H
#define SITES_OWNERS_H

/*
 * Which threads have events, while they are opened for those that are there: of their own, or inherited. A thread that is
 * born meanwhile may be counted twice: it inherited the events of the thread that made it, and was then found and given its
 * own. Once its birth is known its own ones are to be silenced. Pure.
 *
 * A thread made while its maker has events on some CPUs only (for microseconds) has only those, or those twice.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct owners;

struct owners *owners_new(void); /* NULL: no memory */
void owners_free(struct owners *o);

/* Thread `tid` was given `count` events of its own, from number `first` on. 0 or -ENOMEM. */
int owners_open(struct owners *o, int32_t tid, size_t first, size_t count);

/* Its birth is known: it inherited events. True: it had those of its own until now. */
bool owners_inherits(struct owners *o, int32_t tid, size_t *ret_first, size_t *ret_count);

/* It has events of one kind or the other. */
bool owners_has(const struct owners *o, int32_t tid);

#endif
