/* SPDX-License-Identifier: MIT */
/*
 * Knows how a live source is opened, described and left. Sampling is in live_sample.c, everything
 * that may block in the files of the slow reader.
 */
#include "source/live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rights.h"
#include "source/live_internal.h"

enum { TEXT_MAX = 256 << 10 };

/* A process younger than this may still be loading; it is given so long to be done, in such steps. */
#define YOUNG         (100 * NS_PER_MS)
#define SETTLE_WITHIN (50 * NS_PER_MS)
#define SETTLE_STEP   (5 * NS_PER_MS)

/* A read that takes longer than this is told as a finding. */
#define BLOCKED_AFTER (500 * NS_PER_MS)

static struct live *live_of(struct source *s)
{
	return (struct live *)s;
}

static void live_prepare(struct source *s, uint64_t now)
{
	struct live *l = live_of(s);
	(void)now;
	l->heap_wanted = true;
	live_lock(l->sh);
	l->heap_ticket++;
	atomic_store(&l->sh->heap_asked, l->heap_ticket);
	pthread_cond_signal(&l->sh->work);
	live_unlock(l->sh);
}

static int live_wake(struct source *s)
{
	return live_of(s)->sh->wakefd;
}

static bool live_ready(struct source *s)
{
	struct live *l = live_of(s);
	live_lock(l->sh);
	bool ready = l->sh->heap_answered == l->heap_ticket;
	live_unlock(l->sh);
	return ready;
}

