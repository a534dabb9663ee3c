/* SPDX-License-Identifier: MIT */
/* What keys and new facts do to the view of call sites, what they ask for, and how names are cut. */

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
#include "support_moment.h"
#include "support_screen.h"
#include "support_site_facts.h"

enum { ESCAPE = 27 };

static int set_up(void **state)
{
	*state = screen_raise(&(struct tui_options){0}, support_moment_sites());
	return 0;
}

static struct moment *with(struct sites_facts *f, enum sites_kind kind, enum sites_phase phase)
{
	struct moment *m = support_moment();

	support_sites_put(m, f, kind, phase);
	return m;
}

static void asks(struct request r, enum action action, uint64_t id)
{
	assert_int_equal(r.action, action);
	assert_int_equal(r.id, id);
}

/* --- tracing -------------------------------------------------------------------------------------- */

static void sites__traces__nothing_before_it_is_chosen(void **state)
{
	struct shown *f = *state;

	show(f, support_moment());
	asks(press(f, "6"), ACTION_NONE, 0);
	asks(press(f, "\n"), ACTION_NONE, 0);
	asks(press(f, "x"), ACTION_NONE, 0);
	assert_true(shows(f, "growth stacks: who grew memory"));
	assert_false(shows(f, " stop ")); /* nothing goes on */
	asks(press_key(f, ESCAPE), ACTION_NONE, 0);
	assert_false(shows(f, "growth stacks: who grew memory"));
}

static void sites__starts__growth_stacks_at_once(void **state)
{
	struct shown *f = *state;

	show(f, support_moment());
	asks(press(f, "6x\n"), ACTION_TRACE, SITES_GROWTH);
}

static void sites__counts__the_price_of_allocations_first(void **state)
{
	struct shown *f = *state;

	show(f, support_moment());
	asks(press(f, "6xj\n"), ACTION_PRICE, 0);
}

static void sites__stops__what_goes_on_by_x_and_enter(void **state)
{
	struct shown *f = *state;

	show(f, with(support_sites(), SITES_ALLOCATIONS, SITES_TRACING));
	asks(press(f, "6x\n"), ACTION_TRACE, SITES_NONE);
}

static void sites__starts__at_its_price_by_x_or_enter(void **state)
{
	struct shown *f = *state;

	show(f, with(NULL, SITES_ALLOCATIONS, SITES_PRICED));
	press(f, "6");
	asks(press(f, "x"), ACTION_TRACE, SITES_ALLOCATIONS);
	asks(press(f, "\n"), ACTION_TRACE, SITES_ALLOCATIONS);
	asks(press_key(f, ESCAPE), ACTION_TRACE, SITES_NONE);
	show(f, with(support_sites_growth(), SITES_ALLOCATIONS, SITES_PRICED));
	asks(press(f, "\n"), ACTION_TRACE, SITES_ALLOCATIONS);
	assert_true(shows(f, "Sites 12")); /* and no row was opened */
}

static void sites__asks__only_where_the_price_stands(void **state)
{
	struct shown *f = *state;
	struct moment *m = with(NULL, SITES_ALLOCATIONS, SITES_PRICED);

	m->live = false;
	show(f, m);
	press(f, "6");
	assert_false(shows(f, "x or Enter starts"));
	asks(press(f, "\n"), ACTION_NONE, 0);
}

static void sites__tells__the_price_as_counted(void **state)
{
	static const struct {
		double expected, limit;
		const char *words;
	} prices[] = {
	        {6.2, 10, "allocation sites: about 6 % slower for 30 s (limit 10 %)"},
	        {6.2, 5, "about 6 % slower for 30 s (limit 5 %: it will be thinned)"},
	        {5, 5, "about 5 % slower for 30 s (limit 5 %: it will be thinned)"},
	        {5.3, 5, "about 5.3 % slower for 30 s (limit 5 %: it will be thinned)"},
	        {41, 2.5, "about 41 % slower for 30 s (limit 2.5 %: it will be thinned)"},
	        {6.2, (double)NAN, "about 6 % slower for 30 s (limit 5 %: it will be thinned)"},
	        {0.3, 5, "allocation sites: less than 1 % slower for 30 s (limit 5 %)"},
	        {(double)NAN, 5, "price not known for 30 s (limit 5 %: it will be thinned)"},
	};
	struct shown *f = *state;

	press(f, "6");
	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
		struct moment *m = with(NULL, SITES_ALLOCATIONS, SITES_PRICED);
		m->sites_progress.expected = prices[i].expected;
		m->sites_progress.limit = prices[i].limit;
		show(f, m);
		assert_true(shows(f, prices[i].words));
		assert_true(shows(f, "x or Enter starts, Esc leaves it"));
	}
}

