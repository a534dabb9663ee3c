/* SPDX-License-Identifier: MIT */
/* Who points to one block: one more look at everything. Refuses to judge whether that matters. */
#include <stdio.h>
#include <string.h>

#include "lost_internal.h"

struct peek {
	struct memory *m;
	struct lost_index *index;
	struct heap_peek *into;
	uint64_t low, high;            /* of the block */
	const struct heap_block *from; /* NULL: a root */
	uint64_t from_usable;
};

static void pointer_add(struct peek *p, uint64_t at, uint64_t word)
{
	struct heap_peek *into = p->into;

	into->pointer_total++;
	if (into->pointer_count == HEAP_POINTERS_MAX)
		return;
	struct heap_pointer *n = &into->pointers[into->pointer_count++];
	*n = (struct heap_pointer){.at = at, .inner = word != p->low};
	if (!p->from) {
		where_name(p->m, at, n->where, sizeof(n->where));
		return;
	}
	n->block = p->from->address;
	snprintf(n->where, sizeof(n->where), "block of %llu bytes",
	         (unsigned long long)p->from->size);
}

static void peek_words(void *arg, uint64_t at, const uint8_t *bytes, size_t len)
{
	struct peek *p = arg;

	for (size_t i = 0; i + sizeof(uint64_t) <= len; i += sizeof(uint64_t)) {
		uint64_t word;
		memcpy(&word, bytes + i, sizeof(word));
		word &= p->index->mask;
		if (word >= p->low && word < p->high)
			pointer_add(p, at + i, word);
	}
}

struct peek_roots {
	struct peek *peek;
	struct lost_reader *reader;
};

static int peek_root(void *arg, const struct memory_range *r, uint64_t from, uint64_t to)
{
	struct peek_roots *p = arg;

	(void)r;
	return reader_each(p->reader, from, to, to, peek_words, p->peek);
}

static int peek_blocks(struct peek *p, struct lost_reader *r, const struct heap_walk *walk)
{
	int err = 0;

	for (size_t s = 0; !err && s < p->index->span_count; s++) {
		const struct index_span *span = &p->index->spans[s];
		for (size_t i = span->first; !err && i < span->first + span->count; i++) {
			const struct heap_block *b = &walk->blocks[i];
			uint64_t end = b->address + index_usable(p->index, b);
			if (b->state != BLOCK_LIVE)
				continue;
			p->from = b;
			err = reader_each(r, b->address, end, end > span->end ? end : span->end,
			                  peek_words, p);
		}
	}
	return err;
}

int lost_peek(struct memory *m, const struct heap_walk *walk, uint64_t address,
              struct heap_peek *into)
{
	struct lost_index index;
	struct lost_reader reader = {0};
	uint64_t offset;

	*into = (struct heap_peek){.address = address};
	int err = index_init(&index, walk);
	if (!err)
		err = reader_init(&reader, m, 256 << 10);
	uint32_t block = err ? NO_BLOCK : index_find(&index, address, &offset);
	if (block != NO_BLOCK) {
		const struct heap_block *b = &walk->blocks[block];
		uint64_t usable = index_usable(&index, b);
		struct peek p = {.m = m, .index = &index, .into = into, .low = b->address};
		struct peek_roots roots = {&p, &reader};
		size_t len = usable < HEAP_PEEK_BYTES ? (size_t)usable : HEAP_PEEK_BYTES;

		p.high = b->address + usable;
		into->size = b->size;
		ssize_t n = reader_copy(&reader, b->address, into->bytes, len, b->address + len);
		into->byte_count = n > 0 ? (unsigned)n : 0;
		err = n < 0 ? (int)n : roots_each(m, walk, peek_root, &roots);
		if (!err)
			err = peek_blocks(&p, &reader, walk);
	}
	index_done(&index);
	reader_done(&reader);
	return err;
}
