/* SPDX-License-Identifier: MIT */
#include "base/place.h"

/* Directories, new names and whole writes. Refuses to know what is written, and what stood there before. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { NAME_TRIES = 16 };

int place_open(const char *path, struct place *ret)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = slash ? (size_t)(slash - path) : 0;
	char dir[PATH_MAX] = ".";

	if (!*path)
		return -ENOENT;
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EISDIR;
	if (len >= sizeof(dir))
		return -ENAMETOOLONG;
	if (slash)
		snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)len, path);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* One may write into a directory that one may not list. */
	if (fd < 0 && errno == EACCES)
		fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret = (struct place){fd, name};
	return 0;
}

int place_temp(const struct place *p, char name[PLACE_TEMP])
{
	for (int i = 0; i < NAME_TRIES; i++) {
		uint64_t random;
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -errno;
		snprintf(name, PLACE_TEMP, ".memleak-%016" PRIx64 ".tmp", random);
		int fd = openat(p->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		                0600);
		if (fd >= 0 || errno != EEXIST)
			return fd >= 0 ? fd : -errno;
	}
	return -EEXIST;
}

const char *place_denied_remedy(void)
{
	return geteuid() == 0 ? "root gave up here to write where others own: choose a directory "
	                        "of root's, or /tmp"
	                      : "choose a directory you may write to";
}

int place_write(int fd, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t w = write(fd, at, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		at += w;
		n -= (size_t)w;
	}
	return 0;
}
