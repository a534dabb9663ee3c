/* SPDX-License-Identifier: MIT */
/*
 * Knows which processes must be read in a pass, and remembers of each what it read. Refuses to know what
 * makes a name (follow_match.c) and when to look.
 */
#include "source/follow_find.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/known.h"
#include "proc/procdir.h"
#include "proc/status.h"
#include "source/follow_match.h"

enum {
	TEXT_MAX = 16 << 10,
	ROOM_FIRST = 256,
	PROCESSES_MAX = 1 << 22,
	LOOKS = 6, /* at a young process, one each pass, before it is believed to stay what it is */
	TURN = 16  /* every so many passes all others are looked at again */
};

/* Born so many clock ticks before the newest of all, or later, a process is young. */
#define YOUNG 500

#define FLAG_KTHREAD 0x00200000u /* PF_KTHREAD */

/* A process met. */
struct met {
	int32_t pid, ppid;
	uint64_t inode, start;
	unsigned looks; /* at this process: with another inode or start time it is another one */
	bool matches, seen;
};

struct finder {
	char *proc, *name;
	bool unit;
	int32_t self;        /* our own pid */
	struct procdir root; /* rootfd -1: not open yet */
	struct met *met;     /* the first `sorted` by rising pid */
	size_t count, sorted, room;
	size_t hint; /* where the next one is expected: a directory is read in the same order */
	unsigned passes;
	uint64_t newest; /* clock ticks: the latest start of all met */
	bool starved;
	char text[TEXT_MAX], exe[4096];
};

struct finder *finder_new(const char *proc, const char *name)
{
	struct finder *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->root = (struct procdir){.fd = -1, .rootfd = -1, .pidfd = -1};
	f->proc = strdup(proc);
	f->name = strdup(name);
	f->unit = follow_is_unit(name);
	f->self = (int32_t)getpid();
	if (f->proc && f->name)
		return f;
	finder_free(f);
	return NULL;
}

void finder_free(struct finder *f)
{
	if (!f)
		return;
	procdir_close(&f->root);
	free(f->met);
	free(f->proc);
	free(f->name);
	free(f);
}

/* --- one process ------------------------------------------------------------------------------------- */

static int file_read(struct finder *f, int32_t pid, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	return procdir_read_once(&f->root, path, f->text, sizeof(f->text));
}

/* systemd forks, then calls the child "(nginx)" until it executes the program. */
static bool is_about_to_execute(const struct met *m, const char *comm)
{
	size_t len = strlen(comm);

	return m->looks < LOOKS && len > 2 && comm[0] == '(' && comm[len - 1] == ')';
}

static bool unit_matches(struct finder *f, const struct met *m, const char *comm)
{
	int n = file_read(f, m->pid, "cgroup");

	return n > 0 && cgroup_has_unit(f->text, (size_t)n, f->name) &&
	       !is_about_to_execute(m, comm);
}

static bool name_matches(struct finder *f, const struct met *m, const char *comm)
{
	struct procdir at = {.fd = f->root.rootfd, .rootfd = -1, .pidfd = -1};
	char path[32];

	snprintf(path, sizeof(path), "%d/exe", m->pid);
	bool told = procdir_link(&at, path, f->exe, sizeof(f->exe)) > 0;
	return follow_name_is(f->name, comm, told ? f->exe : NULL);
}

/* A zombie whose other threads live on is a process like any other. */
static bool is_alive(const struct proc_stat *st)
{
	bool zombie = st->state == 'Z' || st->state == 'X' || st->state == 'x';

	return !zombie || (st->state == 'Z' && known(st->threads) && st->threads > 1);
}

/* False: it is gone. */
static bool met_read(struct finder *f, struct met *m)
{
	struct proc_stat st;
	int n = file_read(f, m->pid, "stat");

	if (n < 0 || stat_parse(f->text, (size_t)n, &st) < 0)
		return false;
	if (m->looks && m->start != st.starttime)
		m->looks = 0;
	m->start = st.starttime;
	m->ppid = st.ppid <= INT32_MAX ? (int32_t)st.ppid : 0;
	m->matches = false;
	if (known(st.starttime) && st.starttime > f->newest)
		f->newest = st.starttime;
	if (known(st.flags) && st.flags & FLAG_KTHREAD)
		m->looks = LOOKS;
	else if (is_alive(&st))
		m->matches = f->unit ? unit_matches(f, m, st.comm) : name_matches(f, m, st.comm);
	m->looks++;
	return true;
}

