/* SPDX-License-Identifier: MIT */
/* What keys and new looks do to the view of the heap. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_heap.h"
#include "support_moment.h"
#include "support_screen.h"

enum { ESCAPE = 27 };

static int set_up(void **state)
{
	*state = screen_raise(&(struct tui_options){0}, support_moment_heap());
	return 0;
}

static struct moment *with(struct heap_facts *f, enum heap_phase phase)
{
	struct moment *m = support_moment();

	support_heap_put(m, f, phase);
	return m;
}

/* --- in use, kept --------------------------------------------------------------------------------- */

/* What was asked for and never touched is in use, and not in memory. */
static void heap__holds__no_more_in_use_than_in_memory(void **state)
{
	struct shown *f = *state;
	struct heap_facts *facts = support_heap();

	press(f, "5");
	assert_true(shows(f, "of 78.0 MB in memory"));
	facts->resident = 50ull << 20;
	show(f, with(facts, HEAP_RESTING));
	assert_true(shows(f, "  only 50.0 MB in memory"));
	facts = support_heap();
	facts->resident = UNKNOWN;
	show(f, with(facts, HEAP_RESTING));
	assert_false(shows(f, "in memory"));
}

/* A figure that is cut is another figure. */
static void heap__shortens__names_and_no_figures(void **state)
{
	struct shown *f = *state;

	press(f, "5");
	assert_true(shows(f, "kept, returnable 8.6 MB"));
	tui_resize(f->t, 20, 60);
	assert_true(shows(f, "in use 65.9 MB"));
	assert_true(shows(f, "pieces 3.5 MB"));
	assert_true(shows(f, "returnable 8.6 MB"));
}

/* --- looking -------------------------------------------------------------------------------------- */

/* x would be refused. */
static void heap__offers_no_look__at_a_process_that_is_gone(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment_heap();

	support_heap_put(m, support_heap(), HEAP_STOPPED);
	m->ended = END_TARGET;
	show(f, m);
	press(f, "5");
	assert_false(shows(f, "x looks on"));
	assert_true(shows(f, "looked at "));
}

static void heap__asks__for_a_look_by_x_alone(void **state)
{
	struct shown *f = *state;

	show(f, support_moment());
	assert_int_equal(press(f, "5").action, ACTION_NONE);
	assert_true(shows(f, "at most 5 % of the time"));
	assert_int_equal(press(f, "\n").action, ACTION_NONE);
	assert_int_equal(press(f, "x").action, ACTION_SCAN);
	assert_int_equal(press(f, "1x").action, ACTION_NONE);
}

static void heap__tells__a_price_that_follows_from_the_figures(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment();

	m->sample.v[FIGURE_ANON] = 1200ull << 20;
	show(f, m);
	press(f, "5");
	assert_true(shows(f, "reads about 1.2 GB in slices"));
	assert_true(shows(f, "about 1.3 s"));
	m = support_moment();
	m->sample.v[FIGURE_ANON] = m->sample.v[FIGURE_HEAP] = m->sample.v[FIGURE_RSS] = UNKNOWN;
	show(f, m);
	assert_true(shows(f, "reads about - in slices"));
}

static void heap__names__an_allocator_before_the_first_look(void **state)
{
	static const char name[] = "/lib/libjemalloc.so.2";
	struct shown *f = *state;
	struct moment *m = support_moment();
	size_t i = 0;

	while (m->regions->rows[i]->name_len < sizeof(name) - 1)
		i++;
	memcpy(m->regions->rows[i]->name, name, sizeof(name) - 1);
	m->regions->rows[i]->name_len = sizeof(name) - 1;
	show(f, m);
	press(f, "5");
	assert_true(shows(f, "Its mappings speak of jemalloc"));
	tui_resize(f->t, 10, 60);
	assert_true(shows(f, "Its mappings speak of jemalloc: block sizes will not"));
}

static void heap__tells__why_it_failed_beside_what_is_known(void **state)
{
	struct shown *f = *state;

	show(f, with(support_heap(), HEAP_FAILED));
	press(f, "5");
	assert_true(shows(f, "not permitted; run it as shop"));
	assert_true(shows(f, "121,904"));
}

static void heap__tells__no_progress_of_a_past_moment(void **state)
{
	struct shown *f = *state;
	struct moment *m = with(support_heap(), HEAP_CENSUS);

	m->live = false;
	show(f, m);
	press(f, "5");
	assert_false(shows(f, "counting blocks"));
	assert_true(shows(f, "looked at 09:57"));
	m = with(NULL, HEAP_OFF);
	m->live = false;
	show(f, m);
	assert_true(shows(f, "Nobody had looked inside the heap by then"));
}

