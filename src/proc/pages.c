/* SPDX-License-Identifier: MIT */
/*
 * Knows two ways to ask the kernel which pages of a range are resident: PAGEMAP_SCAN and the entries
 * of pagemap. Refuses to know mappings, and never reads a page itself: that would fault it in.
 */
#include "proc/pages.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/known.h"
#include "proc/uapi.h"

enum { SCAN_REGIONS = 512, PAGEMAP_ENTRIES = 4096 };

#define WANTED (UAPI_PAGE_PRESENT | UAPI_PAGE_SWAPPED)
#define TOLD   (WANTED | UAPI_PAGE_FILE | UAPI_PAGE_ZERO | UAPI_PAGE_HUGE)

/* One call; *regions and the walk's end come back in arg. The number of regions or -errno. */
static int scan_once(int fd, struct uapi_scan *arg)
{
	arg->size = sizeof(*arg);
	arg->category_anyof_mask = WANTED;
	arg->return_mask = TOLD | UAPI_PAGE_GUARD;
	int n = ioctl(fd, UAPI_PAGEMAP_SCAN, arg);
	if (n < 0 && errno == EINVAL) {
		/* Before 6.15 guard markers have no category and asking for it is an error. */
		arg->return_mask = TOLD;
		n = ioctl(fd, UAPI_PAGEMAP_SCAN, arg);
	}
	return n < 0 ? -errno : n;
}

enum pages_way pages_probe(int pagemap_fd, uint64_t page)
{
	struct uapi_page_region region;
	struct uapi_scan arg = {.end = page, .vec = (uintptr_t)&region, .vec_len = 1};
	if (scan_once(pagemap_fd, &arg) >= 0)
		return PAGES_SCAN;
	uint64_t entry;
	return pread(pagemap_fd, &entry, sizeof(entry), 0) >= 0 ? PAGES_PAGEMAP : PAGES_NONE;
}

static bool region_holds_memory(const struct uapi_page_region *r)
{
	return !(r->categories & (UAPI_PAGE_ZERO | UAPI_PAGE_GUARD));
}

static void region_count(const struct uapi_page_region *r, uint64_t page, struct page_counts *c)
{
	uint64_t n = (r->end - r->start) / page;
	bool file = r->categories & UAPI_PAGE_FILE;
	if (!region_holds_memory(r))
		return;
	c->untouched -= n;
	if (!(r->categories & UAPI_PAGE_PRESENT)) {
		c->swapped += n;
		return;
	}
	c->present += n;
	c->file += file ? n : 0;
	if (r->categories & UAPI_PAGE_HUGE) {
		c->huge = known_add(c->huge, n);
		c->huge_anon = known_add(c->huge_anon, file ? 0 : n);
	}
}

static int count_by_scan(int fd, uint64_t page, uint64_t start, uint64_t end,
                         struct page_counts *counts)
{
	struct uapi_page_region regions[SCAN_REGIONS];
	struct page_counts c = *counts;

	c.untouched += (end - start) / page;
	uapi_regions_clear(regions, SCAN_REGIONS, end - start, page);
	while (start < end) {
		struct uapi_scan arg = {
		        .start = start,
		        .end = end,
		        .vec = (uintptr_t)regions,
		        .vec_len = SCAN_REGIONS,
		};
		int n = scan_once(fd, &arg);
		if (n < 0)
			return n;
		for (int i = 0; i < n; i++)
			region_count(&regions[i], page, &c);
		if (arg.walk_end <= start)
			return -EIO;
		start = arg.walk_end;
	}
	*counts = c;
	return 0;
}

static void entry_count(uint64_t entry, struct page_counts *c)
{
	if (entry >> 63) {
		c->present++;
		c->file += entry >> 61 & 1;
	} else if (entry >> 62 & 1) {
		c->swapped++;
	} else {
		c->untouched++;
	}
}

static int count_by_entries(int fd, uint64_t page, uint64_t start, uint64_t end,
                            struct page_counts *counts)
{
	uint64_t entries[PAGEMAP_ENTRIES];
	struct page_counts c = *counts;

	c.huge = c.huge_anon = UNKNOWN;
	while (start < end) {
		uint64_t want = (end - start) / page;
		if (want > PAGEMAP_ENTRIES)
			want = PAGEMAP_ENTRIES;
		ssize_t n = pread(fd, entries, want * sizeof(*entries),
		                  (off_t)(start / page * sizeof(*entries)));
		if (n < 0)
			return -errno;
		size_t got = (size_t)n / sizeof(*entries);
		if (!got) {
			/* Past the last address a process can have: nothing is there. */
			c.untouched += (end - start) / page;
			break;
		}
		for (size_t i = 0; i < got; i++)
			entry_count(entries[i], &c);
		start += got * page;
	}
	*counts = c;
	return 0;
}

int pages_count(int pagemap_fd, enum pages_way way, uint64_t page, uint64_t start, uint64_t end,
                struct page_counts *counts)
{
	if (start > end || end - start > PAGES_SLICE || (start | end) % page)
		return -EINVAL;
	if (way == PAGES_SCAN)
		return count_by_scan(pagemap_fd, page, start, end, counts);
	if (way == PAGES_PAGEMAP)
		return count_by_entries(pagemap_fd, page, start, end, counts);
	return -ENOTSUP;
}

int pages_next(int pagemap_fd, enum pages_way way, uint64_t page, uint64_t start, uint64_t end,
               uint64_t *ret_next)
{
	struct uapi_page_region region = {0};
	uint64_t to = start < end && end - start > PAGES_STRIDE ? start + PAGES_STRIDE : end;
	struct uapi_scan arg = {
	        .start = start,
	        .end = to,
	        .vec = (uintptr_t)&region,
	        .vec_len = 1,
	        .max_pages = 1,
	};
	if (way != PAGES_SCAN)
		return -ENOTSUP;
	if (start > end || (start | end) % page)
		return -EINVAL;
	int n = scan_once(pagemap_fd, &arg);
	if (n < 0)
		return n;
	*ret_next = n ? region.start : to;
	return 0;
}
