/* SPDX-License-Identifier: MIT */
#include "app/metrics_file.h"

/*
 * Knows how a file is replaced so that nobody ever reads half of it, and which files are nobody else's. Refuses to
 * know what is in them, but for how ours begin.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/place.h"
#include "report/openmetrics.h"

enum { MODE = 0644 };

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

/* While it is open nobody else gets its number. */
static bool is_held(const struct metrics_file *f, const struct stat *st)
{
	return f->written && f->held >= 0 && st->st_dev == f->dev && st->st_ino == f->inode;
}

/* Whoever writes it holds a lock on what it wrote last, which ends with that process. What knows no locks is free. */
static int check_writer(const struct place *p)
{
	int fd = openat(p->dir, p->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		err = -EBUSY;
	close(fd);
	return err;
}

static int check_name(const struct metrics_file *f, const struct place *p)
{
	struct stat st;
	int err;

	if (fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EEXIST;
	err = st.st_size ? begins_like_ours(p) : 0;
	return err || is_held(f, &st) ? err : check_writer(p);
}

int metrics_file_check(const struct metrics_file *f)
{
	char temp[PLACE_TEMP];
	struct place p;
	int err = place_open(f->path, &p), fd;

	if (err)
		return err;
	err = check_name(f, &p);
	fd = err ? err : place_temp(&p, temp);
	if (fd >= 0) {
		close(fd);
		unlinkat(p.dir, temp, 0);
	}
	close(p.dir);
	return fd < 0 ? fd : 0;
}

/* --- writing ------------------------------------------------------------------------------------- */

/* A lock for as long as *ret_held is open; -1: here are none, and nobody is kept away. */
static void hold(int fd, int *ret_held)
{
	int held = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (held >= 0 && flock(held, LOCK_EX | LOCK_NB) < 0) {
		close(held);
		held = -1;
	}
	*ret_held = held;
}

/* The descriptor is gone afterwards, whatever happened; *ret_held holds it. */
static int fill(int fd, const void *bytes, size_t n, struct stat *ret, int *ret_held)
{
	int err = place_write(fd, bytes, n);

	if (!err && (fchmod(fd, MODE) < 0 || fstat(fd, ret) < 0))
		err = -errno;
	if (!err)
		hold(fd, ret_held);
	if (close(fd) < 0 && !err)
		err = -errno;
	return err;
}

static void let_go(int held)
{
	if (held >= 0)
		close(held);
}

static int replace(const struct place *p, const void *bytes, size_t n, struct stat *ret,
                   int *ret_held)
{
	char temp[PLACE_TEMP];
	int fd = place_temp(p, temp), err;

	*ret_held = -1;
	if (fd < 0)
		return fd;
	err = fill(fd, bytes, n, ret, ret_held);
	if (!err && renameat(p->dir, temp, p->dir, p->name) < 0)
		err = -errno;
	if (err) {
		unlinkat(p->dir, temp, 0);
		let_go(*ret_held);
	}
	return err;
}

int metrics_file_write(struct metrics_file *f, const void *bytes, size_t n)
{
	struct place p;
	struct stat st;
	int err = place_open(f->path, &p), held;

	if (err)
		return err;
	/* Something else may stand there by now. */
	err = check_name(f, &p);
	if (!err)
		err = replace(&p, bytes, n, &st, &held);
	close(p.dir);
	if (err)
		return err;
	if (f->written)
		let_go(f->held);
	*f = (struct metrics_file){f->path, true, st.st_dev, st.st_ino, st.st_mtim, held};
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
	let_go(f->held);
	f->held = -1;
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
	case EBUSY:
		why = "another watch writes it";
		remedy = "give each a path of its own";
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
