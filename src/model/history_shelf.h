/* SPDX-License-Identifier: MIT */
#ifndef MODEL_HISTORY_SHELF_H
#define MODEL_HISTORY_SHELF_H

/*
 * Facts of past times that replace each other: looks inside the heap, call sites. A shelf holds so many, of so many
 * bytes; of more the one goes that is missed least. It knows nothing of them but their time and their size.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHELF_MOST = 64 };

struct shelf_kind {
	unsigned most; /* at most SHELF_MOST */
	size_t limit; /* bytes of all but the newest, which belongs to the present, that holds it anyhow */
	uint64_t (*time)(const void *facts);
	size_t (*bytes)(const void *facts);
	void *(*ref)(void *facts);
	void (*unref)(void *facts);
};

struct shelf {
	const struct shelf_kind *kind;
	void *at[SHELF_MOST]; /* by time; a reference each */
	unsigned count;
	size_t bytes; /* of all but the newest */
};

/* Borrowed; NULL: nothing is there. */
void *shelf_newest(const struct shelf *s);
/* Takes a reference to facts not older than the newest, in place of it where `instead`. */
void shelf_put(struct shelf *s, void *facts, bool instead);
/* The newest from `since` on that are not later than `time`, borrowed; NULL: none. */
void *shelf_find(const struct shelf *s, uint64_t since, uint64_t time);
void shelf_done(struct shelf *s);

#endif
