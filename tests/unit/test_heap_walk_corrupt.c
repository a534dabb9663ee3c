/* SPDX-License-Identifier: MIT */
/*
 * Saved heaps that are damaged: a walk ends, counts every byte once, says that it lost its way, and
 * finds again what lies behind the damage.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "heap/glibc.h"
#include "support_walk.h"

/* A saved heap and the walk of it before anything was done to it. */
struct patient {
	struct heap_image image;
	struct fixture healthy;
	struct walker *walker;
	struct heap_walk *before;
	struct heap_arena total;
};

static struct patient patient_load(const char *version)
{
	struct patient p = {.image = heap_image_load(version)};

	p.healthy = fixture_cut(&p.image.bytes, p.image.bytes.len);
	p.walker = heap_walker(p.image.m);
	p.before = heap_walked(p.walker, p.image.m);
	p.total = heap_total(p.before, true);
	return p;
}

static void patient_heal(struct patient *p)
{
	memcpy(p->image.bytes.text, p->healthy.text, p->healthy.len);
}

static void patient_done(struct patient *p)
{
	heap_walk_free(p->before);
	walker_free(p->walker);
	fixture_done(&p->healthy);
	heap_image_done(&p->image);
}

static void word_set(struct patient *p, uint64_t address, uint64_t word)
{
	uint8_t *at = heap_image_at(&p->image, address);

	assert_non_null(at);
	memcpy(at, &word, sizeof(word));
}

static uint64_t word_get(struct patient *p, uint64_t address)
{
	uint8_t *at = heap_image_at(&p->image, address);
	uint64_t word;

	assert_non_null(at);
	memcpy(&word, at, sizeof(word));
	return word;
}

/* Every byte of every arena is in a block, or unread. */
static struct heap_walk *examined(struct patient *p)
{
	struct walker *w = heap_walker(p->image.m);
	struct heap_walk *walk = heap_walked(w, p->image.m);

	for (size_t n = 0; n < walk->arena_count; n++)
		assert_int_equal(heap_arena_sum(&walk->arenas[n]) + walk->arenas[n].unread,
		                 walk->arenas[n].size);
	heap_walk_is_sound(walk);
	walker_free(w);
	return walk;
}

/* A size that is wrong, behind which the next header is none, costs that block and its neighbour. */
static void walk__goes_on__behind_a_size_that_is_wrong(void **state)
{
	(void)state;
	static const uint64_t sizes[] = {0, 1, 0x5a5a5a5a5a5a5a5a, UINT64_MAX, 0x7ffff1};

	for (size_t v = 0; heap_versions[v]; v++) {
		struct patient p = patient_load(heap_versions[v]);
		for (size_t n = 3; n + 3 < p.before->count; n += 4) {
			const struct heap_block *b = &p.before->blocks[n];
			uint64_t word = sizes[n / 4 % (sizeof(sizes) / sizeof(sizes[0]))];

			if (b->state != BLOCK_LIVE)
				continue;
			word_set(&p, b->address - 8, word);
			struct heap_walk *walk = examined(&p);
			struct heap_arena a = heap_total(walk, true);
			assert_true(a.torn > 0);
			assert_true(a.live_blocks + 4 >= p.total.live_blocks);
			assert_true(a.live_blocks <= p.total.live_blocks + 4);
			heap_walk_free(walk);
			patient_heal(&p);
		}
		patient_done(&p);
	}
}

/* A few chunks that are wrong among many that are right are damage, not another layout. */
static void layout__is_believed__where_single_sizes_are_wrong(void **state)
{
	(void)state;
	for (size_t v = 0; heap_versions[v]; v++) {
		struct patient p = patient_load(heap_versions[v]);
		unsigned wrong = 0;
		double confidence;

		for (size_t n = 5; n < p.before->count && wrong < 2; n += p.before->count / 2)
			if (p.before->blocks[n].state == BLOCK_LIVE) {
				word_set(&p, p.before->blocks[n].address - 8, 0x5a5a5a5a5a5a5a5a);
				wrong++;
			}
		assert_true(wrong > 0);
		struct walker *w = heap_walker(p.image.m);
		struct heap_walk *walk = heap_walked(w, p.image.m);
		assert_true(heap_total(walk, true).torn > 0);
		walker_layout(w, &confidence);
		assert_true(confidence > 0.5 && confidence < 1);
		heap_walk_free(walk);
		walker_free(w);
		patient_done(&p);
	}
}

static void walk__ends__whatever_bit_is_flipped(void **state)
{
	(void)state;
	struct patient p = patient_load("2.36");
	const struct heap_block *b = p.before->blocks;

	for (size_t n = 1; n < p.before->count; n += 7)
		for (unsigned bit = 0; bit < 64; bit += 3) {
			uint64_t at = b[n].address - (n & 1 ? 8 : 16);
			if (!heap_image_at(&p.image, at))
				continue;
			word_set(&p, at, word_get(&p, at) ^ 1ull << bit);
			heap_walk_free(examined(&p));
			patient_heal(&p);
		}
	patient_done(&p);
}

