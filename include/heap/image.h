/* SPDX-License-Identifier: MIT */
#ifndef HEAP_IMAGE_H
#define HEAP_IMAGE_H

/*
 * Memory saved in a file, for tests and for a look at it later on another machine. Text, then bytes:
 *
 *   "memory image 1\n", "page 4096\n", one line "thread TID SP-in-hex\n" a thread ("-" unknown), one line
 *   "map " and the line of /proc/PID/maps a mapping, "pages START END\n" a run of pages in memory, "\n", then the bytes
 *   of the runs in that order.
 */

#include "base/buf.h"
#include "heap/memory.h"

/*
 * Writes an image of the ranges that `keep` accepts (NULL: all writable private ones, and what else is in memory of them), in a look that
 * has begun. 0 or -errno; -EFBIG past out->max.
 */
int image_write(struct memory *m, bool (*keep)(const struct memory_range *r, void *arg), void *arg,
                struct buf *out);

#endif
