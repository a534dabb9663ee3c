/* SPDX-License-Identifier: MIT */
#ifndef SYMBOLS_FILES_H
#define SYMBOLS_FILES_H

/*
 * Opens the files of a process's modules, and the debug files that belong to them, for reading by
 * the reader.
 */

#include "proc/procdir.h"
#include "symbols/mapped.h"
#include "symbols/protocol.h"

/*
 * A descriptor for reading what this module maps, or -errno: by what is mapped, else by its path
 * there.
 */
int file_open_module(const struct procdir *d, const struct mapped_module *module);

/*
 * A descriptor for the debug file that `ask` wants, or -errno: the first that exists of the places
 * from the ask->attempt'th on; *ret_attempt tells which. It need not be the right one: the reader
 * sees to that.
 */
int file_open_debug(const struct procdir *d, const struct mapped_module *module,
                    const struct message *ask, uint32_t *ret_attempt);

/*
 * A path by which anybody with our rights opens the file of this module from here: 0, or -errno
 * where there is none or `size` is too small.
 */
int file_path(const char *proc, const struct procdir *d, const struct mapped_module *module,
              char *out, size_t size);

#endif
