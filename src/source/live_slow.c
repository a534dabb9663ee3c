/* SPDX-License-Identifier: MIT */
/*
 * Knows the rest of what is read beside samples and regions: command line, cgroup, limits, stacks of
 * threads. All of it may block, none of it is urgent.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "source/live_internal.h"

enum { STACKS_LIMIT = 256, STACKS_REFRESH = 16, COMMAND_MAX = 4096 };

/* Arguments are separated by NULs; what runs past the room is cut. */
static void command_set(struct target *t, const char *text, size_t len)
{
	while (len && !text[len - 1])
		len--;
	if (!len)
		return;
	if (len > sizeof(t->command) - 1)
		len = sizeof(t->command) - 1;
	for (size_t i = 0; i < len; i++)
		t->command[i] = text[i] ? text[i] : ' ';
	t->command[len] = '\0';
}

static void names_read(struct live_reader *r, struct target *t)
{
	struct buf b;
	buf_init(&b, COMMAND_MAX);
	uint64_t since = live_busy(r, "cmdline");
	int e = procdir_read(&r->dir, "cmdline", &b);
	if (e == 0 || e == -EFBIG)
		command_set(t, buf_str(&b), b.len);
	live_idle(r, since);
	buf_done(&b);

	since = live_busy(r, "exe");
	if (procdir_link(&r->dir, "exe", t->exe, sizeof(t->exe)) < 0)
		t->exe[0] = '\0';
	live_idle(r, since);
	if (known(t->uid))
		live_user_name(t->uid, t->user, sizeof(t->user));
}

static void abilities_probe(struct live_reader *r, struct abilities *a)
{
	enum pages_way way = PAGES_NONE;
	int fd = live_pagemap_open(r, &way);
	if (fd >= 0)
		close(fd);
	a->pagemap = fd >= 0;
	a->pagemap_scan = way == PAGES_SCAN;
}

void live_identify(struct live_reader *r)
{
	struct live_shared *sh = r->sh;
	struct abilities a = {0};

	live_lock(sh);
	struct target *old = target_ref(sh->target);
	live_unlock(sh);
	struct target *t = target_new();
	r->identified = true;
	if (!t)
		goto out;
	uint64_t inner = old->inner_pid;
	t->pid = old->pid;
	t->inner_pid = inner;
	t->uid = old->uid;
	t->start_ticks = old->start_ticks;
	t->page = old->page;
	memcpy(t->comm, old->comm, sizeof(t->comm));
	memcpy(t->command, old->command, sizeof(t->command));
	memcpy(t->user, old->user, sizeof(t->user));
	names_read(r, t);
	abilities_probe(r, &a);

	live_lock(sh);
	sh->abilities.exe = t->exe[0];
	sh->abilities.pagemap = a.pagemap;
	sh->abilities.pagemap_scan = a.pagemap_scan;
	if (sh->epoch == r->epoch) {
		struct target *replaced = sh->target;
		sh->target = t;
		t = replaced;
	}
	live_unlock(sh);
	live_shared_wake(sh);
out:
	target_unref(t);
	target_unref(old);
}

/* Opened once: the count at the beginning of the watch is what the end is compared with. */
static void oom_watch(struct live_reader *r, uint64_t kills)
{
	struct live_shared *sh = r->sh;
	if (sh->oomfd >= 0 || !known(kills))
		return;
	int fd = procdir_open_oom(&r->dir);
	live_lock(sh);
	sh->oomfd = fd < 0 ? -1 : fd;
	sh->oom_before = kills;
	live_unlock(sh);
}

static void cgroup_read(struct live_reader *r)
{
	struct live_shared *sh = r->sh;
	struct cgroup_place place;
	struct cgroup_room room = {.limit = UNKNOWN, .usage = UNKNOWN, .cache = UNKNOWN};
	uint64_t kills = UNKNOWN;
	uint64_t t = live_busy(r, "cgroup");
	int e = procdir_cgroup_limit(&r->dir, &room, &kills, &place);
	if (e == 0)
		oom_watch(r, kills);
	live_idle(r, t);
	if (live_is_over(r))
		return;

	live_lock(sh);
	sh->abilities.cgroup = e == 0;
	sh->cgroup_limit = room.limit;
	sh->cgroup_usage = room.usage;
	sh->bounds.cgroup_cache = room.cache;
	sh->bounds.cgroup_throttles = room.throttles;
	sh->bounds.cgroup_ancestor = room.ancestor;
	sh->cgroup_path[0] = '\0';
	if (e == 0)
		snprintf(sh->cgroup_path, sizeof(sh->cgroup_path), "%.255s", place.path);
	live_unlock(sh);
}

