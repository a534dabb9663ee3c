/* SPDX-License-Identifier: MIT */
#ifndef REPORT_DATA_H
#define REPORT_DATA_H

/*
 * Machine-readable forms: CSV of samples, CSV of regions, the JSON report. Names from the target pass
 * safe_text in all of them, so stray bytes and control characters are "\xNN".
 */

#include <stdbool.h>

#include "base/buf.h"
#include "model/moment.h"

/*
 * Header and one line a sample: kB, counts, seconds with milliseconds, UTC as RFC 3339; an unknown
 * figure is an empty cell. 0 or -errno of the buffer.
 */
int csv_header(struct buf *out);
int csv_sample(const struct sample *s, struct buf *out);

/*
 * The region table as CSV: every figure of smaps in kB; labels quoted (RFC 4180), with a ' in front
 * where a spreadsheet would see a formula. 0, -ENODATA where no regions are known, or -errno.
 */
int csv_regions(const struct moment *m, struct buf *out);

/*
 * The report object (schema 1) without a newline behind it; with `snapshot` also the member
 * "snapshot": every region with every field, all figures of the system, and history. `version` is
 * that of the tool. 0, -ENOTSUP when built without jansson, or -errno; then what was appended is
 * of no use.
 */
int json_report(const struct moment *m, const char *version, bool snapshot, struct buf *out);

/* True when json_report works in this build. */
bool json_available(void);

#endif
