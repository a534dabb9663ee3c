/* SPDX-License-Identifier: MIT */
/*
 * Knows how a file below an open process directory is read: anew each time, to its end, bounded.
 * Refuses to know what stands in it.
 */
#include "proc/procdir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP = 4096, NAME_ROOM = 128 };

void procdir_close(struct procdir *d)
{
	if (d->fd >= 0)
		close(d->fd);
	if (d->rootfd >= 0)
		close(d->rootfd);
	if (d->pidfd >= 0)
		close(d->pidfd);
	d->fd = d->rootfd = d->pidfd = -1;
}

/* The name as openat wants it: through the living thread where the leader ended. */
static const char *name_via(const struct procdir *d, const char *name, char out[NAME_ROOM])
{
	if (!d->via || !strncmp(name, "task", 4))
		return name;
	snprintf(out, NAME_ROOM, "task/%d/%s", d->via, name);
	return out;
}

static int file_open(int dirfd, const char *name)
{
	int fd;
	do
		fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

/* More room, never more than the maximum allows. -EFBIG when it is all used. */
static int room_make(struct buf *b, size_t *ret_room)
{
	size_t left = b->max - b->len;
	if (!left)
		return b->error = -EFBIG;
	int r = buf_reserve(b, left < READ_STEP ? left : READ_STEP);
	if (r < 0)
		return r;
	/* What the buffer has beyond its maximum, from a time when that was larger, is no room. */
	size_t room = b->cap - 1 - b->len;
	*ret_room = room < left ? room : left;
	return 0;
}

int procdir_read_fd(int fd, struct buf *b)
{
	buf_reset(b);
	for (;;) {
		size_t room;
		int r = room_make(b, &room);
		if (r < 0)
			return r;
		ssize_t n = read(fd, b->data + b->len, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		b->len += (size_t)n;
		b->data[b->len] = '\0';
		if (!n)
			return 0;
	}
}

static int file_read(int dirfd, const char *name, struct buf *b)
{
	buf_reset(b);
	int fd = file_open(dirfd, name);
	if (fd < 0)
		return fd;
	int r = procdir_read_fd(fd, b);
	close(fd);
	return r;
}

int procdir_read(const struct procdir *d, const char *name, struct buf *b)
{
	char room[NAME_ROOM];
	return file_read(d->fd, name_via(d, name, room), b);
}

int procdir_open_file(const struct procdir *d, const char *name)
{
	char room[NAME_ROOM];
	return file_open(d->fd, name_via(d, name, room));
}

int procdir_read_global(const struct procdir *d, const char *name, struct buf *b)
{
	return file_read(d->rootfd, name, b);
}

int procdir_read_once(const struct procdir *d, const char *name, char *out, size_t size)
{
	int fd = openat(d->rootfd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, out, size - 1);
	int e = errno;
	close(fd);
	if (n < 0)
		return -e;
	out[n] = '\0';
	return (int)n;
}

int procdir_link(const struct procdir *d, const char *name, char *out, size_t size)
{
	char room[NAME_ROOM];
	ssize_t n = readlinkat(d->fd, name_via(d, name, room), out, size - 1);
	if (n < 0)
		return -errno;
	out[n] = '\0';
	return (int)n;
}

int procdir_identity(const struct procdir *d, const char *name, uint64_t *ret_dev,
                     uint64_t *ret_inode)
{
	char room[NAME_ROOM];
	struct stat st;
	if (fstatat(d->fd, name_via(d, name, room), &st, 0) < 0)
		return -errno;
	*ret_dev = st.st_dev;
	*ret_inode = st.st_ino;
	return 0;
}
