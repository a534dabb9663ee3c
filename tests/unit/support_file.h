/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_FILE_H
#define SUPPORT_FILE_H

/* Texts as files without a name on any disk, for what opens paths; and what is open. */

#include <stddef.h>

/* A file that holds these bytes; its path goes to `path`. Returns the descriptor to close. */
int file_of(const void *bytes, size_t n, char path[32]);

/* How many entries a directory has, "." and ".." too; of /proc/self/fd also the one it is read by. */
unsigned entries_of(const char *dir);

#endif
