/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SYMBOLS_TARGET_H
#define SUPPORT_SYMBOLS_TARGET_H

/*
 * The target symbols-chain in its shapes, at rest, and stacks of its threads as a probe would take them. What fails
 * ends the test.
 */

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "symbols/symbols.h"

struct chain {
	pid_t pid;
	FILE *out;
};

/* The path of a file beside the targets; static storage. */
const char *chain_path(const char *name);

/* Starts this file, an absolute path, with the mode (NULL: none); returns when it says "ready". */
struct chain chain_start(const char *path, const char *mode);
/* The same below another root. */
struct chain chain_start_below(const char *root, const char *path);
/* Waits for a line that begins so. */
void chain_await(struct chain *c, const char *line);
void chain_end(struct chain *c);

/* At most so many bytes of the stack of its newest thread. The bytes are the caller's to free. */
struct stack_taken chain_stack(const struct chain *c, size_t most);

/* The whole stack, unwound. */
struct stack_unwound chain_unwind(const struct chain *c, struct symbols *s);

/*
 * The names of all frames, innermost first, as one text: "pause chain_end [inlined_inner ...] main ". Inlined ones lie in
 * brackets; unknown ones are "?". Static storage.
 */
const char *chain_names(struct symbols *s, const struct stack_unwound *u);

#endif
