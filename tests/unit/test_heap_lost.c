/* SPDX-License-Identifier: MIT */
/* Which blocks are reached, which are lost and how: on made-up memory, without any heap. */
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

/* Three scans, after which all that is lost is certain. */
static const struct heap_lost *settled(struct bed *b)
{
	fake_scans(b->f, b->l, 3, &b->out);
	assert_int_equal(b->out.suspect_blocks, 0);
	return &b->out;
}

/* --- roots ------------------------------------------------------------------------------------- */

static void lost_scan__takes_roots_from_data_bss_anonymous_and_shared_memory(void **state)
{
	static const uint64_t roots[] = {FAKE_DATA,
	                                 FAKE_DATA + 4088,
	                                 FAKE_BSS + 8,
	                                 FAKE_ANON + FAKE_ANON_SIZE - 8,
	                                 FAKE_SHARED + 64,
	                                 FAKE_STACK + 8,
	                                 FAKE_HEAP + FAKE_HEAP_SIZE - 8};
	struct bed *b = *state;

	b->f->span.end -= 4096; /* the rest of [heap] is somebody else's */
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		fake_put(b->f, roots[i], fake_block(b->f, 40));
	uint64_t lost = fake_block(b->f, 40);
	settled(b);
	assert_int_equal(b->out.reachable_blocks, sizeof(roots) / sizeof(roots[0]));
	assert_int_equal(b->out.definitely_blocks, 1);
	assert_int_equal(b->out.heads[0].address, lost);
}

static void lost_scan__takes_no_roots_from_the_allocator_read_only_data_and_headers(void **state)
{
	struct bed *b = *state;

	fake_put(b->f, b->f->own.start, fake_block(b->f, 40));
	fake_put(b->f, b->f->own.end - 8, fake_block(b->f, 40));
	fake_put(b->f, FAKE_RODATA, fake_block(b->f, 40));
	/* The header of the block that comes next. */
	uint64_t block = fake_block(b->f, 40);
	fake_put(b->f, b->f->next - 8, block);
	fake_put(b->f, FAKE_DATA, fake_block(b->f, 40));
	settled(b);
	assert_int_equal(b->out.definitely_blocks, 4);
	assert_int_equal(b->out.reachable_blocks, 1);
}

static void lost_scan__takes_a_stack_from_its_pointer_up_where_it_is_known(void **state)
{
	struct bed *b = *state;
	uint64_t dead = fake_block(b->f, 40), first = fake_block(b->f, 40),
	         live = fake_block(b->f, 40);

	b->f->thread.sp = FAKE_STACK + 32768;
	fake_put(b->f, FAKE_STACK + 32768 - 8, dead);
	fake_put(b->f, FAKE_STACK + 32768, first);
	fake_put(b->f, FAKE_STACK + 65528, live);
	settled(b);
	assert_int_equal(b->out.whole_stacks, 0);
	assert_int_equal(b->out.definitely_blocks, 1);
	assert_int_equal(b->out.heads[0].address, dead);
	b->f->thread.sp = UNKNOWN;
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.whole_stacks, 1);
	assert_int_equal(b->out.definitely_blocks, 0);
}

static void lost_scan__takes_a_stack_whole_that_has_no_guard_below(void **state)
{
	struct bed *b = *state;

	b->f->thread.sp = FAKE_ANON + 65536;
	fake_put(b->f, FAKE_ANON, fake_block(b->f, 40));
	settled(b);
	assert_int_equal(b->out.whole_stacks, 1);
	assert_int_equal(b->out.reachable_blocks, 1);
}

static void lost_scan__never_follows_or_judges_free_blocks(void **state)
{
	struct bed *b = *state;
	uint64_t cached = fake_block(b->f, 40), behind = fake_block(b->f, 40);

	fake_put(b->f, FAKE_DATA, cached);
	fake_put(b->f, cached, behind);
	fake_find(b->f, cached)->state = BLOCK_CACHED;
	settled(b);
	assert_int_equal(b->out.definitely_blocks, 1);
	assert_int_equal(b->out.heads[0].address, behind);
	assert_int_equal(b->out.reachable_blocks, 0);
}

/* --- pointers ---------------------------------------------------------------------------------- */

static void lost_scan__counts_the_last_usable_byte_as_within_and_the_next_as_not(void **state)
{
	struct bed *b = *state;
	uint64_t last = fake_block(b->f, 40), past = fake_block(b->f, 40);

	fake_put(b->f, FAKE_DATA, last + 39);
	fake_put(b->f, FAKE_DATA + 8, past + 40);
	settled(b);
	assert_int_equal(b->out.possibly_blocks, 1);
	assert_int_equal(b->out.definitely_blocks, 1);
	assert_int_equal(b->out.definitely_bytes, 48);
}