static struct region_table *live_regions(struct source *s)
{
	struct live_shared *sh = live_of(s)->sh;
	uint64_t n;
	while (read(sh->wakefd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
	live_lock(sh);
	struct region_table *table = sh->table;
	sh->table = NULL;
	live_unlock(sh);
	return table;
}

static void describe_costs(const struct live *l, struct costs *c)
{
	uint64_t now = clock_mono();
	uint64_t since = atomic_load(&l->sh->busy_since);
	const char *what = atomic_load(&l->sh->busy_what);

	uint64_t wall = known_sub(now, l->mono_before);
	uint64_t cpu = known_sub(clock_process(), l->cpu_before);
	c->cpu_percent = wall ? 100.0 * (double)cpu / (double)wall : 0;
	c->blocked_ns = 0;
	c->blocked_what[0] = '\0';
	if (since && now > since + BLOCKED_AFTER) {
		c->blocked_ns = now - since;
		strncat(c->blocked_what, what, sizeof(c->blocked_what) - 1);
	}
}

static void describe_shared(struct live_shared *sh, struct moment *m)
{
	target_unref(m->target);
	page_map_unref(m->focus_pages);
	live_lock(sh);
	m->target = target_ref(sh->target);
	m->focus_pages = sh->pages ? page_map_ref(sh->pages) : NULL;
	m->abilities = sh->abilities;
	m->costs = sh->costs;
	memcpy(m->fds, sh->fds, sizeof(m->fds));
	memcpy(m->sockets, sh->sockets, sizeof(m->sockets));
	memcpy(m->limits, sh->limits, sizeof(m->limits));
	m->cgroup_limit = sh->cgroup_limit;
	m->cgroup_usage = sh->cgroup_usage;
	memcpy(m->cgroup_path, sh->cgroup_path, sizeof(m->cgroup_path));
	m->bounds = sh->bounds;
	live_unlock(sh);
}

static void live_describe(struct source *s, struct moment *m)
{
	struct live *l = live_of(s);
	describe_shared(l->sh, m);
	m->bounds.address = live_address_limit(&l->image);
	describe_costs(l, &m->costs);
	m->blocked = m->costs.blocked_ns;
	m->state = l->state;
	m->state_letter = l->status.state;
	memcpy(m->status, l->status.v, sizeof(m->status));
	memcpy(m->status_peak, l->peak, sizeof(m->status_peak));
	memcpy(m->meminfo, l->meminfo, sizeof(m->meminfo));
}

static void live_free(struct source *s)
{
	struct live *l = live_of(s);
	if (!l)
		return;
	live_lock(l->sh);
	atomic_store(&l->sh->stopping, true);
	pthread_cond_signal(&l->sh->work);
	live_unlock(l->sh);
	/* Never joined: the reader may hang in the kernel for as long as the target likes. */
	live_shared_unref(l->sh);
	buf_done(&l->text);
	free(l);
}

static int live_unread(const struct source *s)
{
	return ((const struct live *)s)->unread;
}

static const struct source_ops live_ops = {
        .prepare = live_prepare,
        .wake = live_wake,
        .ready = live_ready,
        .sample = live_sample,
        .regions = live_regions,
        .describe = live_describe,
        .free = live_free,
        .exit_fd = live_exit_fd,
        .set_start = live_set_start,
        .set_period = live_set_period,
        .focus = live_focus,
        .oom_killed = live_oom_killed,
        .unread = live_unread,
};

/* Root is told what it lacks. */
static const char *whom_to_be(char *out, size_t size)
{
	return geteuid() == 0 ? rights_remedy(RIGHT(RIGHT_SYS_PTRACE), out, size)
	                      : "run as its user or with sudo";
}

/* One sentence for each way a process cannot be watched. */
static int refuse(struct fault *f, const struct live_options *o, enum procdir_finding finding,
                  int other)
{
	char remedy[RIGHTS_REMEDY];

	switch (finding) {
	case PROCDIR_GONE:
		fault_set(f, STATUS_GONE,
		          "process %d: no such process; without a PID the picker lists all",
		          o->pid);
		return -ESRCH;
	case PROCDIR_HIDDEN:
		fault_set(f, STATUS_DENIED,
		          "process %d: exists but is hidden (%s is mounted with hidepid); %s",
		          o->pid, o->proc, whom_to_be(remedy, sizeof(remedy)));
		return -EACCES;
	case PROCDIR_THREAD:
		fault_set(f, STATUS_GONE, "%d: thread of %d: use %d", o->pid, other, other);
		return -ESRCH;
	case PROCDIR_KTHREAD:
		fault_set(f, STATUS_GONE,
		          "process %d: a kernel thread has no memory of its own; choose a process",
		          o->pid);
		return -ESRCH;
	case PROCDIR_ZOMBIE:
		fault_set(
		        f, STATUS_GONE,
		        "process %d: a zombie: it ended and waits for its parent to notice; there "
		        "is no memory left to watch",
		        o->pid);
		return -ESRCH;
	case PROCDIR_DENIED:
		fault_set(f, STATUS_DENIED, "process %d: its status is not readable; %s", o->pid,
		          whom_to_be(remedy, sizeof(remedy)));
		return -EACCES;
	case PROCDIR_FAILED:
	case PROCDIR_OK:
		break;
	}
	if (other == ENOMEM || other == EAGAIN || other == EMFILE || other == ENFILE) {
		fault_set(f, STATUS_DENIED,
		          "process %d: cannot be watched with so little memory, threads or "
		          "descriptors (%s); raise the limits of this shell (ulimit -a)",
		          o->pid, fault_reason(other));
		return -other;
	}
	bool absent = other == ENOENT || other == ENOTDIR;
	fault_set(f, absent ? STATUS_GONE : STATUS_DENIED,
	          "process %d below %s: %s; is it a proc file system?", o->pid, o->proc,
	          fault_reason(other));
	return other ? -other : -EIO;
}

static bool is_young(const struct proc_stat *stat)
{
	uint64_t born = known_mul(stat->starttime, NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));
	uint64_t now = clock_boot();
	return known(born) && born <= now && now - born < YOUNG;
}

/* True when it maps nothing more for now: it waits for something, or its size rests. */
static bool is_settled(const struct proc_status *status, uint64_t size_before)
{
	uint64_t size = status->v[STATUS_VM_SIZE];
	return status->state == 'S' || !known(size) || size == size_before;
}

/*
 * The first look. A program that was started just now may not have loaded its libraries: the first
 * row, and the baseline of all changes, would be of a process half made.
 */
static int live_look_first(struct live *l, struct proc_stat *ret)
{
	static const struct timespec step = {.tv_nsec = (long)SETTLE_STEP};
	uint64_t until = clock_mono() + SETTLE_WITHIN, size = UNKNOWN;
	for (;;) {
		int e = live_look(l, &l->status, ret);
		/* 0: in the middle of its exec, nothing is mapped yet. */
		bool whole = e < 0 || l->status.v[STATUS_VM_EXE];
		if (whole && (e < 0 || !is_young(ret) || is_settled(&l->status, size)))
			return e;
		if (clock_mono() + SETTLE_STEP > until)
			return e;
		size = l->status.v[STATUS_VM_SIZE];
		nanosleep(&step, NULL);
	}
}

/* Who it is. The first sample then finds the same image. */
static int live_begin(struct live *l)
{
	struct proc_stat stat;
	struct live_shared *sh = l->sh;
	int e = live_look_first(l, &stat);
	if (e < 0)
		return e;
	l->start_ticks = stat.starttime;
	l->image = (struct live_image){.code = stat.start_code, .stack = stat.start_stack};
	l->asleep = known_sub(clock_boot(), clock_mono());
	sh->image = l->image;
	sh->target = live_target(&l->dir, &l->status, l->start_ticks, sh->page);
	if (!sh->target)
		return -ENOMEM;
	return live_reader_start(sh);
}

static struct live *live_new(struct live_shared *sh)
{
	struct live *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->base.ops = &live_ops;
	l->sh = sh;
	l->dir = sh->dir;
	l->last_time = UNKNOWN;
	l->cpu_before = clock_process();
	l->mono_before = clock_mono();
	memset(l->peak, 0xff, sizeof(l->peak));
	memset(l->meminfo, 0xff, sizeof(l->meminfo));
	buf_init(&l->text, TEXT_MAX);
	return l;
}

int live_open(const struct live_options *options, struct source **ret, struct fault *fault)
{
	struct procdir dir;
	int other = 0;
	enum procdir_finding finding = procdir_open(options->proc, options->pid, &dir, &other);
	if (finding != PROCDIR_OK)
		return refuse(fault, options, finding, other);

	struct live_shared *sh = live_shared_new(options, &dir);
	if (!sh)
		procdir_close(&dir);
	struct live *l = sh ? live_new(sh) : NULL;
	if (!l) {
		live_shared_unref(sh);
		fault_set(fault, STATUS_DENIED, "process %d: out of memory", options->pid);
		return -ENOMEM;
	}
	int e = live_begin(l);
	if (e == -ESRCH) {
		live_free(&l->base);
		return refuse(fault, options, PROCDIR_GONE, 0);
	}
	if (e < 0) {
		live_free(&l->base);
		return refuse(fault, options, PROCDIR_FAILED, -e);
	}
	*ret = &l->base;
	return 0;
}

int live_exit_fd(const struct source *s)
{
	return ((const struct live *)s)->sh->dir.pidfd;
}

void live_focus(struct source *s, uint64_t id, uint64_t start, uint64_t end)
{
	struct live_shared *sh = live_of(s)->sh;
	struct page_map *old = NULL;
	live_lock(sh);
	/* A region that moved is no new question: its map comes with the next scan of the budget. */
	sh->focus.start = start;
	sh->focus.end = end;
	if (sh->focus.id != id) {
		sh->focus.id = id;
		sh->focus.serial++;
		atomic_store(&sh->focus_asked, sh->focus.serial);
		old = sh->pages;
		sh->pages = NULL;
		pthread_cond_signal(&sh->work);
	}
	live_unlock(sh);
	page_map_unref(old);
}

void live_set_start(struct source *s, uint64_t start)
{
	atomic_store(&live_of(s)->sh->start, start);
}

void live_set_period(struct source *s, uint64_t ns)
{
	struct live_shared *sh = live_of(s)->sh;
	live_lock(sh);
	sh->min_period = ns;
	/* What is told, and how long totals hold, follows at once, not with the next pass. */
	if (known(sh->costs.pass_ns))
		sh->costs.period_ns = budget_least(ns, sh->pass_cost);
	pthread_cond_signal(&sh->work);
	live_unlock(sh);
}

bool live_oom_killed(const struct source *s)
{
	struct live_shared *sh = ((const struct live *)s)->sh;
	uint64_t kills = UNKNOWN;
	live_lock(sh);
	int fd = sh->oomfd;
	uint64_t before = sh->oom_before;
	live_unlock(sh);
	return fd >= 0 && procdir_oom_kills(fd, &kills) == 0 && known(before) && known(kills) &&
	       kills > before;
}
