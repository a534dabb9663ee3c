/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_FOLLOW_SEARCH_H
#define SOURCE_FOLLOW_SEARCH_H

/*
 * The search in a thread of its own, for reading of others may block (the cgroup of a process does, while
 * somebody moves processes about). It looks while somebody is wanted and sleeps else; nobody joins it.
 */

#include <stdbool.h>

#include "source/follow_find.h"

struct search;

/* Takes over the finder, also on failure. Sleeps until search_want. NULL: no memory. */
struct search *search_start(struct finder *f);
void search_stop(struct search *s); /* NULL is fine */

/* Begins to look: soon and often at first, then once a second, at most for half a per cent of a CPU. */
void search_want(struct search *s);

/* Readable after every pass, until search_take. */
int search_fd(const struct search *s);

/* True, once: somebody was found and the search sleeps again. */
bool search_take(struct search *s, struct follow_found *ret);

#endif
