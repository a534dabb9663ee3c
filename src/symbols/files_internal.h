/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_FILES_INTERNAL_H
#define SYMBOLS_FILES_INTERNAL_H

/*
 * Opening for reading: descriptors of regular files, or -errno. Nothing here waits for a FIFO or a
 * device.
 */

#include "proc/procdir.h"

/*
 * What a path out of maps is below the root of the target: the kernel tells it from our root, which
 * is another one where the target has called chroot. Part of `path`.
 */
const char *file_path_there(const struct procdir *d, const char *path);

/* By a path of the target's; by one of ours. */
int file_open_below(const struct procdir *d, const char *path);

/* The same where others may have put a link in its place: -ELOOP then. */
int file_open_below_itself(const struct procdir *d, const char *path);
int file_open_ours(const char *path);

#endif
