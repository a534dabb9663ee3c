/* SPDX-License-Identifier: MIT */
/* How suspects become lost ones, how heads are grouped, who points where: on made-up memory. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support_memory.h"

/* --- suspect, probable, lost ------------------------------------------------------------------- */

static void lost_scan__is_certain_after_three_scans_in_a_row(void **state)
{
	struct bed *b = *state;

	fake_block(b->f, 40);
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.by_certainty[LOST_SUSPECT], 1);
	assert_int_equal(b->out.heads[0].certainty, LOST_SUSPECT);
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.by_certainty[LOST_PROBABLE], 1);
	assert_int_equal(b->out.definitely_blocks, 0);
	assert_int_equal(b->out.suspect_bytes, 48);
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.by_certainty[LOST_LOST], 1);
	assert_int_equal(b->out.definitely_bytes, 48);
	assert_int_equal(b->out.suspect_bytes, 0);
	assert_int_equal(b->out.scans, 3);
	assert_int_equal(b->out.heads[0].scans, 3);
	assert_int_equal(b->out.heads[0].since, 0);
}

static void lost_scan__is_not_certain_of_blocks_younger_than_5_s(void **state)
{
	struct bed *b = *state;

	fake_block(b->f, 40);
	for (int i = 0; i < 5; i++) {
		b->f->time = (unsigned)i * (LOST_AGE / 5);
		fake_scan(b->f, b->l, &b->out);
	}
	assert_int_equal(b->out.by_certainty[LOST_PROBABLE], 1);
	b->f->time = LOST_AGE;
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.by_certainty[LOST_LOST], 1);
}

static void assert_begins_anew(struct bed *b)
{
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.by_certainty[LOST_SUSPECT], 1);
	assert_int_equal(b->out.definitely_blocks, 0);
	fake_scans(b->f, b->l, 2, &b->out);
	assert_int_equal(b->out.definitely_blocks, 1);
}

static void lost_scan__begins_anew_when_content_size_or_reach_changed(void **state)
{
	struct bed *b = *state;
	uint64_t block = fake_block(b->f, 1000);

	fake_block(b->f, 24);
	fake_put(b->f, FAKE_DATA, b->f->blocks[1].address);
	fake_scans(b->f, b->l, 3, &b->out);
	assert_int_equal(b->out.definitely_blocks, 1);
	fake_put(b->f, block + 992, 1);
	assert_begins_anew(b);
	/* Split: its end was freed. */
	b->f->blocks[0].size -= 16;
	assert_begins_anew(b);
	/* Somebody had it in between. */
	fake_put(b->f, FAKE_DATA + 8, block);
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.definitely_blocks + b->out.suspect_blocks, 0);
	fake_put(b->f, FAKE_DATA + 8, 0);
	assert_begins_anew(b);
	/* Freed, and handed out again. */
	b->f->blocks[0].state = BLOCK_FREE;
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.definitely_blocks, 0);
	b->f->blocks[0].state = BLOCK_LIVE;
	assert_begins_anew(b);
}

static void lost_scan__keeps_apart_old_and_new_ones_among_many(void **state)
{
	enum { COUNT = 3000 };
	struct bed *b = *state;
	uint64_t first = 0;

	for (int i = 0; i < COUNT; i++) {
		uint64_t block = fake_block(b->f, 24);
		first = first ? first : block;
		fake_put(b->f, block, 7);
		if (i % 3 == 1) /* will be lost later */
			fake_put(b->f, FAKE_ANON + 8 * (uint64_t)i, block);
		if (i % 3 == 2)
			fake_put(b->f, FAKE_ANON + FAKE_ANON_SIZE / 2 + 8 * (uint64_t)i, block);
	}
	fake_scans(b->f, b->l, 3, &b->out);
	assert_int_equal(b->out.definitely_blocks, COUNT / 3);
	memset(b->f->bytes[5], 0, FAKE_ANON_SIZE / 2);
	for (uint64_t i = 0; i < COUNT; i += 6) /* and of the old ones every other one is freed */
		fake_find(b->f, first + 32 * i)->state = BLOCK_FREE;
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.by_certainty[LOST_SUSPECT], COUNT / 3);
	assert_int_equal(b->out.suspect_blocks + b->out.definitely_blocks, COUNT / 6 + COUNT / 3);
	/* What was called lost was freed: it takes longer then. */
	fake_scans(b->f, b->l, 2, &b->out);
	assert_int_equal(b->out.definitely_blocks, COUNT / 6);
	fake_scans(b->f, b->l, 2, &b->out);
	assert_int_equal(b->out.definitely_blocks, COUNT / 6 + COUNT / 3);
	assert_int_equal(b->out.reachable_blocks, COUNT / 3);
}

