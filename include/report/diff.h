/* SPDX-License-Identifier: MIT */
#ifndef REPORT_DIFF_H
#define REPORT_DIFF_H

/* What --diff says of two moments: as a text, and as JSON. */

#include "base/buf.h"
#include "base/safe_text.h"
#include "model/diff.h"

/* Where each side came from, for the heads: a file name, raw bytes. */
struct diff_files {
	const char *name[DIFF_SIDES]; /* of A and of B as they stand in the diff */
};

/* Lines of 100 columns; at most 20 rows a section. Safe to print in `mode`. 0 or -errno. */
int diff_text(const struct diff *d, const struct diff_files *files, enum safe_mode mode,
              struct buf *out);

/*
 * The JSON object (schema 1) without a newline behind it. Unknown is null, bytes and seconds are numbers; a
 * VALUE is {"a", "b", "change"}, in bytes where nothing else is said.
 *
 *   "schema", "tool", "version"
 *   "a", "b"          {"file", "pid", "command", "utc", "time_s"}
 *   "swapped"         the files were given the other way round
 *   "one_process"     both are of one process
 *   "seconds"         between the samples; "pass_seconds": between the tables of regions
 *   "matched_by"      "id", "address", "object" or null
 *   "headline", "notes"
 *   "same_size"       [{"kind", "perms", "size", "count": VALUE of mappings, "per_minute", "held": VALUE}]
 *   "heap"            null, or {"live": VALUE, "kept": VALUE, "seconds": between the looks, "size_classes": [{"bytes",
 *                      "bytes_most": sizes of its chunks, "blocks": VALUE of live ones, "live": VALUE}]}
 *   "figures"         {NAME: VALUE and "per_second"}: bytes, counts, seconds; names as in a snapshot
 *   "kinds", "names"  [{"kind" or "name", "count": VALUE of regions, "held": VALUE, "size": VALUE}]
 *   "regions"         {"born", "grown", "shrunk", "gone": {"count", "complete", "held_change",
 *                      "size_change", "rows": the first 1000 of
 *                      {"label", "kind", "perms", "start", "end", "held": VALUE, "size": VALUE}}, "same"}
 *   "complete" is false where a table is not whole, so that more may have been born or be gone.
 *
 * 0, -ENOTSUP when built without jansson, or -errno.
 */
int diff_json(const struct diff *d, const struct diff_files *files, const char *version,
              struct buf *out);

#endif