/* Why nobody can look any more is for app to say; here is only what was found then. */
static void heap__offers__no_look_in_a_recording(void **state)
{
	struct shown *f = *state;
	struct moment *m = with(NULL, HEAP_OFF);

	m->live = false;
	tui_replay(f->t);
	show(f, m);
	press(f, "5");
	assert_true(shows(f, "Nobody had looked inside the heap by then"));
	assert_false(shows(f, "x look"));
}

static void heap__calls__nothing_lost_before_three_scans(void **state)
{
	struct shown *f = *state;

	show(f, with(support_heap_first(), HEAP_RESTING));
	press(f, "5a");
	assert_true(shows(f, "43,192 suspect"));
	assert_false(shows(f, "are lost:"));
	assert_false(shows(f, "probable"));
}

static void heap__shows__unknown_growth_as_unknown(void **state)
{
	struct shown *f = *state;

	show(f, with(support_heap_first(), HEAP_RESTING));
	press(f, "5\n");
	assert_true(shows(f, "a rate needs three looks"));
}

/* --- lists ---------------------------------------------------------------------------------------- */

static void heap__changes__the_list_with_a(void **state)
{
	struct shown *f = *state;

	press(f, "5");
	assert_true(shows(f, "505-520"));
	press(f, "a");
	assert_true(shows(f, "Session"));
	press(f, "a");
	assert_true(shows(f, "own mappings"));
	press(f, "a");
	assert_true(shows(f, "505-520"));
}

static void heap__sorts__each_list_by_its_own(void **state)
{
	struct shown *f = *state;

	press(f, "5");
	assert_true(line_of(f, " 528 ") < line_of(f, "4089-4104"));
	press(f, "sjj\n"); /* live blocks */
	assert_true(line_of(f, "0-24") < line_of(f, "25-40"));
	press(f, "r");
	assert_true(line_of(f, "25-40") < line_of(f, "0-24"));
	press(f, "a");
	assert_true(shows(f, "certainty, then bytes"));
	press(f, "aa");
	assert_true(shows(f, "live blocks, reversed"));
}

static void heap__filters__the_list_in_front(void **state)
{
	struct shown *f = *state;

	press(f, "5a/session\n");
	assert_true(shows(f, "Session"));
	assert_false(shows(f, "GET /basket"));
	press(f, "\033");
	assert_true(shows(f, "GET /basket"));
	press(f, "/zzz\n");
	assert_true(shows(f, "nothing here matches the filter"));
	press(f, "a");
	assert_true(shows(f, "own mappings")); /* the text was meant for the other list */
}

/* --- one of them ---------------------------------------------------------------------------------- */

static void heap__asks__who_points_to_the_block_it_opens(void **state)
{
	struct shown *f = *state;
	struct request r;

	press(f, "5aj");
	r = press(f, "\n");
	assert_int_equal(r.action, ACTION_PEEK);
	assert_int_equal(r.id, f->m->heap->lost->heads[1].address);
	assert_true(shows(f, "asked for: it comes with the next look"));
	r = press_key(f, ESCAPE);
	assert_int_equal(r.action, ACTION_PEEK);
	assert_int_equal(r.id, 0);
	assert_true(shows(f, "Session"));
	assert_int_equal(press(f, "aaj\n").action, ACTION_NONE); /* a size is nowhere to point to */
}

static void heap__shows__what_peeking_found(void **state)
{
	struct shown *f = *state;
	struct heap_facts *facts = support_heap();

	support_heap_peek(facts);
	facts->peek.pointer_total = 40;
	show(f, with(facts, HEAP_RESTING));
	press(f, "5ajj\n");
	assert_true(shows(f, "7ffd1c0a8e18  [stack], into its inside"));
	assert_true(shows(f, "and 37 more"));
	assert_true(shows(f, "70 72 69 63 65 20 6c 69  ........price li"));
	press(f, "G");
	assert_true(shows(f, " 1f0  ")); /* the last of 512 bytes */
	facts = support_heap();
	facts->peek = (struct heap_peek){.address = facts->lost->heads[2].address};
	show(f, with(facts, HEAP_RESTING));
	press(f, "g");
	assert_true(shows(f, "the block is not there any more"));
}

