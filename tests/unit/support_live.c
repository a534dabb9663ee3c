/* SPDX-License-Identifier: MIT */
/*
 * Knows how a test gets a process to watch and how it waits for one: for bytes and descriptors, never
 * for a time. Refuses to know what is tested.
 */
#include "support_live.h"

#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

enum { PATIENCE_MS = 10000 };

static _Noreturn void child_main(int order, int answer, void (*act)(int turn))
{
	char byte = 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Also its standard input and output: a program it executes goes on with the conversation. */
	if (dup2(order, STDIN_FILENO) < 0 || dup2(answer, STDOUT_FILENO) < 0)
		_exit(1);
	for (int turn = 0;; turn++) {
		act(turn);
		if (write(answer, &byte, 1) != 1 || read(order, &byte, 1) != 1)
			_exit(0);
	}
}

struct child child_start(void (*act)(int turn))
{
	int order[2], answer[2];
	assert_int_equal(pipe2(order, O_CLOEXEC), 0);
	assert_int_equal(pipe2(answer, O_CLOEXEC), 0);
	struct child c = {.pid = fork(), .order = order[1], .answer = answer[0]};
	assert_true(c.pid >= 0);
	if (c.pid == 0) {
		close(order[1]);
		close(answer[0]);
		child_main(order[0], answer[1], act);
	}
	close(order[0]);
	close(answer[1]);
	assert_true(child_answers(&c));
	return c;
}

bool child_answers(struct child *c)
{
	char byte;
	return read(c->answer, &byte, 1) == 1;
}

void child_tell(struct child *c)
{
	assert_int_equal(write(c->order, "", 1), 1);
}

void child_turn(struct child *c)
{
	child_tell(c);
	assert_true(child_answers(c));
}

void child_end(struct child *c)
{
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	close(c->order);
	close(c->answer);
}

struct tree tree_new(void)
{
	struct tree t;
	char path[256];
	snprintf(t.path, sizeof(t.path), "/tmp/test-proc-XXXXXX");
	assert_non_null(mkdtemp(t.path));
	tree_path(&t, "", path);
	assert_int_equal(mkdir(path, 0700), 0);
	tree_status(&t, 'S', 1000);
	tree_write(
	        &t, "stat",
	        "%d (fixture) S 1 1 1 0 -1 4194304 10 0 2 0 3 4 0 0 20 0 1 0 100 9000000 250 "
	        "18446744073709551615 4194304 8388608 140722969160752 0 0 0 0 0 0 0 0 0 17 1 0 0 "
	        "0 0 0 12582912 12589912 16777216 140722969164399 140722969164438 "
	        "140722969164438 140722969165803 0\n",
	        TREE_PID);
	tree_write(&t, "maps",
	           "00400000-00800000 r-xp 00000000 08:01 77 /usr/bin/fixture\n"
	           "01000000-01021000 rw-p 00000000 00:00 0                  [heap]\n"
	           "01021000-01022000 r--p 00000000 00:00 0                  [heap]\n"
	           "7f0000000000-7f0000100000 rw-p 00000000 00:00 0 \n");
	return t;
}

void tree_path(const struct tree *t, const char *name, char out[256])
{
	snprintf(out, 256, "%s/%d/%s", t->path, TREE_PID, name);
}

void tree_write(const struct tree *t, const char *name, const char *format, ...)
{
	char path[256], text[4096];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tree_path(t, name, path);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

void tree_status(const struct tree *t, char state, unsigned rss_kb)
{
	tree_write(t, "status",
	           "Name:\tfixture\nState:\t%c (x)\nTgid:\t%d\nPid:\t%d\nPPid:\t1\nTracerPid:\t0\n"
	           "Uid:\t0\t0\t0\t0\nVmPeak:\t9000 kB\nVmSize:\t9000 kB\nVmRSS:\t%u kB\n"
	           "RssAnon:\t500 kB\nVmSwap:\t0 kB\nVmExe:\t4096 kB\nThreads:\t1\n",
	           state, TREE_PID, TREE_PID, rss_kb);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

void tree_free(struct tree *t)
{
	nftw(t->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct live_options live_defaults(const char *proc, int32_t pid)
{
	return (struct live_options){
	        .proc = proc,
	        .pid = pid,
	        .max_stall = 50 * NS_PER_MS,
	        .regions = true,
	};
}

struct source *live_start(const char *proc, int32_t pid)
{
	struct live_options o = live_defaults(proc, pid);
	struct fault f = {0};
	struct source *s = NULL;
	int e = live_open(&o, &s, &f);
	if (e < 0)
		fail_msg("live_open: %d %s", e, f.text);
	return s;
}

/* Waits for something new; false: nothing came. */
static bool wake_wait(struct source *s)
{
	struct pollfd p = {.fd = s->ops->wake(s), .events = POLLIN};
	return poll(&p, 1, PATIENCE_MS) == 1;
}

bool live_ask(struct source *s)
{
	s->ops->prepare(s, 0);
	while (!s->ops->ready(s)) {
		if (!wake_wait(s))
			return false;
		if (!s->ops->ready(s))
			region_table_unref(s->ops->regions(s));
	}
	return true;
}

int live_take(struct source *s, struct sample *ret)
{
	assert_true(live_ask(s));
	return s->ops->sample(s, 0, ret);
}

struct region_table *live_table(struct source *s)
{
	struct region_table *t;
	while (!(t = s->ops->regions(s))) {
		if (!wake_wait(s))
			return NULL;
	}
	return t;
}

uint64_t heap_of(pid_t pid)
{
	char path[64], line[512];
	uint64_t sum = 0;
	unsigned long start, end;
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, " [heap]") && sscanf(line, "%lx-%lx", &start, &end) == 2)
			sum += end - start;
	}
	fclose(f);
	return sum;
}
