/* SPDX-License-Identifier: MIT */
#ifndef SOURCE_CSV_H
#define SOURCE_CSV_H

/*
 * Samples from text: our CSV, anybody's CSV with a header, and the logs people already keep. Read
 * as a stream, so that a file may be as long as it likes.
 */

#include "base/fault.h"
#include "model/source.h"

/*
 * Opens `path` ("-": standard input) and recognises its form. 0, or -errno with a fault that names
 * the file, the line and the remedy. Errors further down are met by sample(): see csv_fault.
 */
int csv_open(const char *path, struct source **ret, struct fault *fault);

/* After sample() gave -EINVAL: what was wrong, in which line. */
void csv_fault(const struct source *s, struct fault *ret);

/* Notes about how the file was understood ("bytes assumed: ..."); NULL past the last. */
const char *csv_note(const struct source *s, unsigned index);

#endif
