/* SPDX-License-Identifier: MIT */
/*
 * Knows how one list of all processes is made from stat, statm and status of each. Refuses to open
 * anything that could wait for a process, but for its command line, which is asked for once in the
 * life of a process.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "proc/procdir.h"
#include "proc/status.h"
#include "source/processes.h"

enum { TEXT_MAX = 64 << 10, COMMAND_READ = 512, ROWS_FIRST = 256, ROWS_MAX = 1 << 16 };

struct scan {
	struct procdir root;
	const struct process **before; /* rows of the list before, by pid */
	size_t before_count;
	struct process_list *list;
	size_t room;
	uint64_t now, page;
	struct buf text, command;
};

/* A file of a process by way of the proc directory: no descriptor per process is kept. */
static int file_read(struct scan *s, int32_t pid, const char *name, struct buf *b)
{
	char path[48];
	snprintf(path, sizeof(path), "%d/%s", pid, name);
	return procdir_read_global(&s->root, path, b);
}

static int by_pid(const void *a, const void *b)
{
	const struct process *const *x = a, *const *y = b;
	return ((*x)->pid > (*y)->pid) - ((*x)->pid < (*y)->pid);
}

/* The same process in the list before; NULL: it is new. */
static const struct process *row_before(const struct scan *s, const struct process *p)
{
	const struct process **b = NULL;
	if (s->before_count)
		b = bsearch(&p, s->before, s->before_count, sizeof(p), by_pid);
	return b && (*b)->start_ticks == p->start_ticks ? *b : NULL;
}

static int before_index(struct scan *s, const struct process_list *before)
{
	if (!before || !before->count)
		return 0;
	s->before = malloc(before->count * sizeof(*s->before));
	if (!s->before)
		return -ENOMEM;
	for (size_t i = 0; i < before->count; i++)
		s->before[i] = &before->rows[i];
	s->before_count = before->count;
	qsort(s->before, s->before_count, sizeof(*s->before), by_pid);
	return 0;
}

static void command_read(struct scan *s, struct process *p, bool kthread)
{
	size_t len = 0;
	if (!kthread) {
		int e = file_read(s, p->pid, "cmdline", &s->command);
		len = e == 0 || e == -EFBIG ? s->command.len : 0;
	}
	while (len && !s->command.data[len - 1])
		len--;
	if (!len) {
		snprintf(p->command, sizeof(p->command), kthread ? "[%s]" : "%s", p->comm);
		return;
	}
	if (len > sizeof(p->command) - 1)
		len = sizeof(p->command) - 1;
	for (size_t i = 0; i < len; i++)
		p->command[i] = s->command.data[i] ? s->command.data[i] : ' ';
	p->command[len] = '\0';
}

static int row_fill(struct scan *s, int32_t pid, struct process *p)
{
	struct proc_stat stat;
	struct proc_status status;
	if (file_read(s, pid, "stat", &s->text) < 0 ||
	    stat_parse(buf_str(&s->text), s->text.len, &stat) < 0)
		return -1;
	*p = (struct process){
	        .pid = pid,
	        .state = stat.state,
	        .start_ticks = stat.starttime,
	        .uid = UNKNOWN,
	        .rss = known_mul(stat.rss_pages, s->page),
	        .vsz = stat.vsize,
	};
	memcpy(p->comm, stat.comm, sizeof(p->comm));
	bool kthread = known(stat.flags) && stat.flags & 0x00200000u;
	if (file_read(s, pid, "status", &s->text) == 0 &&
	    status_parse(buf_str(&s->text), s->text.len, &status) == 0) {
		p->uid = status.uid;
		/* The sum over all CPUs; that of stat may lag behind it. */
		p->rss = known_or(status.v[STATUS_VM_RSS], p->rss);
	}
	const struct process *b = row_before(s, p);
	p->first_rss = b ? b->first_rss : p->rss;
	p->first_time = b ? b->first_time : s->now;
	if (b && !strcmp(b->comm, p->comm))
		memcpy(p->command, b->command, sizeof(p->command));
	else
		command_read(s, p, kthread);
	return 0;
}

static int row_add(int32_t pid, void *arg)
{
	struct scan *s = arg;
	if (s->list->count == s->room) {
		size_t room = s->room < ROWS_MAX / 2 ? s->room * 2 : ROWS_MAX;
		if (room == s->room)
			return 1;
		struct process_list *l = realloc(s->list, sizeof(*l) + room * sizeof(l->rows[0]));
		if (!l)
			return 1;
		s->list = l;
		s->room = room;
	}
	/* Whoever ended since the directory was read is left out. */
	if (row_fill(s, pid, &s->list->rows[s->list->count]) == 0)
		s->list->count++;
	return 0;
}

static int by_falling_rss(const void *a, const void *b)
{
	const struct process *x = a, *y = b;
	uint64_t i = known_or(x->rss, 0), j = known_or(y->rss, 0);
	if (i != j)
		return i < j ? 1 : -1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static void scan_done(struct scan *s)
{
	procdir_close(&s->root);
	buf_done(&s->text);
	buf_done(&s->command);
	free(s->before);
}

struct process_list *processes_scan(const char *proc, const struct process_list *before,
                                    uint64_t now)
{
	uint64_t began = clock_mono();
	struct scan s = {
	        .root = {.fd = -1, .rootfd = -1, .pidfd = -1},
	        .room = before && before->count > ROWS_FIRST / 2 ? before->count * 2 : ROWS_FIRST,
	        .now = now,
	        .page = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	if (s.room > ROWS_MAX)
		s.room = ROWS_MAX;
	buf_init(&s.text, TEXT_MAX);
	buf_init(&s.command, COMMAND_READ);
	s.list = malloc(sizeof(*s.list) + s.room * sizeof(s.list->rows[0]));
	if (!s.list || before_index(&s, before) < 0) {
		free(s.list);
		scan_done(&s);
		return NULL;
	}
	atomic_init(&s.list->refs, 1);
	s.list->count = 0;
	s.list->time = now;
	if (procdir_open_root(proc, &s.root) == 0)
		procdir_each_pid(proc, row_add, &s);
	if (s.list->count)
		qsort(s.list->rows, s.list->count, sizeof(s.list->rows[0]), by_falling_rss);
	s.list->took = clock_mono() - began;
	scan_done(&s);
	return s.list;
}
