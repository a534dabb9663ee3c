/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_SNAPSHOT_H
#define SOURCE_SNAPSHOT_H

/*
 * Moments that were exported (key `e`) come back from their files: .json with all that is compared of a
 * moment, .csv with its region table alone. Files may be of any origin: what does not hold together is
 * refused with one line, what is missing is unknown.
 */

#include <stdbool.h>

#include "base/fault.h"
#include "model/moment.h"

enum {
	SNAPSHOT_BYTES = 512 << 20, /* no larger file is read: the limit of an export */
	SNAPSHOT_REGIONS = 1 << 20, /* nor more regions */
};

/*
 * Reads the file; its content, not its name, decides what it is. The moment (one reference, state
 * TARGET_REPLAYED, not live) has sample, first sample, target, regions with every field, events, and of the
 * verdict its words and figures; it has no charts, trends or baseline. 0, or -errno with a fault of
 * STATUS_USAGE: it cannot be read, is of another kind, or damaged; .json without jansson is -ENOTSUP.
 */
int snapshot_load(const char *path, struct moment **ret, struct fault *fault);

#endif
