/* SPDX-License-Identifier: MIT */
#include "symbols/files.h"

/*
 * Knows where the file behind a mapping can be opened. Refuses what is no regular file, what is
 * another file than the one mapped, and to wait: the names are the target's.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "symbols/files_internal.h"

enum { FLAGS = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, VDSO_MAX = 1 << 20 };

/* openat2 of Linux 5.6, which older headers do not name. */
enum { CALL_OPENAT2 = 437, IN_ROOT = 0x10 };
struct how {
	uint64_t flags, mode, resolve;
};

static int fd_or_errno(long fd)
{
	return fd < 0 ? -errno : (int)fd;
}

/* `fd` itself where it is a regular file, else it is closed; an -errno passes through. */
static int file_plain(int fd)
{
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

/*
 * Below the root of the target no link leads out of it; older kernels (before 5.6) do not know how.
 * A '/' in front is its root.
 */
static int open_below(const struct procdir *d, const char *path, int flags)
{
	struct how how = {.flags = (uint64_t)flags, .resolve = IN_ROOT};
	int root = fd_or_errno(openat(d->fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC)), fd;

	if (root < 0)
		return root;
	while (*path == '/')
		path++;
	fd = fd_or_errno(syscall(CALL_OPENAT2, root, path, &how, sizeof(how)));
	if (fd == -ENOSYS || fd == -EPERM)
		fd = fd_or_errno(openat(root, path, flags));
	close(root);
	return file_plain(fd);
}

int file_open_below(const struct procdir *d, const char *path)
{
	return open_below(d, path, FLAGS);
}

int file_open_below_itself(const struct procdir *d, const char *path)
{
	return open_below(d, path, FLAGS | O_NOFOLLOW);
}

const char *file_path_there(const struct procdir *d, const char *path)
{
	char root[4096];
	ssize_t n = readlinkat(d->fd, "root", root, sizeof(root));

	if (n <= 1 || (size_t)n == sizeof(root) || strncmp(path, root, (size_t)n) != 0)
		return path;
	return path[n] == '/' ? path + n : path;
}

int file_open_ours(const char *path)
{
	return file_plain(fd_or_errno(open(path, FLAGS)));
}

/*
 * Device numbers of maps and of stat differ on some file systems (overlay, btrfs): the inode must
 * be the same.
 */
static int same_file(int fd, const struct mapped_module *module)
{
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) == 0 && st.st_ino == module->inode)
		return fd;
	close(fd);
	return -ESTALE;
}

static void map_link(const struct mapped_module *module, char *out, size_t size)
{
	snprintf(out, size, "map_files/%" PRIx64 "-%" PRIx64, module->start, module->end);
}

/* The code that the kernel maps into every process has no file: a copy. */
static int vdso_copy(const struct procdir *d, const struct mapped_module *module)
{
	size_t size = module->end - module->start;
	struct iovec from = {(void *)(uintptr_t)module->start, size};
	struct iovec to = {NULL, size};
	int fd, r = -EACCES;

	if (size > VDSO_MAX)
		return -EFBIG;
	fd = fd_or_errno(memfd_create("vdso", MFD_CLOEXEC));
	if (fd < 0)
		return fd;
	to.iov_base = malloc(size);
	if (to.iov_base && process_vm_readv(d->pid, &to, 1, &from, 1, 0) == (ssize_t)size &&
	    pwrite(fd, to.iov_base, size, 0) == (ssize_t)size)
		r = 0;
	free(to.iov_base);
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

int file_open_module(const struct procdir *d, const struct mapped_module *module)
{
	char link[64];
	int fd;

	if (module->inode == 0)
		return vdso_copy(d, module);
	map_link(module, link, sizeof(link));
	fd = file_plain(fd_or_errno(openat(d->fd, link, FLAGS)));
	if (fd >= 0)
		return fd;
	fd = same_file(file_open_below(d, file_path_there(d, module->path)), module);
	if (fd >= 0)
		return fd;
	/* A program whose file was replaced. */
	return same_file(file_plain(fd_or_errno(openat(d->fd, "exe", FLAGS))), module);
}

static int path_of(const char *proc, const struct procdir *d, const char *kind, const char *path,
                   char *out, size_t size)
{
	int n = snprintf(out, size, "%s/%d/%s%s", proc, d->pid, kind, path);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int file_path(const char *proc, const struct procdir *d, const struct mapped_module *module,
              char *out, size_t size)
{
	const char *path = file_path_there(d, module->path);
	char link[64];
	int fd = same_file(file_open_below(d, path), module), r = fd < 0 ? fd : 0;

	if (fd >= 0)
		close(fd);
	if (r == 0)
		r = path_of(proc, d, "root", path, out, size);
	if (r == 0)
		return 0;
	map_link(module, link, sizeof(link));
	fd = file_plain(fd_or_errno(openat(d->fd, link, FLAGS)));
	if (fd < 0)
		return fd;
	close(fd);
	return path_of(proc, d, link, "", out, size);
}
