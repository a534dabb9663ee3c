/* SPDX-License-Identifier: MIT */
/*
 * Knows how to list the runs of pages that are in memory, in the two ways there are. Refuses to know what
 * is done with them.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "proc/pages.h"
#include "proc/uapi.h"

enum { RUN_REGIONS = 512, RUN_ENTRIES = 4096 };

struct runs {
	struct page_run *at;
	size_t count, room;
};

/* Appends or lengthens the last one. False: no room. */
static bool run_add(struct runs *r, uint64_t start, uint64_t end, bool swapped)
{
	struct page_run *last = r->count ? &r->at[r->count - 1] : NULL;

	if (last && last->end == start && last->swapped == swapped) {
		last->end = end;
		return true;
	}
	if (r->count == r->room)
		return false;
	r->at[r->count++] = (struct page_run){start, end, swapped};
	return true;
}

static int scan(int fd, struct uapi_scan *arg)
{
	arg->return_mask = UAPI_PAGE_PRESENT | UAPI_PAGE_SWAPPED | UAPI_PAGE_ZERO | UAPI_PAGE_GUARD;
	int n = ioctl(fd, UAPI_PAGEMAP_SCAN, arg);
	if (n < 0 && errno == EINVAL) {
		/* Before 6.15 guard markers have no category and asking for it is an error. */
		arg->return_mask &= ~(uint64_t)UAPI_PAGE_GUARD;
		n = ioctl(fd, UAPI_PAGEMAP_SCAN, arg);
	}
	return n < 0 ? -errno : n;
}

static int runs_by_scan(int fd, uint64_t page, uint64_t start, uint64_t end, struct runs *runs,
                        uint64_t *ret_walked)
{
	struct uapi_page_region regions[RUN_REGIONS];
	struct uapi_scan arg = {
	        .size = sizeof(arg),
	        .start = start,
	        .end = end - start > PAGES_STRIDE ? start + PAGES_STRIDE : end,
	        .vec = (uintptr_t)regions,
	        .vec_len = runs->room < RUN_REGIONS ? runs->room : RUN_REGIONS,
	        .max_pages = PAGES_SLICE / page,
	        .category_anyof_mask = UAPI_PAGE_PRESENT | UAPI_PAGE_SWAPPED,
	};
	uapi_regions_clear(regions, arg.vec_len, arg.end - start, page);
	int n = scan(fd, &arg);

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++) {
		const struct uapi_page_region *r = &regions[i];
		/* The page of zeros is nobody's, a guard marker only says that it is swapped. */
		if (r->categories & (UAPI_PAGE_ZERO | UAPI_PAGE_GUARD))
			continue;
		run_add(runs, r->start, r->end, !(r->categories & UAPI_PAGE_PRESENT));
	}
	if (arg.walk_end <= start)
		return -EIO;
	*ret_walked = arg.walk_end;
	return 0;
}

/* False: no room for the run this entry begins. */
static bool entry_add(struct runs *runs, uint64_t entry, uint64_t at, uint64_t page)
{
	bool present = entry >> 63;
	bool swapped = !present && (entry >> 62 & 1);

	return (!present && !swapped) || run_add(runs, at, at + page, swapped);
}

static int runs_by_entries(int fd, uint64_t page, uint64_t start, uint64_t end, struct runs *runs,
                           uint64_t *ret_walked)
{
	uint64_t entries[RUN_ENTRIES];
	uint64_t at = start;

	if (end - start > PAGES_SLICE)
		end = start + PAGES_SLICE;
	while (at < end) {
		uint64_t want = (end - at) / page;
		if (want > RUN_ENTRIES)
			want = RUN_ENTRIES;
		ssize_t n = pread(fd, entries, want * sizeof(*entries),
		                  (off_t)(at / page * sizeof(*entries)));
		if (n < 0)
			return -errno;
		size_t got = (size_t)n / sizeof(*entries);
		if (!got) {
			/* Past the last address a process can have, or its memory is gone. */
			at = end;
			break;
		}
		for (size_t i = 0; i < got; i++, at += page) {
			if (!entry_add(runs, entries[i], at, page)) {
				*ret_walked = at;
				return 0;
			}
		}
	}
	*ret_walked = at;
	return 0;
}

int pages_runs(int pagemap_fd, enum pages_way way, uint64_t page, uint64_t start, uint64_t end,
               struct page_run *runs, size_t room, size_t *ret_count, uint64_t *ret_walked)
{
	struct runs r = {.at = runs, .room = room};
	int e = -ENOTSUP;

	if (start >= end || (start | end) % page || !room)
		return -EINVAL;
	if (way == PAGES_SCAN)
		e = runs_by_scan(pagemap_fd, page, start, end, &r, ret_walked);
	if (way == PAGES_PAGEMAP)
		e = runs_by_entries(pagemap_fd, page, start, end, &r, ret_walked);
	if (e == 0)
		*ret_count = r.count;
	return e;
}
