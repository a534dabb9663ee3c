/* SPDX-License-Identifier: MIT */
/* Calls of the system with arguments that may be missing, and those that may do half, or all and fail. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FAULTY_OPEN(name)                                                               \
	int name(const char *path, int flags, ...)                                      \
	{                                                                               \
		static int (*real)(const char *, int, ...);                             \
		va_list args;                                                           \
		va_start(args, flags);                                                  \
		mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0; \
		va_end(args);                                                           \
		if (shim_due(FAULT_OPEN, #name))                                        \
			return -1;                                                      \
		if (!real)                                                              \
			shim_find(&real, #name);                                        \
		return real(path, flags, mode);                                         \
	}
#define FAULTY_OPENAT(name)                                                             \
	int name(int dir, const char *path, int flags, ...)                             \
	{                                                                               \
		static int (*real)(int, const char *, int, ...);                        \
		va_list args;                                                           \
		va_start(args, flags);                                                  \
		mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0; \
		va_end(args);                                                           \
		if (shim_due(FAULT_OPEN, #name))                                        \
			return -1;                                                      \
		if (!real)                                                              \
			shim_find(&real, #name);                                        \
		return real(dir, path, flags, mode);                                    \
	}

FAULTY_OPEN(open)
FAULTY_OPEN(open64)
FAULTY_OPENAT(openat)
FAULTY_OPENAT(openat64)

int ioctl(int fd, unsigned long what, ...)
{
	static int (*real)(int, unsigned long, ...);
	va_list args;
	void *arg;

	va_start(args, what);
	arg = va_arg(args, void *);
	va_end(args);
	if (shim_due(FAULT_IOCTL, "ioctl"))
		return -1;
	if (!real)
		shim_find(&real, "ioctl");
	return real(fd, what, arg);
}

void *mremap(void *at, size_t n, size_t m, int flags, ...)
{
	static void *(*real)(void *, size_t, size_t, int, ...);
	va_list args;
	void *to;

	va_start(args, flags);
	to = va_arg(args, void *);
	va_end(args);
	if (shim_due(FAULT_MMAP, "mremap"))
		return MAP_FAILED;
	if (!real)
		shim_find(&real, "mremap");
	return real(at, n, m, flags, to);
}

long syscall(long number, ...)
{
	static long (*real)(long, ...);
	va_list args;
	long a[6];

	va_start(args, number);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (shim_due(FAULT_SYSCALL, "syscall"))
		return -1;
	if (!real)
		shim_find(&real, "syscall");
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* Of as many bytes, so many: what an interrupted transfer leaves. Small ones are all or nothing to the kernel. */
static bool cut_short(size_t *n)
{
	if (shim_page->error != FAULT_SHORT)
		return false;
	if (*n > sizeof(struct signalfd_siginfo))
		*n /= 2;
	return true;
}

/* A disk that is full stays so; wake-ups of threads and terminals have nothing to do with it. */
static bool spared(enum fault_family family, int fd)
{
	static int (*real_fstat)(int, struct stat *);
	struct stat st;

	if (!real_fstat)
		shim_find(&real_fstat, "fstat");
	if (family != FAULT_WRITE || !shim_page || !shim_page->stays)
		return false;
	return real_fstat(fd, &st) || !S_ISREG(st.st_mode);
}

#define PARTLY(family, name, params, args)                                            \
	ssize_t name params                                                           \
	{                                                                             \
		static ssize_t(*real) params;                                         \
		if (!spared(family, fd) && shim_due(family, #name) && !cut_short(&n)) \
			return -1;                                                    \
		if (!real)                                                            \
			shim_find(&real, #name);                                      \
		return real args;                                                     \
	}

PARTLY(FAULT_READ, read, (int fd, void *to, size_t n), (fd, to, n))
PARTLY(FAULT_READ, pread, (int fd, void *to, size_t n, off_t at), (fd, to, n, at))
PARTLY(FAULT_READ, pread64, (int fd, void *to, size_t n, off64_t at), (fd, to, n, at))
PARTLY(FAULT_WRITE, write, (int fd, const void *from, size_t n), (fd, from, n))
PARTLY(FAULT_WRITE, pwrite, (int fd, const void *from, size_t n, off_t at), (fd, from, n, at))
PARTLY(FAULT_WRITE, pwrite64, (int fd, const void *from, size_t n, off64_t at), (fd, from, n, at))

int close(int fd)
{
	static int (*real)(int);
	bool fails = shim_due(FAULT_CLOSE, "close");
	int error = errno, result;

	if (!real)
		shim_find(&real, "close");
	result = real(fd);
	if (!fails)
		return result;
	errno = error;
	return -1;
}
