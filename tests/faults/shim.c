/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into the program: counts its calls by family and lets the nth of one family fail. Counts from main() on,
 * in all threads of the first process that came, not in its children. Refuses to know what the program makes of it.
 */
#include "page.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* --- counting ----------------------------------------------------------------------------------------- */

static struct fault_page *page;
static bool counting, sanitized;
static _Thread_local bool inside __attribute__((tls_model("initial-exec")));

/* Function pointers and data pointers are one thing to dlsym alone. */
static void find(void *ret_function, const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	memcpy(ret_function, &p, sizeof(p));
}

/* The callers of whoever asks, without the first `skip`. */
__attribute__((noinline)) static void note_frames(char ret[FAULT_FRAMES][FAULT_FRAME], int skip)
{
	enum { SKIP_MOST = 4 };
	void *at[FAULT_FRAMES + SKIP_MOST];
	int n = backtrace(at, FAULT_FRAMES + skip);

	for (int i = skip; i < n; i++) {
		Dl_info info = {0};
		const char *name = "?", *slash;

		if (dladdr(at[i], &info) && info.dli_fname)
			name = info.dli_fname;
		slash = strrchr(name, '/');
		snprintf(ret[i - skip], FAULT_FRAME, "%s+0x%lx", slash ? slash + 1 : name,
		         (unsigned long)((char *)at[i] - (char *)info.dli_fbase));
	}
}

/* What a sanitizer needs for itself, as where a thread begins, it does not do without. */
__attribute__((noinline)) static bool is_for_sanitizer(void)
{
	char frames[FAULT_FRAMES][FAULT_FRAME] = {0};
	bool is = false;

	inside = true;
	note_frames(frames, 3);
	inside = false;
	for (int i = 0; i < FAULT_FRAMES; i++)
		is |= strncmp(frames[i], "libasan", 7) == 0;
	return is;
}

/* True: this call has to fail; errno says how. */
__attribute__((noinline)) static bool due(enum fault_family family, const char *call)
{
	uint64_t n;

	if (!counting || inside)
		return false;
	n = atomic_fetch_add(&page->count[family], 1) + 1;
	if ((int)family != page->family || n < page->nth || (n > page->nth && !page->stays))
		return false;
	if (sanitized && is_for_sanitizer())
		return false;
	if (atomic_fetch_add(&page->hits, 1) == 0) {
		inside = true;
		snprintf(page->call, sizeof(page->call), "%s", call);
		note_frames(page->frames, 3);
		inside = false;
	}
	errno = page->error;
	return true;
}

/* Of as many bytes, so many: what an interrupted transfer leaves. Small ones are all or nothing to the kernel. */
static bool cut_short(size_t *n)
{
	if (page->error != FAULT_SHORT)
		return false;
	if (*n > sizeof(struct signalfd_siginfo))
		*n /= 2;
	return true;
}

static void child_counts_not(void)
{
	counting = false;
}

/* Where it crashed, where there is no terminal: on one the program itself gives that back, and raises again. */
static void on_crash(int signal_number)
{
	counting = false;
	if (!page->crash[0][0])
		note_frames(page->crash, 3);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

int raise(int signal_number)
{
	static int (*real)(int);

	if (page && signal_number != SIGTSTP && !page->crash[0][0])
		note_frames(page->crash, 4);
	if (!real)
		find(&real, "raise");
	return real(signal_number);
}

static void attach(void)
{
	static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	const char *path = getenv(FAULT_ENV);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1, nobody = 0;
	void *at[2], *p;

	if (fd < 0)
		return;
	p = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return;
	page = p;
	/* It loads a library at its first call. */
	backtrace(at, 2);
	sanitized = dlsym(RTLD_DEFAULT, "__asan_init") != NULL;
	counting = atomic_compare_exchange_strong(&page->owner, &nobody, getpid());
	pthread_atfork(NULL, NULL, child_counts_not);
	for (size_t i = 0;
	     counting && !isatty(STDIN_FILENO) && i < sizeof(crashes) / sizeof(crashes[0]); i++)
		signal(crashes[i], on_crash);
}

static int (*program_main)(int, char **, char **);

static int main_here(int argc, char **argv, char **environment)
{
	attach();
	return program_main(argc, argv, environment);
}

int __libc_start_main(int (*start)(int, char **, char **), int argc, char **argv,
                      void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
                      void *stack_end);
int __libc_start_main(int (*start)(int, char **, char **), int argc, char **argv,
                      void (*init)(void), void (*fini)(void), void (*rtld_fini)(void),
                      void *stack_end)
{
	int (*real)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
	            void (*)(void), void *);

	find(&real, "__libc_start_main");
	program_main = start;
	return real(main_here, argc, argv, init, fini, rtld_fini, stack_end);
}

