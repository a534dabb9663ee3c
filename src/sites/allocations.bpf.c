/* SPDX-License-Identifier: MIT */
/*
 * Runs in the kernel at each call of an allocator's function: chooses by bytes, keeps the addresses of the
 * chosen blocks until they are freed, and tells of both. Refuses to know what any of it means, and to know blocks that
 * were not chosen: for those it only counts.
 */
#include "sites/allocations.bpf.h"

#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Settings: of the whole tracing, and those that change. */
const volatile __u32 quantiles[QUANTILES]; /* times QUANTILE_ONE, mean one */
const volatile struct inside insides[INSIDES_MAX];
const volatile bool session; /* one program for entry and return (6.13) */
__u64 period;                /* mean bytes between samples; 1 every block; 0 none */
__u32 turn;                  /* goes up when the period changes, or the probes were away */
__u32 process; /* the kernel's own number of the target; 0: not known before the first hit */

/* A chosen call that has not come back. */
struct flight {
	__u64 stack, caller; /* stack pointer at entry, and the return address there */
	__u64 size, out;     /* out: where posix_memalign() stores the address */
	__u64 old, old_mark; /* realloc: what it was given, and whether that is followed */
	__u32 turn, role;
	bool chosen;
};

struct countdown {
	__s64 left; /* bytes to the next sample */
	__u32 turn;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4 << 20);
} ring SEC(".maps");

/* Address -> mark: unlike for each block, so that an address used again is told from the block before. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 131072);
	__type(key, __u64);
	__type(value, __u64);
} followed SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, struct flight);
} flights SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counts);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct countdown);
} countdowns SEC(".maps");

#define COUNT(c, what) __sync_fetch_and_add(&(c)->what, 1)

static __u64 gap(void)
{
	return (period * quantiles[bpf_get_prandom_u32() % QUANTILES]) / QUANTILE_ONE + 1;
}

/* Bytes count down to the next sample; what is left over of a block that was chosen does not count: the
 * distances have no memory. */
static bool chosen(__u64 size)
{
	__u32 zero = 0;
	struct countdown *c = bpf_map_lookup_elem(&countdowns, &zero);

	if (!c || period <= 1)
		return period == 1;
	if (c->turn != turn) {
		c->turn = turn;
		c->left = gap();
	}
	if (size > 1ull << 46)
		size = 1ull << 46;
	c->left -= size ? size : 1;
	if (c->left > 0)
		return false;
	c->left = gap();
	return true;
}

static bool is_inside(__u64 address, __u32 role)
{
	for (int i = 0; i < INSIDES_MAX; i++)
		if (address > insides[i].begin && address <= insides[i].end &&
		    (!insides[i].only_mmap || role == COOKIE_MMAP))
			return true;
	return false;
}

/*
 * A call within a call that is chosen: deeper on the stack; or at the same place, by a jump, and then what was the return
 * address is the kernel's. One that never came back (longjmp, or the probes were away) has no say.
 */
static bool is_nested(__u64 id, __u64 stack, __u64 caller)
{
	struct flight *f = bpf_map_lookup_elem(&flights, &id);

	if (!f || f->turn != turn)
		return false;
	return stack < f->stack || (stack == f->stack && caller != f->caller);
}

static void fill_registers(struct record_enter *e, struct pt_regs *r)
{
	e->registers[0] = r->rax;
	e->registers[1] = r->rdx;
	e->registers[2] = r->rcx;
	e->registers[3] = r->rbx;
	e->registers[4] = r->rsi;
	e->registers[5] = r->rdi;
	e->registers[6] = r->rbp;
	e->registers[7] = r->rsp;
	e->registers[8] = r->r8;
	e->registers[9] = r->r9;
	e->registers[10] = r->r10;
	e->registers[11] = r->r11;
	e->registers[12] = r->r12;
	e->registers[13] = r->r13;
	e->registers[14] = r->r14;
	e->registers[15] = r->r15;
	e->registers[16] = r->rip;
}

