/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a ring of perf events, 24 bytes before them saying where its records lie. Stops where something outside of it is
 * read (the ring is exactly as large as it says), where a stack lies elsewhere, or where it goes on for ever.
 */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sites/perf_ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int promise)
{
	if (!promise)
		abort();
}

static int lies_within(const uint8_t *p, size_t n, const uint8_t *whole, size_t whole_size)
{
	return p >= whole && n <= whole_size && (size_t)(p - whole) <= whole_size - n;
}

static void drain(struct perf_ring *r)
{
	static uint8_t scratch[PERF_RECORD_ROOM];
	struct perf_record record;
	uint64_t tail = r->tail, most = r->size / sizeof(struct perf_event_header) + 1;
	int e;

	while ((e = perf_ring_next(r, scratch, &record)) > 0) {
		const struct stack_taken *s = &record.sample.stack;
		demand(most-- > 0);
		demand(r->tail > tail && r->tail <= r->head);
		tail = r->tail;
		demand(!s->size || lies_within(s->bytes, s->size, r->data, r->size) ||
		       lies_within(s->bytes, s->size, scratch, sizeof(scratch)));
	}
	demand(r->tail == r->head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t head[3], ring = 8;

	if (size < sizeof(head) + ring)
		return 0;
	memcpy(head, data, sizeof(head));
	data += sizeof(head);
	size -= sizeof(head);
	while (ring * 2 <= size)
		ring *= 2;
	uint8_t *copy = malloc(ring);
	if (!copy)
		return 0;
	memcpy(copy, data, ring);
	struct perf_ring r = {
	        .data = copy,
	        .size = ring,
	        .tail = head[0] % (4 * ring),
	        .type = head[2],
	};
	r.head = r.tail + head[1] % (ring + 16);
	drain(&r);
	free(copy);
	return 0;
}