static void lost_scan__is_never_certain_while_memory_is_swapped_out(void **state)
{
	struct bed *b = *state;

	fake_block(b->f, 40);
	b->f->memory.swapped = 4096;
	fake_scans(b->f, b->l, 8, &b->out);
	assert_int_equal(b->out.by_certainty[LOST_PROBABLE], 1);
	assert_int_equal(b->out.unread_bytes, 4096);
	assert_true(isnan(b->out.growth_blocks));
	b->f->memory.swapped = 0;
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.by_certainty[LOST_LOST], 1);
}

/* Moves a pointer from memory that was not read yet to where was read already: at the first pass only. */
static uint64_t mangled(uint64_t at, uint64_t next)
{
	return at >> 12 ^ next;
}

/* The walk missed that they are free: in a fastbin, in a thread's cache, the last of a list. */
static void lost_scan__never_takes_freed_blocks_for_lost_ones(void **state)
{
	struct bed *b = *state;
	uint64_t fast = fake_block(b->f, 40), cached = fake_block(b->f, 40),
	         last = fake_block(b->f, 40);

	fake_put(b->f, fast, mangled(fast, cached - 16));
	fake_put(b->f, cached, mangled(cached, last));
	fake_put(b->f, last, mangled(last, 0));
	fake_scans(b->f, b->l, 3, &b->out);
	assert_int_equal(b->out.definitely_blocks + b->out.indirectly_blocks, 0);
	assert_int_equal(b->out.suspect_blocks, 0);
}

static void lost_scan__is_not_misled_by_what_only_looks_freed(void **state)
{
	struct bed *b = *state;
	uint64_t other = fake_block(b->f, 100), self = fake_block(b->f, 40),
	         inner = fake_block(b->f, 40), plain = fake_block(b->f, 40);

	fake_put(b->f, FAKE_DATA, other);
	fake_put(b->f, self, mangled(self, self));
	fake_put(b->f, inner, mangled(inner, other)); /* of another size */
	fake_put(b->f, plain, plain);
	fake_block(b->f, 40); /* zeros */
	fake_scans(b->f, b->l, 3, &b->out);
	assert_int_equal(b->out.definitely_blocks, 4);
}

static void run_away(struct fake_heap *f, uint64_t address, void *arg)
{
	uint64_t *block = arg;

	if (address < FAKE_HEAP || !*block)
		return;
	fake_put(f, FAKE_STACK, 0);
	fake_put(f, FAKE_DATA, *block);
	*block = 0;
}

static void lost_scan__looks_again_for_what_moved_meanwhile(void **state)
{
	struct bed *b = *state;
	uint64_t tail = fake_block(b->f, 40), block = fake_block(b->f, 40), arg = block;

	fake_put(b->f, FAKE_STACK, block);
	fake_put(b->f, block, tail);
	b->f->run = run_away;
	b->f->run_arg = &arg;
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(arg, 0); /* it did move */
	assert_int_equal(b->out.suspect_blocks, 0);
	assert_int_equal(b->out.reachable_blocks, 2);
}

