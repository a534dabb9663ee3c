/* SPDX-License-Identifier: MIT */
/*
 * From an address to its block, a hundred million times a scan: a table of cells, about one for two blocks,
 * narrows the search to a few neighbours. Refuses to read memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lost_internal.h"

enum { SHIFT_LEAST = 5 };

/* Where no process has addresses above by itself, owners put tags, types and counters there. */
#define ADDRESS_BITS (((uint64_t)1 << 47) - 1)

/* So wide that a span has about half as many cells as blocks. */
static uint32_t shift_for(uint64_t bytes, uint32_t blocks)
{
	uint32_t shift = SHIFT_LEAST;

	while (shift < 63 && (bytes >> shift) > blocks / 2)
		shift++;
	return shift;
}

static void span_take(struct lost_index *x, const struct heap_span *s, size_t *next)
{
	const struct heap_walk *w = x->walk;
	struct index_span *n = &x->spans[x->span_count];
	size_t i = *next;

	while (i < w->count && w->blocks[i].address < s->start)
		i++;
	*n = (struct index_span){.start = s->start, .end = s->end, .first = (uint32_t)i};
	while (i < w->count && w->blocks[i].address < s->end)
		i++;
	n->count = (uint32_t)i - n->first;
	*next = i;
	if (n->count)
		x->span_count++;
}

static uint64_t cells_of(const struct index_span *s)
{
	return ((s->end - s->start) >> s->shift) + 2;
}

static void cells_fill(struct lost_index *x, const struct index_span *s)
{
	const struct heap_block *b = x->walk->blocks;
	uint32_t at = s->first, end = s->first + s->count;
	uint64_t cells = cells_of(s);

	for (uint64_t c = 0; c < cells; c++) {
		uint64_t begin = s->start + (c << s->shift);
		while (at + 1 < end && b[at + 1].address <= begin)
			at++;
		x->cells[s->cell + c] = at;
	}
}

static unsigned mapped_arena(const struct heap_walk *w)
{
	for (size_t i = 0; i < w->arena_count && i < UINT16_MAX; i++)
		if (w->arenas[i].address == 0)
			return (unsigned)i;
	return UINT32_MAX;
}

int index_init(struct lost_index *x, const struct heap_walk *walk)
{
	uint64_t cells = 0;
	size_t next = 0;

	*x = (struct lost_index){.walk = walk, .mask = ADDRESS_BITS, .mapped = mapped_arena(walk)};
	if (walk->count >= (size_t)1 << 30)
		return -ENOMEM; /* a kept pointer has 30 bits for its block */
	x->spans = calloc(walk->span_count + 1, sizeof(*x->spans));
	if (!x->spans)
		return -ENOMEM;
	for (size_t i = 0; i < walk->span_count; i++)
		span_take(x, &walk->spans[i], &next);
	for (size_t i = 0; i < x->span_count; i++) {
		struct index_span *s = &x->spans[i];
		s->shift = shift_for(s->end - s->start, s->count);
		s->cell = (uint32_t)cells;
		cells += cells_of(s);
	}
	x->cell_count = cells;
	x->cells = calloc(cells + 1, sizeof(*x->cells));
	if (!x->cells)
		return -ENOMEM;
	for (size_t i = 0; i < x->span_count; i++)
		cells_fill(x, &x->spans[i]);
	if (x->span_count) {
		x->low = x->spans[0].start;
		x->range = x->spans[x->span_count - 1].end - x->low;
		while (x->mask < x->low + x->range)
			x->mask = x->mask << 1 | 1;
	}
	return 0;
}

void index_done(struct lost_index *x)
{
	free(x->spans);
	free(x->cells);
	free(x->wanted);
	*x = (struct lost_index){0};
}

uint64_t index_usable(const struct lost_index *x, const struct heap_block *b)
{
	uint64_t head = b->arena == x->mapped ? 16 : 8;

	return b->size > head ? b->size - head : 0;
}

