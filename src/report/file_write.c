/* SPDX-License-Identifier: MIT */
/*
 * Knows how bytes become a file whole or not at all, never in the place of another. Refuses to know
 * what the bytes are.
 */
#include "report/export.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/safe_text.h"

enum { NAME_TRIES = 16, TEMP_MAX = 48, SHOWN_COLUMNS = 48 };

/* --- telling -------------------------------------------------------------------------------------- */

static const char *remedy_for(int err)
{
	switch (-err) {
	case EEXIST:
		return "no file is ever replaced: choose another name";
	case ENOSPC:
	case EDQUOT:
		return "free some space or choose another disk";
	case EFBIG:
		return "raise the limit with ulimit -f or choose another disk";
	case EACCES:
	case EPERM:
	case EROFS:
		return "choose a directory you may write to";
	case ENOENT:
	case ENOTDIR:
		return "create its directory first or choose another one";
	case EISDIR:
		return "add a file name";
	case ENAMETOOLONG:
		return "choose a shorter name";
	default:
		return "choose another path";
	}
}

static int tell(int err, const char *path, struct fault *fault)
{
	char safe[PATH_MAX], shown[SHOWN_COLUMNS * 4];

	safe_copy(safe, sizeof(safe), path, strlen(path), SAFE_UTF8);
	text_ellipsis(shown, sizeof(shown), safe, SHOWN_COLUMNS, 1, 0);
	fault_set(fault, STATUS_OUTPUT, "cannot write %s: %s; %s", shown, fault_reason(err),
	          remedy_for(err));
	return err;
}

/* --- the directory ------------------------------------------------------------------------------- */

/* A place to write: the open directory and the name in it. */
struct place {
	int dir;
	const char *name; /* borrowed from the path */
};

static int place_open(const char *path, struct place *ret)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t len = slash ? (size_t)(slash - path) : 0;
	char dir[PATH_MAX];
	struct stat st;
	int fd;

	if (!*path)
		return -ENOENT;
	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EISDIR;
	if (len >= sizeof(dir))
		return -ENAMETOOLONG;
	snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)len, slash ? path : "");
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* One may write into a directory that one may not list. */
	if (fd < 0 && errno == EACCES)
		fd = open(slash ? dir : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Told before the work, and once more by the rename, which alone is safe from races. */
	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		close(fd);
		return S_ISDIR(st.st_mode) ? -EISDIR : -EEXIST;
	}
	*ret = (struct place){fd, name};
	return 0;
}

/* --- the file ------------------------------------------------------------------------------------ */

static int temp_open(int dir, char name[TEMP_MAX])
{
	for (int i = 0; i < NAME_TRIES; i++) {
		uint64_t random;
		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			return -errno;
		snprintf(name, TEMP_MAX, ".memleak-%016" PRIx64 ".tmp", random);
		int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		                0600);
		if (fd >= 0 || errno != EEXIST)
			return fd >= 0 ? fd : -errno;
	}
	return -EEXIST;
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

/* The descriptor is gone afterwards, whatever happened. */
static int fill(int fd, const void *bytes, size_t n)
{
	int err = write_all(fd, bytes, n);

	if (!err && fsync(fd))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	return err;
}

/* Gives the finished file its name, unless somebody has it. */
static int name_give(int dir, const char *temp, const char *name)
{
	int err;

	if (renameat2(dir, temp, dir, name, RENAME_NOREPLACE) == 0)
		return 0;
	err = -errno;
	/* Network file systems know no flags here, but link() refuses a name that is taken, too. */
	if (err != -EINVAL && err != -ENOSYS && err != -ENOTSUP)
		return err;
	if (linkat(dir, temp, dir, name, 0))
		return errno == EPERM ? err : -errno;
	unlinkat(dir, temp, 0);
	return 0;
}

/* Some file systems cannot sync a directory, and one opened by O_PATH cannot be: no failure. */
static int directory_sync(int dir)
{
	if (fsync(dir) == 0 || errno == EINVAL || errno == EBADF || errno == EROFS)
		return 0;
	return -errno;
}

static int place_fill(const struct place *p, const void *bytes, size_t n)
{
	char temp[TEMP_MAX];
	int fd = temp_open(p->dir, temp), err;

	if (fd < 0)
		return fd;
	err = fill(fd, bytes, n);
	if (!err)
		err = name_give(p->dir, temp, p->name);
	if (err) {
		unlinkat(p->dir, temp, 0);
		return err;
	}
	err = directory_sync(p->dir);
	if (err)
		unlinkat(p->dir, p->name, 0);
	return err;
}

int file_write_whole(const char *path, const void *bytes, size_t n, struct fault *fault)
{
	struct place p = {-1, ""};
	int err = place_open(path, &p);

	if (err)
		return tell(err, path, fault);
	err = place_fill(&p, bytes, n);
	close(p.dir);
	return err ? tell(err, path, fault) : 0;
}