static void sites__offers__no_trace_of_a_process_that_is_gone(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment_sites();

	m->ended = END_TARGET;
	show(f, m);
	press(f, "6");
	assert_false(shows(f, "x traces again"));
	asks(press(f, "x"), ACTION_TRACE, SITES_NONE); /* app says why not */
	assert_false(shows(f, "growth stacks: who"));
}

static void sites__tells__how_far_it_is_and_what_it_costs(void **state)
{
	struct shown *f = *state;

	show(f, with(support_sites(), SITES_ALLOCATIONS, SITES_TRACING));
	press(f, "6");
	assert_true(shows(f, "12 s left, 3.1 % slower, 41,200 calls/s"));
	show(f, with(NULL, SITES_GROWTH, SITES_TRACING));
	assert_true(shows(f, "growth stacks for 18 s, 0.1 % slower, 94 page faults/s"));
}

static void sites__names__what_x_does_at_its_foot(void **state)
{
	struct shown *f = *state;

	press(f, "6");
	assert_true(shows(f, "x trace"));
	show(f, with(support_sites(), SITES_ALLOCATIONS, SITES_TRACING));
	assert_true(shows(f, "x stop "));
	assert_false(shows(f, "x trace"));
	show(f, with(support_sites(), SITES_ALLOCATIONS, SITES_PRICED));
	assert_true(shows(f, "Esc leave"));
	assert_true(shows(f, "x start"));
	press(f, "1"); /* where nothing is traced by any key */
	assert_false(shows(f, "x start"));
}

/* Begun with --no-sites: a key that does nothing stands nowhere, and still says why. */
static void sites__offers__no_trace_where_none_may_be(void **state)
{
	struct shown *f = *state;
	struct moment *m = with(NULL, SITES_ALLOCATIONS, SITES_FAILED);

	m->sites_progress.never = true;
	show(f, m);
	press(f, "6");
	assert_false(shows(f, " x "));
	assert_true(shows(f, "Space freeze"));
	assert_int_equal(press(f, "x").action, ACTION_TRACE);
}

/* Lines of the tracing before would stand under the title of the one that has begun. */
static void sites__forgets__the_lines_of_the_tracing_before(void **state)
{
	struct shown *f = *state;
	struct moment *m = with(support_sites(), SITES_ALLOCATIONS, SITES_TRACING);

	m->sites_progress.begin = m->sites->begin + 1;
	show(f, m);
	press(f, "6");
	assert_false(shows(f, "Session::create"));
	assert_true(shows(f, "The first figures come in a moment"));
	show(f, with(support_sites(), SITES_ALLOCATIONS, SITES_TRACING));
	assert_true(shows(f, "Session::create"));
}

static void sites__tells__the_next_step_of_where_one_is(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment_sites();

	m->verdict.eta = (double)NAN;
	show(f, m);
	assert_true(shows(f, "6 which code; there Enter"));
	press(f, "6");
	assert_false(shows(f, "6 which code"));
	assert_true(shows(f, "Enter on the first line"));
	m = support_moment_sites();
	m->verdict.kind = VERDICT_UNKNOWN;
	m->verdict.needs = 6 * NS_PER_S;
	show(f, m); /* what is known already is not waited for */
	assert_false(shows(f, "wait about"));
}

