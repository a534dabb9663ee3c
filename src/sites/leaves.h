/* SPDX-License-Identifier: MIT */
#ifndef SITES_LEAVES_H
#define SITES_LEAVES_H

/*
 * One stack for all that one call site does. A page may be touched first by the program, by malloc() that writes between blocks, or by
 * memset(): what the runtime does on behalf of a call site is that call site, and its frames inside are let go; so is what was inlined into the very line that calls.
 *
 * And one address for all instructions that mean the same. A fault may happen at any instruction that touches memory: a loop
 * that was unrolled or a memcpy with many stores would be many call sites. So the innermost address of a stack stands for its
 * source line, in functions of the runtime for the whole function.
 */

#include "sites/site_names.h"

struct leaves;

/* Both borrowed; `symbols` may be NULL: then each address stands for itself. NULL: no memory. */
struct leaves *leaves_new(struct site_names *names, struct symbols *symbols);
void leaves_free(struct leaves *l);

/* The address that stands for this one: the first that was asked for. */
uint64_t leaves_get(struct leaves *l, uint64_t address);

/* Lets go of the runtime's innermost frames, unless there are no others; then the innermost one stands for its place. */
void leaves_fold(struct leaves *l, struct stack_unwound *u);

/* Where who called is hidden: of the runtime's frames only the outermost is left, if there are no others. */
void leaves_fold_hidden(struct leaves *l, struct stack_unwound *u);

#endif
