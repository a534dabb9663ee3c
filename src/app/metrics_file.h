/* SPDX-License-Identifier: MIT */
#ifndef APP_METRICS_FILE_H
#define APP_METRICS_FILE_H

/*
 * A file that is written anew again and again: whoever reads it finds the whole of one writing, whenever he looks.
 * Any of these may take as long as the disk likes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/fault.h"

struct metrics_file {
	const char *path; /* borrowed */
	bool written;     /* it was, and then it was */
	dev_t dev;
	ino_t inode;
	struct timespec changed; /* CLOCK_REALTIME; inodes are used again */
	int held; /* once written: a descriptor whose lock keeps others away, until it is removed; -1 none */
};

/*
 * Whether it can be written, found by trying, and may be: it is not there, is empty, or holds
 * metrics of ours. 0; -EEXIST it is something else; -EBUSY somebody writes it; -ELOOP it is a link;
 * else -errno. Nothing is left behind or changed.
 */
int metrics_file_check(const struct metrics_file *f);

/*
 * Writes n bytes under another name beside it, which ends in ".tmp", and renames: mode 0644 whatever
 * the umask, for a collector of another user reads it. Not synced: what a crash takes is old anyhow.
 * 0 or -errno; then what was there stays.
 */
int metrics_file_write(struct metrics_file *f, const void *bytes, size_t n);

/*
 * Removes it, unless it is no longer what was written here last. 0, also where there is nothing to
 * remove, or -errno.
 */
int metrics_file_remove(struct metrics_file *f);

/* What an error of these means for a person, and what to do: "permission denied; give a directory ...". */
void metrics_file_explain(int err, char *out, size_t size);

#endif
