/* SPDX-License-Identifier: MIT */
#include "symbols/confine_calls.h"

/*
 * Knows the system calls of elfutils, a demangler and malloc. Whatever opens, connects, executes,
 * forks, signals or traces is not among them.
 */

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/*
 * By number: with these two (Linux 6.11, 6.18) the kernel's own probes return, whoever has set some
 * on our C library.
 */
enum { CALL_URETPROBE = 335, CALL_UPROBE = 336 };

static const unsigned allowed[] = {
        SYS_mmap,          SYS_munmap,      SYS_mremap,       SYS_mprotect,
        SYS_madvise,       SYS_brk,         SYS_read,         SYS_pread64,
        SYS_readv,         SYS_preadv,      SYS_lseek,        SYS_fstat,
        SYS_newfstatat,    SYS_close,       SYS_fcntl,        SYS_recvmsg,
        SYS_sendmsg,       SYS_futex,       SYS_rt_sigreturn, SYS_rt_sigprocmask,
        SYS_exit,          SYS_exit_group,  SYS_getrandom,    SYS_getrusage,
        SYS_clock_gettime, SYS_getpid,      SYS_gettid,       SYS_sched_yield,
        SYS_setrlimit,     SYS_getrlimit,   SYS_prlimit64,    SYS_write,
        SYS_writev,        SYS_sigaltstack, SYS_rt_sigaction, SYS_restart_syscall,
        CALL_URETPROBE,    CALL_UPROBE,
};

enum { ALLOWED = sizeof(allowed) / sizeof(allowed[0]) };

/*
 * One comparison a call; those of another machine's numbering (32 bits, x32) match none or are
 * refused first.
 */
void confine_calls(void)
{
	struct sock_filter code[ALLOWED + 6] = {
	        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
	        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
	        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_fprog program = {.len = ALLOWED + 6, .filter = code};

	for (unsigned i = 0; i < ALLOWED; i++)
		code[4 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i],
		                                           (unsigned char)(ALLOWED - i), 0);
	code[4 + ALLOWED] =
	        (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	code[5 + ALLOWED] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
