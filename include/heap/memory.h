/* SPDX-License-Identifier: MIT */
#ifndef HEAP_MEMORY_H
#define HEAP_MEMORY_H

/*
 * Memory of a process behind a callback, so that one walker serves a living process, a saved image and a test.
 *
 * A look begins with memory_begin(): it takes the mappings, the stack pointers and which pages are in memory.
 * All addresses are of the target. What is not in memory is never read: a page that was never touched holds
 * zeros and no pointer; one that is swapped out holds nobody knows what, and is counted.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/known.h"
#include "proc/mapping.h"

enum memory_kind {
	MEMORY_HEAP,   /* [heap] */
	MEMORY_STACK,  /* [stack] */
	MEMORY_ANON,   /* private, no file: arenas, large blocks, thread stacks, TLS, bss */
	MEMORY_FILE,   /* private mapping of a file: .data, .rodata, text */
	MEMORY_SHARED, /* shared with others */
	MEMORY_OTHER,  /* vdso and its kin: never read */
};

struct memory_range {
	uint64_t start, end; /* addresses; start < end */
	uint64_t offset;     /* bytes into the file */
	uint64_t inode;      /* 0: no file */
	unsigned prot;       /* MAP_... bits */
	enum memory_kind kind;
	uint32_t name, name_len; /* raw bytes at memory.names + name */
};

struct memory_thread {
	int32_t tid;
	/* While it waits in the kernel: its stack pointer less the red zone, that is, its stack in use begins here. */
	uint64_t sp; /* UNKNOWN while it runs */
};

struct memory;
struct memory_ops {
	/* See memory_begin(). Fills ranges, threads, names. */
	int (*begin)(struct memory *m);
	/* See memory_read(), memory_next(). */
	ssize_t (*read)(struct memory *m, uint64_t address, void *out, size_t len);
	uint64_t (*next)(struct memory *m, uint64_t address, uint64_t end);
	/* See memory_absent(); NULL: found by reading. */
	uint64_t (*absent)(struct memory *m, uint64_t address, uint64_t end);
	/* See memory_check(). */
	int (*check)(struct memory *m);
	void (*free)(struct memory *m);
};

struct memory {
	const struct memory_ops *ops;
	uint64_t page; /* bytes */
	/* of this look; the arrays belong to the implementation, by rising address */
	size_t range_count, thread_count;
	struct memory_range *ranges;
	struct memory_thread *threads;
	const char *names;
	/* since the memory was opened */
	uint64_t bytes_read, calls;
	uint64_t swapped; /* bytes of writable private memory that were swapped out at this look */
	/* NULL, or set by whoever asks to give up: memory_begin(), walks, scans and peeks return -ECANCELED soon. Borrowed. */
	const atomic_bool *stop;
};

/*
 * The memory of a living process below `proc` ("/proc"). 0 and *ret, the caller's to free; -ESRCH gone; -EPERM
 * not permitted (see memory_remedy); -ENOTSUP: pids mean nothing there (a foreign procfs), or a 32-bit target.
 */
int memory_open_live(const char *proc, int32_t pid, struct memory **ret);

/* What to do about -EPERM, one sentence for this machine: Yama, capabilities, whose process it is. */
void memory_remedy(const char *proc, int32_t pid, char *out, size_t size);

/* A saved image, see heap/image.h. `bytes` is borrowed and must outlive *ret. -EINVAL: not an image. */
int memory_open_image(const void *bytes, size_t len, struct memory **ret);

void memory_free(struct memory *m); /* NULL is fine */

/* Whoever asked for this wants it no more. */
static inline bool memory_stopped(const struct memory *m)
{
	return m->stop && atomic_load_explicit(m->stop, memory_order_relaxed);
}

/* Begins a look. 0, -ESRCH gone or another program by now, -EPERM, -ENOMEM. What it filled holds till the next. */
int memory_begin(struct memory *m);

/*
 * 0 when it is still the program the look began with, else -ESRCH: then what was read since may be another's.
 * Long reads ask this themselves, of short ones every few; whoever publishes asks once more at the end.
 */
int memory_check(struct memory *m);

/*
 * Copies at most `len` bytes from `address` and stops before the first byte that is not in memory. How many
 * (0: none of them is there), or -ESRCH gone, -EPERM. Never waits for the target, never faults a page in.
 */
ssize_t memory_read(struct memory *m, uint64_t address, void *out, size_t len);

/* True when all `len` bytes could be copied. */
bool memory_read_all(struct memory *m, uint64_t address, void *out, size_t len);

/* The first address from `address` on that is in memory and readable, `end` where there is none before. */
uint64_t memory_next(struct memory *m, uint64_t address, uint64_t end);

/* The first address from `address` on that is not in memory, `end` where there is none before. Reads nothing. */
uint64_t memory_absent(struct memory *m, uint64_t address, uint64_t end);

/* The range an address lies in, or NULL. */
const struct memory_range *memory_find(const struct memory *m, uint64_t address);

#endif
