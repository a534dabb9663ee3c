/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HTML_TEXT_H
#define REPORT_HTML_TEXT_H

/*
 * Text and figures in a page. Whatever did not come out of this program's own source goes through
 * html_text, in attributes too. Errors stick in the buffer: one look at its end is enough.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Makes `err` the buffer's error, unless it has one. */
void html_fail(struct buf *out, int err);

/* s[0..n) through safe_text, with & < > " ' as references: the same within tags, attributes and <title>. */
void html_text(struct buf *out, const char *s, size_t n);

/* The same of a C string. */
void html_word(struct buf *out, const char *s);

/* A name cut in its middle to so many columns. */
void html_name(struct buf *out, const char *s, size_t n, int columns);

/*
 * Figures: <data value="53687091">51.2 MB</data>, with id="..." where `id` is not NULL. Unknown, and what is
 * not finite, is "-" and has no value.
 */
void html_size(struct buf *out, const char *id, uint64_t bytes);
void html_count(struct buf *out, const char *id, uint64_t n);
void html_rate(struct buf *out, const char *id, double bytes_per_s);
/* The value is in seconds. */
void html_span(struct buf *out, const char *id, uint64_t ns);
/* Bytes or a count, signed; unknown where `is_known` is false. */
void html_change(struct buf *out, bool is_known, int64_t change, bool bytes);

/* A value that is shown in words of its own; `value` is as JSON writes it, NULL: unknown. */
void html_data(struct buf *out, const char *id, const char *value, const char *shown);

/* A number as the JSON report writes it, in out[HTML_REAL]. Returns out, or NULL where it is not finite. */
enum { HTML_REAL = 32 };
const char *html_real(char out[HTML_REAL], double v);

/* A time of the watch: <time datetime="PT35.500S">00:35</time>; with days beyond one. */
void html_clock(struct buf *out, uint64_t ns, bool tenths);

/* The same as plain text into out[HUMAN_MAX]. Returns out. */
char *html_clock_text(char *out, uint64_t ns, bool tenths);

/* A date: <time datetime="2026-11-20T13:44:00Z">2026-11-20 13:44:00 UTC</time>; unknown "-". */
void html_date(struct buf *out, const char *id, uint64_t wall);

#endif
