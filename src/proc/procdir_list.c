/* SPDX-License-Identifier: MIT */
/*
 * Knows the directories of /proc that hold one entry a process, a thread or a descriptor. Refuses to
 * keep a list: every entry is handed on or counted at once.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "proc/procdir.h"
#include "proc/status.h"

enum { STAT_MAX = 8 << 10, LINK_ROOM = 64 };

static DIR *list_open(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	DIR *dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

/* Calls fn for every entry whose name is a number. */
static int each_entry(int at, const char *name,
                      int (*fn)(int32_t number, uint64_t inode, void *arg), void *arg)
{
	int r = 0;
	DIR *dir = list_open(at, name);
	if (!dir)
		return -errno;
	while (!r) {
		uint64_t number;
		errno = 0;
		struct dirent *e = readdir(dir);
		if (!e) {
			r = -errno;
			break;
		}
		if (num_u64(e->d_name, strlen(e->d_name), &number) == 0 && number &&
		    number <= INT32_MAX)
			r = fn((int32_t)number, e->d_ino, arg);
	}
	closedir(dir);
	return r;
}

struct plain {
	int (*fn)(int32_t number, void *arg);
	void *arg;
};

static int plain_call(int32_t number, uint64_t inode, void *arg)
{
	const struct plain *p = arg;
	(void)inode;
	return p->fn(number, p->arg);
}

int procdir_each_entry(const struct procdir *d, int (*fn)(int32_t pid, uint64_t inode, void *arg),
                       void *arg)
{
	return each_entry(d->rootfd, ".", fn, arg);
}

int procdir_each_task(const struct procdir *d, int (*fn)(int32_t tid, void *arg), void *arg)
{
	return each_entry(d->fd, "task", plain_call, &(struct plain){fn, arg});
}

struct living {
	const struct procdir *dir;
	struct buf text;
	int32_t tid;
};

static int living_look(int32_t tid, void *arg)
{
	struct living *l = arg;
	struct proc_stat stat;
	char name[LINK_ROOM];

	snprintf(name, sizeof(name), "task/%d/stat", tid);
	if (tid == l->dir->pid || procdir_read(l->dir, name, &l->text) < 0 ||
	    stat_parse(l->text.data, l->text.len, &stat) < 0)
		return 0;
	if (stat.state == 'Z' || stat.state == 'X' || stat.state == 'x')
		return 0;
	l->tid = tid;
	return 1;
}

int procdir_living_thread(const struct procdir *d, int32_t *ret_tid)
{
	struct living l = {.dir = d};
	buf_init(&l.text, STAT_MAX);
	int r = procdir_each_task(d, living_look, &l);
	buf_done(&l.text);
	if (r <= 0)
		return -ESRCH;
	*ret_tid = l.tid;
	return 0;
}

/* One link, counted; a socket is kept while there is room. */
static void link_count(const char *text, size_t len, uint64_t counts[FD_KIND_COUNT],
                       struct socket_ref *refs, size_t room, size_t *sockets)
{
	enum fd_kind kind = fd_kind_of(text, len);
	uint64_t inode;

	counts[kind]++;
	if (kind != FD_SOCKET || socket_inode_of(text, len, &inode) < 0)
		return;
	if (*sockets < room)
		refs[*sockets] = (struct socket_ref){inode, SOCKET_REST};
	++*sockets;
}

int procdir_list_fds(const struct procdir *d, uint64_t limit, uint64_t ret[FD_KIND_COUNT],
                     bool *ret_cut, struct socket_ref *refs, size_t room, size_t *ret_sockets)
{
	size_t sockets = 0;
	uint64_t counts[FD_KIND_COUNT] = {0};
	uint64_t seen = 0;
	char name[LINK_ROOM] = "fd", text[LINK_ROOM];
	struct dirent *e;

	if (d->via)
		snprintf(name, sizeof(name), "task/%d/fd", d->via);
	DIR *dir = list_open(d->fd, name);
	if (!dir)
		return -errno;
	errno = 0;
	while (seen < limit && (e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue;
		/* Cut links are fine: the kind stands at the beginning. */
		ssize_t n = readlinkat(dirfd(dir), e->d_name, text, sizeof(text));
		seen++;
		if (n > 0)
			link_count(text, (size_t)n, counts, refs, room, &sockets);
		else if (n < 0 && (errno == EACCES || errno == EPERM))
			counts[FD_OTHER]++;
		else
			seen--; /* closed since the directory was read */
		errno = 0;
	}
	int r = -errno;
	*ret_cut = seen >= limit && readdir(dir);
	closedir(dir);
	if (r < 0)
		return r;
	memcpy(ret, counts, sizeof(counts));
	*ret_sockets = sockets;
	return 0;
}
