/* SPDX-License-Identifier: MIT */
/*
 * Knows how the part in the kernel (allocations.bpf.c) is loaded and listened to.
 * Refuses to know who owns what: it hands on allocations and frees as they come.
 */
#include "sites/probes_bpf.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "sites/descriptors.h"
#include "sites/probes_bpf_inside.h"

#include "allocations.skel.h"

enum {
	COUNTING_RING = 4096, /* bytes; nothing comes */
	BPF_FILES = 16, /* maps, programs, the ring; and a link a file, or one or two a spot */
	FIRST_NAMESPACE =
	        (int)0xEFFFFFFCu, /* inode of the pid namespace in which pids are the kernel's */
};

_Static_assert((int)COOKIE_MUNMAP == (int)ROLE_MUNMAP && (int)ROLE_COUNT == COOKIE_MUNMAP + 1 &&
                       (int)COOKIE_FREE == (int)ROLE_FREE &&
                       (int)COOKIE_ALIGNED == (int)ROLE_ALIGNED &&
                       (int)COOKIE_CALLOC == (int)ROLE_CALLOC,
               "cookies are roles");
_Static_assert((int)REGISTERS == (int)STACK_REGISTERS && (int)STACK_RIP == 16, "as DWARF has them");

bool probes_bpf_built(void)
{
	return true;
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
		if (is_allocator(&p->spots[i]) && !probes_bpf_file_before(p, i))
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
	return 0;
}

static void unload(struct probes_bpf *p)
{
	probes_bpf_set(p, false);
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
		probes_denied_explain(why, size);
	else if (error == -EMFILE)
		descriptors_explain("probes", p->pid, BPF_FILES + p->count, why, size);
	else
		snprintf(why, size,
		         "probes: process %d: this kernel does not take them: %s; growth stacks "
		         "need none",
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

	if (!p || count > SPOTS_MAX) {
		int e = p ? -E2BIG : -ENOMEM;
		free(p);
		return e;
	}
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
	/* Last of all: the target pays from here on. */
	if (!r)
		r = probes_bpf_set(p, true);
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