/* Suspects that were missed twice come back: then three times are not enough for others either. */
static void lost_scan__asks_for_more_scans_while_suspects_come_back(void **state)
{
	enum { COUNT = 40 };
	struct bed *b = *state;
	uint64_t missed[4][COUNT];

	for (int g = 0; g < 4; g++)
		for (int i = 0; i < COUNT; i++)
			missed[g][i] = fake_block(b->f, 24);
	uint64_t lost = fake_block(b->f, 200);
	/* One group in four is reachable at a time: the others were missed once, twice, three times. */
	for (int scan = 0; scan < 9; scan++) {
		for (uint64_t i = 0; i < COUNT; i++)
			fake_put(b->f, FAKE_ANON + 8 * i, missed[scan % 4][i]);
		fake_scan(b->f, b->l, &b->out);
		/* The only one that may ever be called lost, and not before the others had their turns. */
		assert_int_equal(b->out.definitely_blocks, scan >= 4);
	}
	assert_int_equal(b->out.heads[0].address, lost);
}

static bool give_up(void *arg, enum heap_phase phase, uint64_t done, uint64_t todo)
{
	(void)done;
	(void)todo;
	return phase == HEAP_MARKING && --*(int *)arg < 0;
}

static void lost_scan__counts_no_scan_that_was_given_up(void **state)
{
	struct bed *b = *state;
	int left = 0;
	struct heap_watcher w = {give_up, &left};

	fake_block(b->f, 40);
	fake_scans(b->f, b->l, 2, &b->out);
	for (int n = 0; n < 3; n++) {
		left = n;
		assert_int_equal(lost_scan(b->l, &b->f->memory, &b->f->walk, b->f->time, &w,
		                           &b->out),
		                 -ECANCELED);
	}
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.scans, 3);
	assert_int_equal(b->out.heads[0].scans, 3);
}

static void lost_reset__forgets_everything(void **state)
{
	struct bed *b = *state;

	fake_block(b->f, 40);
	fake_scans(b->f, b->l, 3, &b->out);
	lost_reset(b->l);
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.scans, 1);
	assert_int_equal(b->out.by_certainty[LOST_SUSPECT], 1);
}

/* --- heads ------------------------------------------------------------------------------------- */

static const struct lost_head *head_of(const struct bed *b, uint64_t size)
{
	for (unsigned i = 0; i < b->out.head_count; i++)
		if (b->out.heads[i].size == size)
			return &b->out.heads[i];
	fail();
	return NULL;
}

static void heads__of_one_making_are_one_row(void **state)
{
	struct bed *b = *state;
	uint64_t kept = fake_block(b->f, 24);

	fake_put(b->f, FAKE_DATA, kept);
	for (uint64_t i = 0; i < 50; i++) {
		uint64_t object = fake_block(b->f, 56), other = fake_block(b->f, 56);
		uint64_t node = fake_block(b->f, 40), bytes = fake_block(b->f, 200);
		fake_put(b->f, object, FAKE_RODATA + 64);
		fake_put(b->f, other, FAKE_RODATA + 128);
		fake_put(b->f, node, i);
		fake_put(b->f, node + 8, kept);
		fake_put(b->f, bytes, 0x8f8f8f8f8f8f8f00ull + i);
		fake_put(b->f, bytes + 8, 0x9f00000000000000ull ^ (i << 40));
	}
	fake_scans(b->f, b->l, 3, &b->out);
	assert_int_equal(b->out.head_count, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(b->out.heads[i].twins, 50);
	assert_int_equal(b->out.heads[0].size, 208); /* the heaviest comes first */
	assert_int_equal(b->out.heads[0].bytes, 50 * 208);
	assert_string_equal(b->out.heads[0].type, "");
	assert_string_equal(head_of(b, 64)->type, "points into libfake.so read-only data +0x1040");
	assert_int_equal(head_of(b, 64)->first_count, 56);
	assert_memory_equal(head_of(b, 64)->first, &(uint64_t){FAKE_RODATA + 64}, 8);
}

static void heads__that_are_certain_come_first_and_apart(void **state)
{
	struct bed *b = *state;

	fake_block(b->f, 24);
	fake_scans(b->f, b->l, 3, &b->out);
	fake_block(b->f, 24);
	fake_block(b->f, 5000);
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.head_count, 3);
	assert_int_equal(b->out.heads[0].certainty, LOST_LOST);
	assert_int_equal(b->out.heads[0].twins, 1);
	assert_int_equal(b->out.heads[1].size, 5008);
	assert_int_equal(b->out.heads[1].certainty, LOST_SUSPECT);
}

