/* SPDX-License-Identifier: MIT */
/*
 * Knows whom this machine lets read the memory of whom, and says what would help. Refuses to try it.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/rights.h"
#include "heap/memory.h"
#include "proc/procdir.h"
#include "proc/status.h"
#include "proc/system.h"

enum { FILE_ROOM = 64 << 10 };

/* 0 to 3; 0 where the kernel has no Yama. */
static int64_t yama_scope(const struct procdir *root, struct buf *b)
{
	int64_t scope = 0;

	if (procdir_read_global(root, "sys/kernel/yama/ptrace_scope", b) == 0)
		kernel_number_parse(buf_str(b), b->len, &scope);
	return scope;
}

/* True when the process runs as somebody else; also where that cannot be told. */
static bool is_of_another(const struct procdir *root, int32_t pid, struct buf *b)
{
	struct proc_status status;
	char name[32];

	snprintf(name, sizeof(name), "%d/status", pid);
	if (procdir_read_global(root, name, b) < 0 || status_parse(buf_str(b), b->len, &status) < 0)
		return true;
	return status.uid != getuid() || status.euid != getuid();
}

/* Into `out` (RIGHTS_REMEDY) where it is made up from rights. */
static const char *remedy_choose(int64_t scope, bool another, char *out)
{
	const uint64_t reading = RIGHT(RIGHT_SYS_PTRACE);

	if (scope >= 3)
		return "kernel.yama.ptrace_scope is 3, which forbids it to everybody until the "
		       "next boot";
	if (!rights_lacking(reading))
		return "it lives in another user namespace, or a security module forbids it: run "
		       "this beside it, or look into the audit log";
	if (geteuid() == 0)
		return rights_remedy(reading, out, RIGHTS_REMEDY);
	if (another)
		return "it belongs to another user: run this as root (or with CAP_SYS_PTRACE and "
		       "CAP_DAC_READ_SEARCH)";
	if (scope > 0)
		return "Yama permits it to root only: run this as root, or permit it to the same "
		       "user with `sysctl kernel.yama.ptrace_scope=0`";
	return "it changed its user or declared itself undumpable: run this as root (or with "
	       "CAP_SYS_PTRACE)";
}

void memory_remedy(const char *proc, int32_t pid, char *out, size_t size)
{
	char rights[RIGHTS_REMEDY];
	struct procdir root;
	struct buf b;
	int64_t scope = 0;
	bool another = true;

	buf_init(&b, FILE_ROOM);
	if (procdir_open_root(proc, &root) == 0) {
		scope = yama_scope(&root, &b);
		another = is_of_another(&root, pid, &b);
		procdir_close(&root);
	}
	buf_done(&b);
	snprintf(out, size, "%s", remedy_choose(scope, another, rights));
}
