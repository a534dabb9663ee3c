/* SPDX-License-Identifier: MIT */
#ifndef BASE_UNICODE_H
#define BASE_UNICODE_H

/* Properties of code points, private to safe_text. */

#include <stdbool.h>
#include <stdint.h>

/* Control, format, invisible, surrogate, private, unassigned, or beyond U+10FFFF. */
bool unicode_refused(uint32_t code);

/* Columns on a terminal: 0, 1 or 2. For code points that are not refused. */
int unicode_width(uint32_t code);

#endif