/* How many mappings the kernel allows; a procfs without sys/ does not say. */
static uint64_t most_mappings(struct live_reader *r)
{
	uint64_t most = UNKNOWN;

	if (procdir_read_global(&r->dir, "sys/vm/max_map_count", &r->text) == 0)
		cgroup_limit_parse(buf_str(&r->text), r->text.len, &most);
	return most;
}

/* The number in a file of the process; `otherwise`: not told. */
static int64_t number_read(struct live_reader *r, const char *name, int64_t otherwise)
{
	int64_t v;
	uint64_t t = live_busy(r, "limits");
	int e = procdir_read(&r->dir, name, &r->text);
	live_idle(r, t);
	if (e < 0 || kernel_number_parse(buf_str(&r->text), r->text.len, &v) < 0)
		return otherwise;
	return v;
}

static void bounds_read(struct live_reader *r)
{
	struct live_shared *sh = r->sh;
	int64_t score = number_read(r, "oom_score", -1);
	int64_t adjust = number_read(r, "oom_score_adj", BOUNDS_NO_ADJUST);
	if (live_is_over(r))
		return;

	live_lock(sh);
	sh->bounds.oom_score = score >= 0 ? (uint64_t)score : UNKNOWN;
	sh->bounds.oom_adjust =
	        adjust >= -1000 && adjust <= 1000 ? (int32_t)adjust : BOUNDS_NO_ADJUST;
	live_unlock(sh);
}

void live_surroundings(struct live_reader *r)
{
	struct live_shared *sh = r->sh;
	uint64_t limits[LIMIT_KEY_COUNT];
	struct live_meter meter = live_meter_start();
	uint64_t t = live_busy(r, "limits");
	int e = procdir_read(&r->dir, "limits", &r->text);
	live_idle(r, t);
	if (e == 0)
		e = limits_parse(buf_str(&r->text), r->text.len, limits);
	if (e == 0) {
		limits[LIMIT_MAPPINGS] = most_mappings(r);
		live_lock(sh);
		memcpy(sh->limits, limits, sizeof(limits));
		live_unlock(sh);
	}
	cgroup_read(r);
	bounds_read(r);
	live_memory_stat(r);
	budget_ran(&r->slow, t, live_meter_cost(&meter));
}

struct stacks {
	struct live_reader *r;
	uint64_t pointers[STACKS_LIMIT];
	size_t count;
};

/* "NR A0 .. A5 SP PC" of a thread in a system call, "-1 SP PC" blocked elsewhere, "running". */
static void stack_parse(struct stacks *s, const char *text, size_t len)
{
	const char *words[9];
	size_t count = 0, i = 0;
	while (i < len && count < 9) {
		words[count++] = text + i;
		while (i < len && text[i] != ' ' && text[i] != '\n')
			i++;
		while (i < len && (text[i] == ' ' || text[i] == '\n'))
			i++;
	}
	if (count != 9 && count != 3)
		return;
	const char *sp = words[count - 2];
	const char *end = memchr(sp, ' ', (size_t)(text + len - sp));
	if (end && end - sp > 2 &&
	    num_hex(sp + 2, (size_t)(end - sp) - 2, &s->pointers[s->count]) == 0)
		s->count++;
}

static int stack_look(int32_t tid, void *arg)
{
	struct stacks *s = arg;
	char name[48];
	if (s->count == STACKS_LIMIT || atomic_load(&s->r->sh->stopping))
		return 1;
	if (tid == s->r->dir.pid)
		return 0;
	snprintf(name, sizeof(name), "task/%d/syscall", tid);
	int e = procdir_read(&s->r->dir, name, &s->r->text);
	if (e == 0)
		stack_parse(s, buf_str(&s->r->text), s->r->text.len);
	return e == -EPERM || e == -EACCES;
}

void live_stacks(struct live_reader *r, uint64_t threads)
{
	struct stacks s = {.r = r};
	bool again = threads != r->stacks_threads || ++r->stacks_age >= STACKS_REFRESH;
	if (!known(threads) || threads < 2 || threads > STACKS_LIMIT || !again)
		return;
	r->stacks_threads = threads;
	r->stacks_age = 0;
	uint64_t t = live_busy(r, "task");
	procdir_each_task(&r->dir, stack_look, &s);
	live_idle(r, t);
	if (s.count)
		tracker_stacks(r->tracker, s.pointers, s.count);
}
