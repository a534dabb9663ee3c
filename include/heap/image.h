/* SPDX-License-Identifier: MIT */
#ifndef HEAP_IMAGE_H
#define HEAP_IMAGE_H

/*
 * Memory saved in a file, for tests and for a look at it later on another machine. Text, then bytes:
 *
 *   "memory image 1\n", "page 4096\n", "swapped BYTES\n", a line "thread TID SP-in-hex\n" for each thread ("-":
 *   not known), a line "map " and its line of /proc/PID/maps for each mapping (its device is 00:01 where that is
 *   a file of its own, else 00:00), a line "pages START END\n" in hex for each run of pages in memory, "\n", then the
 *   bytes of the runs in that order.
 */

#include "base/buf.h"
#include "heap/memory.h"

/*
 * Writes an image, in a look that has begun: all mappings and threads, and those pages in memory that lie in
 * ranges which `keep` accepts (NULL: all writable private ones). 0 or -errno; -EFBIG past out->max.
 */
int image_write(struct memory *m, bool (*keep)(const struct memory_range *r, void *arg), void *arg,
                struct buf *out);

#endif
