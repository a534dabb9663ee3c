/* SPDX-License-Identifier: MIT */
/*
 * Knows PROCMAP_QUERY: one mapping by address, without the text of all others. Refuses to know what
 * a mapping is good for, but for the one question asked every tick: how large is [heap].
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/known.h"
#include "proc/pages.h"
#include "proc/uapi.h"

enum {
	NAME_ROOM = 128,     /* the longest anonymous name has 80 characters and its brackets */
	HEAP_STRANGERS = 16, /* mappings between two parts of a heap before we say it ended */
	HEAP_SEARCH = 2048,  /* mappings looked at when nobody knows where the heap begins */
};

int vma_query(int maps_fd, uint64_t address, struct vma_answer *ret)
{
	char name[NAME_ROOM] = "";
	struct uapi_vma q = {
	        .size = sizeof(q),
	        .query_flags = UAPI_COVERING_OR_NEXT,
	        .query_addr = address,
	        .vma_name_size = sizeof(name),
	        .vma_name_addr = (uintptr_t)name,
	};
	int r = ioctl(maps_fd, UAPI_PROCMAP_QUERY, &q);
	if (r < 0 && errno == ENAMETOOLONG) {
		/* A long path: no heap, and nothing of the answer was written. */
		q.vma_name_size = 0;
		q.vma_name_addr = 0;
		r = ioctl(maps_fd, UAPI_PROCMAP_QUERY, &q);
	}
	if (r < 0)
		return errno == EINVAL ? -ENOTTY : -errno;
	bool file = q.inode || q.dev_major || q.dev_minor;
	*ret = (struct vma_answer){
	        .start = q.vma_start,
	        .end = q.vma_end,
	        .heap = !file && !strcmp(name, "[heap]"),
	};
	return 0;
}

int vma_heap_size(int maps_fd, uint64_t start_brk, uint64_t *ret_bytes)
{
	/* One byte before: a mapping that ends there was called [heap] too by some kernels. */
	uint64_t at = known(start_brk) && start_brk ? start_brk - 1 : 0;
	unsigned patience = known(start_brk) ? HEAP_STRANGERS : HEAP_SEARCH;
	uint64_t sum = 0;

	for (unsigned strangers = 0; strangers < patience;) {
		struct vma_answer a;
		int r = vma_query(maps_fd, at, &a);
		if (r == -ENOENT)
			break;
		if (r < 0)
			return r;
		if (a.end <= at)
			return -EIO;
		at = a.end;
		strangers++;
		if (a.heap) {
			sum += a.end - a.start;
			strangers = 0;
			patience = HEAP_STRANGERS;
		} else if (strangers == HEAP_SEARCH) {
			return -ENOTTY;
		}
	}
	*ret_bytes = sum;
	return 0;
}
