/* SPDX-License-Identifier: MIT */
#ifndef PROC_LINES_H
#define PROC_LINES_H

/*
 * Private to the room: walking through kernel text as (pointer, length). Nothing here needs a NUL
 * at the end, and a NUL inside counts as a blank (lxcfs writes some).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer lines of maps and smaps are damaged ones; the kernel's own limit is below 20 KiB. */
enum { PROC_LINE_MAX = 64 * 1024 };

/* Borrowed bytes. */
struct span {
	const char *at;
	size_t len;
};

/* The next line without its newline, cut off the front of *rest. A last line without one is cut. */
bool span_line(struct span *rest, struct span *ret_line);

/* The next word between blanks, cut off the front of *rest. */
bool span_word(struct span *rest, struct span *ret_word);

/* Splits "Key:  value" at the first colon; both sides trimmed. False without a colon. */
bool span_split(struct span line, struct span *ret_key, struct span *ret_value);

/* Without blanks, tabs, carriage returns and NULs at both ends. */
struct span span_trim(struct span s);

/* The same bytes as `word`; beginning with `word`. */
bool span_is(struct span s, const char *word);
bool span_starts(struct span s, const char *word);

/* The whole span as a decimal number; UNKNOWN when it is none or does not fit. */
uint64_t span_number(struct span s);

/* "1684 kB" or "1684" (the unit is optional) in bytes; UNKNOWN for anything else. */
uint64_t span_kb(struct span s);

/* Copies into out[size], NUL-terminated. False, nothing written, if too long or holding a NUL. */
bool span_copy(struct span s, char *out, size_t size);

#endif