static void heads__are_bounded_and_the_rest_is_counted(void **state)
{
	enum { SIZES = 1500 };
	struct bed *b = *state;
	uint64_t twins = 0;

	for (size_t i = 0; i < SIZES; i++)
		fake_block(b->f, 24 + (i % 250) * 16 + (i / 250 ? 8 : 0) +
		                         i / 250 * 4000 * (i / 250 == 1));
	for (size_t i = 0; i < SIZES; i++) /* as many vtables as blocks: no two are alike */
		fake_put(b->f, b->f->blocks[i].address, FAKE_RODATA + i);
	fake_scan(b->f, b->l, &b->out);
	for (unsigned i = 0; i < b->out.head_count; i++)
		twins += b->out.heads[i].twins;
	assert_int_equal(b->out.head_count, HEAP_HEADS_MAX);
	assert_int_equal(twins, HEAP_HEADS_MAX);
	assert_int_equal(b->out.head_left, SIZES - HEAP_HEADS_MAX);
	assert_int_equal(b->out.suspect_blocks, SIZES);
}

static void growth__is_of_what_is_certain_a_second(void **state)
{
	struct bed *b = *state;

	for (int i = 0; i < 12; i++) {
		for (int n = 0; n < 10; n++)
			fake_block(b->f, 40);
		fake_scan(b->f, b->l, &b->out);
		if (i < 3)
			assert_true(isnan(b->out.growth_blocks));
	}
	assert_int_equal(b->out.definitely_blocks, 100);
	assert_float_equal(b->out.growth_blocks, 2, 1e-6); /* 10 each 5 s */
	assert_float_equal(b->out.growth_bytes, 96, 1e-6);
	assert_float_equal(b->out.heads[0].growth, 2, 1e-6);
}

/* A block that only looks lost now points to a list that is lost since long: the list stays what it was. */
static void folding__of_certain_ones_is_not_changed_by_suspects(void **state)
{
	struct bed *b = *state;
	uint64_t head = fake_block(b->f, 40), tail = fake_block(b->f, 40);

	fake_put(b->f, head, tail);
	fake_scans(b->f, b->l, 3, &b->out);
	uint64_t fresh = fake_block(b->f, 100);
	fake_put(b->f, fresh, head);
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.definitely_blocks, 1);
	assert_int_equal(b->out.indirectly_blocks, 1);
	assert_int_equal(b->out.heads[0].address, head);
	assert_int_equal(b->out.heads[0].indirect_blocks, 1);
	assert_int_equal(b->out.by_certainty[LOST_SUSPECT], 1);
}

/* --- who points here --------------------------------------------------------------------------- */

static void lost_peek__gives_up_when_nobody_waits_for_it(void **state)
{
	struct bed *b = *state;
	uint64_t block = fake_block(b->f, 40);
	atomic_bool stop = true;
	struct heap_peek p;

	fake_put(b->f, FAKE_DATA, block);
	b->f->memory.stop = &stop;
	assert_int_equal(lost_peek(&b->f->memory, &b->f->walk, block, &p), -ECANCELED);
	stop = false;
	assert_int_equal(lost_peek(&b->f->memory, &b->f->walk, block, &p), 0);
	assert_int_equal(p.pointer_total, 1);
	b->f->memory.stop = NULL;
}

