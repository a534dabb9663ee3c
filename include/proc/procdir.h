/* SPDX-License-Identifier: MIT */
#ifndef PROC_PROCDIR_H
#define PROC_PROCDIR_H

/*
 * The only door to /proc. A `struct procdir` is one process seen through a directory descriptor that
 * stays open: after the process died every read gives -ESRCH for ever, whoever gets its pid.
 * Files are opened anew for every read, because descriptors go stale on exec, and without
 * O_NONBLOCK: a FIFO must block like a held mmap_lock, not read as an empty file.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "proc/counters.h"
#include "proc/sockets.h"
#include "proc/system.h"

struct procdir {
	int fd;     /* the directory of the process; -1 when closed */
	int rootfd; /* the proc directory it lies in */
	int pidfd;  /* readable when the process ended; -1 where pids are not ours */
	int32_t pid;
	int32_t via; /* 0, or the thread whose files stand for those of a leader that ended */
	bool real;   /* rootfd is the procfs of our own pid namespace */
};

/* Why a process cannot be watched, as found out at the door. */
enum procdir_finding {
	PROCDIR_OK,
	PROCDIR_GONE,    /* no such process */
	PROCDIR_HIDDEN,  /* exists, but hidepid hides it */
	PROCDIR_THREAD,  /* a thread; *ret_other is its process */
	PROCDIR_KTHREAD, /* a kernel thread */
	PROCDIR_ZOMBIE,  /* dead, not yet reaped, and no thread lives on */
	PROCDIR_DENIED,  /* status itself is unreadable */
	PROCDIR_FAILED,  /* anything else; errno in *ret_other */
};

/*
 * Opens the process `pid` below the directory `proc` ("/proc", a fixture). On PROCDIR_OK *ret is
 * the caller's to close; otherwise nothing is left open. *ret_other: see the findings.
 */
enum procdir_finding procdir_open(const char *proc, int32_t pid, struct procdir *ret,
                                  int *ret_other);
void procdir_close(struct procdir *d);

/*
 * Reads the file `name` ("status", "task/77/smaps") below the process, replacing b's content;
 * b->max bounds it (-EFBIG). 0 or -errno: -ESRCH or -ENOENT gone, -EACCES not permitted.
 */
int procdir_read(const struct procdir *d, const char *name, struct buf *b);

/* Opens such a file for streaming. A descriptor or -errno. */
int procdir_open_file(const struct procdir *d, const char *name);

/* Reads an open descriptor to its end, replacing b's content; b->max bounds it. 0 or -errno. */
int procdir_read_fd(int fd, struct buf *b);

/* Opens the proc directory alone: good for procdir_read_global, then procdir_close. 0 or -errno. */
int procdir_open_root(const char *proc, struct procdir *ret);

/* The same for a file of the proc directory itself: "meminfo", "77/stat". */
int procdir_read_global(const struct procdir *d, const char *name, struct buf *b);

/* Text of a link below the process ("exe", "cwd") into out, NUL-terminated. Length or -errno. */
int procdir_link(const struct procdir *d, const char *name, char *out, size_t size);

/* Device and inode of what such a link names: the identity of an executable. 0 or -errno. */
int procdir_identity(const struct procdir *d, const char *name, uint64_t *ret_dev,
                     uint64_t *ret_inode);

/*
 * Counts the descriptors by kind; stops at `limit` entries (then *ret_cut). The sockets among them, in the
 * order of the directory, at most `room`, go into refs; of more the rest is left out and *ret_sockets is
 * what there are. 0 or -errno.
 */
int procdir_list_fds(const struct procdir *d, uint64_t limit, uint64_t ret[FD_KIND_COUNT],
                     bool *ret_cut, struct socket_ref *refs, size_t room, size_t *ret_sockets);

/* A thread that is alive (not Z, X) when the leader is not: its tid, or -ESRCH. */
int procdir_living_thread(const struct procdir *d, int32_t *ret_tid);

/* Calls fn for every thread; non-zero stops and is returned. 0 or -errno. */
int procdir_each_task(const struct procdir *d, int (*fn)(int32_t tid, void *arg), void *arg);

/*
 * Calls fn for every pid below an open proc directory, with the inode number of its entry; non-zero stops and
 * is returned. A procfs gives a new one when a pid passes to another process, so that reuse is seen without
 * reading a file; it may also give a new one to the same process. 0 or -errno.
 */
int procdir_each_entry(const struct procdir *d, int (*fn)(int32_t pid, uint64_t inode, void *arg),
                       void *arg);

/*
 * A file that never waits for a process (statm, stat, status) by one single read, at most size - 1
 * bytes, NUL-terminated: for reading thousands. Opened without waiting, for in a fixture a FIFO may
 * stand there, which reads as empty. Length or -errno.
 */
int procdir_read_once(const struct procdir *d, const char *name, char *out, size_t size);

/*
 * The limit of memory that the process meets first: of all levels up the tree of its cgroup the one with
 * the least room against what that level uses. Mount points come from our own mountinfo, below a
 * foreign procfs from that of the process. *ret_oom_kills is that of its own group. 0 or -errno.
 */
int procdir_cgroup_limit(const struct procdir *d, struct cgroup_room *ret_room,
                         uint64_t *ret_oom_kills, struct cgroup_place *ret_place);

/* The memory.stat of its own cgroup; `b` is used for reading and bounds it. 0 or -errno. */
int procdir_memory_stat(const struct procdir *d, struct buf *b, uint64_t ret[MEMSTAT_KEY_COUNT]);

/*
 * The file in which the process's own cgroup counts OOM kills, open for procdir_oom_kills() even
 * after the process ended. A descriptor or -errno.
 */
int procdir_open_oom(const struct procdir *d);
int procdir_oom_kills(int fd, uint64_t *ret_kills);

#endif