static void sites__tells__why_it_failed_beside_what_is_known(void **state)
{
	struct shown *f = *state;

	show(f, with(support_sites(), SITES_ALLOCATIONS, SITES_FAILED));
	press(f, "6");
	assert_true(shows(f, "kernel.perf_event_paranoid to 2"));
	assert_true(shows(f, "Session::create"));
}

static void sites__warns__above_the_list_at_every_height(void **state)
{
	struct moment *m = with(support_sites_growth(), SITES_GROWTH, SITES_TRACING);

	(void)state;
	for (int rows = 10; rows <= 60; rows += 5) {
		struct tui *t = golden_open(&(struct tui_options){0}, rows, 80);
		tui_moment(t, m);
		golden_keys(t, &(int){'6'}, 1);
		assert_true(golden_shows(t, "blocks of 528 bytes grow most"));
		assert_true(golden_shows(t, "Session::create"));
		tui_close(t);
	}
	moment_unref(m);
}

/* --- the list ------------------------------------------------------------------------------------- */

static void sites__stand__by_what_goes_on_growing(void **state)
{
	struct shown *f = *state;

	press(f, "6");
	assert_true(line_of(f, "Session::create") < line_of(f, "parse_header"));
	assert_true(line_of(f, "run-time code") < line_of(f, "tree_insert")); /* it rests */
	press(f, "sj\n"); /* bytes still there */
	assert_true(line_of(f, "config_set") < line_of(f, "tree_insert"));
	press(f, "r");
	assert_true(line_of(f, "Session::create") > line_of(f, "parse_header"));
}

static uint32_t text_more(struct sites_facts *f, const char *text)
{
	uint32_t at = f->text_size;
	size_t size = strlen(text) + 1;

	f->text = realloc(f->text, at + size);
	assert_non_null(f->text);
	memcpy(f->text + at, text, size);
	f->text_size += (uint32_t)size;
	return at;
}

static struct site_frame *named(struct sites_facts *f, unsigned site, unsigned outwards)
{
	return &f->frames[f->sites[site].frame + f->sites[site].named + outwards];
}

/* Facts whose first two sites are the same call, for a test to make them differ in one thing. */
static struct sites_facts *twins(void)
{
	struct sites_facts *f = support_sites();

	f->sites[1].frame = f->frame_count;
	f->sites[1].frame_count = f->sites[0].frame_count;
	f->sites[1].named = f->sites[0].named;
	f->frames = realloc(f->frames,
	                    (f->frame_count + f->sites[0].frame_count) * sizeof(f->frames[0]));
	assert_non_null(f->frames);
	memcpy(&f->frames[f->frame_count], &f->frames[f->sites[0].frame],
	       f->sites[0].frame_count * sizeof(f->frames[0]));
	f->frame_count += f->sites[0].frame_count;
	return f;
}

static void shows_both(struct shown *f, struct sites_facts *facts, const char *a, const char *b)
{
	show(f, with(facts, SITES_ALLOCATIONS, SITES_ENDED));
	press(f, "6");
	assert_true(shows(f, a));
	assert_true(shows(f, b));
	press(f, "1");
}

/* At 80 columns, where neither callers nor what stands in <> have room. */
static void sites__tell_apart__what_looks_the_same(void **state)
{
	struct shown low = {.t = golden_open(&(struct tui_options){0}, 24, 80)}, *f = &low;
	struct sites_facts *facts = twins();

	(void)state;
	named(facts, 1, 0)->line = 1099;
	shows_both(f, facts, "Session::create  session.cpp:88 ",
	           "Session::create  session.cpp:1099");
	facts = twins();
	named(facts, 0, 0)->address += 0x20;
	shows_both(f, facts, "88 call 1", "88 call 2");
	facts = twins();
	named(facts, 1, 1)->function = text_more(facts, "session_renew");
	shows_both(f, facts, "\u2039 session_find", "\u2039 session_renew");
	facts = twins();
	named(facts, 1, 2)->line = 777;
	shows_both(f, facts, "\u2039 \u2026 \u2039 ", ":777");
	facts = twins();
	named(facts, 0, 0)->function =
	        text_more(facts,
	                  "Cache<User, std::hash<User>, std::less<User> >::put(User const&)");
	named(facts, 1, 0)->function =
	        text_more(facts,
	                  "Cache<Order, std::hash<Order>, std::less<Order> >::put(Order const&)");
	shows_both(f, facts, "Cache<User\u2026>::put", "Cache<Order\u2026>::put");
	facts = twins();
	for (unsigned i = 0; i < 4;
	     i++) { /* stripped: by offsets, and callers without a name too */
		struct site_frame *frame = named(facts, i / 2, i % 2);
		frame->function = frame->file = frame->line = 0;
		frame->module = text_more(facts, "/lib/bare.so");
		frame->offset = 0x1000 + 0x100 * (i % 2) + (i == 3 ? 0x10 : 0);
	}
	shows_both(f, facts, "\u2039 bare.so+0x1100", "\u2039 bare.so+0x1110");
	tui_close(low.t);
	moment_unref(low.m);
}

