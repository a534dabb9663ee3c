/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into the program: counts its calls by family and lets the nth of one family fail. Counts from main() on,
 * in all threads of the first process that came, not in its children. Refuses to know what the program makes of it.
 */
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct fault_page *shim_page;
static bool counting, sanitized;
static _Thread_local bool inside __attribute__((tls_model("initial-exec")));

/* Function pointers and data pointers are one thing to dlsym alone. */
void shim_find(void *ret_function, const char *name)
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
__attribute__((noinline)) bool shim_due(enum fault_family family, const char *call)
{
	uint64_t n;

	if (!counting || inside)
		return false;
	n = atomic_fetch_add(&shim_page->count[family], 1) + 1;
	if ((int)family != shim_page->family || n < shim_page->nth ||
	    (n > shim_page->nth && !shim_page->stays))
		return false;
	if (sanitized && is_for_sanitizer())
		return false;
	if (atomic_fetch_add(&shim_page->hits, 1) == 0) {
		inside = true;
		snprintf(shim_page->call, sizeof(shim_page->call), "%s", call);
		note_frames(shim_page->frames, 3);
		inside = false;
	}
	errno = shim_page->error;
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
	if (!shim_page->crash[0][0])
		note_frames(shim_page->crash, 3);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

int raise(int signal_number)
{
	static int (*real)(int);

	if (shim_page && signal_number != SIGTSTP && !shim_page->crash[0][0])
		note_frames(shim_page->crash, 4);
	if (!real)
		shim_find(&real, "raise");
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
	p = mmap(NULL, sizeof(*shim_page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return;
	shim_page = p;
	/* It loads a library at its first call. */
	backtrace(at, 2);
	sanitized = dlsym(RTLD_DEFAULT, "__asan_init") != NULL;
	counting = atomic_compare_exchange_strong(&shim_page->owner, &nobody, getpid());
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

	shim_find(&real, "__libc_start_main");
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
	if (p && shim_page && atomic_load(&shim_page->owner) == getpid() && leaks())
		status = 86;
	for (;;)
		syscall(SYS_exit_group, status);
}
