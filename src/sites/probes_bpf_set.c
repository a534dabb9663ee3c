/* SPDX-License-Identifier: MIT */
/*
 * Knows how probes are set on functions of one process and taken out again. Refuses to know what runs there, and what it tells.
 *
 * On Linux 6.13 and later a link of type "uprobe session" holds many probes of a file: its program says
 * at each entry whether the return is wanted, so that only chosen calls pay for theirs. Before, each probe is a
 * perf event, and each return is paid for. Both are bound to the address space of the process: its threads
 * hit them, those born later too, and a forked child does not.
 */
#include "sites/probes_bpf_inside.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "allocations.skel.h"

/* The part of union bpf_attr for BPF_LINK_CREATE, as Linux 6.6 and later have it; the library may be older. */
struct link_create {
	uint32_t program, target, type, flags;
	uint64_t path, offsets, reference_offsets, cookies;
	uint32_t count, uprobe_flags, pid, unused;
};

/*
 * Those that are hit most. To set a probe, or to take it out, the kernel waits for each process that maps the file, which may take a
 * while for all spots: so these are set last, and taken out first.
 */
static bool is_hot(const struct probe_spot *s)
{
	return s->role == ROLE_MALLOC || s->role == ROLE_FREE;
}

static bool is_together(const struct probe_spot *a, const struct probe_spot *b)
{
	return is_hot(a) == is_hot(b) && strcmp(a->place.path, b->place.path) == 0;
}

/* All spots that belong together with spot `first`, by one link. */
static int set_together(struct probes_bpf *p, size_t first)
{
	uint64_t offsets[SPOTS_MAX], cookies[SPOTS_MAX];
	const char *path = p->spots[first].place.path;
	uint32_t n = 0;

	for (size_t i = first; i < p->count; i++) {
		const struct probe_spot *s = &p->spots[i];
		if (!is_together(&p->spots[first], s))
			continue;
		offsets[n] = s->place.offset + s->moved;
		cookies[n++] = s->role;
	}
	struct link_create a = {.program = (uint32_t)bpf_program__fd(p->kernel->progs.hit),
	                        .type = ATTACH_SESSION,
	                        .path = (uintptr_t)path,
	                        .offsets = (uintptr_t)offsets,
	                        .cookies = (uintptr_t)cookies,
	                        .count = n,
	                        .pid = (uint32_t)p->pid};
	int fd = (int)syscall(SYS_bpf, BPF_LINK_CREATE, &a, sizeof(a));
	if (fd < 0)
		return -errno;
	p->links[p->link_count++] = fd;
	return 0;
}

bool probes_bpf_file_before(const struct probes_bpf *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(p->spots[k].place.path, p->spots[i].place.path) == 0)
			return true;
	return false;
}

static bool together_before(const struct probes_bpf *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (is_together(&p->spots[k], &p->spots[i]))
			return true;
	return false;
}

static int set_sessions(struct probes_bpf *p)
{
	int r = 0;

	for (int hot = 0; hot < 2; hot++)
		for (size_t i = 0; i < p->count && !r; i++)
			if (is_hot(&p->spots[i]) == hot && !together_before(p, i))
				r = set_together(p, i);
	return r;
}

static int set_event(struct probes_bpf *p, const struct probe_spot *s, bool back)
{
	struct bpf_uprobe_opts o = {.sz = sizeof(o), .retprobe = back, .bpf_cookie = s->role};
	struct bpf_program *program = back ? p->kernel->progs.came_back : p->kernel->progs.hit;
	struct bpf_link *l = bpf_program__attach_uprobe_opts(program, p->pid, s->place.path,
	                                                     s->place.offset + s->moved, &o);

	if (!l)
		return -errno;
	p->events[p->event_count++] = l;
	return 0;
}

/* Returns first, lest an entry waits for a return that is not seen. */
static int set_events(struct probes_bpf *p)
{
	int r = 0;

	for (size_t i = 0; i < p->count && !r; i++)
		if (role_returns(p->spots[i].role))
			r = set_event(p, &p->spots[i], true);
	for (size_t i = 0; i < p->count && !r; i++)
		r = set_event(p, &p->spots[i], false);
	return r;
}

static void withdraw(struct probes_bpf *p)
{
	while (p->link_count)
		close(p->links[--p->link_count]);
	while (p->event_count)
		bpf_link__destroy(p->events[--p->event_count]);
	p->on = false;
}

int probes_bpf_set(struct probes_bpf *p, bool on)
{
	int r = 0;

	if (on == p->on)
		return 0;
	if (!on) {
		withdraw(p);
		return 0;
	}
	/* Calls of before may have come back unseen. */
	p->kernel->bss->turn++;
	r = p->session ? set_sessions(p) : set_events(p);
	p->on = true;
	if (r)
		withdraw(p);
	return r;
}
