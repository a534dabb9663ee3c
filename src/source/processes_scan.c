/* SPDX-License-Identifier: MIT */
/*
 * Knows how one list of all processes is made from stat, statm and status of each, and how a command
 * line is read. A list opens nothing that could wait for a process: command lines come from elsewhere.
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
#include "source/processes_internal.h"

enum { TEXT_MAX = 64 << 10, ROWS_FIRST = 256, ROWS_MAX = 1 << 16 };

struct scan {
	struct procdir root;
	const struct process **before; /* rows of the list before, by pid */
	size_t before_count;
	struct process_list *list;
	size_t room;
	uint64_t now, page;
	const struct process_command *commands; /* by pid */
	size_t command_count;
	struct buf text;
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

void process_command_read(const struct procdir *root, const struct process *p, struct buf *b,
                          struct process_command *ret)
{
	char path[48];
	*ret = (struct process_command){.pid = p->pid, .start_ticks = p->start_ticks};
	memcpy(ret->comm, p->comm, sizeof(ret->comm));
	snprintf(path, sizeof(path), "%d/cmdline", p->pid);
	int e = procdir_read_global(root, path, b);
	size_t len = e == 0 || e == -EFBIG ? b->len : 0;
	while (len && !b->data[len - 1])
		len--;
	if (!len) {
		snprintf(ret->text, sizeof(ret->text), "%s", p->comm);
		return;
	}
	if (len > sizeof(ret->text) - 1)
		len = sizeof(ret->text) - 1;
	for (size_t i = 0; i < len; i++)
		ret->text[i] = b->data[i] ? b->data[i] : ' ';
	ret->text[len] = '\0';
}

static int command_by_pid(const void *a, const void *b)
{
	const struct process_command *x = a, *y = b;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

/* What is known of its command line: from the list before, else among what was read since. */
static void command_fill(const struct scan *s, struct process *p, const struct process *before)
{
	struct process_command key = {.pid = p->pid}, *c = NULL;
	if (before && before->command[0] && !strcmp(before->comm, p->comm)) {
		memcpy(p->command, before->command, sizeof(p->command));
		return;
	}
	if (s->command_count)
		c = bsearch(&key, s->commands, s->command_count, sizeof(key), command_by_pid);
	if (c && c->start_ticks == p->start_ticks && !strcmp(c->comm, p->comm))
		memcpy(p->command, c->text, sizeof(p->command));
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
	if (kthread)
		snprintf(p->command, sizeof(p->command), "[%s]", p->comm);
	else
		command_fill(s, p, b);
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
	free(s->before);
}

struct process_list *processes_scan(const char *proc, const struct process_list *before,
                                    uint64_t now)
{
	return processes_scan_with(proc, before, NULL, 0, now);
}

struct process_list *processes_scan_with(const char *proc, const struct process_list *before,
                                         struct process_command *commands, size_t count,
                                         uint64_t now)
{
	uint64_t began = clock_mono();
	struct scan s = {
	        .root = {.fd = -1, .rootfd = -1, .pidfd = -1},
	        .room = before && before->count > ROWS_FIRST / 2 ? before->count * 2 : ROWS_FIRST,
	        .now = now,
	        .commands = commands,
	        .command_count = count,
	        .page = (uint64_t)sysconf(_SC_PAGESIZE),
	};
	if (count)
		qsort(commands, count, sizeof(*commands), command_by_pid);
	if (s.room > ROWS_MAX)
		s.room = ROWS_MAX;
	buf_init(&s.text, TEXT_MAX);
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
