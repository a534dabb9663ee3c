/* SPDX-License-Identifier: MIT */
/* Saved heaps of each glibc against what malloc said of itself when they were saved. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "heap/walk_internal.h"
#include "support_walk.h"

static struct fixture book_of(const char *version)
{
	char name[64];

	snprintf(name, sizeof(name), "heap/%s.book", version);
	struct fixture f = fixture_load(name);
	f.text[f.len - 1] = '\0';
	return f;
}

static void walk__is_to_the_byte_what_malloc_says__in_every_layout(void **state)
{
	(void)state;
	for (size_t n = 0; heap_versions[n]; n++) {
		struct heap_image i = heap_image_load(heap_versions[n]);
		struct fixture book = book_of(heap_versions[n]);
		struct walker *w = heap_walker(i.m);
		struct heap_walk *walk = heap_walked(w, i.m);
		double confidence;

		/* pthread_create() made one block for itself. */
		heap_walk_is_book(walk, book.text, 1);
		heap_walk_is_sound(walk);
		assert_int_equal(walk->arena_count, 2);
		assert_true(walk->arenas[0].main && !walk->arenas[1].main);
		assert_true(heap_total(walk, true).cached_blocks > 0);
		walker_layout(w, &confidence);
		assert_true(confidence == 1);
		heap_walk_free(walk);
		walker_free(w);
		fixture_done(&book);
		heap_image_done(&i);
	}
}

static void name_is(struct memory *m, const char *name)
{
	struct walker *w = heap_walker(m);
	double confidence;

	heap_walk_free(heap_walked(w, m));
	assert_string_equal(walker_layout(w, &confidence), name);
	walker_free(w);
}

/* In 2.43 the size of such a block leaves out the end of its mapping. */
static void walk__finds__blocks_with_mappings_of_their_own(void **state)
{
	(void)state;
	struct heap_image i = heap_image_load("2.43-mapped");
	struct fixture book = book_of("2.43-mapped");
	struct walker *w = heap_walker(i.m);
	struct heap_walk *walk = heap_walked(w, i.m);

	heap_walk_is_book(walk, book.text, 0);
	heap_walk_is_sound(walk);
	assert_int_equal(walk->arena_count, 2);
	assert_int_equal(walk->arenas[1].address, 0);
	assert_int_equal(walk->arenas[1].live_blocks, heap_book(book.text, "hblks"));
	heap_walk_free(walk);
	walker_free(w);
	fixture_done(&book);
	heap_image_done(&i);
}

static void layout__names__all_versions_that_look_so(void **state)
{
	(void)state;
	static const char *const names[] = {"glibc 2.31", "glibc 2.35 to 2.41",
	                                    "glibc 2.35 to 2.41", "glibc 2.43 or later"};

	for (size_t n = 0; heap_versions[n]; n++) {
		struct heap_image i = heap_image_load(heap_versions[n]);
		name_is(i.m, names[n]);
		heap_image_done(&i);
	}
}

static void walk__finds_the_same__every_time(void **state)
{
	(void)state;
	struct heap_image i = heap_image_load("2.36");
	struct walker *w = heap_walker(i.m);
	struct heap_walk *first = heap_walked(w, i.m);

	for (int n = 0; n < 3; n++) {
		struct heap_walk *again = heap_walked(w, i.m);
		assert_int_equal(again->count, first->count);
		assert_memory_equal(again->blocks, first->blocks,
		                    first->count * sizeof(*first->blocks));
		heap_walk_free(again);
	}
	heap_walk_free(first);
	walker_free(w);
	heap_image_done(&i);
}

/*
 * Before 2.30 counters were of one byte: the tables of a newer heap written anew in that way, and
 * blocks without a key.
 */
