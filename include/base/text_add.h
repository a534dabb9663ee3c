/* SPDX-License-Identifier: MIT */
#ifndef BASE_TEXT_ADD_H
#define BASE_TEXT_ADD_H

/* Sentences put together piece by piece in a buffer of fixed size. */

#include <stddef.h>

/* Appends to the NUL-terminated text in `out` (of `size` bytes); what finds no room is cut. */
void text_add(char *out, size_t size, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

#endif
