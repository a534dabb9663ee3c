/* SPDX-License-Identifier: MIT */
#ifndef BASE_AWAIT_H
#define BASE_AWAIT_H

/* Waits for what may never come. */

#include <stdbool.h>
#include <stdint.h>

/* True: `fd` became readable, or what is at its other end went away, within `ns`, however often a signal came between. */
bool await_readable(int fd, uint64_t ns);

#endif
