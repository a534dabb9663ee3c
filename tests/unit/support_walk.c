/* SPDX-License-Identifier: MIT */
/*
 * Knows what must hold of every walk, and what malloc's own figures mean. Refuses to know how heaps
 * are walked.
 */
#include "support_walk.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const char *const heap_versions[] = {"2.31", "2.36", "2.41", "2.43", NULL};

struct heap_image heap_image_of(struct fixture bytes)
{
	struct heap_image i = {.bytes = bytes};

	assert_int_equal(memory_open_image(bytes.text, bytes.len, &i.m), 0);
	assert_int_equal(memory_begin(i.m), 0);
	return i;
}

struct heap_image heap_image_load(const char *version)
{
	char name[64];

	snprintf(name, sizeof(name), "heap/%s.image", version);
	return heap_image_of(fixture_load(name));
}

void heap_image_done(struct heap_image *i)
{
	memory_free(i->m);
	fixture_done(&i->bytes);
}

uint8_t *heap_image_at(struct heap_image *i, uint64_t address)
{
	char *text = i->bytes.text, *end = text + i->bytes.len;
	char *body = memmem(text, i->bytes.len, "\n\n", 2);
	uint64_t from, to, skipped = 0;

	assert_non_null(body);
	body += 2;
	for (char *line = text; line < body - 1;
	     line = (char *)memchr(line, '\n', (size_t)(end - line)) + 1) {
		if (sscanf(line, "pages %" SCNx64 " %" SCNx64, &from, &to) != 2)
			continue;
		if (address >= from && address < to)
			return (uint8_t *)body + skipped + (address - from);
		skipped += to - from;
	}
	return NULL;
}

uint64_t heap_book(const char *text, const char *name)
{
	const char *at = text;
	size_t len = strlen(name);

	while ((at = strstr(at, name)) != NULL) {
		if ((at == text || at[-1] == ' ' || at[-1] == '\n') && at[len] == ' ')
			return strtoull(at + len, NULL, 10);
		at += len;
	}
	fail_msg("no %s in: %s", name, text);
	return 0;
}

struct walker *heap_walker(struct memory *m)
{
	enum allocator allocator;
	struct walker *w = NULL;
	char why[200] = "";

	int e = walker_new(m, NULL, why, &allocator, &w);
	if (e)
		fail_msg("no walker: %d, %s", e, why);
	assert_int_equal(allocator, ALLOCATOR_GLIBC);
	return w;
}

struct heap_walk *heap_walked(struct walker *w, struct memory *m)
{
	struct heap_walk *walk = NULL;

	assert_int_equal(walker_walk(w, m, NULL, &walk), 0);
	return walk;
}

struct heap_arena heap_total(const struct heap_walk *walk, bool mapped)
{
	struct heap_arena t = {0};

	for (size_t n = 0; n < walk->arena_count; n++) {
		const struct heap_arena *a = &walk->arenas[n];
		if (!mapped && !a->address)
			continue;
		t.size += a->size;
		t.live_blocks += a->live_blocks;
		t.live_bytes += a->live_bytes;
		t.cached_blocks += a->cached_blocks;
		t.cached_bytes += a->cached_bytes;
		t.fast_blocks += a->fast_blocks;
		t.fast_bytes += a->fast_bytes;
		t.free_blocks += a->free_blocks;
		t.free_bytes += a->free_bytes;
		t.top_bytes += a->top_bytes;
		t.own_bytes += a->own_bytes;
		t.trimmable += a->trimmable;
		t.unread += a->unread;
		t.torn += a->torn;
	}
	return t;
}

uint64_t heap_arena_sum(const struct heap_arena *a)
{
	return a->live_bytes + a->cached_bytes + a->fast_bytes + a->free_bytes + a->top_bytes +
	       a->own_bytes;
}

static void span_holds(const struct heap_walk *walk, size_t *span, uint64_t from, uint64_t to)
{
	while (*span < walk->span_count && walk->spans[*span].end <= from)
		++*span;
	assert_true(*span < walk->span_count);
	assert_true(walk->spans[*span].start <= from && to <= walk->spans[*span].end);
}

void heap_walk_is_sound(const struct heap_walk *walk)
{
	struct heap_arena total = heap_total(walk, true);
	uint64_t behind = 0, bytes = 0;
	size_t span = 0;

	for (size_t n = 1; n < walk->span_count; n++)
		assert_true(walk->spans[n - 1].end <= walk->spans[n].start);
	for (size_t n = 0; n < walk->count; n++) {
		const struct heap_block *b = &walk->blocks[n];

		assert_true(b->address - 16 >= behind);
		assert_true(b->size > 0 && b->state <= BLOCK_OWN);
		assert_true(b->arena < walk->arena_count);
		behind = b->address - 16 + b->size;
		bytes += b->size;
		span_holds(walk, &span, b->address - 16, behind);
		assert_ptr_equal(heap_walk_find(walk, b->address), b);
		assert_ptr_equal(heap_walk_find(walk, b->address + b->size - 9), b);
	}
	for (size_t n = 0; n < walk->arena_count; n++)
		bytes += walk->arenas[n].address ? 0 : walk->arenas[n].own_bytes;
	/* What lies between the parts of a brk area counts as the allocator's own and has no block. */
	assert_true(bytes <= heap_arena_sum(&total));
}

void heap_walk_is_book(const struct heap_walk *walk, const char *book, unsigned more)
{
	struct heap_arena all = heap_total(walk, true), a = heap_total(walk, false);
	uint64_t tops = 0, mapped = 0;

	for (size_t n = 0; n < walk->arena_count; n++) {
		const struct heap_arena *one = &walk->arenas[n];
		tops += one->address && one->top_bytes;
		mapped += one->address ? 0 : one->size;
		assert_true(heap_arena_sum(one) == one->size);
	}
	assert_int_equal(all.torn, 0);
	assert_int_equal(all.unread, 0);
	assert_int_equal(all.live_blocks, heap_book(book, "live_blocks") + more);
	assert_int_equal(a.size, heap_book(book, "arena"));
	assert_int_equal(a.live_bytes + a.cached_bytes + a.own_bytes, heap_book(book, "uordblks"));
	assert_int_equal(a.fast_bytes + a.free_bytes + a.top_bytes, heap_book(book, "fordblks"));
	assert_int_equal(a.fast_bytes, heap_book(book, "fsmblks"));
	assert_int_equal(a.fast_blocks, heap_book(book, "smblks"));
	assert_int_equal(a.free_blocks + tops, heap_book(book, "ordblks"));
	/* 2.43 says 16 bytes are mapped where no block is. */
	if (heap_book(book, "hblks"))
		assert_int_equal(mapped, heap_book(book, "hblkhd"));
}