static void lost_scan__knows_that_a_mapped_block_ends_16_bytes_before_its_chunk(void **state)
{
	struct bed *b = *state;
	uint64_t mapped = fake_block(b->f, 4072);

	b->f->arena.address = 0;
	fake_put(b->f, FAKE_DATA, mapped + 4063);
	settled(b);
	assert_int_equal(b->out.possibly_blocks, 1);
	fake_put(b->f, FAKE_DATA, mapped + 4064);
	fake_scans(b->f, b->l, 3, &b->out);
	assert_int_equal(b->out.possibly_blocks, 0);
	assert_int_equal(b->out.definitely_blocks, 1);
}

static void lost_scan__ignores_words_that_are_not_aligned(void **state)
{
	struct bed *b = *state;

	fake_put(b->f, FAKE_DATA + 4, fake_block(b->f, 40));
	assert_int_equal(settled(b)->definitely_blocks, 1);
}

/* Also where the lists run against the order in which blocks are read. */
/* Interpreters that put the type into the upper bits, lists that put a counter there. */
static void lost_scan__follows_pointers_that_bear_a_tag_in_their_upper_bits(void **state)
{
	struct bed *b = *state;
	uint64_t inner = fake_block(b->f, 40), outer = fake_block(b->f, 40);

	fake_put(b->f, FAKE_DATA, outer | 0xfffb800000000000u);
	fake_put(b->f, outer, inner | 0x0001000000000000u);
	fake_put(b->f, FAKE_DATA + 8, fake_block(b->f, 40) ^ 0x0000100000000000u);
	settled(b);
	assert_int_equal(b->out.reachable_blocks, 2);
	assert_int_equal(b->out.definitely_blocks, 1);
}

static void lost_scan__follows_long_lists_forth_and_back(void **state)
{
	enum { COUNT = 40000 };
	struct bed *b = *state;
	uint64_t forth = FAKE_DATA, back = 0;

	for (int i = 0; i < COUNT; i++) {
		uint64_t block = fake_block(b->f, 24);
		fake_put(b->f, forth, block);
		forth = block;
	}
	for (int i = 0; i < COUNT; i++) {
		uint64_t block = fake_block(b->f, 24);
		fake_put(b->f, block, back);
		back = block;
	}
	fake_put(b->f, FAKE_DATA + 8, back);
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.reachable_blocks, 2 * COUNT);
	assert_int_equal(b->out.suspect_blocks, 0);
	fake_put(b->f, FAKE_DATA + 8, 0);
	settled(b);
	assert_int_equal(b->out.reachable_blocks, COUNT);
	assert_int_equal(b->out.definitely_blocks, 1);
	assert_int_equal(b->out.indirectly_blocks, COUNT - 1);
	assert_int_equal(b->out.heads[0].indirect_bytes, 32 * (COUNT - 1));
}

/* More pointers in one block than are kept, and more blocks at once than the stack holds. */
static void lost_scan__follows_a_table_of_very_many(void **state)
{
	enum { COUNT = 90000 };
	struct bed *b = *state;
	uint64_t first = 0;

	for (int i = 0; i < COUNT; i++) {
		uint64_t block = fake_block(b->f, 24);
		first = first ? first : block;
	}
	uint64_t table = fake_block(b->f, COUNT * 8);
	for (uint64_t i = 0; i < COUNT; i++)
		fake_put(b->f, table + 8 * i, first + 32 * i);
	settled(b);
	assert_int_equal(b->out.definitely_blocks, 1);
	assert_int_equal(b->out.indirectly_blocks, COUNT);
	/* Reached from the end: by a block that is read after it. */
	uint64_t last = fake_block(b->f, 24);
	fake_put(b->f, last, table);
	fake_put(b->f, FAKE_DATA, last);
	fake_scan(b->f, b->l, &b->out);
	assert_int_equal(b->out.reachable_blocks, COUNT + 2);
}

/* --- Valgrind's nine cases --------------------------------------------------------------------- */

enum arrow { NO, BEGIN, INSIDE };

static void put_arrow(struct fake_heap *f, uint64_t at, uint64_t block, enum arrow how)
{
	if (how != NO)
		fake_put(f, at, block + (how == INSIDE ? 16 : 0));
}

