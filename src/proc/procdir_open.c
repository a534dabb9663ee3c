/* SPDX-License-Identifier: MIT */
/*
 * Knows how to tell at the door whether a pid is a process that can be watched, and why not.
 * Refuses to know how that is said to a person.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/known.h"
#include "proc/procdir.h"
#include "proc/status.h"

enum { CHEAP_FILE_MAX = 64 << 10 };
#define FLAG_KTHREAD 0x00200000u /* PF_KTHREAD */

/*
 * Pids below this directory are pids to us only if it is a procfs that calls us by our own number:
 * the procfs of another pid namespace may well hold a `self` with another number.
 */
static bool root_is_real(int rootfd)
{
	struct statfs fs;
	char self[32] = "";
	if (fstatfs(rootfd, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC)
		return false;
	if (readlinkat(rootfd, "self", self, sizeof(self) - 1) < 0)
		return false;
	return strtol(self, NULL, 10) == getpid();
}

static int pidfd_of(int32_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	return fd < 0 ? -errno : fd;
}

/* Nothing is visible under this pid: is there really nobody? */
static enum procdir_finding finding_absent(const struct procdir *d)
{
	if (!d->real)
		return PROCDIR_GONE;
	if (kill(d->pid, 0) == 0 || errno == EPERM)
		return PROCDIR_HIDDEN;
	return PROCDIR_GONE;
}

static enum procdir_finding finding_error(const struct procdir *d, int error, int *ret_other)
{
	if (error == -ENOENT || error == -ESRCH)
		return finding_absent(d);
	if (error == -EACCES || error == -EPERM)
		return PROCDIR_DENIED;
	*ret_other = -error;
	return PROCDIR_FAILED;
}

static bool is_kthread(const struct procdir *d, const struct proc_status *status, struct buf *b)
{
	struct proc_stat stat;
	if (known(status->kthread))
		return status->kthread;
	if (procdir_read(d, "stat", b) < 0 || stat_parse(b->data, b->len, &stat) < 0)
		return false;
	return known(stat.flags) && stat.flags & FLAG_KTHREAD;
}

/*
 * The clock reads these two at every sample and may never block. A procfs has nothing else; in a
 * fixture a FIFO may stand there, which would.
 */
static bool cheap_files_are_plain(const struct procdir *d)
{
	static const char *const names[] = {"status", "stat"};
	struct stat st;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fstatat(d->fd, names[i], &st, 0) == 0 && !S_ISREG(st.st_mode))
			return false;
	return true;
}

static enum procdir_finding finding_of(const struct procdir *d, struct buf *b, int *ret_other)
{
	struct proc_status status;
	int32_t tid;
	int r = cheap_files_are_plain(d) ? procdir_read(d, "status", b) : -EINVAL;
	if (r == 0)
		r = status_parse(buf_str(b), b->len, &status);
	if (r < 0)
		return finding_error(d, r, ret_other);
	if (known(status.tgid) && known(status.pid) && status.tgid != status.pid) {
		*ret_other = (int)status.tgid;
		return PROCDIR_THREAD;
	}
	if (is_kthread(d, &status, b))
		return PROCDIR_KTHREAD;
	if (status.state == 'X')
		return PROCDIR_GONE;
	if (status.state == 'Z' && procdir_living_thread(d, &tid) < 0)
		return PROCDIR_ZOMBIE;
	return PROCDIR_OK;
}

static int directory_open(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int procdir_open_root(const char *proc, struct procdir *ret)
{
	int fd = directory_open(AT_FDCWD, proc);
	if (fd < 0)
		return fd;
	*ret = (struct procdir){.fd = -1, .rootfd = fd, .pidfd = -1, .real = root_is_real(fd)};
	return 0;
}

enum procdir_finding procdir_open(const char *proc, int32_t pid, struct procdir *ret,
                                  int *ret_other)
{
	struct procdir d = {.fd = -1, .rootfd = -1, .pidfd = -1, .pid = pid};
	enum procdir_finding finding = PROCDIR_FAILED;
	struct buf b;
	char name[16];

	buf_init(&b, CHEAP_FILE_MAX);
	d.rootfd = directory_open(AT_FDCWD, proc);
	if (d.rootfd < 0) {
		*ret_other = -d.rootfd;
		goto out;
	}
	d.real = root_is_real(d.rootfd);
	snprintf(name, sizeof(name), "%d", pid);
	d.fd = directory_open(d.rootfd, name);
	if (d.fd < 0) {
		finding = finding_error(&d, d.fd, ret_other);
		goto out;
	}
	/* Opened before status is read: if the directory lives then, this is its process. */
	if (d.real)
		d.pidfd = pidfd_of(pid);
	if (d.pidfd < 0)
		d.pidfd = -1;
	finding = finding_of(&d, &b, ret_other);
out:
	if (finding == PROCDIR_OK)
		*ret = d;
	else
		procdir_close(&d);
	buf_done(&b);
	return finding;
}