static void lost_peek__names_all_that_points_to_a_block(void **state)
{
	struct bed *b = *state;
	uint64_t block = fake_block(b->f, 40), from = fake_block(b->f, 56),
	         freed = fake_block(b->f, 24);
	struct heap_peek p;
	const char *const places[] = {"libfake.so data", "libfake.so data",   "anonymous memory",
	                              "common",          "stack of thread 7", "block of 64 bytes"};

	b->f->thread.sp = FAKE_STACK + 1024;
	fake_put(b->f, FAKE_DATA + 16, block);
	fake_put(b->f, FAKE_BSS + 16, block);
	fake_put(b->f, FAKE_ANON, block + 8);
	fake_put(b->f, FAKE_SHARED, block);
	fake_put(b->f, FAKE_STACK + 2048, block);
	fake_put(b->f, from + 40, block);
	fake_put(b->f, freed, block);
	fake_find(b->f, freed)->state = BLOCK_CACHED;
	fake_text(b->f, block, "hello");
	assert_int_equal(lost_peek(&b->f->memory, &b->f->walk, block, &p), 0);
	assert_int_equal(p.size, 48);
	assert_int_equal(p.byte_count, 40);
	assert_memory_equal(p.bytes, "hello", 6);
	assert_int_equal(p.pointer_total, 6);
	assert_int_equal(p.pointer_count, 6);
	for (unsigned i = 0; i < 6; i++) {
		assert_string_equal(p.pointers[i].where, places[i]);
		assert_int_equal(p.pointers[i].inner, i == 2);
	}
	assert_int_equal(p.pointers[5].block, from);
	assert_int_equal(p.pointers[5].at, from + 40);
	assert_int_equal(p.pointers[0].block, 0);
}

static void lost_peek__counts_more_pointers_than_it_names(void **state)
{
	struct bed *b = *state;
	uint64_t block = fake_block(b->f, 40);
	struct heap_peek p;

	for (uint64_t i = 0; i < 100; i++)
		fake_put(b->f, FAKE_ANON + 8 * i, block);
	assert_int_equal(lost_peek(&b->f->memory, &b->f->walk, block, &p), 0);
	assert_int_equal(p.pointer_count, HEAP_POINTERS_MAX);
	assert_int_equal(p.pointer_total, 100);
}

static void lost_peek__says_when_there_is_no_such_block(void **state)
{
	struct bed *b = *state;
	uint64_t block = fake_block(b->f, 40);
	struct heap_peek p;

	fake_find(b->f, block)->state = BLOCK_FREE;
	assert_int_equal(lost_peek(&b->f->memory, &b->f->walk, block, &p), 0);
	assert_int_equal(p.size, 0);
	assert_int_equal(p.address, block);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, bed_make, bed_clear)
	const struct CMUnitTest tests[] = {
	        T(lost_scan__is_certain_after_three_scans_in_a_row),
	        T(lost_scan__is_not_certain_of_blocks_younger_than_5_s),
	        T(lost_scan__begins_anew_when_content_size_or_reach_changed),
	        T(lost_scan__keeps_apart_old_and_new_ones_among_many),
	        T(lost_scan__is_never_certain_while_memory_is_swapped_out),
	        T(lost_scan__never_takes_freed_blocks_for_lost_ones),
	        T(lost_scan__is_not_misled_by_what_only_looks_freed),
	        T(lost_scan__looks_again_for_what_moved_meanwhile),
	        T(lost_scan__asks_for_more_scans_while_suspects_come_back),
	        T(lost_scan__counts_no_scan_that_was_given_up),
	        T(lost_reset__forgets_everything),
	        T(heads__of_one_making_are_one_row),
	        T(heads__that_are_certain_come_first_and_apart),
	        T(heads__are_bounded_and_the_rest_is_counted),
	        T(growth__is_of_what_is_certain_a_second),
	        T(folding__of_certain_ones_is_not_changed_by_suspects),
	        T(lost_peek__gives_up_when_nobody_waits_for_it),
	        T(lost_peek__names_all_that_points_to_a_block),
	        T(lost_peek__counts_more_pointers_than_it_names),
	        T(lost_peek__says_when_there_is_no_such_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
