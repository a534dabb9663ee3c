/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an image of memory. Besides what the sanitizers see, it stops when what was let in breaks a
 * promise: ranges and runs that overlap, a read over what is not there, and an image of the image that differs.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "heap/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int promise)
{
	if (!promise)
		abort();
}

static bool keep_all(const struct memory_range *r, void *arg)
{
	(void)r;
	(void)arg;
	return true;
}

/* All that is there, from the first to the last; the sum of the bytes stands for them. */
static uint64_t pass(struct memory *m, uint64_t *ret_sum)
{
	uint64_t count = 0;
	unsigned char byte[64];

	for (uint64_t at = memory_next(m, 0, UINT64_MAX); at < UINT64_MAX;) {
		ssize_t n = memory_read(m, at, byte, sizeof(byte));
		demand(n > 0 && memory_find(m, at));
		for (ssize_t i = 0; i < n; i++)
			*ret_sum = *ret_sum * 31 + byte[i];
		count += (uint64_t)n;
		at = memory_next(m, at + (uint64_t)n, UINT64_MAX);
	}
	return count;
}

static void ranges_see(const struct memory *m)
{
	for (size_t i = 0; i < m->range_count; i++) {
		const struct memory_range *r = &m->ranges[i];
		demand(r->start < r->end && (i == 0 || m->ranges[i - 1].end <= r->start));
		demand(memory_find(m, r->start) == r && memory_find(m, r->end - 1) == r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory *m = NULL, *again = NULL;
	struct buf image;
	uint64_t sum = 0, sum_again = 0;

	if (memory_open_image(data, size, &m))
		return 0;
	demand(memory_begin(m) == 0);
	ranges_see(m);
	uint64_t count = pass(m, &sum);
	demand(count <= size);
	buf_init(&image, 2 * size + (1 << 20));
	demand(image_write(m, keep_all, NULL, &image) == 0);
	demand(memory_open_image(image.data, image.len, &again) == 0);
	demand(again->range_count == m->range_count && again->thread_count == m->thread_count);
	for (size_t i = 0; i < m->range_count; i++)
		demand(again->ranges[i].kind == m->ranges[i].kind);
	demand(pass(again, &sum_again) == count && sum_again == sum);
	memory_free(again);
	buf_done(&image);
	memory_free(m);
	return 0;
}
