/* SPDX-License-Identifier: MIT */
#ifndef BASE_SAFE_TEXT_H
#define BASE_SAFE_TEXT_H

/*
 * The one gate between names that a target chose and anything we write.
 *
 * Decodes UTF-8 strictly; a byte that is no valid UTF-8, C0, DEL, C1, a format character (bidi
 * controls, zero-width), anything drawn as nothing, a surrogate, a private or unassigned code
 * point becomes `\xNN` (each byte of it). A backslash itself is kept. In SAFE_ASCII everything
 * beyond ASCII becomes '?', one a character or stray byte. The result holds no byte below 0x20, no
 * 0x7f, and no C1; passing it through again changes nothing.
 */

#include <stddef.h>

#include "base/buf.h"

enum safe_mode {
	SAFE_UTF8,  /* the output understands UTF-8 */
	SAFE_ASCII, /* it does not */
};

/* Appends the safe form of in[0..n). 0 or the buffer's -errno. */
int safe_text(struct buf *out, const char *in, size_t n, enum safe_mode mode);

/* The same into out[size], NUL-terminated, cut between characters when too long. Returns out. */
char *safe_copy(char *out, size_t size, const char *in, size_t n, enum safe_mode mode);

/* Columns a safe text fills on a terminal (wide characters 2, combining ones 0). */
int text_width(const char *s);

/* Bytes of `s` that fit into `columns`, never splitting a character. */
size_t text_fit(const char *s, int columns);

/*
 * Copies s into out[size] cut to `columns`; when it does not fit the middle (if `middle`) or the
 * end is replaced by one ellipsis ("..." shortened to ".." in tiny room, or U+2026 when `utf8`).
 */
char *text_ellipsis(char *out, size_t size, const char *s, int columns, int middle, int utf8);

/*
 * How many bytes of a command line to leave out at its front so that the program's name stays where
 * `columns` do not hold it all: its directories. 0 where all fits, and of a kernel thread in [brackets].
 */
size_t text_command_skip(const char *command, size_t len, int columns);

#endif
