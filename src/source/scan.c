/* SPDX-License-Identifier: MIT */
/*
 * Knows how a pass goes over all processes: who is there, who is new, who is gone; and how a list is made
 * of them. One open directory is all it keeps: a descriptor a process would run into limits.
 */
#include "source/scan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/scan_internal.h"

enum { ROOM_FIRST = 256 };

struct scan *scan_new(const char *proc, uint64_t interval, struct names *names)
{
	struct scan *s = calloc(1, sizeof(*s));
	long ticks = sysconf(_SC_CLK_TCK);

	if (!s)
		return NULL;
	s->root = (struct procdir){.fd = -1, .rootfd = -1, .pidfd = -1};
	s->interval = interval;
	s->names = names;
	s->self = getpid();
	s->page = (uint64_t)sysconf(_SC_PAGESIZE);
	s->tick = NS_PER_S / (uint64_t)(ticks > 0 ? ticks : 100);
	s->stride = 1;
	s->uptime = UNKNOWN;
	machine_init(&s->machine);
	s->proc = strdup(proc);
	if (!s->proc) {
		scan_free(s);
		return NULL;
	}
	return s;
}

void scan_free(struct scan *s)
{
	if (!s)
		return;
	procdir_close(&s->root);
	free(s->all);
	free(s->proc);
	free(s);
}

/* --- the machine ------------------------------------------------------------------------------------ */

static void machine_read(struct scan *s)
{
	struct machine *m = &s->machine;
	int n = procdir_read_once(&s->root, "meminfo", s->text, sizeof(s->text));

	if (n < 0 || meminfo_parse(s->text, (size_t)n, m->now) < 0)
		for (int i = 0; i < MEMINFO_KEY_COUNT; i++)
			m->now[i] = UNKNOWN;
	for (int i = 0; i < MEMINFO_KEY_COUNT; i++)
		m->first[i] = s->passes && known(m->first[i]) ? m->first[i] : m->now[i];
	m->span = s->now;
	n = procdir_read_once(&s->root, "pressure/memory", s->text, sizeof(s->text));
	if (n < 0 || pressure_parse(s->text, (size_t)n, &m->pressure) < 0)
		m->pressure = (struct pressure){NAN, NAN};
	n = procdir_read_once(&s->root, "uptime", s->text, sizeof(s->text));
	if (n < 0 || uptime_parse(s->text, (size_t)n, &s->uptime) < 0)
		s->uptime = UNKNOWN;
	uint64_t out = known_sub(m->now[MEMINFO_SWAP_TOTAL], m->now[MEMINFO_SWAP_FREE]);
	s->swaps = !known(out) || out > 0;
}

/* --- who is there ----------------------------------------------------------------------------------- */

static int by_pid(const void *a, const void *b)
{
	const struct tracked *x = a, *y = b;
	return (x->row.pid > y->row.pid) - (x->row.pid < y->row.pid);
}

static struct tracked *tracked_search(struct scan *s, int32_t pid)
{
	const struct tracked key = {.row = {.pid = pid}};

	return s->sorted ? bsearch(&key, s->all, s->sorted, sizeof(key), by_pid) : NULL;
}

/* A procfs lists by rising pid: nearly always it is the one behind the last. */
static struct tracked *tracked_find(struct scan *s, int32_t pid)
{
	struct tracked *t = s->hint < s->sorted ? &s->all[s->hint] : NULL;

	if (!t || t->row.pid != pid)
		t = tracked_search(s, pid);
	if (t)
		s->hint = (size_t)(t - s->all) + 1;
	return t;
}

static struct tracked *tracked_add(struct scan *s, int32_t pid)
{
	if (s->count == s->room) {
		size_t room = s->room ? s->room + s->room / 2 : ROOM_FIRST;
		void *grown = room <= SCAN_MAX ? realloc(s->all, room * sizeof(*s->all)) : NULL;
		if (!grown)
			return NULL;
		s->all = grown;
		s->room = room;
	}
	struct tracked *t = &s->all[s->count++];
	memset(t, 0, sizeof(*t));
	t->row.pid = pid;
	return t;
}

/* Nothing that the process did: we have no room to look. */
static bool is_lack(int err)
{
	return err == -EMFILE || err == -ENFILE || err == -ENOMEM;
}

static int entry_see(int32_t pid, uint64_t inode, void *arg)
{
	struct scan *s = arg;
	struct tracked *t = tracked_find(s, pid);
	bool is_new = !t, fresh = is_new || t->inode != inode;

	s->first_seen = s->first_seen || pid == 1;
	if (is_new)
		t = tracked_add(s, pid);
	if (!t)
		return 1;
	int r = scan_row(s, t, fresh);
	t->inode = inode;
	t->seen = r == 0;
	if (r == -EACCES || r == -EPERM)
		s->hidden++;
	if (is_lack(r))
		s->error = r;
	return 0;
}

