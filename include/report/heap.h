/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HEAP_H
#define REPORT_HEAP_H

/* What was found in the heap, as text: for exports, and for whoever wants more than the diagnosis says. */

#include "base/buf.h"
#include "base/safe_text.h"
#include "model/moment.h"

enum { HEAP_TEXT_ROWS = 20 }; /* of each table at most */

/*
 * The sentences, then block sizes by growth, lost blocks, arenas; lines of at most 120 columns, unless a type is longer, nothing where nobody
 * looked. Content of the target is shown as plain characters. Safe to print in `mode`. 0 or -errno.
 */
int heap_text(const struct moment *m, enum safe_mode mode, struct buf *out);

#endif
