/* SPDX-License-Identifier: MIT */
#ifndef REPORT_HTML_TABLE_H
#define REPORT_HTML_TABLE_H

/* Tables of figures in a page: one heading and one row at a time, scrolling on their own, named by their title. */

#include <stdint.h>

#include "base/buf.h"

/* `heads` are the columns' titles with "|" between them; `id` is that of the title, unique in the page. */
void html_table_begin(const char *id, const char *title, const char *heads, struct buf *out);

/* `left`: rows that were left out, told below. */
void html_table_end(struct buf *out, uint64_t left);

/* Cells; text goes through html_word, unknown figures are "-". */
void html_word_cell(const char *text, struct buf *out);
void html_size_cell(uint64_t bytes, struct buf *out);
void html_count_cell(uint64_t n, struct buf *out);
void html_rate_cell(double bytes_per_s, struct buf *out);

/* The sign before the name of what grows, for eyes and for ears; `why` is our own word. */
void html_grows_mark(const char *why, struct buf *out);

#endif