static void sites__show__unknown_as_unknown(void **state)
{
	struct shown *f = *state;

	show(f, with(support_sites_hits(), SITES_HITS, SITES_ENDED));
	press(f, "6");
	assert_true(shows(f, "116,508"));
	assert_true(shows(f, " - "));
	assert_false(shows(f, " 0 B"));
	press(f, "\n");
	assert_true(shows(f, "how often it allocates; bytes and frees are not known"));
	assert_false(shows(f, " 0 B"));
}

static void sites__filter__any_function_module_or_file_of_a_stack(void **state)
{
	struct shown *f = *state;

	press(f, "6/LIBBASKET\n");
	assert_true(shows(f, "libbasket.so+0x12f0"));
	assert_false(shows(f, "Session::create"));
	press_key(f, ESCAPE);
	press(f, "/price_cache\n"); /* the file of a caller */
	assert_true(shows(f, "_M_insert_unique_node"));
	assert_false(shows(f, "Session::create"));
	press_key(f, ESCAPE);
	press(f, "/zzz\n");
	assert_true(shows(f, "nothing here matches the filter"));
}

static void sites__tell__what_is_missing_only_where_something_is(void **state)
{
	struct shown *f = *state;
	struct sites_facts *facts = support_sites();

	facts->lost = 12;
	facts->broken = facts->nameless = facts->other_bytes = 0;
	facts->unmatched_frees = 1;
	show(f, with(facts, SITES_ALLOCATIONS, SITES_ENDED));
	press(f, "6");
	assert_true(shows(f, "3,358 samples, 12 lost on their way, 1 free of an older block"));
	assert_false(shows(f, "broken off"));
}

/* --- the tree ------------------------------------------------------------------------------------- */

static void tree__merges__what_leads_to_several_sites(void **state)
{
	struct shown *f = *state;

	press(f, "6t");
	assert_true(shows(f, "worker_main > worker_turn") ||
	            shows(f, "worker_main \u203a worker_turn"));
	assert_true(line_of(f, "request_serve") < line_of(f, "Session::create"));
	assert_true(shows(f, "tree_insert \u00d724"));
}

static void tree__opens__and_closes_by_enter_left_and_right(void **state)
{
	struct shown *f = *state;

	press(f, "6t");
	assert_true(shows(f, "net_read"));
	press(f, "j\n"); /* request_serve */
	assert_false(shows(f, "net_read"));
	press(f, "l");
	assert_true(shows(f, "net_read"));
	assert_false(shows(f, "parse_header"));
	press(f, "jjl"); /* net_read */
	assert_true(shows(f, "parse_header"));
	show(f, support_moment_sites()); /* and it stays so with new facts */
	assert_true(shows(f, "parse_header"));
	press(f, "h");
	assert_false(shows(f, "parse_header"));
}

static void tree__opens__the_stack_of_a_site(void **state)
{
	struct shown *f = *state;

	press(f, "6tjj\n");
	assert_true(shows(f, "Its stack, innermost function first"));
	press_key(f, ESCAPE);
	assert_true(shows(f, "request_serve"));
}

