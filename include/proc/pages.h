/* SPDX-License-Identifier: MIT */
#ifndef PROC_PAGES_H
#define PROC_PAGES_H

/*
 * Page maps without touching a page: the PAGEMAP_SCAN ioctl (6.7) where the kernel has it, else the
 * 8-byte entries of /proc/PID/pagemap. And PROCMAP_QUERY (6.11), which finds a mapping in 1 us.
 * Every call here is one bounded system call, so that the caller can stop between two.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pages of a range by state; present, swapped and untouched sum up to the pages looked at. */
struct page_counts {
	uint64_t present; /* resident pages, file pages included, huge ones too */
	uint64_t swapped;
	/* of the present: in a huge page mapped as one; UNKNOWN without PAGEMAP_SCAN */
	uint64_t huge;
	uint64_t huge_anon; /* of the huge: not of a file; likewise */
	uint64_t file;      /* of the present: file or shared memory */
	uint64_t untouched; /* never touched, given back, or the shared page of zeros */
};

/* How this kernel and these rights let us see pages. */
enum pages_way { PAGES_NONE, PAGES_SCAN, PAGES_PAGEMAP };

/* Slices are this long, so that no call holds the target's lock for long. */
#define PAGES_SLICE (64ull << 20)

/* One question where the next page is looks over this much address space at most. */
#define PAGES_STRIDE (16ull << 30)

/* Which way works on this open pagemap descriptor. `page` is the page size in bytes. */
enum pages_way pages_probe(int pagemap_fd, uint64_t page);

/*
 * Counts [start, end), at most PAGES_SLICE long, aligned to `page`, adding into *counts.
 * 0 or -errno (-ESRCH gone, -EPERM not permitted).
 */
int pages_count(int pagemap_fd, enum pages_way way, uint64_t page, uint64_t start, uint64_t end,
                struct page_counts *counts);

/*
 * The first page of [start, end) that is present or swapped: skips what was only reserved. Looks no
 * further than PAGES_STRIDE; where nothing was found that, or `end`, is the answer. Only with
 * PAGES_SCAN, else -ENOTSUP. 0 or -errno.
 */
int pages_next(int pagemap_fd, enum pages_way way, uint64_t page, uint64_t start, uint64_t end,
               uint64_t *ret_next);

/* Neighbouring pages in one state. */
struct page_run {
	uint64_t start, end;
	bool swapped; /* else in memory */
};

/*
 * The pages of [start, end) that are in memory or swapped out, as runs by rising address into
 * runs[0..room), room at least 1. One call: it stops when the room is used, after PAGES_SLICE of such pages, after
 * PAGES_STRIDE of addresses (without PAGES_SCAN PAGES_SLICE); *ret_walked is where, beyond `start`. 0 or -errno.
 */
int pages_runs(int pagemap_fd, enum pages_way way, uint64_t page, uint64_t start, uint64_t end,
               struct page_run *runs, size_t room, size_t *ret_count, uint64_t *ret_walked);

/* What PROCMAP_QUERY told about one mapping. */
struct vma_answer {
	uint64_t start, end;
	bool heap; /* its name is "[heap]" and it has no file */
};

/*
 * The mapping that covers `address` or the next one behind it, on an open maps descriptor.
 * 0, -ENOENT past the last, -ENOTTY where the kernel does not know the question, or -errno.
 */
int vma_query(int maps_fd, uint64_t address, struct vma_answer *ret);

/*
 * Sum of the sizes of all [heap] mappings. Starts at `start_brk` where known. -ENOTTY: read maps.
 */
int vma_heap_size(int maps_fd, uint64_t start_brk, uint64_t *ret_bytes);

#endif