/* --- all of them ------------------------------------------------------------------------------------- */

static int by_pid(const void *a, const void *b)
{
	const struct met *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static struct met *met_find(struct finder *f, int32_t pid)
{
	struct met key = {.pid = pid}, *m = f->hint < f->sorted ? &f->met[f->hint] : NULL;

	if (!m || m->pid != pid)
		m = f->sorted ? bsearch(&key, f->met, f->sorted, sizeof(key), by_pid) : NULL;
	if (m)
		f->hint = (size_t)(m - f->met) + 1;
	return m;
}

static struct met *met_add(struct finder *f, int32_t pid)
{
	if (f->count == f->room) {
		size_t room = f->room ? 2 * f->room : ROOM_FIRST;
		void *grown =
		        room <= PROCESSES_MAX ? realloc(f->met, room * sizeof(*f->met)) : NULL;
		if (!grown)
			return NULL;
		f->met = grown;
		f->room = room;
	}
	f->met[f->count] = (struct met){.pid = pid};
	return &f->met[f->count++];
}

static bool is_due(const struct finder *f, const struct met *m)
{
	bool young = m->looks < LOOKS && known_add(m->start, YOUNG) >= f->newest;

	return !m->looks || m->matches || young || (unsigned)m->pid % TURN == f->passes % TURN;
}

static int entry_see(int32_t pid, uint64_t inode, void *arg)
{
	struct finder *f = arg;
	struct met *m = met_find(f, pid);

	if (f->root.real && pid == f->self)
		return 0;
	if (!m)
		m = met_add(f, pid);
	if (!m) {
		f->starved = true;
		return 1;
	}
	if (m->inode != inode)
		m->looks = 0;
	m->inode = inode;
	m->seen = !is_due(f, m) || met_read(f, m);
	return 0;
}

/* Whoever was not seen is gone. */
static void gone_sweep(struct finder *f)
{
	size_t kept = 0;
	bool sorted = true;

	for (size_t i = 0; i < f->count; i++) {
		if (!f->met[i].seen)
			continue;
		f->met[kept] = f->met[i];
		sorted = sorted && (!kept || f->met[kept - 1].pid < f->met[kept].pid);
		kept++;
	}
	f->count = f->sorted = kept;
	if (!sorted)
		qsort(f->met, f->count, sizeof(*f->met), by_pid);
}

static int choose(const struct finder *f, struct follow_found *ret)
{
	size_t count = 0, mains = 0;
	struct follow_row *rows;

	for (size_t i = 0; i < f->count; i++)
		count += f->met[i].matches;
	rows = count ? calloc(count, sizeof(*rows)) : NULL;
	if (!rows)
		return count ? -ENOMEM : -ESRCH;
	count = 0;
	for (size_t i = 0; i < f->count; i++)
		if (f->met[i].matches)
			rows[count++] =
			        (struct follow_row){f->met[i].pid, f->met[i].ppid, f->met[i].start};
	size_t best = follow_choose(rows, count, &mains);
	if (best < count)
		*ret = (struct follow_found){rows[best].pid, rows[best].start,
		                             f->unit ? mains : count};
	free(rows);
	return best < count ? 0 : -ESRCH;
}

int finder_open(struct finder *f)
{
	return f->root.rootfd < 0 ? procdir_open_root(f->proc, &f->root) : 0;
}

int finder_pass(struct finder *f, struct follow_found *ret)
{
	int e = finder_open(f);

	if (e < 0)
		return e;
	for (size_t i = 0; i < f->count; i++)
		f->met[i].seen = false;
	f->hint = 0;
	f->starved = false;
	e = procdir_each_entry(&f->root, entry_see, f);
	gone_sweep(f);
	f->passes++;
	if (e < 0 || f->starved)
		return e < 0 ? e : -ENOMEM;
	return choose(f, ret);
}