/* Nothing but zeros from some word on: what lies before is found all the same. */
static void walk__finds__all_before_a_cut_at_every_word(void **state)
{
	(void)state;
	struct patient p = patient_load("2.41");
	const struct heap_block *b = p.before->blocks;
	uint64_t start = b[0].address - 16, page = start + 4096 - start % 4096;

	for (uint64_t cut = b[1].address + 64; cut < page; cut += 8) {
		memset(heap_image_at(&p.image, cut), 0, page + 4096 - cut);
		struct heap_walk *walk = examined(&p);
		size_t whole = 0;
		/* The last whole one may be taken for lost with the header behind it. */
		while (b[whole + 1].address + b[whole + 1].size < cut)
			whole++;
		for (size_t n = 0; n < whole; n++)
			assert_true(walk->blocks[n].address == b[n].address &&
			            walk->blocks[n].size == b[n].size);
		heap_walk_free(walk);
		patient_heal(&p);
	}
	patient_done(&p);
}

/* Each list of a cache or fastbin leads back to its begin. */
static void walk__ends__where_lists_are_rings(void **state)
{
	(void)state;
	for (size_t v = 0; heap_versions[v]; v++) {
		struct patient p = patient_load(heap_versions[v]);
		unsigned rings = 0;

		for (size_t n = 0; n < p.before->count; n++) {
			const struct heap_block *b = &p.before->blocks[n];
			if (b->state != BLOCK_CACHED && b->state != BLOCK_FAST)
				continue;
			uint64_t to = b->state == BLOCK_FAST ? b->address - 16 : b->address;
			word_set(&p, b->address, v ? to ^ b->address >> 12 : to);
			rings++;
		}
		struct heap_walk *walk = examined(&p);
		struct heap_arena a = heap_total(walk, true);
		assert_true(rings > 10);
		assert_int_equal(a.torn, 0);
		assert_true(a.cached_blocks <= p.total.cached_blocks);
		assert_int_equal(a.live_blocks + a.cached_blocks + a.fast_blocks,
		                 p.total.live_blocks + p.total.cached_blocks + p.total.fast_blocks +
		                         (p.total.own_bytes - a.own_bytes) / 0x280);
		heap_walk_free(walk);
		patient_done(&p);
	}
}

enum { RING_HEAPS = 3, PAGE = 4096 };
static const uint64_t ring_arena = 0x7f0000100000, ring_heap = 0x7f0004000000;

/* Heaps of one arena, each the one before the next, and the last before the first. */
static struct heap_image heap_ring(void)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_addf(&b, "memory image 1\npage %d\nswapped 0\n", PAGE);
	buf_addf(&b, "map %" PRIx64 "-%" PRIx64 " rw-p 00000000 00:00 0 \n", ring_heap,
	         ring_heap + RING_HEAPS * PAGE);
	buf_addf(&b, "pages %" PRIx64 " %" PRIx64 "\n\n", ring_heap, ring_heap + RING_HEAPS * PAGE);
	for (unsigned n = 0; n < RING_HEAPS; n++) {
		uint64_t info[PAGE / 8] = {ring_arena, ring_heap + (n + 1) % RING_HEAPS * PAGE,
		                           PAGE};
		buf_add(&b, info, sizeof(info));
	}
	assert_int_equal(b.error, 0);
	return heap_image_of((struct fixture){b.data, b.len});
}

static void walk__ends__where_heaps_are_a_ring(void **state)
{
	(void)state;
	struct heap_image i = heap_ring();
	struct glibc_arena arena = {.address = ring_arena, .top = ring_heap + 64};
	struct glibc_found f = {.layout = {.top = 0x60, .fastbins = 10, .info = 48},
	                        .arena_count = 1,
	                        .arenas = &arena};

	assert_int_equal(glibc_thread_runs(i.m, &f, 0), 0);
	assert_in_range(f.run_count, RING_HEAPS, 4 * RING_HEAPS);
	glibc_sort_runs(&f);
	assert_int_equal(f.run_count, RING_HEAPS);
	free(f.runs);
	heap_image_done(&i);
}

/* Free chunks' pointers say nothing about where chunks are. */
static void walk__needs_no__bins(void **state)
{
	(void)state;
	struct patient p = patient_load("2.36");

	for (size_t n = 0; n < p.before->count; n++)
		if (p.before->blocks[n].state == BLOCK_FREE) {
			word_set(&p, p.before->blocks[n].address, p.before->blocks[n].address);
			word_set(&p, p.before->blocks[n].address + 8, 0x41414141);
		}
	struct heap_walk *walk = heap_walked(p.walker, p.image.m);
	assert_int_equal(walk->count, p.before->count);
	assert_memory_equal(walk->blocks, p.before->blocks, walk->count * sizeof(*walk->blocks));
	double confidence;
	walker_layout(p.walker, &confidence);
	assert_true(confidence < 1);
	heap_walk_free(walk);
	patient_done(&p);
}

/* The image without that page. */
static struct fixture without(const struct fixture *whole, uint64_t page)
{
	struct buf lines, bytes;
	const char *body = memmem(whole->text, whole->len, "\n\n", 2);
	const char *at = body + 2, *end;
	uint64_t from, to;