/* The program leaves by it, past the place where a sanitizer looks for leaks. */
void _exit(int status)
{
	int (*leaks)(void);
	void *p = dlsym(RTLD_DEFAULT, "__lsan_do_recoverable_leak_check");

	counting = false;
	memcpy(&leaks, &p, sizeof(p));
	if (p && page && atomic_load(&page->owner) == getpid() && leaks())
		status = 86;
	for (;;)
		syscall(SYS_exit_group, status);
}

/* --- memory ------------------------------------------------------------------------------------------- */

/* Until the real ones are found, and for finding them. */
static _Alignas(16) char early[1 << 16];
static size_t early_used;
static bool finding;
static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);

static bool found_memory(void)
{
	if (real_free)
		return true;
	if (finding)
		return false;
	finding = true;
	find(&real_malloc, "malloc");
	find(&real_calloc, "calloc");
	find(&real_realloc, "realloc");
	find(&real_free, "free");
	finding = false;
	return true;
}

static bool is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + sizeof(early);
}

static void *early_take(size_t n)
{
	void *p = early + early_used;

	early_used += (n + 15) & ~(size_t)15;
	return early_used <= sizeof(early) ? p : NULL;
}

void *malloc(size_t n)
{
	if (due(FAULT_MALLOC, "malloc"))
		return NULL;
	return found_memory() ? real_malloc(n) : early_take(n);
}

void *calloc(size_t n, size_t size)
{
	if (due(FAULT_MALLOC, "calloc"))
		return NULL;
	return found_memory() ? real_calloc(n, size) : early_take(n * size);
}

void *realloc(void *p, size_t n)
{
	if (due(FAULT_MALLOC, "realloc"))
		return NULL;
	if (!is_early(p))
		return found_memory() ? real_realloc(p, n) : early_take(n);
	void *moved = found_memory() ? real_malloc(n) : early_take(n);
	size_t left = (size_t)(early + sizeof(early) - (char *)p);
	if (moved)
		memcpy(moved, p, n < left ? n : left);
	return moved;
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, bytes);
}

void free(void *p)
{
	if (p && !is_early(p) && found_memory())
		real_free(p);
}

/* --- calls that fail without a trace ------------------------------------------------------------------ */

