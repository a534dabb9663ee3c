/* SPDX-License-Identifier: MIT */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

/*
 * An error as one line for a person: what, which object, why, what to do. Rooms that must not
 * print fill one; app prints it as "memleak-detective: TEXT" and exits with `status`.
 */

#include <stddef.h>

enum { /* exit status, part of the interface */
       STATUS_OK = 0,
       STATUS_LEAK = 1,
       STATUS_USAGE = 2,
       STATUS_GONE = 3,
       STATUS_DENIED = 4,
       STATUS_OUTPUT = 5,
};

struct fault {
	int status;     /* STATUS_..., 0 while nothing went wrong */
	char text[512]; /* one line, through safe_text as UTF-8; no trailing newline */
};

/* Fills `f` (which may be NULL) and returns -EINVAL, so a parser can `return fault_set(...)`. */
int fault_set(struct fault *f, int status, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* strerror without its traps: a short English text for an -errno or errno value. */
const char *fault_reason(int error);

#endif
