/* SPDX-License-Identifier: MIT */
#include "app/child.h"

/*
 * fork and exec, with the error of exec told through a pipe. Knows nothing of watching.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/safe_text.h"

enum { TAIL_BYTES = 2048, TAIL_LINES = 10 };

/* Until the tool has begun. It may fail, or be killed: then nobody wants us. */
static void wait_for(int gate)
{
	char go;
	ssize_t n;

	do
		n = read(gate, &go, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(126);
}

/* In the child, between fork and exec: only async-signal-safe calls. */
static void become(char *const argv[], const char *file, int out, int gate, int report)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setsid();
	wait_for(gate);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execvp(file, argv);
	int err = errno;
	if (write(report, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* 0 when exec succeeded (the pipe closed silently), else the -errno it met. */
static int exec_result(int fd)
{
	int err = 0;
	ssize_t n;

	do
		n = read(fd, &err, sizeof(err));
	while (n < 0 && errno == EINTR);
	return n == sizeof(err) ? -err : 0;
}

static int cannot(struct child *c, int err, struct fault *fault)
{
	char safe[128];

	safe_copy(safe, sizeof(safe), c->name, strlen(c->name), SAFE_ASCII);
	fault_set(fault, STATUS_GONE, "cannot start %s: %s; check the name and its permissions",
	          safe, fault_reason(err));
	return err;
}

/* A file that nobody else can name; in memory where no directory takes one. */
static int open_hidden(void)
{
	const char *tmp = getenv("TMPDIR");
	const char *const dirs[] = {tmp && *tmp == '/' ? tmp : "/tmp", "/var/tmp"};

	for (size_t i = 0; i < 2; i++) {
		int fd = open(dirs[i], O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
		if (fd >= 0)
			return fd;
	}
	return memfd_create("output", MFD_CLOEXEC);
}

static int open_output(bool screen)
{
	return screen ? open_hidden() : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
}

static void close_both(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

/* A gate to wait at, a pipe to report by, and the process. 0 or -errno. */
static int divide(struct child *c, char *const argv[], const char *file, int out)
{
	int gate[2], report[2], err;

	/* A pipe whose reader was killed would kill us, too. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, gate) < 0)
		return -errno;
	if (pipe2(report, O_CLOEXEC) < 0) {
		err = -errno;
		close_both(gate);
		return err;
	}
	c->pid = fork();
	if (c->pid == 0) {
		/* Or it would wait for itself. */
		close(gate[1]);
		become(argv, file, out, gate[0], report[1]);
	}
	if (c->pid < 0) {
		err = -errno;
		close_both(gate);
		close_both(report);
		c->pid = 0;
		return err;
	}
	close(gate[0]);
	close(report[1]);
	c->gate = gate[1];
	c->report = report[0];
	return 0;
}

int child_prepare(const struct options *o, bool screen, struct child *ret, struct fault *fault)
{
	char *demo[] = {"memleak-detective", "--demo-target", NULL, NULL};
	struct child c = {.output_fd = -1, .gate = -1, .report = -1};
	char **argv = o->command;
	const char *file = argv ? argv[0] : "/proc/self/exe";
	int out = open_output(screen), err = out < 0 ? -errno : 0;

	if (!argv) {
		demo[2] = (char *)(uintptr_t)o->demo->name;
		argv = demo;
	}
	c.name = argv == demo ? "the demo" : file;
	if (!err)
		err = divide(&c, argv, file, out);
	if (!err && screen)
		c.output_fd = out;
	else if (out >= 0)
		close(out);
	if (err)
		return cannot(&c, err, fault);
	*ret = c;
	return 0;
}

void child_abandon(struct child *c)
{
	if (c->gate < 0)
		return;
	close(c->gate);
	close(c->report);
	c->gate = c->report = -1;
	waitpid(c->pid, NULL, 0);
	c->pid = 0;
}

int child_begin(struct child *c, struct fault *fault)
{
	ssize_t n = send(c->gate, "", 1, MSG_NOSIGNAL);
	int err = n < 0 ? -errno : exec_result(c->report);

	if (err) {
		child_abandon(c);
		return cannot(c, err, fault);
	}
	close(c->gate);
	close(c->report);
	c->gate = c->report = -1;
	return 0;
}

void child_describe(struct child *c, char *out, size_t size)
{
	out[0] = 0;
	if (c->pid <= 0)
		return;
	if (!c->ended)
		c->ended = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	if (!c->ended)
		return;
	if (WIFSIGNALED(c->status))
		snprintf(out, size, "was killed by signal %d (%s)", WTERMSIG(c->status),
		         strsignal(WTERMSIG(c->status)));
	else
		snprintf(out, size, "ended with exit status %d", WEXITSTATUS(c->status));
}

/* As timeout(1) does: its process group, which is that of its session, and one that is stopped must run to end. */
static void group_end(int32_t leader)
{
	kill(-leader, SIGTERM);
	kill(-leader, SIGCONT);
}

void child_leave(struct child *c, const struct options *o)
{
	if (c->pid <= 0 || c->ended)
		return;
	if (o->mode == MODE_DEMO) {
		kill(c->pid, SIGKILL);
		c->ended = waitpid(c->pid, &c->status, 0) == c->pid;
	} else if (o->kill && !c->told) {
		c->told = true;
		group_end(c->pid);
	}
}

void child_await(struct child *c, uint64_t ns, char *out, size_t size)
{
	struct timespec pause = {0, 2 * (long)NS_PER_MS};
	uint64_t begin = clock_mono();

	child_describe(c, out, size);
	while (c->pid > 0 && !out[0] && clock_mono() - begin < ns) {
		nanosleep(&pause, NULL);
		child_describe(c, out, size);
	}
}

int child_tail(const struct child *c, struct buf *out)
{
	char bytes[TAIL_BYTES];
	off_t size = c->output_fd < 0 ? 0 : lseek(c->output_fd, 0, SEEK_END);
	off_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
	ssize_t n = size > 0 ? pread(c->output_fd, bytes, sizeof(bytes), from) : 0;
	const char *p = bytes, *end = bytes + (n > 0 ? n : 0);
	int lines = 0;

	for (const char *q = end; q > p && lines <= TAIL_LINES; q--)
		if (q[-1] == '\n' && ++lines > TAIL_LINES)
			p = q;
	if (p < end)
		buf_addf(out, "--- last output of the command\n");
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *stop = nl ? nl : end;
		safe_text(out, p, (size_t)(stop - p), SAFE_ASCII);
		buf_addc(out, '\n');
		p = nl ? nl + 1 : end;
	}
	return out->error;
}
