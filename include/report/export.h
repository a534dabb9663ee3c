/* SPDX-License-Identifier: MIT */
#ifndef REPORT_EXPORT_H
#define REPORT_EXPORT_H

/* Writing a moment to a file, whole or not at all. */

#include <stddef.h>

#include "base/fault.h"
#include "model/moment.h"

/*
 * "memleak-1234-20261120T134400Z.json", with "-2" behind the time if that file exists; in the working
 * directory or, if that is not writable, in $XDG_STATE_HOME (~/.local/state where unset), $HOME or /var/tmp. `extension`
 * has no dot. 0, or -ENAMETOOLONG.
 */
int export_name(const struct moment *m, const char *extension, char *out, size_t size);

/*
 * Writes `m` to `path`; the extension decides: .json .csv .html .txt .folded. `screen` is the text of the screen for
 * .txt (may be NULL). O_EXCL, 0600, temporary name in the same directory, fsync, rename without
 * replacing. 0, or -errno with a fault that names path and remedy; nothing is left behind then.
 */
int export_write(const struct moment *m, const char *path, const char *version, const char *screen,
                 struct fault *fault);

/*
 * The same door for any file: `bytes` become `path`, whole or not at all. Under RLIMIT_FSIZE the caller
 * must ignore SIGXFSZ to be told -EFBIG instead of being killed.
 */
int file_write_whole(const char *path, const void *bytes, size_t n, struct fault *fault);

#endif
