/* SPDX-License-Identifier: MIT */
#include "app/metrics_file.h"

/*
 * Knows how a file is replaced so that nobody ever reads half of it, and which files are nobody else's. Refuses to
 * know what is in them, but for how ours begin.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/openmetrics.h"

enum { TEMP_MAX = 48, MODE = 0644 };

/* --- the directory ------------------------------------------------------------------------------- */

struct place {
	int dir;
	const char *name; /* borrowed from the path */
};

/* Anew each time: the directory may have been made anew, too. */
static int place_open(const char *path, struct place *ret)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	char dir[PATH_MAX] = ".";
	int fd;

	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EISDIR;
	if (slash && slash - path >= PATH_MAX)
		return -ENAMETOOLONG;
	if (slash)
		snprintf(dir, sizeof(dir), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	/* O_PATH: one may write into a directory that one may not list. */
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret = (struct place){fd, name};
	return 0;
}

/* A name that nobody has: two of us that were given one FILE must not write into each other's. */
static int temp_open(const struct place *p, char name[TEMP_MAX])
{
	uint64_t random;
	int fd;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -errno;
	snprintf(name, TEMP_MAX, ".memleak-%016" PRIx64 ".tmp", random);
	fd = openat(p->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

/* --- may it be written --------------------------------------------------------------------------- */

static int begins_like_ours(const struct place *p)
{
	static const char mark[] = OPENMETRICS_MARK;
	char begin[sizeof(mark) - 1];
	/* Seen to be a regular file, but by now it might be a FIFO that nobody writes. */
	int fd = openat(p->dir, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, begin, sizeof(begin));
	close(fd);
	return n == (ssize_t)sizeof(begin) && !memcmp(begin, mark, sizeof(begin)) ? 0 : -EEXIST;
}

static int check_name(const struct place *p)
{
	struct stat st;

	if (fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EEXIST;
	return st.st_size ? begins_like_ours(p) : 0;
}

int metrics_file_check(const struct metrics_file *f)
{
	char temp[TEMP_MAX];
	struct place p;
	int err = place_open(f->path, &p), fd;

	if (err)
		return err;
	err = check_name(&p);
	fd = err ? err : temp_open(&p, temp);
	if (fd >= 0) {
		close(fd);
		unlinkat(p.dir, temp, 0);
	}
	close(p.dir);
	return fd < 0 ? fd : 0;
}

/* --- writing ------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, bytes, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return w < 0 ? -errno : -EIO;
		bytes += w;
		n -= (size_t)w;
	}
	return 0;
}

/* The descriptor is gone afterwards, whatever happened. */
static int fill(int fd, const void *bytes, size_t n, struct stat *ret)
{
	int err = write_all(fd, bytes, n);

	if (!err && (fchmod(fd, MODE) < 0 || fstat(fd, ret) < 0))
		err = -errno;
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

int metrics_file_write(struct metrics_file *f, const void *bytes, size_t n)
{
	char temp[TEMP_MAX];
	struct place p;
	struct stat st;
	int err = place_open(f->path, &p), fd;

	if (err)
		return err;
	/* Something else may stand there by now. */
	err = check_name(&p);
	fd = err ? err : temp_open(&p, temp);
	err = fd < 0 ? fd : fill(fd, bytes, n, &st);
	if (!err && renameat(p.dir, temp, p.dir, p.name) < 0)
		err = -errno;
	if (err && fd >= 0)
		unlinkat(p.dir, temp, 0);
	close(p.dir);
	if (err)
		return err;
	f->written = true;
	f->dev = st.st_dev;
	f->inode = st.st_ino;
	f->changed = st.st_mtim;
	return 0;
}

static bool is_own(const struct metrics_file *f, const struct stat *st)
{
	return st->st_dev == f->dev && st->st_ino == f->inode &&
	       st->st_mtim.tv_sec == f->changed.tv_sec && st->st_mtim.tv_nsec == f->changed.tv_nsec;
}

int metrics_file_remove(struct metrics_file *f)
{
	struct place p;
	struct stat st;
	int err;

	if (!f->written)
		return 0;
	err = place_open(f->path, &p);
	if (err)
		return err == -ENOENT ? 0 : err;
	if (fstatat(p.dir, p.name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		err = errno == ENOENT ? 0 : -errno;
	else if (is_own(f, &st) && unlinkat(p.dir, p.name, 0) < 0)
		err = errno == ENOENT ? 0 : -errno;
	close(p.dir);
	return err;
}

/* --- telling ------------------------------------------------------------------------------------- */

void metrics_file_explain(int err, char *out, size_t size)
{
	const char *why = fault_reason(err), *remedy = "give another path";

	switch (-err) {
	case EEXIST:
		why = "it is something else than metrics of ours and stays as it is";
		break;
	case ELOOP:
		why = "it is a symbolic link, which would be replaced";
		remedy = "give the path that it leads to";
		break;
	case EISDIR:
		remedy = "add a file name";
		break;
	case ENOENT:
	case ENOTDIR:
		why = "its directory does not exist";
		remedy = "create that first or give another path";
		break;
	case EACCES:
	case EPERM:
	case EROFS:
		remedy = "give a directory that you may write to";
		break;
	case ENOSPC:
	case EDQUOT:
		remedy = "free some space or give another disk";
		break;
	default:
		break;
	}
	snprintf(out, size, "%s; %s", why, remedy);
}
