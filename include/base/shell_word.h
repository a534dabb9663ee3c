/* SPDX-License-Identifier: MIT */
#ifndef BASE_SHELL_WORD_H
#define BASE_SHELL_WORD_H

/* A command that is printed to be copied: its words. */

#include "base/safe_text.h"

/*
 * Appends `raw` as one word that a shell reads as those bytes, safe to print: as it is where no character of it
 * means anything to any shell, else in '...'. Where one must not be printed (a line end, no UTF-8, beyond ASCII in
 * SAFE_ASCII) in $'...', which bash, ksh, zsh and busybox know. 0 or the buffer's -errno.
 */
int shell_word(struct buf *out, const char *raw, enum safe_mode mode);

#endif
