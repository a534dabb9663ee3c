/* SPDX-License-Identifier: MIT */
/*
 * Knows what all kinds of memory have in common: ranges in order, reads that are counted. Refuses to know
 * whether a process or a file lies behind.
 */
#include "heap/memory.h"

void memory_free(struct memory *m)
{
	if (m)
		m->ops->free(m);
}

int memory_begin(struct memory *m)
{
	return m->ops->begin(m);
}

int memory_check(struct memory *m)
{
	return m->ops->check(m);
}

ssize_t memory_read(struct memory *m, uint64_t address, void *out, size_t len)
{
	if (!len || address + len < address)
		return 0;
	ssize_t n = m->ops->read(m, address, out, len);
	m->calls++;
	if (n > 0)
		m->bytes_read += (uint64_t)n;
	return n;
}

bool memory_read_all(struct memory *m, uint64_t address, void *out, size_t len)
{
	return memory_read(m, address, out, len) == (ssize_t)len;
}

uint64_t memory_next(struct memory *m, uint64_t address, uint64_t end)
{
	return address < end ? m->ops->next(m, address, end) : end;
}

uint64_t memory_absent(struct memory *m, uint64_t address, uint64_t end)
{
	uint8_t byte;

	if (m->ops->absent)
		return address < end ? m->ops->absent(m, address, end) : end;
	while (address < end && m->ops->read(m, address, &byte, 1) == 1)
		address = (address / m->page + 1) * m->page;
	return address < end ? address : end;
}

const struct memory_range *memory_find(const struct memory *m, uint64_t address)
{
	size_t low = 0, high = m->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (m->ranges[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->range_count && m->ranges[low].start <= address ? &m->ranges[low] : NULL;
}