/* As reachable, definitely, indirectly, possibly lost blocks. */
static void assert_case(void **state, enum arrow to_a, enum arrow to_b, const char *expected)
{
	struct bed *b = *state;
	char found[32];

	uint64_t two = fake_block(b->f, 56), one = fake_block(b->f, 56);
	put_arrow(b->f, FAKE_DATA, one, to_a);
	put_arrow(b->f, one + 8, two, to_b);
	settled(b);
	snprintf(found, sizeof(found), "%d %d %d %d", (int)b->out.reachable_blocks,
	         (int)b->out.definitely_blocks, (int)b->out.indirectly_blocks,
	         (int)b->out.possibly_blocks);
	assert_string_equal(found, expected);
	bed_clear(state);
	bed_make(state);
}

static void lost_scan__sorts_chains_as_valgrind_does(void **state)
{
	assert_case(state, BEGIN, NO, "1 1 0 0");      /* 1 and 3 */
	assert_case(state, BEGIN, BEGIN, "2 0 0 0");   /* 2 */
	assert_case(state, NO, NO, "0 2 0 0");         /* 3 */
	assert_case(state, NO, BEGIN, "0 1 1 0");      /* 4 */
	assert_case(state, INSIDE, NO, "0 1 0 1");     /* 5 */
	assert_case(state, BEGIN, INSIDE, "1 0 0 1");  /* 6 */
	assert_case(state, INSIDE, BEGIN, "0 0 0 2");  /* 7 */
	assert_case(state, INSIDE, INSIDE, "0 0 0 2"); /* 8 */
	assert_case(state, NO, INSIDE, "0 1 1 0");     /* 9 */
}

static void lost_scan__prefers_the_better_of_two_chains_in_either_order(void **state)
{
	struct bed *b = *state;
	uint64_t tail = fake_block(b->f, 40), mid = fake_block(b->f, 40),
	         head = fake_block(b->f, 40);

	fake_put(b->f, mid, tail);
	fake_put(b->f, FAKE_DATA, mid + 16);
	fake_put(b->f, FAKE_STACK + 128, head);
	fake_put(b->f, head, mid);
	assert_int_equal(settled(b)->reachable_blocks, 3);
}

/* --- folding ----------------------------------------------------------------------------------- */

static void lost_scan__folds_a_tree_under_its_root(void **state)
{
	struct bed *b = *state;
	uint64_t leaf = fake_block(b->f, 100), left = fake_block(b->f, 40),
	         root = fake_block(b->f, 24);
	uint64_t right = fake_block(b->f, 40);

	fake_put(b->f, root, left);
	fake_put(b->f, root + 8, right);
	fake_put(b->f, left, leaf);
	fake_put(b->f, right, leaf);
	settled(b);
	assert_int_equal(b->out.head_count, 1);
	assert_int_equal(b->out.heads[0].address, root);
	assert_int_equal(b->out.heads[0].indirect_blocks, 3);
	assert_int_equal(b->out.heads[0].indirect_bytes, 112 + 48 + 48);
	assert_int_equal(b->out.indirectly_bytes, 112 + 48 + 48);
}

static void lost_scan__gives_a_cycle_one_head(void **state)
{
	struct bed *b = *state;
	uint64_t a = fake_block(b->f, 40), c = fake_block(b->f, 40), d = fake_block(b->f, 40);

	fake_put(b->f, a, c);
	fake_put(b->f, c, d);
	fake_put(b->f, d, a);
	fake_put(b->f, d + 8, d); /* and one points to itself */
	settled(b);
	assert_int_equal(b->out.definitely_blocks, 1);
	assert_int_equal(b->out.indirectly_blocks, 2);
	assert_int_equal(b->out.heads[0].address, a);
}

/* The block behind the cycle comes first by address, and would be taken for a head first. */
static void lost_scan__folds_what_hangs_on_a_cycle_under_it(void **state)
{
	struct bed *b = *state;
	uint64_t tail = fake_block(b->f, 40), tail2 = fake_block(b->f, 40);
	uint64_t a = fake_block(b->f, 40), c = fake_block(b->f, 40);

	fake_put(b->f, tail, tail2);
	fake_put(b->f, tail2, tail);
	fake_put(b->f, a, c);
	fake_put(b->f, c, a);
	fake_put(b->f, c + 8, tail);
	settled(b);
	assert_int_equal(b->out.definitely_blocks, 1);
	assert_int_equal(b->out.indirectly_blocks, 3);
	assert_int_equal(b->out.heads[0].indirect_blocks, 3);
}

static void lost_scan__takes_a_block_that_points_to_itself_for_a_head(void **state)
{
	struct bed *b = *state;
	uint64_t block = fake_block(b->f, 40);

	fake_put(b->f, block, block);
	assert_int_equal(settled(b)->definitely_blocks, 1);
}

/* --- heuristics -------------------------------------------------------------------------------- */

static void put_vtable(struct fake_heap *f, uint64_t at)
{
	fake_put(f, at, 0);
	fake_put(f, at + 8, FAKE_CODE + 64);
}

