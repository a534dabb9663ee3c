/* SPDX-License-Identifier: MIT */
/*
 * Knows how the part in the kernel (allocations.bpf.c) is loaded, set on functions of one process, and listened to.
 * Refuses to know who owns what: it hands on allocations and frees as they come.
 *
 * On Linux 6.13 and later one link of type "uprobe session" holds all probes of a file: its program says
 * at each entry whether the return is wanted, so that only chosen calls pay for theirs. Before, each probe is a
 * perf event, and each return is paid for. Both are bound to the address space of the process: its threads
 * hit them, those born later too, and a forked child does not.
 */
#include "sites/probes_bpf.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "sites/allocations.bpf.h"
#include "sites/bpf_records.h"
#include "sites/spots.h"

#include "allocations.skel.h"

enum {
	ATTACH_SESSION = 57,  /* BPF_TRACE_UPROBE_SESSION, Linux 6.13 */
	COUNTING_RING = 4096, /* bytes; nothing comes */
	FIRST_NAMESPACE =
	        (int)0xEFFFFFFCu, /* inode of the pid namespace in which pids are the kernel's */
};

_Static_assert((int)COOKIE_MUNMAP == (int)ROLE_MUNMAP && (int)ROLE_COUNT == COOKIE_MUNMAP + 1 &&
                       (int)COOKIE_FREE == (int)ROLE_FREE &&
                       (int)COOKIE_ALIGNED == (int)ROLE_ALIGNED &&
                       (int)COOKIE_CALLOC == (int)ROLE_CALLOC,
               "cookies are roles");
_Static_assert((int)REGISTERS == (int)STACK_REGISTERS && (int)STACK_RIP == 16, "as DWARF has them");

struct probes_bpf {
	struct allocations *kernel;
	struct ring_buffer *ring;
	struct probe_spot *spots;
	size_t count;
	int32_t pid;
	bool session, on;
	unsigned cpus;
	int links[SPOTS_MAX]; /* of sessions, one for each file */
	unsigned link_count;
	struct bpf_link *events[2 * SPOTS_MAX]; /* without sessions: entries and returns */
	unsigned event_count;
	struct bpf_records *records;
	struct counts *counts;     /* room for those of each CPU */
	struct probes_tally tally; /* as read last */
};

bool probes_bpf_built(void)
{
	return true;
}

/* --- setting probes ------------------------------------------------------------------------------------- */

/* The part of union bpf_attr for BPF_LINK_CREATE, as Linux 6.6 and later have it; the library may be older. */
struct link_create {
	uint32_t program, target, type, flags;
	uint64_t path, offsets, reference_offsets, cookies;
	uint32_t count, uprobe_flags, pid, unused;
};

/* All spots in the file of spot `first`, by one link. */
static int set_file(struct probes_bpf *p, size_t first)
{
	uint64_t offsets[SPOTS_MAX], cookies[SPOTS_MAX];
	const char *path = p->spots[first].place.path;
	uint32_t n = 0;

	for (size_t i = first; i < p->count; i++) {
		const struct probe_spot *s = &p->spots[i];
		if (strcmp(s->place.path, path) != 0)
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

static bool file_before(const struct probes_bpf *p, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(p->spots[k].place.path, p->spots[i].place.path) == 0)
			return true;
	return false;
}

static int set_sessions(struct probes_bpf *p)
{
	int r = 0;

	for (size_t i = 0; i < p->count && !r; i++)
		if (!file_before(p, i))
			r = set_file(p, i);
	return r;
}

static int set_event(struct probes_bpf *p, const struct probe_spot *s, bool back)
{
	LIBBPF_OPTS(bpf_uprobe_opts, o, .retprobe = back, .bpf_cookie = s->role);
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

/* --- loading -------------------------------------------------------------------------------------------- */

/* -ln(1 - u) in the middle of each of QUANTILES parts, scaled so that their mean is one. */
static void fill_quantiles(uint32_t *out)
{
	double sum = 0;

	for (int i = 0; i < QUANTILES; i++)
		sum += -log1p(-(i + 0.5) / QUANTILES);
	for (int i = 0; i < QUANTILES; i++)
		out[i] = (uint32_t)lround(-log1p(-(i + 0.5) / QUANTILES) * QUANTILES / sum *
		                          QUANTILE_ONE);
}

static bool is_allocator(const struct probe_spot *s)
{
	return s->role != ROLE_MMAP && s->role != ROLE_MUNMAP;
}

/* From the first to the last of the allocator's functions in the file of spot `first`, and those around them. */
static struct inside span_of_file(const struct probes_bpf *p, size_t first)
{
	struct inside in = {.begin = UINT64_MAX, .only_mmap = 1};

	for (size_t i = first; i < p->count; i++) {
		const struct symbol_place *l = &p->spots[i].place;
		if (!is_allocator(&p->spots[i]) || strcmp(l->path, p->spots[first].place.path) != 0)
			continue;
		in.begin = l->address < in.begin ? l->address : in.begin;
		in.end = l->address + l->size > in.end ? l->address + l->size : in.end;
	}
	in.begin -= spot_reach(&p->spots[first].place);
	in.end += spot_reach(&p->spots[first].place);
	return in;
}

static void fill_insides(const struct probes_bpf *p, struct inside *out)
{
	unsigned n = 0;

	for (size_t i = 0; i < p->count && n < INSIDES_MAX; i++)
		if (is_allocator(&p->spots[i]) && !file_before(p, i))
			out[n++] = span_of_file(p, i);
	for (size_t i = 0; i < p->count && n < INSIDES_MAX; i++) {
		const struct symbol_place *l = &p->spots[i].place;
		if (is_allocator(&p->spots[i]))
			out[n++] = (struct inside){l->address, l->address + l->size, 0};
	}
}

/* Pids of another namespace are not the kernel's; then the first hit tells. */
static uint32_t kernels_pid(int32_t pid)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && (int)st.st_ino == FIRST_NAMESPACE
	               ? (uint32_t)pid
	               : 0;
}

static void shrink(struct allocations *k)
{
	bpf_map__set_max_entries(k->maps.ring, COUNTING_RING);
	bpf_map__set_max_entries(k->maps.followed, 1);
	bpf_map__set_max_entries(k->maps.flights, 1);
}

static int load(struct probes_bpf *p, uint64_t period, bool session)
{
	struct allocations *k = allocations__open();

	if (!k)
		return -errno;
	p->kernel = k;
	p->session = session;
	if (session)
		bpf_program__set_expected_attach_type(k->progs.hit,
		                                      (enum bpf_attach_type)ATTACH_SESSION);
	k->rodata->session = session;
	fill_quantiles(k->rodata->quantiles);
	fill_insides(p, k->rodata->insides);
	if (!period)
		shrink(k);
	int r = allocations__load(k);
	if (r)
		return r;
	k->bss->period = period;
	k->bss->process = kernels_pid(p->pid);
	return probes_bpf_set(p, true);
}

static void unload(struct probes_bpf *p)
{
	withdraw(p);
	if (p->kernel)
		allocations__destroy(p->kernel);
	p->kernel = NULL;
}

static int hear(void *arg, void *data, size_t size)
{
	bpf_records_take(((struct probes_bpf *)arg)->records, data, size);
	return 0;
}

/* To hear of an exec is a help and no more: without it the addresses tell. */
static int listen_to(struct probes_bpf *p)
{
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 0)
		return cpus;
	p->cpus = (unsigned)cpus;
	p->counts = calloc(p->cpus, sizeof(*p->counts));
	p->records = bpf_records_new();
	if (!p->counts || !p->records)
		return -ENOMEM;
	p->ring = ring_buffer__new(bpf_map__fd(p->kernel->maps.ring), hear, p, NULL);
	if (!p->ring)
		return -errno;
	p->kernel->links.executed = bpf_program__attach(p->kernel->progs.executed);
	return 0;
}

