/* SPDX-License-Identifier: MIT */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

/*
 * The key table. One row drives dispatch, the footer, the help page, `--keys` and the README.
 * To add a key: add its row in src/tui/keys.c, an action in model/request.h, and handle it.
 */

#include <stdint.h>

#include "base/buf.h"
#include "model/request.h"

/* Where a key works: a bit a place. */
enum key_place {
	PLACE_OVERVIEW = 1 << 0,
	PLACE_MAPS = 1 << 1,
	PLACE_SMAPS = 1 << 2,
	PLACE_STATUS = 1 << 3,
	PLACE_PROCESSES = 1 << 4,
	PLACE_DETAIL = 1 << 5, /* one region */
	PLACE_WHY = 1 << 6,
	PLACE_HELP = 1 << 7,
	PLACE_FROZEN = 1 << 8, /* in addition to the view's place, while frozen */
	PLACE_REPLAY = 1 << 9, /* likewise, while a recording is replayed */
	PLACE_DIFFERENCE = 1 << 10,
	PLACE_HEAP = 1 << 11,
	PLACE_BLOCK = 1 << 12, /* one size, one lost block, one arena */
	PLACE_SITES = 1 << 13,
	PLACE_SITE = 1 << 14,     /* one call site with its stack */
	PLACE_LOOKING = 1 << 15,  /* likewise, while the heap is looked at again and again */
	PLACE_TRACING = 1 << 16,  /* likewise, while call sites are traced */
	PLACE_PRICED = 1 << 17,   /* likewise, while its price waits for a yes */
	PLACE_UNTRACED = 1 << 18, /* likewise, where it was begun so that nobody can trace */
	PLACE_TABLES = PLACE_MAPS | PLACE_SMAPS | PLACE_HEAP | PLACE_SITES | PLACE_PROCESSES,
	PLACE_VIEWS = PLACE_OVERVIEW | PLACE_MAPS | PLACE_SMAPS | PLACE_STATUS | PLACE_HEAP |
	              PLACE_BLOCK | PLACE_SITES | PLACE_SITE,
	PLACE_TEXTS = PLACE_WHY | PLACE_HELP | PLACE_DIFFERENCE,
	PLACE_ALL = 2 * PLACE_UNTRACED - 1, /* up to the last of them */
};

struct key_binding {
	int keys[5];    /* curses codes and characters, 0-terminated when fewer */
	unsigned where; /* PLACE_... */
	enum action action;
	uint64_t id;        /* goes into the request */
	const char *label;  /* the key as printed: "Space", "1-7" */
	const char *footer; /* at most 8 columns; NULL keeps it off the footer */
	const char *help;   /* one sentence without full stop; NULL: another row speaks for it */
};
extern const struct key_binding key_bindings[]; /* ends with keys[0] == 0 */

/* The binding of a key in a place (bits), or NULL. */
const struct key_binding *keys_find(int key, unsigned where);

/* The table as text for `--keys` and the README. 0 or -errno of the buffer. */
int keys_write(struct buf *out);

#endif