static __always_inline bool tell_enter(struct pt_regs *r, __u64 size, const __u64 length)
{
	struct record_enter *e =
	        bpf_ringbuf_reserve(&ring, __builtin_offsetof(struct record_enter, stack) + length,
	                            0);

	if (!e)
		return false;
	e->head.kind = RECORD_ENTER;
	e->head.tid = (__u32)bpf_get_current_pid_tgid();
	e->head.time = bpf_ktime_get_ns();
	e->head.address = 0;
	e->head.size = size;
	e->head.period = period;
	fill_registers(e, r);
	e->stack_size = bpf_probe_read_user(e->stack, length, (void *)r->rsp) ? 0 : length;
	bpf_ringbuf_submit(e, 0);
	return true;
}

static bool readable(__u64 address)
{
	__u8 byte;

	return bpf_probe_read_user(&byte, 1, (void *)address) == 0;
}

/*
 * With as much of the stack as there is. From below, page by page: between the first function and its arguments the kernel leaves up to
 * two pages by chance, of which one may never have been touched, and a copy over it fails as a whole.
 */
static bool tell_stack(struct pt_regs *r, __u64 size)
{
	if (!readable(r->rsp + SLICE_MAX / 16 - 1))
		return tell_enter(r, size, SLICE_MAX / 32);
	if (!readable(r->rsp + SLICE_MAX / 8 - 1))
		return tell_enter(r, size, SLICE_MAX / 16);
	if (!readable(r->rsp + SLICE_MAX / 4 - 1))
		return tell_enter(r, size, SLICE_MAX / 8);
	if (!readable(r->rsp + SLICE_MAX / 2 - 1))
		return tell_enter(r, size, SLICE_MAX / 4);
	if (!readable(r->rsp + SLICE_MAX - 1))
		return tell_enter(r, size, SLICE_MAX / 2);
	return tell_enter(r, size, SLICE_MAX);
}

static bool tell(__u32 kind, __u64 address)
{
	struct record *t = bpf_ringbuf_reserve(&ring, sizeof(*t), 0);

	if (!t)
		return false;
	t->kind = kind;
	t->tid = (__u32)bpf_get_current_pid_tgid();
	t->time = bpf_ktime_get_ns();
	t->address = address;
	t->size = 0;
	t->period = 0;
	bpf_ringbuf_submit(t, 0);
	return true;
}

/* The entry of a function that returns a block. True: it is to be seen coming back. */
static bool enter(struct pt_regs *r, struct counts *c, struct flight *f)
{
	__u64 id = bpf_get_current_pid_tgid();

	f->chosen = chosen(f->size);
	if (f->old) {
		__u64 *mark = bpf_map_lookup_elem(&followed, &f->old);
		f->old_mark = mark ? *mark : 0;
	}
	if (!f->chosen && !f->old_mark)
		return false;
	f->stack = r->rsp;
	f->turn = turn;
	bpf_probe_read_user(&f->caller, sizeof(f->caller), (void *)f->stack);
	if (is_inside(f->caller, f->role) || is_nested(id, f->stack, f->caller))
		return false;
	if (f->chosen && !tell_stack(r, f->size)) {
		COUNT(c, lost);
		f->chosen = false;
		if (!f->old_mark)
			return false;
	}
	if (bpf_map_update_elem(&flights, &id, f, BPF_ANY)) {
		COUNT(c, full);
		return false;
	}
	COUNT(c, entered);
	return true;
}

static void forget(struct counts *c, __u64 address, __u64 mark)
{
	__u64 *now = bpf_map_lookup_elem(&followed, &address);

	/* Another thread may have got the address meanwhile. */
	if (!now || *now != mark)
		return;
	bpf_map_delete_elem(&followed, &address);
	if (!tell(RECORD_FREE, address))
		COUNT(c, lost);
}