static void tree__sums__what_is_below(void **state)
{
	struct shown *f = *state;
	struct sites_facts *facts = support_sites();

	facts->site_count = 2;
	show(f, with(facts, SITES_ALLOCATIONS, SITES_ENDED));
	press(f, "6t");
	/* 3,072,000 and 552,960 bytes; 102,400 and 18,432 a second */
	assert_true(shows(f, "+6.9 MB"));
	assert_true(shows(f, "3.5 MB"));
	assert_true(shows(f, " 88 %")); /* of all that grows, as the facts have it */
}

static void tree__filters__to_the_sites_and_what_leads_to_them(void **state)
{
	struct shown *f = *state;

	press(f, "6t/parse_header\n");
	assert_true(shows(f, "net_read"));
	assert_true(shows(f, "parse_header"));
	assert_false(shows(f, "Session::create"));
}

/* --- one of them ---------------------------------------------------------------------------------- */

static void stack__tells__frames_places_and_what_is_inlined(void **state)
{
	struct shown *f = *state;

	press(f, "6\n");
	assert_true(shows(f, "unique_ptr.h:1065 in shopd, inlined"));
	assert_true(shows(f, "  0 operator new(unsigned long)  libstdc++.so.6"));
	assert_true(shows(f, "steady: what came early is still there, and more comes"));
	assert_true(line_of(f, "  0 operator new") < line_of(f, "session_find"));
	press_key(f, ESCAPE);
	press(f, "jjjjj\n");
	assert_true(shows(f, "tree.c:61 in shopd, 23 times"));
	assert_true(shows(f, " 25 catalog_load"));
	assert_true(shows(f, "it grew in the first half, and not since"));
	press_key(f, ESCAPE);
	press(f, "jj\n");
	assert_true(shows(f, "what comes goes again: churn, no growth"));
}

static void stack__stays__open_while_sites_come_and_go(void **state)
{
	struct shown *f = *state;
	struct sites_facts *facts = support_sites();
	struct site first = facts->sites[0];

	press(f, "6j\n");
	assert_true(shows(f, "parse_header"));
	facts->sites[0] = facts->sites[1];
	facts->sites[1] = first;
	show(f, with(facts, SITES_ALLOCATIONS, SITES_TRACING));
	assert_true(shows(f, "parse_header"));
	facts = support_sites();
	facts->site_count = 1;
	show(f, with(facts, SITES_ALLOCATIONS, SITES_TRACING));
	assert_true(shows(f, "this site is no longer among those found"));
	press_key(f, ESCAPE);
	assert_true(shows(f, "Sites 1 "));
}

/* --- who grew a region ---------------------------------------------------------------------------- */

static void region__names__the_sites_that_touched_it(void **state)
{
	struct shown *f = *state;
	struct moment *m = with(support_sites_growth(), SITES_GROWTH, SITES_ENDED);

	support_focus(m, REGION_HEAP);
	show(f, m);
	press(f, "2\n");
	assert_true(shows(f, "Who grew it"));
	assert_true(shows(f, "6.0 MB  75 %  Session::create  session.cpp:88"));
	assert_true(line_of(f, "1.5 MB  19 %  parse_header") < line_of(f, "512.0 kB"));
	m = support_moment();
	support_focus(m, REGION_HEAP);
	show(f, m);
	assert_true(shows(f, "6, then x: growth stacks tell who grows it"));
}

/* --- anything ------------------------------------------------------------------------------------- */

/* Every size of the screen, every list, every row opened: clipped, never crashed. */
static void sites__survive__every_size(void **state)
{
	static const char *const keys[] = {"6", "6\n", "6t", "6xj", "6t/e\n"};

	(void)state;
	for (int rows = 1; rows <= 64; rows += 7)
		for (int width = 1; width <= 210; width += 29)
			for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
				struct moment *m = with(support_sites_hostile(), SITES_ALLOCATIONS,
				                        i % 2 ? SITES_TRACING : SITES_FAILED);
				struct tui *t = golden_open(&(struct tui_options){0}, rows, width);
				tui_moment(t, m);
				for (const char *k = keys[i]; *k; k++)
					golden_keys(t, &(int){*k}, 1);
				tui_draw(t);
				tui_close(t);
				moment_unref(m);
			}
}