/* Whoever was not seen is gone; those that came stand where they belong. */
static void gone_sweep(struct scan *s)
{
	size_t kept = 0;
	bool sorted = true;

	for (size_t i = 0; i < s->count; i++) {
		if (!s->all[i].seen)
			continue;
		if (kept != i)
			memcpy(&s->all[kept], &s->all[i], sizeof(*s->all));
		sorted = sorted && (!kept || by_pid(&s->all[kept - 1], &s->all[kept]) < 0);
		kept++;
	}
	s->count = s->sorted = kept;
	if (!sorted)
		qsort(s->all, s->count, sizeof(*s->all), by_pid);
}

static void processes_see(struct scan *s)
{
	s->error = s->root.rootfd < 0 ? procdir_open_root(s->proc, &s->root) : 0;
	if (s->error)
		return;
	machine_read(s);
	for (size_t i = 0; i < s->count; i++)
		s->all[i].seen = false;
	s->hidden = s->hint = 0;
	s->first_seen = false;
	int err = procdir_each_entry(&s->root, entry_see, s);
	s->error = err < 0 ? err : s->error;
	gone_sweep(s);
}

/* --- names ------------------------------------------------------------------------------------------ */

static struct tracked *tracked_of(struct scan *s, int32_t pid, uint64_t start_ticks)
{
	struct tracked *t = tracked_search(s, pid);
	return t && t->row.start_ticks == start_ticks ? t : NULL;
}

static void answer_put(struct scan *s, const struct name_answer *a)
{
	struct tracked *t = tracked_of(s, a->ask.pid, a->ask.start_ticks);

	/* Another program may have begun in it since. */
	if (!t || strcmp(t->row.comm, a->ask.comm) != 0)
		return;
	memcpy(t->row.command, a->command, sizeof(t->row.command));
	memcpy(t->row.unit, a->unit, sizeof(t->row.unit));
	memcpy(t->row.user, a->user, sizeof(t->row.user));
}

/* Puts the names read since the last pass where they belong, and asks for those that lack. */
static void scan_names(struct scan *s, size_t *ret_nameless)
{
	size_t count = 0;
	struct name_answer *answers = s->names ? names_take(s->names, &count) : NULL;

	for (size_t i = 0; i < count; i++)
		answer_put(s, &answers[i]);
	free(answers);
	*ret_nameless = 0;
	for (size_t i = 0; i < s->count; i++) {
		struct tracked *t = &s->all[i];
		struct name_ask ask = {.pid = t->row.pid,
		                       .start_ticks = t->row.start_ticks,
		                       .uid = t->row.uid,
		                       .kthread = t->row.kthread};
		*ret_nameless += !t->row.command[0];
		if (t->asked || !s->names)
			continue;
		memcpy(ask.comm, t->row.comm, sizeof(ask.comm));
		t->asked = names_ask(s->names, &ask);
	}
	if (s->names)
		names_push(s->names);
}

/* --- the list --------------------------------------------------------------------------------------- */

static int by_falling_rss(const void *a, const void *b, void *arg)
{
	const struct scan *s = arg;
	const struct process *x = &s->all[*(const uint32_t *)a].row,
	                     *y = &s->all[*(const uint32_t *)b].row;
	uint64_t i = known_or(x->rss, 0), j = known_or(y->rss, 0);

	return i != j ? (i < j ? 1 : -1) : (x->pid > y->pid) - (x->pid < y->pid);
}

static struct process_list *list_make(struct scan *s, size_t nameless)
{
	struct process_list *l = malloc(sizeof(*l) + s->count * sizeof(l->rows[0]));
	uint32_t *order = malloc((s->count + 1) * sizeof(*order));

	if (!l || !order) {
		free(l);
		free(order);
		return NULL;
	}
	memset(l, 0, sizeof(*l)); /* rows and the histories of suspects are written below */
	atomic_init(&l->refs, 1);
	l->time = s->now;
	l->interval = s->interval;
	l->step = s->passes > 1 ? s->now - s->last : 0;
	l->hidden = s->hidden;
	l->error = s->error;
	l->hides = s->root.real && s->count > 0 && !s->first_seen;
	l->nameless = nameless;
	l->machine = s->machine;
	l->count = s->count;
	for (size_t i = 0; i < s->count; i++)
		order[i] = (uint32_t)i;
	qsort_r(order, s->count, sizeof(*order), by_falling_rss, s);
	for (size_t i = 0; i < s->count; i++)
		l->rows[i] = s->all[order[i]].row;
	scan_trace_list(s, order, l);
	free(order);
	return l;
}

struct process_list *scan_pass(struct scan *s, uint64_t now)
{
	uint64_t began = clock_mono();
	size_t nameless;

	s->now = now;
	processes_see(s);
	scan_names(s, &nameless);
	scan_trace(s);
	s->passes++;
	struct process_list *l = list_make(s, nameless);
	s->last = now;
	if (l)
		l->took = clock_mono() - began;
	return l;
}
