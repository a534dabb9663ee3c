/* SPDX-License-Identifier: MIT */
#ifndef BASE_PLACE_H
#define BASE_PLACE_H

/*
 * Where a file is to be written: whole, by a name beside it that nobody has, and a rename. What may be replaced, and what is
 * synced, is for the caller to say.
 */

#include <stddef.h>

enum { PLACE_TEMP = 48 }; /* bytes of a name beside it, with its NUL */

/* The open directory and the name in it. */
struct place {
	int dir;          /* closed by the caller */
	const char *name; /* borrowed from the path */
};

/* 0; -ENOENT no path; -EISDIR no name in it; -ENAMETOOLONG; or another -errno. */
int place_open(const char *path, struct place *ret);

/* A new file of mode 0600 in that directory, ".memleak-....tmp". Its descriptor, or -errno. */
int place_temp(const struct place *p, char name[PLACE_TEMP]);

/* What to do about -EACCES and the like; root, which has given up to write anywhere, must be told so. */
const char *place_denied_remedy(void);

/* All n bytes. 0 or -errno. */
int place_write(int fd, const void *bytes, size_t n);

#endif
