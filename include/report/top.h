/* SPDX-License-Identifier: MIT */
#ifndef REPORT_TOP_H
#define REPORT_TOP_H

/* What --top says of a list of processes: as a table for people and awk, and as JSON. */

#include "base/buf.h"
#include "base/safe_text.h"
#include "model/process.h"

enum { TOP_MAX = 1000 };

/*
 * The rows of the `n` most suspicious processes, the rest of n by RSS, into ret[n]; while growth is not known
 * all by RSS. Returns how many.
 */
size_t top_choose(const struct process_list *l, size_t n, uint32_t *ret);

/* True when one of the n listed leaks. */
bool top_leaks(const struct process_list *l, size_t n);

/*
 * The table (no blank within a cell but in the last), then what the machine as a whole does, then why, of
 * those that are suspicious. Safe to print in `mode`. 0 or -errno.
 */
int top_table(const struct process_list *l, size_t n, enum safe_mode mode, struct buf *out);

/* The JSON object (schema 1) without a newline behind it. 0, -ENOTSUP without jansson, or -errno. */
int top_json(const struct process_list *l, size_t n, const char *version, struct buf *out);

#endif