static void make_old(struct heap_image *i, uint64_t table)
{
	uint8_t old[0x280] = {0};
	uint8_t *at = heap_image_at(i, table);

	assert_non_null(at);
	for (unsigned n = 0; n < 64; n++)
		old[n] = at[2 * n];
	memcpy(old + 64, at + 128, 64 * 8);
	/* The table is 64 bytes less: the rest becomes a block of its own. */
	memcpy(at, old, 0x240);
	uint64_t size, rest = 0x41;
	memcpy(&size, at - 8, sizeof(size));
	assert_int_equal(size & ~7ull, 0x290);
	size -= 0x40;
	rest |= size & 4;
	memcpy(at - 8, &size, sizeof(size));
	memset(at + 0x240, 0, 0x40);
	memcpy(at + 0x248, &rest, sizeof(rest));
}

static void walk__knows__caches_with_counters_of_a_byte(void **state)
{
	(void)state;
	struct heap_image i = heap_image_load("2.31");
	struct walker *w = heap_walker(i.m);
	struct heap_walk *walk = heap_walked(w, i.m);
	struct heap_arena before = heap_total(walk, true);

	for (size_t n = 0; n < walk->count; n++)
		if (walk->blocks[n].state == BLOCK_OWN && walk->blocks[n].size == 0x290)
			make_old(&i, walk->blocks[n].address);
	heap_walk_free(walk);
	walker_free(w);
	w = heap_walker(i.m);
	walk = heap_walked(w, i.m);
	struct heap_arena after = heap_total(walk, true);
	assert_true(before.cached_blocks > 0);
	assert_int_equal(after.cached_blocks, before.cached_blocks);
	assert_int_equal(after.cached_bytes, before.cached_bytes);
	assert_int_equal(after.live_blocks, before.live_blocks + 2);
	double confidence;
	walker_layout(w, &confidence);
	assert_true(confidence == 1);
	heap_walk_free(walk);
	walker_free(w);
	heap_image_done(&i);
}

/* As 2.42 has it: fastbins, and a table of 76 lists that counts down, in a block cut from the arena's top chunk. */
static void make_large(struct heap_image *i, uint64_t table, uint64_t arena)
{
	uint8_t *old = heap_image_at(i, table), *field = heap_image_at(i, arena + 0x60);
	uint64_t top, size;

	assert_non_null(old);
	assert_non_null(field);
	memcpy(&top, field, sizeof(top));
	uint8_t *at = heap_image_at(i, top);
	assert_non_null(at);
	assert_non_null(heap_image_at(i, top + 0x310));
	memcpy(&size, at + 8, sizeof(size));
	size -= 0x300;
	memcpy(at + 0x308, &size, sizeof(size));
	size = 0x301;
	memcpy(at + 8, &size, sizeof(size));
	memset(at + 16, 0, 0x2f0);
	for (unsigned n = 0; n < 76; n++)
		at[16 + 2 * n] = (uint8_t)(7 - (n < 64 ? old[2 * n] : 0));
	memcpy(at + 16 + 152, old + 128, 64 * 8);
	memset(old, 0, 0x280);
	top += 0x300;
	memcpy(field, &top, sizeof(top));
}

static void walk__knows__caches_that_count_down_beside_fastbins(void **state)
{
	(void)state;
	struct heap_image i = heap_image_load("2.41");
	struct walker *w = heap_walker(i.m);
	struct heap_walk *walk = heap_walked(w, i.m);
	struct heap_arena before = heap_total(walk, true);

	for (size_t n = 0; n < walk->count; n++)
		if (walk->blocks[n].state == BLOCK_OWN && walk->blocks[n].size == 0x290 &&
		    walk->arenas[walk->blocks[n].arena].main)
			make_large(&i, walk->blocks[n].address, walk->arenas[0].address);
		else if (walk->blocks[n].state == BLOCK_OWN && walk->blocks[n].size == 0x290)
			memset(heap_image_at(&i, walk->blocks[n].address), 0, 0x280);
	uint64_t others = walk->arenas[1].cached_blocks;
	heap_walk_free(walk);
	walker_free(w);
	w = heap_walker(i.m);
	walk = heap_walked(w, i.m);
	struct heap_arena after = heap_total(walk, true);
	double confidence;
	assert_int_equal(after.cached_blocks, before.cached_blocks - others);
	assert_true(after.cached_blocks > 0 && after.fast_blocks > 0);
	assert_string_equal(walker_layout(w, &confidence), "glibc 2.42");
	assert_true(confidence == 1);
	heap_walk_free(walk);
	walker_free(w);
	heap_image_done(&i);
}

