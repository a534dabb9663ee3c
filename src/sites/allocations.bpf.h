/* SPDX-License-Identifier: MIT */
#ifndef SITES_ALLOCATIONS_BPF_H
#define SITES_ALLOCATIONS_BPF_H

/* What the part in the kernel and the part here agree on: settings, records in the ring, counts. */

#include <linux/types.h>

enum {
	SLICE_MAX = 8192, /* bytes of stack in one sample; less where less is there: halves of it */
	QUANTILES = 1024, /* of the exponential distribution */
	QUANTILE_ONE = 1 << 16,
	INSIDES_MAX = 16,
	REGISTERS = 17, /* as enum STACK_RAX.. numbers them */
};

/* Addresses between which the allocator lies: a call from there is a part of one already counted. */
struct inside {
	__u64 begin, end;
	__u64 only_mmap; /* it may be others' code as well, though hardly any that calls mmap() */
};

enum record_kind {
	RECORD_ENTER, /* size, period, registers, stack; the address comes with RECORD_RETURN of that thread */
	RECORD_RETURN, /* address */
	RECORD_FREE,   /* address */
	RECORD_EXEC,
};

struct record {
	__u32 kind, tid;
	__u64 time; /* CLOCK_MONOTONIC ns */
	__u64 address, size, period;
};

struct record_enter {
	struct record head;
	__u64 registers[REGISTERS];
	__u64 stack_size;
	__u8 stack[SLICE_MAX]; /* stack_size of them */
};

/* Sums, one set for each CPU. */
struct counts {
	__u64 hits, lost, full, unmatched, entered, returned;
};

/* The cookie of a probe: what its function does with its arguments; as enum probe_role. */
enum cookie {
	COOKIE_MALLOC,
	COOKIE_CALLOC,
	COOKIE_REALLOC,
	COOKIE_ALIGNED,
	COOKIE_POSIX,
	COOKIE_FREE,
	COOKIE_MMAP,
	COOKIE_MUNMAP,
};

#endif
