/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_LIVE_H
#define SUPPORT_LIVE_H

/* Processes to watch: real ones that do what they are told, and directories that look like /proc. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/source.h"
#include "source/live.h"

/* A child that runs `act` and says so by a byte, then again for each byte it is sent. */
struct child {
	pid_t pid;
	int order, answer;
};
struct child child_start(void (*act)(int turn));
void child_turn(struct child *c);    /* the next turn; returns when it is done */
void child_tell(struct child *c);    /* the next turn; does not wait */
bool child_answers(struct child *c); /* waits for the byte; false: end of file */
void child_end(struct child *c);     /* kills and reaps */

/* A proc directory below /tmp with the process TREE_PID in it. */
enum { TREE_PID = 4242 };
struct tree {
	char path[64];
};
struct tree tree_new(void);
void tree_write(const struct tree *t, const char *name, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void tree_status(const struct tree *t, char state, unsigned rss_kb);
void tree_path(const struct tree *t, const char *name, char out[256]);
void tree_free(struct tree *t);

/* Opens with sensible options; the test fails when that fails. */
struct source *live_start(const char *proc, int32_t pid);
struct live_options live_defaults(const char *proc, int32_t pid);

/* prepare, wait until ready (at most some seconds, false: never), sample. */
bool live_ask(struct source *s);
int live_take(struct source *s, struct sample *ret);

/* Waits for a table; NULL: none came. */
struct region_table *live_table(struct source *s);

/* Sum of the [heap] mappings of a process by the text of its maps. */
uint64_t heap_of(pid_t pid);

#endif