static int explain(int error, const struct probes_bpf *p, char *why, size_t size)
{
	if (error == -EPERM || error == -EACCES)
		snprintf(why, size,
		         "probes are not permitted to this user; run as root, or with "
		         "CAP_SYS_ADMIN");
	else
		snprintf(why, size,
		         "probes: process %d: this kernel does not take them: %s; growth stacks "
		         "need "
		         "none",
		         p->pid, strerror(-error));
	return error;
}

/* What an old kernel says to what it does not know. */
static bool is_unknown(int error)
{
	return error == -EINVAL || error == -ENOTSUP || error == -EOPNOTSUPP;
}

int probes_bpf_open_as(bool session, int32_t pid, const struct probe_spot *spots, size_t count,
                       uint64_t period, struct probes_bpf **ret, char *why, size_t size)
{
	struct probes_bpf *p = calloc(1, sizeof(*p));

	if (!p || count > SPOTS_MAX)
		return free(p), p ? -E2BIG : -ENOMEM;
	p->pid = pid;
	p->count = count;
	p->spots = malloc((count ? count : 1) * sizeof(*spots));
	int r = p->spots ? 0 : -ENOMEM;
	if (!r) {
		memcpy(p->spots, spots, count * sizeof(*spots));
		r = load(p, period, session);
	}
	if (!r)
		r = listen_to(p);
	if (r) {
		explain(r, p, why, size);
		probes_bpf_close(p);
		return is_unknown(r) ? -ENOTSUP : r;
	}
	*ret = p;
	return 0;
}

int probes_bpf_open(int32_t pid, const struct probe_spot *spots, size_t count, uint64_t period,
                    struct probes_bpf **ret, char *why, size_t size)
{
	/* The library's complaints would stand in the middle of a screen. */
	libbpf_set_print(NULL);
	int r = probes_bpf_open_as(true, pid, spots, count, period, ret, why, size);

	return r == -ENOTSUP ? probes_bpf_open_as(false, pid, spots, count, period, ret, why, size)
	                     : r;
}

void probes_bpf_close(struct probes_bpf *p)
{
	if (!p)
		return;
	ring_buffer__free(p->ring);
	unload(p);
	bpf_records_free(p->records);
	free(p->counts);
	free(p->spots);
	free(p);
}

/* Distances in flight were drawn for another period. */
void probes_bpf_period(struct probes_bpf *p, uint64_t period)
{
	p->kernel->bss->period = period;
	p->kernel->bss->turn++;
}

/* --- listening ------------------------------------------------------------------------------------------ */

int probes_bpf_fd(const struct probes_bpf *p)
{
	return ring_buffer__epoll_fd(p->ring);
}

void probes_bpf_drain(struct probes_bpf *p, sample_tell *tell, void *arg)
{
	bpf_records_tell(p->records, tell, arg);
	ring_buffer__consume(p->ring);
}

static void add_counts(struct probes_tally *t, const struct counts *c)
{
	t->hits += c->hits;
	t->lost += c->lost;
	t->full += c->full;
	t->unmatched_frees += c->unmatched;
	t->unreturned += c->entered - c->returned;
}

/* What cannot be read now stays what it was: who pays by hits must not see them fall. */
void probes_bpf_tally(struct probes_bpf *p, struct probes_tally *ret)
{
	uint32_t zero = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(p->kernel->maps.counts), &zero, p->counts) == 0) {
		p->tally = (struct probes_tally){0};
		for (unsigned i = 0; i < p->cpus; i++)
			add_counts(&p->tally, &p->counts[i]);
	}
	*ret = p->tally;
}
