/* SPDX-License-Identifier: MIT */
#include "symbols/confine.h"

/*
 * Knows what the kernel offers for giving up rights. All that is given up here stays so, also for
 * who takes the process over by a hostile file - but for the limit on time, which the tool's own
 * patience stands behind.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "symbols/confine_calls.h"

/* By number: Linux 5.9, and older headers do not name it. */
enum { CALL_CLOSE_RANGE = 436, NOBODY = 65534, DESCRIPTORS_MAX = 4096 };
#define MEMORY_MAX (1536ull << 20)

void confine_descriptors(int keep, int *ret_kept)
{
	struct rlimit most = {.rlim_cur = 1 << 20};

	if (keep != 0) {
		dup2(keep, 0);
		close(keep);
	}
	*ret_kept = 0;
	if (syscall(CALL_CLOSE_RANGE, 1u, ~0u, 0u) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &most);
	for (int fd = 1; (rlim_t)fd < most.rlim_cur && fd < 1 << 20; fd++)
		close(fd);
}

/* Bytes of address space in use; a sanitizer's are many. */
static uint64_t mapped_now(void)
{
	char text[64];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void limit(unsigned what, uint64_t most)
{
	struct rlimit r;

	/* Above a limit that stands already nothing can be set. */
	if (getrlimit(what, &r) == 0 && r.rlim_max < most)
		most = r.rlim_max;
	r.rlim_cur = r.rlim_max = most;
	setrlimit(what, &r);
}

void confine_time(unsigned seconds)
{
	struct rusage used;
	struct rlimit r;

	if (getrusage(RUSAGE_SELF, &used) != 0 || getrlimit(RLIMIT_CPU, &r) != 0)
		return;
	r.rlim_cur = (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec + 1) + seconds;
	if (r.rlim_cur > r.rlim_max)
		r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_CPU, &r);
}

/*
 * Without capabilities root still owns its files. Directly by system calls: those of libc would
 * tell the other threads, which are not there after fork.
 */
static void leave_root(void)
{
	if (geteuid() != 0)
		return;
	syscall(SYS_setgroups, 0, NULL);
	syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY);
	/*
	 * Where no such user is known, in a container, or the tool has given up to become one, it stays who it is: without
	 * rights, and, where the kernel filters calls, unable to open or change a file.
	 */
	syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY);
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	memset(none, 0, sizeof(none));
	return syscall(SYS_capset, &head, none) == 0 ? 0 : -errno;
}

/*
 * Nothing from outside ends or stops it but SIGKILL and the limit on time: a ^C is meant for the
 * tool. And where it crashes none of the tool's handlers tidies up a screen.
 */
static void forget_signals(void)
{
	sigset_t all;

	for (int i = 1; i <= SIGRTMAX; i++)
		signal(i, SIG_DFL);
	sigfillset(&all);
	sigdelset(&all, SIGXCPU);
	sigprocmask(SIG_SETMASK, &all, NULL);
}

int confine(void)
{
	pid_t tool = getppid();
	uint64_t memory = mapped_now() + MEMORY_MAX;
	int r;

	forget_signals();
	prctl(PR_SET_NAME, "symbol-reader");
	leave_root();
	r = drop_capabilities();
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		r = -errno;
	limit(RLIMIT_AS, memory);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NOFILE, DESCRIPTORS_MAX);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != tool)
		r = -ESRCH;
	if (r == 0)
		confine_calls();
	return r;
}
