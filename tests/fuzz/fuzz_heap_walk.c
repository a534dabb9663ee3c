/* SPDX-License-Identifier: MIT */
/*
 * A saved heap in which bytes are changed: the input is the number of the heap and then, again and
 * again, where (4 bytes), how (1) and a value (8). Besides what the sanitizers see, it stops when a
 * walk breaks a promise of the header, or reads far more than there is.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap/walk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { IMAGES = 4, EDIT = 13 };
static const char *const names[IMAGES] = {"2.31", "2.36", "2.41", "2.43"};
static struct {
	char *bytes, *changed;
	size_t size, body;
} images[IMAGES];

static void demand(int promise)
{
	if (!promise)
		abort();
}

static void load(unsigned n)
{
	char path[64];

	snprintf(path, sizeof(path), "tests/fixtures/heap/%s.image", names[n]);
	FILE *f = fopen(path, "rb");
	demand(f != NULL);
	images[n].bytes = malloc(1 << 20);
	images[n].changed = malloc(1 << 20);
	images[n].size = fread(images[n].bytes, 1, 1 << 20, f);
	fclose(f);
	char *body = memmem(images[n].bytes, images[n].size, "\n\n", 2);
	demand(body != NULL);
	images[n].body = (size_t)(body + 2 - images[n].bytes);
}

/* A word is most of what a heap is made of: set, flipped in a bit, moved, or that of another place. */
static void edit(char *body, size_t len, const uint8_t *how)
{
	uint32_t where;
	uint64_t value, word;

	memcpy(&where, how, 4);
	memcpy(&value, how + 5, 8);
	where = where % (uint32_t)(len / 8) * 8;
	memcpy(&word, body + where, 8);
	switch (how[4] % 5) {
	case 0:
		word = value;
		break;
	case 1:
		word ^= 1ull << value % 64;
		break;
	case 2:
		word += (uint64_t)(int8_t)value * 16;
		break;
	case 3:
		memcpy(&word, body + value % (len / 8) * 8, 8);
		break;
	default:
		word = 0;
	}
	memcpy(body + where, &word, 8);
}

static void check(const struct heap_walk *walk, const struct memory *m)
{
	uint64_t behind = 0, bytes = 0, sums = 0;

	for (size_t n = 0; n < walk->count; n++) {
		const struct heap_block *b = &walk->blocks[n];
		demand(b->address - 16 >= behind && b->size > 0 && b->state <= BLOCK_OWN);
		demand(b->arena < walk->arena_count);
		behind = b->address - 16 + b->size;
		bytes += b->size;
		demand(heap_walk_find(walk, b->address) == b);
	}
	for (size_t n = 0; n < walk->arena_count; n++) {
		const struct heap_arena *a = &walk->arenas[n];
		sums += a->live_bytes + a->cached_bytes + a->fast_bytes + a->free_bytes +
		        a->top_bytes + a->own_bytes;
	}
	demand(bytes <= sums);
	for (size_t n = 1; n < walk->span_count; n++)
		demand(walk->spans[n - 1].end <= walk->spans[n].start);
	for (size_t n = 0; n < walk->span_count; n++)
		demand(walk->spans[n].start < walk->spans[n].end);
	/* A megabyte of memory, read some times over, and single pages while a way is looked for. */
	demand(m->calls < 4000000);
}

static void walk_all(struct memory *m)
{
	enum allocator allocator;
	struct walker *w = NULL;
	char why[200] = "";

	demand(memory_begin(m) == 0);
	int e = walker_new(m, NULL, why, &allocator, &w);
	demand(e == 0 || (e == -2 && why[0]));
	for (int n = 0; e == 0 && n < 2; n++) {
		struct heap_walk *walk = NULL;
		double confidence;
		int f = walker_walk(w, m, NULL, &walk);
		demand(f == 0 || f == -2);
		if (f == 0)
			check(walk, m);
		heap_walk_free(walk);
		demand(walker_layout(w, &confidence)[0] && confidence >= 0 && confidence <= 1);
	}
	walker_free(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memory *m;

	if (!size)
		return 0;
	unsigned n = data[0] % IMAGES;
	if (!images[n].bytes)
		load(n);
	memcpy(images[n].changed, images[n].bytes, images[n].size);
	for (size_t at = 1; at + EDIT <= size; at += EDIT)
		edit(images[n].changed + images[n].body, images[n].size - images[n].body,
		     data + at);
	demand(memory_open_image(images[n].changed, images[n].size, &m) == 0);
	walk_all(m);
	memory_free(m);
	return 0;
}
