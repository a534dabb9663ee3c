/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_REPORT_H
#define SUPPORT_REPORT_H

/* What tests of reports share: files of wanted text, and the proof that nothing unsafe is in one. */

#include "base/buf.h"
#include "model/moment.h"

/* Room for whatever a report writes. */
void report_buf(struct buf *b);

/*
 * The text equals tests/fixtures/report/NAME, or the test fails with the first line that differs.
 * GOLDEN_UPDATE=1 in the environment writes the file anew.
 */
void report_matches(const struct buf *text, const char *name);

/* No control byte but the newline, no C1 and no bidi control in UTF-8, no invalid UTF-8. */
void report_is_safe(const struct buf *text);

/* Line `number` (from 0) of a text into out. */
void report_line(const char *text, unsigned number, char *out, size_t size);

/* How many lines a text has. */
unsigned report_lines(const char *text);

#endif
