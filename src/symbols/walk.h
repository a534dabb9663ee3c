/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_WALK_H
#define SYMBOLS_WALK_H

/* From the innermost frame of a stack outwards. */

#include "symbols/rows.h"

/*
 * `f` is used up. Adds to *by_frame_pointer the frames that were left by the frame pointer alone.
 */
void walk(struct rows *r, struct frame *f, struct stack_unwound *ret, uint64_t *by_frame_pointer);

#endif