static void follow(struct counts *c, __u64 address)
{
	__u64 mark = bpf_ktime_get_ns();

	if (bpf_map_update_elem(&followed, &address, &mark, BPF_ANY)) {
		COUNT(c, full);
		return;
	}
	if (!tell(RECORD_RETURN, address)) {
		bpf_map_delete_elem(&followed, &address);
		COUNT(c, lost);
	}
}

static __u64 returned_address(struct pt_regs *r, const struct flight *f)
{
	__u64 address = 0;

	if (f->role == COOKIE_POSIX) {
		if ((__u32)r->rax == 0)
			bpf_probe_read_user(&address, sizeof(address), (void *)f->out);
		return address;
	}
	return f->role == COOKIE_MMAP && r->rax > -4096ull ? 0 : r->rax;
}

static void leave(struct pt_regs *r, struct counts *c)
{
	__u64 id = bpf_get_current_pid_tgid();
	struct flight *found = bpf_map_lookup_elem(&flights, &id), f;

	/* A call within that one may return first. */
	if (!found || r->rsp != found->stack + 8)
		return;
	f = *found;
	bpf_map_delete_elem(&flights, &id);
	COUNT(c, returned);
	__u64 address = returned_address(r, &f);
	if (f.old_mark && (address || !f.size))
		forget(c, f.old, f.old_mark);
	if (f.chosen && address)
		follow(c, address);
}

static void freed(struct counts *c, __u64 address)
{
	if (!address)
		return;
	/* Nearly always it is not: to look takes no lock. */
	if (!bpf_map_lookup_elem(&followed, &address) || bpf_map_delete_elem(&followed, &address)) {
		COUNT(c, unmatched);
		return;
	}
	if (!tell(RECORD_FREE, address))
		COUNT(c, lost);
}

static __u64 product(__u64 a, __u64 b)
{
	/* What overflows is refused by the allocator. */
	return a > 1ull << 31 || b > 1ull << 31 ? 0 : a * b;
}

/* True: the return is wanted. */
static bool enter_role(struct pt_regs *r, struct counts *c, __u32 role)
{
	struct flight f = {.role = role, .size = r->rdi};

	switch (role) {
	case COOKIE_MALLOC:
		break;
	case COOKIE_CALLOC:
		f.size = product(r->rdi, r->rsi);
		break;
	case COOKIE_REALLOC:
		f.old = r->rdi;
		f.size = r->rsi;
		break;
	case COOKIE_ALIGNED:
	case COOKIE_MMAP:
		f.size = r->rsi;
		break;
	case COOKIE_POSIX:
		f.out = r->rdi;
		f.size = r->rdx;
		break;
	default:
		freed(c, r->rdi);
		return false;
	}
	return enter(r, c, &f);
}

/* Every probe's entry, and its return where one program does both. Returns 1 where the kernel shall not watch for the return. */
SEC("uprobe")
int hit(struct pt_regs *r)
{
	__u32 zero = 0;
	struct counts *c = bpf_map_lookup_elem(&counts, &zero);

	if (!c)
		return 1;
	if (session && r->rip != bpf_get_func_ip(r)) {
		leave(r, c);
		return 0;
	}
	COUNT(c, hits);
	if (!process)
		process = bpf_get_current_pid_tgid() >> 32;
	return enter_role(r, c, (__u32)bpf_get_attach_cookie(r)) ? 0 : 1;
}

/* The return, where it is a probe of its own. */
SEC("uprobe")
int came_back(struct pt_regs *r)
{
	__u32 zero = 0;
	struct counts *c = bpf_map_lookup_elem(&counts, &zero);

	if (c)
		leave(r, c);
	return 0;
}

SEC("raw_tp/sched_process_exec")
int executed(void *unused)
{
	if (process && bpf_get_current_pid_tgid() >> 32 == process)
		tell(RECORD_EXEC, 0);
	return 0;
}