static void walker__says_why__where_no_heap_is(void **state)
{
	(void)state;
	static const struct {
		const char *image, *why;
		enum allocator allocator;
	} cases[] = {
	        {"memory image 1\npage 4096\nswapped 0\n\n",
	         "no malloc recognised: block sizes are not available", ALLOCATOR_UNKNOWN},
	        {"memory image 1\npage 4096\nswapped 0\n"
	         "map 7f0000000000-7f0000001000 r-xp 00000000 00:00 5 "
	         "/usr/lib/libjemalloc.so.2\n\n",
	         "jemalloc recognised from the mappings: block sizes are not available",
	         ALLOCATOR_JEMALLOC},
	        {"memory image 1\npage 4096\nswapped 0\n"
	         "map 7f0000000000-7f0000001000 rw-p 00000000 00:00 5 /usr/lib/libc.so.6\n\n",
	         "glibc is there, but no arena of a known layout: block sizes are not available",
	         ALLOCATOR_GLIBC},
	};
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		struct heap_image i = heap_image_of(fixture_of(cases[n].image));
		enum allocator allocator = ALLOCATOR_COUNT;
		struct walker *w = NULL;
		char why[200] = "";

		assert_int_equal(walker_new(i.m, NULL, why, &allocator, &w), -ENOENT);
		assert_string_equal(why, cases[n].why);
		assert_int_equal(allocator, cases[n].allocator);
		assert_null(w);
		heap_image_done(&i);
	}
}

static bool stop(void *arg, enum heap_phase phase, uint64_t done, uint64_t todo)
{
	unsigned *left = arg;

	(void)phase;
	assert_true(done <= todo);
	return (*left)-- == 0;
}

static void walk__ends_at_once__when_nobody_waits_for_it(void **state)
{
	(void)state;
	struct heap_image i = heap_image_load("2.36");
	struct walker *w = heap_walker(i.m);
	unsigned left = 1;
	struct heap_watcher watcher = {stop, &left};
	struct heap_walk *walk = NULL;

	assert_int_equal(walker_walk(w, i.m, &watcher, &walk), -ECANCELED);
	assert_null(walk);
	walker_free(w);
	heap_image_done(&i);
}

/* Nothing is allocated for the last one. */
static void walk__refuses__more_blocks_than_it_has_room_for(void **state)
{
	(void)state;
	struct heap_walk out = {.count = BLOCKS_MAX};
	struct walk_job job = {.out = &out, .cap = BLOCKS_MAX};

	walk_emit(&job, 0x1000, 32, BLOCK_LIVE, 0);
	assert_int_equal(job.error, -E2BIG);
	assert_int_equal(out.count, BLOCKS_MAX);
	/* 48 bytes for each. */
	assert_in_range(48ull * BLOCKS_MAX, 900ull << 20, 1100ull << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(walk__is_to_the_byte_what_malloc_says__in_every_layout),
	        cmocka_unit_test(walk__finds__blocks_with_mappings_of_their_own),
	        cmocka_unit_test(layout__names__all_versions_that_look_so),
	        cmocka_unit_test(walk__finds_the_same__every_time),
	        cmocka_unit_test(walk__knows__caches_with_counters_of_a_byte),
	        cmocka_unit_test(walk__knows__caches_that_count_down_beside_fastbins),
	        cmocka_unit_test(walker__says_why__where_no_heap_is),
	        cmocka_unit_test(walk__ends_at_once__when_nobody_waits_for_it),
	        cmocka_unit_test(walk__refuses__more_blocks_than_it_has_room_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
