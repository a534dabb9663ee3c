/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_HTML_H
#define SUPPORT_HTML_H

/* What tests of pages share: a strict reader of the little HTML that a page of ours may hold. */

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "model/moment.h"

/* The page of `m`, which is well-formed, or the test fails. */
void page_make(const struct moment *m, struct buf *b);

/*
 * Fails the test, and says where, unless: every element and attribute is one of those we write; every tag is
 * closed in its order; attributes are quoted; nothing but our five references follows a &; no id comes
 * twice; nothing is fetched (an href is "data:," or begins with #), nothing runs (no attribute on..., no script
 * but of type application/json); what names an id (aria-labelledby) finds it.
 */
void page_check(const struct buf *b);

/* True when the reader accepts it; for tests of the reader. */
bool page_is_sound(const char *text);

/*
 * The value="..." of the element with this id into out, "" where it has none. Fails the test when there is no
 * such element. Returns what follows the tag.
 */
const char *page_value(const struct buf *b, const char *id, char *out, size_t size);

/* The same as a number; NAN where it has none, which must be shown as "-". */
double page_number(const struct buf *b, const char *id);

/* How often `what` stands in `text`, up to `end` (NULL: to its end). */
unsigned page_count(const char *text, const char *end, const char *what);

#endif
