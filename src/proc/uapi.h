/* SPDX-License-Identifier: MIT */
#ifndef PROC_UAPI_H
#define PROC_UAPI_H

/*
 * Two questions newer than the kernel headers many machines build with: PAGEMAP_SCAN (Linux 6.7) and
 * PROCMAP_QUERY (6.11). The layouts are kernel interface and cannot change; names of our own keep
 * them apart from <linux/fs.h> where that has them too.
 */

#include <linux/ioctl.h>
#include <stdint.h>
#include <string.h>

/* Categories of a page. */
enum {
	UAPI_PAGE_FILE = 1 << 2,
	UAPI_PAGE_PRESENT = 1 << 3,
	UAPI_PAGE_SWAPPED = 1 << 4,
	UAPI_PAGE_ZERO = 1 << 5,  /* the shared page of zeros: no memory of its own */
	UAPI_PAGE_HUGE = 1 << 6,  /* mapped by one entry of the level above */
	UAPI_PAGE_GUARD = 1 << 8, /* a guard marker (6.15): also says swapped, but holds nothing */
};

struct uapi_page_region {
	uint64_t start, end, categories;
};

struct uapi_scan {
	uint64_t size, flags;
	uint64_t start, end;
	uint64_t walk_end; /* out: where the walk stopped */
	uint64_t vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define UAPI_PAGEMAP_SCAN _IOWR('f', 16, struct uapi_scan)

/*
 * Clears as many regions as `bytes` of address space can have, at most `most`: to a checker of memory that does not know
 * this question, what the kernel answers was never written.
 */
static inline void uapi_regions_clear(struct uapi_page_region *regions, size_t most, uint64_t bytes,
                                      uint64_t page)
{
	size_t n = bytes / page < most ? (size_t)(bytes / page) : most;

	memset(regions, 0, n * sizeof(*regions));
}

enum { UAPI_COVERING_OR_NEXT = 0x10 };

struct uapi_vma {
	uint64_t size, query_flags, query_addr;
	uint64_t vma_start, vma_end, vma_flags, vma_page_size, vma_offset, inode;
	uint32_t dev_major, dev_minor;
	uint32_t vma_name_size; /* in: room; out: bytes with the NUL, 0 without a name */
	uint32_t build_id_size;
	uint64_t vma_name_addr, build_id_addr;
};
#define UAPI_PROCMAP_QUERY _IOWR('f', 17, struct uapi_vma)

_Static_assert(sizeof(struct uapi_scan) == 96, "layout of the kernel");
_Static_assert(sizeof(struct uapi_vma) == 104, "layout of the kernel");

#endif