static void cells_want(struct lost_index *x, const struct index_span *s, const struct heap_block *b)
{
	uint64_t first = (b->address - s->start) >> s->shift;
	uint64_t last = (b->address + b->size - s->start) >> s->shift, most = cells_of(s) - 1;

	for (uint64_t c = s->cell + first; c <= s->cell + (last < most ? last : most); c++)
		x->wanted[c / 64] |= 1ull << c % 64;
}

int index_narrow(struct lost_index *x, const uint8_t *flags)
{
	const struct heap_block *blocks = x->walk->blocks;

	if (!x->wanted)
		x->wanted = malloc((x->cell_count / 64 + 1) * sizeof(*x->wanted));
	if (!x->wanted)
		return -ENOMEM;
	memset(x->wanted, 0, (x->cell_count / 64 + 1) * sizeof(*x->wanted));
	for (size_t i = 0; i < x->span_count; i++) {
		const struct index_span *s = &x->spans[i];
		for (uint32_t b = s->first; b < s->first + s->count; b++)
			if (blocks[b].state == BLOCK_LIVE && !(flags[b] & MARK_REACHED))
				cells_want(x, s, &blocks[b]);
	}
	return 0;
}

void index_widen(struct lost_index *x)
{
	free(x->wanted);
	x->wanted = NULL;
}

static size_t span_search(const struct lost_index *x, uint64_t address)
{
	size_t low = 0, high = x->span_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (x->spans[mid].end <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct index_span *index_span_of(const struct lost_index *x, uint64_t address)
{
	size_t i = span_search(x, address);

	return i < x->span_count && x->spans[i].start <= address ? &x->spans[i] : NULL;
}

void index_warm(const struct lost_index *x, const uint8_t *flags, const uint8_t *bytes, size_t len)
{
	enum { AT_ONCE = 256 };
	const struct index_span *s = &x->spans[x->last];
	const uint32_t *cells[AT_ONCE];
	size_t n = 0;

	for (size_t i = 0; i + 8 <= len; i += 8) {
		uint64_t word;
		memcpy(&word, bytes + i, sizeof(word));
		if (word - s->start < s->end - s->start) {
			cells[n] = &x->cells[s->cell + ((word - s->start) >> s->shift)];
			__builtin_prefetch(cells[n++]);
		}
		if (n < AT_ONCE && i + 16 <= len)
			continue;
		for (size_t c = 0; c < n; c++) {
			__builtin_prefetch(&x->walk->blocks[*cells[c]]);
			__builtin_prefetch(&flags[*cells[c]], 1);
		}
		n = 0;
	}
}

uint32_t index_find(struct lost_index *x, uint64_t address, uint64_t *ret_offset)
{
	const struct heap_block *blocks = x->walk->blocks;
	const struct index_span *s;

	if (address - x->low >= x->range)
		return NO_BLOCK;
	/* Most pointers of a block lead where the last one led. */
	s = &x->spans[x->last];
	if (address < s->start || address >= s->end) {
		size_t i = span_search(x, address);
		s = &x->spans[i];
		if (address < s->start)
			return NO_BLOCK;
		x->last = i;
	}
	uint64_t number = s->cell + ((address - s->start) >> s->shift);
	if (x->wanted && !(x->wanted[number / 64] >> number % 64 & 1))
		return NO_BLOCK;
	const uint32_t *cell = &x->cells[number];
	uint32_t low = cell[0], high = cell[1];
	while (low < high) {
		uint32_t mid = high - (high - low) / 2;
		if (blocks[mid].address <= address)
			low = mid;
		else
			high = mid - 1;
	}
	const struct heap_block *b = &blocks[low];
	uint64_t offset = address - b->address;
	if (offset >= index_usable(x, b) || b->state != BLOCK_LIVE)
		return NO_BLOCK; /* also where it lies before the first block: that wraps round */
	*ret_offset = offset;
	return low;
}
