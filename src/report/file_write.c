/* SPDX-License-Identifier: MIT */
/*
 * Knows how bytes become a file whole or not at all, never in the place of another. Refuses to know
 * what the bytes are.
 */
#include "report/export.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/place.h"
#include "base/safe_text.h"

enum { SHOWN_COLUMNS = 48 };

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
		return place_denied_remedy();
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

/* A place where nothing stands yet. */
static int place_find(const char *path, struct place *ret)
{
	struct place p;
	struct stat st;
	int err = place_open(path, &p);

	if (err)
		return err;
	/* Told before the work, and once more by the rename, which alone is safe from races. */
	if (fstatat(p.dir, p.name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		close(p.dir);
		return S_ISDIR(st.st_mode) ? -EISDIR : -EEXIST;
	}
	*ret = p;
	return 0;
}

/* --- the file ------------------------------------------------------------------------------------ */

/* The descriptor is gone afterwards, whatever happened. */
static int fill(int fd, const void *bytes, size_t n)
{
	int err = place_write(fd, bytes, n);

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
	char temp[PLACE_TEMP];
	int fd = place_temp(p, temp), err;

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
	int err = place_find(path, &p);

	if (err)
		return tell(err, path, fault);
	err = place_fill(&p, bytes, n);
	close(p.dir);
	return err ? tell(err, path, fault) : 0;
}
