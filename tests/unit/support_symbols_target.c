/* SPDX-License-Identifier: MIT */
#include "support_symbols_target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

const char *chain_path(const char *name)
{
	static char path[4200];
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	*strrchr(self, '/') = '\0';
	snprintf(path, sizeof(path), "%s/targets/%s", self, name);
	return path;
}

static struct chain start(const char *root, const char *path, const char *mode)
{
	struct chain c;
	int out[2];

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	c.pid = fork();
	assert_true(c.pid >= 0);
	if (c.pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		if (root && (chroot(root) != 0 || chdir("/") != 0))
			_exit(126);
		execl(path, path, mode, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	c.out = fdopen(out[0], "r");
	assert_non_null(c.out);
	chain_await(&c, "ready");
	return c;
}

struct chain chain_start(const char *path, const char *mode)
{
	return start(NULL, path, mode);
}

struct chain chain_start_below(const char *root, const char *path)
{
	return start(root, path, NULL);
}

void chain_await(struct chain *c, const char *line)
{
	char got[256];

	do
		assert_non_null(fgets(got, sizeof(got), c->out));
	while (strncmp(got, line, strlen(line)) != 0);
}

void chain_end(struct chain *c)
{
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	fclose(c->out);
}

static pid_t newest_thread(pid_t pid)
{
	char path[64];
	pid_t newest = pid;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *d = opendir(path);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		if (atoi(e->d_name) > newest)
			newest = atoi(e->d_name);
	closedir(d);
	return newest;
}

/* It may be on the way from saying "ready" to its rest: then it is let go on and stopped again. */
static struct user_regs_struct registers_at_rest(pid_t tid)
{
	struct user_regs_struct r = {0};

	for (int tries = 0; tries < 1000; tries++) {
		assert_int_equal(ptrace(PTRACE_SEIZE, tid, 0, 0), 0);
		assert_int_equal(ptrace(PTRACE_INTERRUPT, tid, 0, 0), 0);
		assert_int_equal(waitpid(tid, NULL, __WALL), tid);
		assert_int_equal(ptrace(PTRACE_GETREGS, tid, 0, &r), 0);
		assert_int_equal(ptrace(PTRACE_DETACH, tid, 0, 0), 0);
		/* pause, rt_sigtimedwait: where it was interrupted it will be again. */
		if (r.orig_rax == 34 || r.orig_rax == 128)
			return r;
		usleep(2000);
	}
	fail_msg("the target does not come to rest");
	return r;
}

struct stack_taken chain_stack(const struct chain *c, size_t most)
{
	pid_t tid = newest_thread(c->pid);
	struct user_regs_struct r = registers_at_rest(tid);
	uint8_t *bytes = malloc(STACK_BYTES_MAX);
	size_t size = 0;

	assert_non_null(bytes);
	while (size < most) {
		struct iovec to = {bytes + size, 8}, from = {(void *)(r.rsp + size), 8};
		if (process_vm_readv(c->pid, &to, 1, &from, 1, 0) != 8)
			break;
		size += 8;
	}
	return (struct stack_taken){.registers = {r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi, r.rbp,
	                                          r.rsp, r.r8, r.r9, r.r10, r.r11, r.r12, r.r13,
	                                          r.r14, r.r15, r.rip},
	                            .bytes = bytes,
	                            .size = size};
}

struct stack_unwound chain_unwind(const struct chain *c, struct symbols *s)
{
	struct stack_taken t = chain_stack(c, STACK_BYTES_MAX / 8 * 8);
	struct stack_unwound u;

	assert_int_equal(symbols_unwind(s, &t, 1, &u), 0);
	free((void *)(uintptr_t)t.bytes);
	return u;
}

struct text {
	char *at;
	size_t room;
	size_t told;
};

static void frames_add(void *arg, size_t address, const struct symbol_frame *frames, size_t count)
{
	struct text *t = arg;

	assert_int_equal(address, t->told);
	assert_true(count > 0);
	t->told++;
	for (size_t i = 0; i < count; i++) {
		const char *name = frames[i].function[0] ? frames[i].function : "?";
		int n = snprintf(t->at, t->room, frames[i].inlined ? "[%s] " : "%s ", name);
		assert_true(n > 0 && (size_t)n < t->room);
		t->at += n;
		t->room -= (size_t)n;
	}
}

const char *chain_names(struct symbols *s, const struct stack_unwound *u)
{
	static char text[16384];
	struct text t = {.at = text, .room = sizeof(text)};

	text[0] = '\0';
	assert_int_equal(symbols_name(s, u->at, u->count, frames_add, &t), 0);
	assert_int_equal(t.told, u->count);
	return text;
}
