/* SPDX-License-Identifier: MIT */
/* Calls of the system that fail without a trace, or all of whose arguments are known at once. A new one is one line here. */
#include "shim.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

FAULTY(FAULT_OPEN, FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode))
FAULTY(FAULT_OPEN, FILE *, NULL, fopen64, (const char *path, const char *mode), (path, mode))
FAULTY(FAULT_OPEN, DIR *, NULL, opendir, (const char *path), (path))
FAULTY(FAULT_OPEN, DIR *, NULL, fdopendir, (int fd), (fd))

FAULTY(FAULT_FD, int, -1, eventfd, (unsigned n, int flags), (n, flags))
FAULTY(FAULT_FD, int, -1, signalfd, (int fd, const sigset_t *mask, int flags), (fd, mask, flags))
FAULTY(FAULT_FD, int, -1, pipe, (int fds[2]), (fds))
FAULTY(FAULT_FD, int, -1, pipe2, (int fds[2], int flags), (fds, flags))
FAULTY(FAULT_FD, int, -1, socketpair, (int domain, int type, int protocol, int fds[2]),
       (domain, type, protocol, fds))
FAULTY(FAULT_FD, int, -1, memfd_create, (const char *name, unsigned flags), (name, flags))
FAULTY(FAULT_FD, int, -1, epoll_create1, (int flags), (flags))
FAULTY(FAULT_FD, int, -1, epoll_ctl, (int epfd, int op, int fd, struct epoll_event *e),
       (epfd, op, fd, e))
FAULTY(FAULT_FD, int, -1, timerfd_create, (int clock, int flags), (clock, flags))
FAULTY(FAULT_FD, int, -1, dup, (int fd), (fd))
FAULTY(FAULT_FD, int, -1, dup2, (int fd, int as), (fd, as))

FAULTY(FAULT_READ, struct dirent *, NULL, readdir, (DIR * d), (d))
FAULTY(FAULT_READ, struct dirent64 *, NULL, readdir64, (DIR * d), (d))
FAULTY(FAULT_READ, ssize_t, -1, readlink, (const char *path, char *to, size_t n), (path, to, n))
FAULTY(FAULT_READ, ssize_t, -1, readlinkat, (int dir, const char *path, char *to, size_t n),
       (dir, path, to, n))
FAULTY(FAULT_READ, ssize_t, -1, recv, (int fd, void *to, size_t n, int flags), (fd, to, n, flags))
FAULTY(FAULT_READ, ssize_t, -1, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags))
FAULTY(FAULT_READ, ssize_t, -1, getrandom, (void *to, size_t n, unsigned flags), (to, n, flags))
FAULTY(FAULT_READ, ssize_t, -1, process_vm_readv,
       (pid_t pid, const struct iovec *to, unsigned long n, const struct iovec *from,
        unsigned long m, unsigned long flags),
       (pid, to, n, from, m, flags))

FAULTY(FAULT_WRITE, ssize_t, -1, send, (int fd, const void *from, size_t n, int flags),
       (fd, from, n, flags))
FAULTY(FAULT_WRITE, ssize_t, -1, sendmsg, (int fd, const struct msghdr *m, int flags),
       (fd, m, flags))

FAULTY(FAULT_SYNC, int, -1, fsync, (int fd), (fd))
FAULTY(FAULT_SYNC, int, -1, fdatasync, (int fd), (fd))
FAULTY(FAULT_SYNC, int, -1, ftruncate, (int fd, off_t n), (fd, n))
FAULTY(FAULT_SYNC, int, -1, ftruncate64, (int fd, off64_t n), (fd, n))

FAULTY(FAULT_NAME, int, -1, rename, (const char *from, const char *to), (from, to))
FAULTY(FAULT_NAME, int, -1, renameat, (int a, const char *from, int b, const char *to),
       (a, from, b, to))
FAULTY(FAULT_NAME, int, -1, renameat2,
       (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags))
FAULTY(FAULT_NAME, int, -1, link, (const char *from, const char *to), (from, to))
FAULTY(FAULT_NAME, int, -1, linkat, (int a, const char *from, int b, const char *to, int flags),
       (a, from, b, to, flags))
FAULTY(FAULT_NAME, int, -1, unlink, (const char *path), (path))
FAULTY(FAULT_NAME, int, -1, unlinkat, (int dir, const char *path, int flags), (dir, path, flags))
FAULTY(FAULT_NAME, int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
FAULTY(FAULT_NAME, int, -1, fchmod, (int fd, mode_t mode), (fd, mode))

FAULTY(FAULT_STAT, int, -1, stat, (const char *path, struct stat *to), (path, to))
FAULTY(FAULT_STAT, int, -1, stat64, (const char *path, struct stat64 *to), (path, to))
FAULTY(FAULT_STAT, int, -1, lstat, (const char *path, struct stat *to), (path, to))
FAULTY(FAULT_STAT, int, -1, lstat64, (const char *path, struct stat64 *to), (path, to))
FAULTY(FAULT_STAT, int, -1, fstat, (int fd, struct stat *to), (fd, to))
FAULTY(FAULT_STAT, int, -1, fstat64, (int fd, struct stat64 *to), (fd, to))
FAULTY(FAULT_STAT, int, -1, fstatat, (int dir, const char *path, struct stat *to, int flags),
       (dir, path, to, flags))
FAULTY(FAULT_STAT, int, -1, fstatfs, (int fd, struct statfs *to), (fd, to))
FAULTY(FAULT_STAT, int, -1, access, (const char *path, int mode), (path, mode))
FAULTY(FAULT_STAT, int, -1, faccessat, (int dir, const char *path, int mode, int flags),
       (dir, path, mode, flags))
FAULTY(FAULT_STAT, char *, NULL, realpath, (const char *path, char *to), (path, to))
FAULTY(FAULT_STAT, off_t, -1, lseek, (int fd, off_t at, int from), (fd, at, from))

FAULTY(FAULT_MMAP, void *, MAP_FAILED, mmap,
       (void *at, size_t n, int prot, int flags, int fd, off_t offset),
       (at, n, prot, flags, fd, offset))
FAULTY(FAULT_MMAP, void *, MAP_FAILED, mmap64,
       (void *at, size_t n, int prot, int flags, int fd, off64_t offset),
       (at, n, prot, flags, fd, offset))
FAULTY(FAULT_MMAP, int, -1, mprotect, (void *at, size_t n, int prot), (at, n, prot))

FAULTY(FAULT_IOCTL, int, -1, tcgetattr, (int fd, struct termios *to), (fd, to))
FAULTY(FAULT_IOCTL, int, -1, tcsetattr, (int fd, int when, const struct termios *from),
       (fd, when, from))

FAULTY(FAULT_WAIT, int, -1, poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms))
FAULTY(FAULT_WAIT, int, -1, ppoll,
       (struct pollfd * p, nfds_t n, const struct timespec *left, const sigset_t *mask),
       (p, n, left, mask))
FAULTY(FAULT_WAIT, int, -1, epoll_wait, (int fd, struct epoll_event *e, int n, int ms),
       (fd, e, n, ms))
FAULTY(FAULT_WAIT, int, -1, nanosleep, (const struct timespec *t, struct timespec *left), (t, left))

FAULTY(FAULT_THREAD, int, shim_page->error, pthread_create,
       (pthread_t * ret, const pthread_attr_t *attr, void *(*run)(void *), void *arg),
       (ret, attr, run, arg))
FAULTY(FAULT_FORK, pid_t, -1, fork, (void), ())