static void lost_scan__sees_owners_in_four_kinds_of_inner_pointers(void **state)
{
	struct bed *b = *state;
	uint64_t string = fake_block(b->f, 24 + 50 + 1), array = fake_block(b->f, 8 + 7 * 24);
	uint64_t prefixed = fake_block(b->f, 8 + 1000), derived = fake_block(b->f, 64);

	fake_put(b->f, string, 44); /* length, capacity, count */
	fake_put(b->f, string + 8, 50);
	fake_put(b->f, FAKE_DATA, string + 24);
	fake_put(b->f, array, 7);
	fake_put(b->f, FAKE_DATA + 8, array + 8);
	fake_put(b->f, prefixed, 1000);
	fake_put(b->f, FAKE_DATA + 16, prefixed + 8);
	put_vtable(b->f, FAKE_RODATA + 64);
	put_vtable(b->f, FAKE_RODATA + 128);
	fake_put(b->f, derived, FAKE_RODATA + 64);
	fake_put(b->f, derived + 32, FAKE_RODATA + 128);
	fake_put(b->f, FAKE_DATA + 24, derived + 32);
	settled(b);
	assert_int_equal(b->out.reachable_blocks, 4);
	assert_int_equal(b->out.possibly_blocks, 0);
}

static void lost_scan__sees_no_owner_where_the_words_do_not_fit(void **state)
{
	struct bed *b = *state;
	uint64_t string = fake_block(b->f, 24 + 50 + 1), array = fake_block(b->f, 8 + 7 * 24);
	uint64_t plain = fake_block(b->f, 64), cut = fake_block(b->f, 24 + 90);

	fake_put(b->f, string, 51); /* longer than its capacity */
	fake_put(b->f, string + 8, 50);
	fake_put(b->f, FAKE_DATA, string + 24);
	fake_put(b->f, array, 0);
	fake_put(b->f, FAKE_DATA + 8, array + 8);
	fake_put(b->f, plain + 32, FAKE_RODATA + 128);
	fake_put(b->f, FAKE_DATA + 24, plain + 32);
	fake_put(b->f, cut, 3); /* its capacity asks for fewer bytes than the block has */
	fake_put(b->f, cut + 8, 50);
	fake_put(b->f, FAKE_DATA + 32, cut + 24);
	settled(b);
	assert_int_equal(b->out.reachable_blocks, 0);
	assert_int_equal(b->out.possibly_blocks, 4);
}

/* An owner makes what it owns reachable, through further inner pointers. */
static void lost_scan__follows_owners_of_owners(void **state)
{
	enum { COUNT = 1000 };
	struct bed *b = *state;
	uint64_t from = FAKE_DATA;

	for (int i = 0; i < COUNT; i++) {
		uint64_t array = fake_block(b->f, 8 + 5 * 8);
		fake_put(b->f, array, 5);
		fake_put(b->f, from, array + 8);
		from = array + 16;
	}
	settled(b);
	assert_int_equal(b->out.reachable_blocks, COUNT);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, bed_make, bed_clear)
	const struct CMUnitTest tests[] = {
	        T(lost_scan__takes_roots_from_data_bss_anonymous_and_shared_memory),
	        T(lost_scan__takes_no_roots_from_the_allocator_read_only_data_and_headers),
	        T(lost_scan__takes_a_stack_from_its_pointer_up_where_it_is_known),
	        T(lost_scan__takes_a_stack_whole_that_has_no_guard_below),
	        T(lost_scan__never_follows_or_judges_free_blocks),
	        T(lost_scan__counts_the_last_usable_byte_as_within_and_the_next_as_not),
	        T(lost_scan__knows_that_a_mapped_block_ends_16_bytes_before_its_chunk),
	        T(lost_scan__ignores_words_that_are_not_aligned),
	        T(lost_scan__follows_pointers_that_bear_a_tag_in_their_upper_bits),
	        T(lost_scan__follows_long_lists_forth_and_back),
	        T(lost_scan__follows_a_table_of_very_many),
	        T(lost_scan__sorts_chains_as_valgrind_does),
	        T(lost_scan__prefers_the_better_of_two_chains_in_either_order),
	        T(lost_scan__folds_a_tree_under_its_root),
	        T(lost_scan__gives_a_cycle_one_head),
	        T(lost_scan__folds_what_hangs_on_a_cycle_under_it),
	        T(lost_scan__takes_a_block_that_points_to_itself_for_a_head),
	        T(lost_scan__sees_owners_in_four_kinds_of_inner_pointers),
	        T(lost_scan__sees_no_owner_where_the_words_do_not_fit),
	        T(lost_scan__follows_owners_of_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