static void heap__keeps__the_block_open_while_others_come_and_go(void **state)
{
	struct shown *f = *state;
	struct heap_facts *facts = support_heap();
	struct lost_head *heads = facts->lost->heads;

	press(f, "5aj\n");
	memmove(&heads[0], &heads[1], 4 * sizeof(heads[0]));
	facts->lost->head_count = 4;
	show(f, with(facts, HEAP_RESTING));
	assert_true(shows(f, "A lost block of 272 bytes"));
	facts = support_heap();
	facts->lost->head_count = 1;
	show(f, with(facts, HEAP_RESTING));
	assert_true(shows(f, "it is not among the lost blocks of this look"));
	press_key(f, ESCAPE);
	assert_true(shows(f, "Session"));
}

static void heap__opens__a_size_with_its_course(void **state)
{
	struct shown *f = *state;

	press(f, "5\n");
	assert_true(shows(f, "Blocks of 528 bytes"));
	assert_true(shows(f, "+57,201 blocks since the first look"));
	assert_true(shows(f, "requests of 505-520 bytes"));
	assert_true(shows(f, "30,712 of them: nobody points to those"));
}

/* Every size of the screen, every list, every row opened: clipped, never crashed. */
static void heap__survives__every_size(void **state)
{
	static const char *const keys[] = {"5", "5\n", "5a", "5a\n", "5aa", "5aa\n"};
	struct shown *f = *state;

	for (int rows = 1; rows <= 64; rows += 3)
		for (int width = 1; width <= 210; width += 13)
			for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
				struct moment *m = with(support_heap_hostile(), HEAP_MARKING);
				struct tui *t = golden_open(&(struct tui_options){0}, rows, width);
				tui_moment(t, m);
				for (const char *k = keys[i]; *k; k++)
					golden_keys(t, &(int){*k}, 1);
				tui_draw(t);
				tui_close(t);
				moment_unref(m);
			}
	(void)f;
}

static void heap__shows__no_byte_of_the_target_raw(void **state)
{
	static const char *const keys[] = {"5", "5a", "5aj\n", "5ajj\n", "5a/\\x1B\n"};
	struct shown *f = *state;
	struct buf got;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		show(f, with(support_heap_hostile(), HEAP_RESTING));
		press(f, keys[i]);
		buf_init(&got, 1 << 20);
		assert_int_equal(tui_text(f->t, &got), 0);
		for (size_t k = 0; k < got.len; k++)
			assert_true((unsigned char)got.data[k] >= ' ' || got.data[k] == '\n');
		assert_null(strstr(buf_str(&got), "\xe2\x80\xae"));
		buf_done(&got);
		press_key(f, ESCAPE);
		press_key(f, ESCAPE);
		press(f, "1");
	}
}

static void heap__says__none_where_nothing_is_lost(void **state)
{
	struct shown *f = *state;
	struct heap_facts *facts = support_heap_kept();

	show(f, with(facts, HEAP_RESTING));
	press(f, "5a");
	assert_true(shows(f, "none: something points to every block"));
	facts = support_heap();
	free(facts->lost);
	facts->lost = NULL;
	show(f, with(facts, HEAP_RESTING));
	assert_true(shows(f, "no scan was made yet"));
	assert_true(shows(f, "Lost blocks -"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, screen_strike)
	        TEST(heap__holds__no_more_in_use_than_in_memory),
	        TEST(heap__shortens__names_and_no_figures),
	        TEST(heap__offers_no_look__at_a_process_that_is_gone),
	        TEST(heap__asks__for_a_look_by_x_alone),
	        TEST(heap__tells__a_price_that_follows_from_the_figures),
	        TEST(heap__names__an_allocator_before_the_first_look),
	        TEST(heap__tells__why_it_failed_beside_what_is_known),
	        TEST(heap__tells__no_progress_of_a_past_moment),
	        TEST(heap__offers__no_look_in_a_recording),
	        TEST(heap__calls__nothing_lost_before_three_scans),
	        TEST(heap__shows__unknown_growth_as_unknown),
	        TEST(heap__changes__the_list_with_a),
	        TEST(heap__sorts__each_list_by_its_own),
	        TEST(heap__filters__the_list_in_front),
	        TEST(heap__asks__who_points_to_the_block_it_opens),
	        TEST(heap__shows__what_peeking_found),
	        TEST(heap__keeps__the_block_open_while_others_come_and_go),
	        TEST(heap__opens__a_size_with_its_course),
	        TEST(heap__survives__every_size),
	        TEST(heap__shows__no_byte_of_the_target_raw),
	        TEST(heap__says__none_where_nothing_is_lost),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui heap", tests, NULL, NULL);
}