#define FAULTY(family, type, bad, name, params, args) \
	type name params                              \
	{                                             \
		static type(*real) params;            \
		if (due(family, #name))               \
			return bad;                   \
		if (!real)                            \
			find(&real, #name);           \
		return real args;                     \
	}

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

FAULTY(FAULT_THREAD, int, page->error, pthread_create,
       (pthread_t * ret, const pthread_attr_t *attr, void *(*run)(void *), void *arg),
       (ret, attr, run, arg))
FAULTY(FAULT_FORK, pid_t, -1, fork, (void), ())

/* --- calls with optional arguments -------------------------------------------------------------------- */

#define FAULTY_OPEN(name)                                                               \
	int name(const char *path, int flags, ...)                                      \
	{                                                                               \
		static int (*real)(const char *, int, ...);                             \
		va_list args;                                                           \
		va_start(args, flags);                                                  \
		mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0; \
		va_end(args);                                                           \
		if (due(FAULT_OPEN, #name))                                             \
			return -1;                                                      \
		if (!real)                                                              \
			find(&real, #name);                                             \
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
		if (due(FAULT_OPEN, #name))                                             \
			return -1;                                                      \
		if (!real)                                                              \
			find(&real, #name);                                             \
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
	if (due(FAULT_IOCTL, "ioctl"))
		return -1;
	if (!real)
		find(&real, "ioctl");
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
	if (due(FAULT_MMAP, "mremap"))
		return MAP_FAILED;
	if (!real)
		find(&real, "mremap");
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
	if (due(FAULT_SYSCALL, "syscall"))
		return -1;
	if (!real)
		find(&real, "syscall");
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* --- calls that may do half, or all and fail ----------------------------------------------------------- */

/* A disk that is full stays so; wake-ups of threads and terminals have nothing to do with it. */
static bool spared(enum fault_family family, int fd)
{
	static int (*real_fstat)(int, struct stat *);
	struct stat st;

	if (!real_fstat)
		find(&real_fstat, "fstat");
	if (family != FAULT_WRITE || !page || !page->stays)
		return false;
	return real_fstat(fd, &st) || !S_ISREG(st.st_mode);
}

#define PARTLY(family, name, params, args)                                       \
	ssize_t name params                                                      \
	{                                                                        \
		static ssize_t(*real) params;                                    \
		if (!spared(family, fd) && due(family, #name) && !cut_short(&n)) \
			return -1;                                               \
		if (!real)                                                       \
			find(&real, #name);                                      \
		return real args;                                                \
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
	bool fails = due(FAULT_CLOSE, "close");
	int error = errno, result;

	if (!real)
		find(&real, "close");
	result = real(fd);
	if (!fails)
		return result;
	errno = error;
	return -1;
}

/* --- SQLite: whoever asks why is told what failed, as by itself ------------------------------------------ */

struct sqlite3;
struct sqlite3_stmt;
enum { FULL_FINE = 0 };

static _Thread_local int said __attribute__((tls_model("initial-exec")));

static bool sqlite_due(const char *call)
{
	said = due(FAULT_SQLITE, call) ? page->error : FULL_FINE;
	return said != FULL_FINE;
}

#define SQLITE(name, params, args)          \
	int name params;                    \
	int name params                     \
	{                                   \
		static int(*real) params;   \
		if (sqlite_due(#name))      \
			return page->error; \
		if (!real)                  \
			find(&real, #name); \
		return real args;           \
	}

SQLITE(sqlite3_step, (struct sqlite3_stmt * s), (s))
SQLITE(sqlite3_exec,
       (struct sqlite3 * db, const char *sql, int (*row)(void *, int, char **, char **), void *arg,
        char **error),
       (db, sql, row, arg, error))
SQLITE(sqlite3_wal_checkpoint_v2,
       (struct sqlite3 * db, const char *name, int mode, int *log, int *done),
       (db, name, mode, log, done))
SQLITE(sqlite3_bind_double, (struct sqlite3_stmt * s, int i, double x), (s, i, x))
SQLITE(sqlite3_bind_int64, (struct sqlite3_stmt * s, int i, int64_t x), (s, i, x))
SQLITE(sqlite3_bind_null, (struct sqlite3_stmt * s, int i), (s, i))
SQLITE(sqlite3_bind_text,
       (struct sqlite3_stmt * s, int i, const char *x, int n, void (*done)(void *)),
       (s, i, x, n, done))

int sqlite3_prepare_v2(struct sqlite3 *db, const char *sql, int n, struct sqlite3_stmt **ret,
                       const char **tail);
int sqlite3_prepare_v2(struct sqlite3 *db, const char *sql, int n, struct sqlite3_stmt **ret,
                       const char **tail)
{
	static int (*real)(struct sqlite3 *, const char *, int, struct sqlite3_stmt **,
	                   const char **);

	*ret = NULL;
	if (sqlite_due("sqlite3_prepare_v2"))
		return page->error;
	if (!real)
		find(&real, "sqlite3_prepare_v2");
	return real(db, sql, n, ret, tail);
}

int sqlite3_prepare_v3(struct sqlite3 *db, const char *sql, int n, unsigned flags,
                       struct sqlite3_stmt **ret, const char **tail);
int sqlite3_prepare_v3(struct sqlite3 *db, const char *sql, int n, unsigned flags,
                       struct sqlite3_stmt **ret, const char **tail)
{
	static int (*real)(struct sqlite3 *, const char *, int, unsigned, struct sqlite3_stmt **,
	                   const char **);

	*ret = NULL;
	if (sqlite_due("sqlite3_prepare_v3"))
		return page->error;
	if (!real)
		find(&real, "sqlite3_prepare_v3");
	return real(db, sql, n, flags, ret, tail);
}

/* A handle comes back also then, except when there is no memory for one. */
int sqlite3_open_v2(const char *path, struct sqlite3 **ret, int flags, const char *vfs);
int sqlite3_open_v2(const char *path, struct sqlite3 **ret, int flags, const char *vfs)
{
	static int (*real)(const char *, struct sqlite3 **, int, const char *);
	bool fails = sqlite_due("sqlite3_open_v2");
	enum { SQLITE_NOMEM = 7 };

	*ret = NULL;
	if (fails && page->error == SQLITE_NOMEM)
		return page->error;
	if (!real)
		find(&real, "sqlite3_open_v2");
	int result = real(path, ret, flags, vfs);
	return fails ? page->error : result;
}

/* NULL where there was no memory to convert it. */
const unsigned char *sqlite3_column_text(struct sqlite3_stmt *s, int i);
const unsigned char *sqlite3_column_text(struct sqlite3_stmt *s, int i)
{
	static const unsigned char *(*real)(struct sqlite3_stmt *, int);

	if (sqlite_due("sqlite3_column_text"))
		return NULL;
	if (!real)
		find(&real, "sqlite3_column_text");
	return real(s, i);
}

int sqlite3_errcode(struct sqlite3 *db);
int sqlite3_errcode(struct sqlite3 *db)
{
	static int (*real)(struct sqlite3 *);

	if (said)
		return said;
	if (!real)
		find(&real, "sqlite3_errcode");
	return real(db);
}