/* Offsets, counts and numbers that lead nowhere, as a broken recording may have them. */
static void sites__bear__facts_that_are_wrong(void **state)
{
	static const char *const keys[] = {"6", "6\n", "6t", "6G\n", "6jjjjjjj\n"};
	struct shown *f = *state;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct sites_facts *facts = support_sites();
		facts->sites[0].frame = UINT32_MAX - 1;
		facts->sites[1].frame_count = UINT32_MAX;
		facts->sites[2].named = 4000;
		facts->sites[3].frame_count = 0;
		facts->sites[4].spark_count = 255;
		facts->sites[5].frame_count = facts->frame_count - facts->sites[5].frame;
		facts->frames[facts->sites[6].frame].function = UINT32_MAX;
		facts->sites[7].growth_bytes = facts->sites[8].share = (double)INFINITY;
		facts->sites[7].growth_blocks = facts->sites[8].lifetime = 1e300;
		facts->sites[9].growth_bytes = -1e300;
		facts->growth_bytes = facts->hits_per_s = (double)INFINITY;
		facts->time = 0;
		show(f, with(facts, SITES_ALLOCATIONS, SITES_TRACING));
		press(f, keys[i]);
		tui_draw(f->t);
		press_key(f, ESCAPE);
	}
	assert_true(shows(f, "no stack was seen"));
}

static void sites__show__no_byte_of_the_target_raw(void **state)
{
	static const char *const keys[] = {"6", "6t", "6\n", "6/\\x1B\n"};
	struct shown *f = *state;
	struct buf got;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		show(f, with(support_sites_hostile(), SITES_ALLOCATIONS, SITES_ENDED));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, screen_strike)
	        TEST(sites__traces__nothing_before_it_is_chosen),
	        TEST(sites__starts__growth_stacks_at_once),
	        TEST(sites__counts__the_price_of_allocations_first),
	        TEST(sites__stops__what_goes_on_by_x_and_enter),
	        TEST(sites__starts__at_its_price_by_x_or_enter),
	        TEST(sites__asks__only_where_the_price_stands),
	        TEST(sites__tells__the_price_as_counted),
	        TEST(sites__offers__no_trace_of_a_process_that_is_gone),
	        TEST(sites__tells__how_far_it_is_and_what_it_costs),
	        TEST(sites__names__what_x_does_at_its_foot),
	        TEST(sites__offers__no_trace_where_none_may_be),
	        TEST(sites__forgets__the_lines_of_the_tracing_before),
	        TEST(sites__tells__the_next_step_of_where_one_is),
	        TEST(sites__tells__why_it_failed_beside_what_is_known),
	        cmocka_unit_test(sites__warns__above_the_list_at_every_height),
	        TEST(sites__stand__by_what_goes_on_growing),
	        cmocka_unit_test(sites__tell_apart__what_looks_the_same),
	        TEST(sites__show__unknown_as_unknown),
	        TEST(sites__filter__any_function_module_or_file_of_a_stack),
	        TEST(sites__tell__what_is_missing_only_where_something_is),
	        TEST(tree__merges__what_leads_to_several_sites),
	        TEST(tree__opens__and_closes_by_enter_left_and_right),
	        TEST(tree__opens__the_stack_of_a_site),
	        TEST(tree__sums__what_is_below),
	        TEST(tree__filters__to_the_sites_and_what_leads_to_them),
	        TEST(stack__tells__frames_places_and_what_is_inlined),
	        TEST(stack__stays__open_while_sites_come_and_go),
	        TEST(region__names__the_sites_that_touched_it),
	        cmocka_unit_test(sites__survive__every_size),
	        TEST(sites__bear__facts_that_are_wrong),
	        TEST(sites__show__no_byte_of_the_target_raw),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui sites", tests, NULL, NULL);
}
