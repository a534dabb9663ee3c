/* SPDX-License-Identifier: MIT */
/*
 * Unwinds stacks of a process at rest: bench_symbols_unwind PID [STACKS [BYTES]]. Its stack is taken once, with so many
 * bytes of it, and handed over again and again, as many at a time as a tracer has them. Prints stacks per second
 * through the whole path, frames, and the largest memory of the tool and of its reader.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "symbols/talk.h"

enum { BATCH = 512 };

static int registers_take(pid_t pid, uint64_t ret[STACK_REGISTERS])
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0 ||
	    waitpid(pid, NULL, __WALL) != pid || ptrace(PTRACE_GETREGS, pid, 0, &r) != 0)
		return -1;
	ptrace(PTRACE_DETACH, pid, 0, 0);
	const uint64_t all[STACK_REGISTERS] = {r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi,
	                                       r.rbp, r.rsp, r.r8,  r.r9,  r.r10, r.r11,
	                                       r.r12, r.r13, r.r14, r.r15, r.rip};
	memcpy(ret, all, sizeof(all));
	return 0;
}

static size_t stack_take(pid_t pid, uint64_t from, uint8_t *to, size_t most)
{
	size_t size = 0;

	while (size + 8 <= most) {
		struct iovec local = {to + size, 8}, remote = {(void *)(uintptr_t)(from + size), 8};
		if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != 8)
			break;
		size += 8;
	}
	return size;
}

static long memory_most(pid_t pid)
{
	char path[64], line[128];
	long kb = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmHWM:", 6))
			kb = atol(line + 6);
	if (f)
		fclose(f);
	return kb;
}

int main(int argc, char **argv)
{
	static struct stack_taken stacks[BATCH];
	static struct stack_unwound unwound[BATCH];
	static uint8_t bytes[STACK_BYTES_MAX];
	pid_t pid = argc > 1 ? atoi(argv[1]) : 0;
	size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 200000;
	size_t most = argc > 3 ? strtoul(argv[3], NULL, 10) : 8192;
	struct symbols *s;
	struct symbols_health health;

	if (pid <= 0 || registers_take(pid, stacks[0].registers) < 0 ||
	    symbols_open("/proc", pid, &s) < 0) {
		fprintf(stderr, "bench_symbols_unwind: cannot read the process\n");
		return 1;
	}
	stacks[0].bytes = bytes;
	stacks[0].size = stack_take(pid, stacks[0].registers[STACK_RSP], bytes,
	                            most < sizeof(bytes) ? most : sizeof(bytes));
	for (size_t i = 1; i < BATCH; i++)
		stacks[i] = stacks[0];
	uint64_t start = clock_mono();
	for (size_t done = 0; done < count; done += BATCH)
		if (symbols_unwind(s, stacks, count - done < BATCH ? count - done : BATCH,
		                   unwound) < 0)
			return 1;
	double seconds = (double)(clock_mono() - start) / 1e9;
	symbols_health(s, &health);
	printf("per_second %.0f stacks %zu frames %u whole %d bytes %zu lost %u own_kb %ld "
	       "reader_kb %ld\n",
	       (double)count / seconds, count, unwound[0].count, unwound[0].whole, stacks[0].size,
	       health.children_lost, memory_most(getpid()), memory_most(s->worker.pid));
	symbols_close(s);
	return 0;
}