	buf_init(&lines, 1 << 22);
	buf_init(&bytes, 1 << 22);
	for (const char *line = whole->text; line < body + 1; line = end + 1) {
		end = memchr(line, '\n', (size_t)(body + 1 - line));
		if (sscanf(line, "pages %" SCNx64 " %" SCNx64, &from, &to) != 2) {
			buf_add(&lines, line, (size_t)(end + 1 - line));
			continue;
		}
		for (uint64_t n = from; n < to; n += 4096, at += 4096) {
			if (n == page)
				continue;
			buf_addf(&lines, "pages %" PRIx64 " %" PRIx64 "\n", n, n + 4096);
			buf_add(&bytes, at, 4096);
		}
	}
	buf_addc(&lines, '\n');
	buf_add(&lines, bytes.data, bytes.len);
	assert_int_equal(lines.error | bytes.error, 0);
	struct fixture f = {lines.data, lines.len};
	buf_done(&bytes);
	return f;
}

/* A page that was swapped out: what is told of it is unread, what lies behind is found. */
static void walk__goes_on__behind_a_page_that_is_not_there(void **state)
{
	(void)state;
	struct patient p = patient_load("2.36");
	uint64_t start = (p.before->blocks[0].address - 16) / 4096 * 4096;
	unsigned tried = 0;

	for (uint64_t page = start + 4096; heap_image_at(&p.image, page + 8192); page += 4096) {
		struct heap_image hole = heap_image_of(without(&p.healthy, page));
		struct walker *w = heap_walker(hole.m);
		struct heap_walk *walk = heap_walked(w, hole.m);
		struct heap_arena a = heap_total(walk, true);
		size_t in_page = 0, behind = 0;

		for (size_t n = 0; n < p.before->count; n++) {
			const struct heap_block *b = &p.before->blocks[n];
			in_page += b->address - 16 >= page && b->address - 16 < page + 4096;
			const struct heap_block *same = heap_walk_find(walk, b->address);
			behind +=
			        b->address - 16 < page && b->address + b->size - 16 < page && !same;
			behind += b->address - 16 >= page + 8192 && !same;
		}
		assert_int_equal(behind, 0);
		assert_int_equal(a.torn, 0);
		assert_true(a.unread > 0 || !in_page);
		assert_int_equal(heap_arena_sum(&a) + a.unread, a.size);
		heap_walk_free(walk);
		walker_free(w);
		heap_image_done(&hole);
		tried++;
	}
	assert_true(tried >= 3);
	patient_done(&p);
}

/*
 * Blocks were cut from the top chunk after the look began, and more than was in memory then: what is left of
 * it is the top chunk as it was, nothing that could not be read.
 */
static void walk__takes__what_was_the_top_chunk_for_it_where_it_grew_since(void **state)
{
	(void)state;
	struct patient p = patient_load("2.36");
	const struct heap_block *top = NULL, *last = NULL;

	for (size_t n = 0; n < p.before->count; n++)
		if (p.before->blocks[n].state == BLOCK_TOP)
			top = &p.before->blocks[n];
	assert_non_null(top);
	uint64_t page = (top->address - 16) / 4096 * 4096;
	for (const struct heap_block *b = p.before->blocks; b < top; b++)
		if (b->address - 16 < page && b->arena == top->arena)
			last = b;
	assert_non_null(last);
	/* struct malloc_state of 2.36: `top` behind the fastbins. */
	word_set(&p, p.before->arenas[top->arena].address + 0x60, last->address - 16);
	struct fixture cut = without(&p.image.bytes, page);
	for (uint64_t n = page + 4096; n < top->address + top->size; n += 4096) {
		struct fixture less = without(&cut, n);
		fixture_done(&cut);
		cut = less;
	}
	struct heap_image early = heap_image_of(cut);
	struct walker *w = heap_walker(early.m);
	struct heap_walk *walk = heap_walked(w, early.m);
	struct heap_arena a = heap_total(walk, true);
	assert_int_equal(a.unread, 0);
	assert_int_equal(a.torn, 0);
	assert_true(a.top_bytes > 0);
	assert_int_equal(heap_walk_find(walk, last->address)->state, last->state);
	assert_int_equal(heap_arena_sum(&a), a.size);
	heap_walk_free(walk);
	walker_free(w);
	heap_image_done(&early);
	patient_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(walk__goes_on__behind_a_size_that_is_wrong),
	        cmocka_unit_test(layout__is_believed__where_single_sizes_are_wrong),
	        cmocka_unit_test(walk__ends__whatever_bit_is_flipped),
	        cmocka_unit_test(walk__finds__all_before_a_cut_at_every_word),
	        cmocka_unit_test(walk__ends__where_lists_are_rings),
	        cmocka_unit_test(walk__ends__where_heaps_are_a_ring),
	        cmocka_unit_test(walk__needs_no__bins),
	        cmocka_unit_test(walk__goes_on__behind_a_page_that_is_not_there),
	        cmocka_unit_test(walk__takes__what_was_the_top_chunk_for_it_where_it_grew_since),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
