/* SPDX-License-Identifier: MIT */
/*
 * Knows which of the small files of a process are read in a pass, and how they become its row. Identity
 * comes first: a pid whose start time changed is another process, and nothing of the old one is kept.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proc/status.h"
#include "source/scan_internal.h"

#define FLAG_KTHREAD 0x00200000u /* PF_KTHREAD */

/* Length of a file of the process in s->text, or -errno. No descriptor per process is kept. */
static int file_read(struct scan *s, int32_t pid, const char *name)
{
	char path[32], *at = path + 11;

	/* Some thousand times a pass: printf would cost as much as what it formats. */
	strcpy(at, name);
	for (*--at = '/'; pid > 0; pid /= 10)
		*--at = (char)('0' + pid % 10);
	return procdir_read_once(&s->root, at, s->text, sizeof(s->text));
}

static void row_init(struct tracked *t, int32_t pid, uint64_t start_ticks)
{
	uint64_t inode = t->inode;
	*t = (struct tracked){.inode = inode,
	                      .row = {.pid = pid,
	                              .start_ticks = start_ticks,
	                              .confidence = -1,
	                              .age = UNKNOWN,
	                              .uid = UNKNOWN,
	                              .rss = UNKNOWN,
	                              .vsz = UNKNOWN,
	                              .anon = UNKNOWN,
	                              .swap = UNKNOWN,
	                              .shmem = UNKNOWN,
	                              .hwm = UNKNOWN,
	                              .first_rss = UNKNOWN,
	                              .first_time = UNKNOWN}};
	memset(t->held, 0xff, sizeof(t->held));
	memset(t->rss, 0xff, sizeof(t->rss));
}

/* Another program in it: its names must be read anew. Those of kernel threads change all the time. */
static bool comm_take(struct process *p, const char *comm)
{
	bool changed = strcmp(p->comm, comm) != 0;

	if (!changed)
		return false;
	memcpy(p->comm, comm, sizeof(p->comm));
	p->command[0] = '\0';
	if (p->kthread)
		snprintf(p->command, sizeof(p->command), "[%s]", p->comm);
	return true;
}

/* *ret_new: it is a process not seen before; *ret_image: another program began in it. */
static int stat_take(struct scan *s, struct tracked *t, bool fresh, bool *ret_new, bool *ret_image)
{
	struct process *p = &t->row;
	struct proc_stat st;
	int n = file_read(s, p->pid, "stat");

	if (n < 0)
		return n;
	if (stat_parse(s->text, (size_t)n, &st) < 0)
		return -ENOENT;
	*ret_new = fresh && (!p->comm[0] || p->start_ticks != st.starttime);
	if (!*ret_new && p->start_ticks != st.starttime)
		*ret_new = true;
	if (*ret_new)
		row_init(t, p->pid, st.starttime);
	p->state = st.state;
	p->ppid = st.ppid <= INT32_MAX ? (int32_t)st.ppid : 0;
	p->kthread = known(st.flags) && st.flags & FLAG_KTHREAD;
	*ret_image = comm_take(p, st.comm) && !*ret_new;
	if (*ret_image)
		t->asked = false;
	p->rss = known_mul(st.rss_pages, s->page);
	p->vsz = st.vsize;
	return 0;
}

/* The sum over all CPUs; that of statm may lag behind it. */
static void status_take(struct scan *s, struct process *p)
{
	struct proc_status st;
	int n = file_read(s, p->pid, "status");

	if (n < 0 || status_parse(s->text, (size_t)n, &st) < 0)
		return;
	p->uid = st.uid;
	p->state = st.state ? st.state : p->state;
	p->rss = known_or(st.v[STATUS_VM_RSS], p->rss);
	p->vsz = known_or(st.v[STATUS_VM_SIZE], p->vsz);
	p->anon = known_or(st.v[STATUS_RSS_ANON], p->anon);
	p->swap = st.v[STATUS_VM_SWAP];
	p->shmem = st.v[STATUS_RSS_SHMEM];
	p->hwm = st.v[STATUS_VM_HWM];
}

static int statm_take(struct scan *s, struct process *p)
{
	struct proc_statm st;
	int n = file_read(s, p->pid, "statm");

	if (n < 0)
		return n;
	if (statm_parse(s->text, (size_t)n, &st) < 0)
		return -ENOENT;
	p->vsz = known_mul(st.size, s->page);
	p->rss = known_mul(st.resident, s->page);
	/* "shared" counts pages of files and of shared memory; what is left is anonymous. */
	p->anon = known_mul(known_sub(st.resident, st.shared), s->page);
	return 0;
}

static void age_take(const struct scan *s, struct process *p)
{
	p->age = known(s->uptime) && known(p->start_ticks)
	                 ? known_sub(s->uptime, known_mul(p->start_ticks, s->tick))
	                 : UNKNOWN;
}

int scan_row(struct scan *s, struct tracked *t, bool fresh)
{
	struct process *p = &t->row;
	bool is_new = false, image = false;
	bool due = fresh || p->suspect || (uint64_t)p->pid % SCAN_TURN == s->passes % SCAN_TURN;
	uint64_t rss = p->rss;

	p->shmem = p->hwm = UNKNOWN;
	if (due) {
		int r = stat_take(s, t, fresh, &is_new, &image);
		if (r < 0)
			return r;
	}
	if (!p->kthread) {
		int r = statm_take(s, p);
		/* Whoever lets its stat be read is there: it may come from elsewhere without statm. */
		if (r < 0 && !due)
			r = stat_take(s, t, false, &is_new, &image);
		if (r < 0 && !due)
			return r;
		if (!due && p->rss == 0 && rss != 0) /* it died: the state tells */
			stat_take(s, t, false, &is_new, &image);
		if (is_new || image || p->suspect || (s->swaps && due))
			status_take(s, p);
		if (!s->swaps)
			p->swap = 0;
	} else if (is_new) {
		status_take(s, p);
	}
	if (!known(p->first_time)) {
		p->first_time = s->now;
		p->first_rss = p->rss;
	}
	age_take(s, p);
	return 0;
}
