/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_MADE_H
#define SYMBOLS_MADE_H

/*
 * Names of code that a program makes while it runs (a JIT compiler), where it writes them down as perf wants them: lines
 * "START SIZE NAME" in /tmp/perf-PID.map (node --perf-basic-prof, java with an agent). All of it is the target's word.
 */

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "proc/procdir.h"

struct made_row {
	uint64_t start, end;
	uint32_t line; /* in the file: later ones stand for what took the place of earlier ones */
	uint32_t name; /* in text */
};

struct made {
	struct made_row *rows; /* by start, then line */
	size_t count;
	char *text;
	uint64_t size;           /* of the file when it was read, bytes */
	uint64_t inode;          /* of that file */
	struct timespec changed; /* CLOCK_REALTIME; its st_mtim */
	uint64_t looked;         /* CLOCK_MONOTONIC ns; 0: never */
};

/* The name at this address, raw, good until the next call; "" unknown. Looks at the file at most every few seconds. */
const char *made_name(struct made *m, const struct procdir *dir, uint64_t address);
void made_done(struct made *m); /* it is empty then */

/* The same from the text of a file, which it owns from then on (NUL-terminated). Pure. 0 or -ENOMEM. */
int made_parse(struct made *m, char *text);
const char *made_find(const struct made *m, uint64_t address);

#endif
