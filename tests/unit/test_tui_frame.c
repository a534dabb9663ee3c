/* SPDX-License-Identifier: MIT */
/* What keys do to the frame, and that no size and no order of keys breaks it. */

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
#include "tui/keys.h"
#include "tui/theme.h"

enum { ESCAPE = 27 };

static int set_up(void **state)
{
	*state = screen_raise(&(struct tui_options){.color = TUI_COLOR_ALWAYS}, support_moment());
	return 0;
}

static void digits__choose__a_view(void **state)
{
	struct shown *f = *state;

	press_key(f, '2');
	assert_int_equal(tui_view(f->t), 2);
	press_key(f, '8');
	assert_int_equal(tui_view(f->t), 2);
	press_key(f, '6');
	assert_int_equal(tui_view(f->t), 6);
	press_key(f, '5');
	assert_int_equal(tui_view(f->t), 5);
	press_key(f, '7');
	assert_int_equal(tui_view(f->t), 7);
}

static void tab__goes_round__the_views(void **state)
{
	static const int order[] = {2, 3, 4, 5, 6, 7, 1};
	struct shown *f = *state;

	for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		press_key(f, '\t');
		assert_int_equal(tui_view(f->t), order[i]);
	}
	press_key(f, KEY_BTAB);
	assert_int_equal(tui_view(f->t), 7);
}

static void escape__never__quits(void **state)
{
	struct shown *f = *state;

	press_key(f, '4');
	for (int i = 0; i < 20; i++)
		assert_int_not_equal(press_key(f, ESCAPE).action, ACTION_QUIT);
}

static void escape__closes__one_thing_at_a_time(void **state)
{
	struct shown *f = *state;

	press_key(f, 'w');
	press_key(f, '?');
	assert_true(golden_shows(f->t, " Help "));
	assert_int_equal(press_key(f, ESCAPE).action, ACTION_NONE);
	assert_false(golden_shows(f->t, " Help "));
	assert_true(golden_shows(f->t, "Speaks for a leak"));
	assert_int_equal(press_key(f, ESCAPE).action, ACTION_NONE);
	assert_false(golden_shows(f->t, "Speaks for a leak"));
	assert_int_equal(press_key(f, ESCAPE).action, ACTION_PROCESSES);
}

static void help__turns__its_pages_and_closes(void **state)
{
	struct shown *f = *state;

	press_key(f, '?');
	assert_true(golden_shows(f->t, "leave, with the report"));
	press_key(f, '?');
	assert_true(golden_shows(f->t, "resident set size"));
	press_key(f, KEY_LEFT);
	assert_true(golden_shows(f->t, "leave, with the report"));
	press_key(f, KEY_RIGHT);
	press_key(f, '?');
	assert_true(golden_shows(f->t, "Regions that grow"));
}

static void keys_of_the_app__come_out__as_requests(void **state)
{
	static const struct {
		int key;
		enum action action;
	} pairs[] = {
	        {' ', ACTION_FREEZE},   {'p', ACTION_FREEZE},         {'Z', ACTION_FREEZE},
	        {'b', ACTION_BASELINE}, {'e', ACTION_EXPORT},         {'+', ACTION_SLOWER},
	        {'-', ACTION_FASTER},   {'[', ACTION_EVENT_PREVIOUS}, {']', ACTION_EVENT_NEXT},
	        {'q', ACTION_QUIT},
	};
	struct shown *f = *state;

	for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_int_equal(press_key(f, pairs[i].key).action, pairs[i].action);
}

static void left__steps__only_while_frozen(void **state)
{
	struct shown *f = *state;

	assert_int_equal(press_key(f, KEY_LEFT).action, ACTION_NONE);
	tui_frozen(f->t, true);
	assert_int_equal(press_key(f, KEY_LEFT).action, ACTION_STEP);
	assert_int_equal(press_key(f, KEY_RIGHT).id, 1);
	assert_true(golden_shows(f->t, "Space go on"));
	tui_frozen(f->t, false);
	assert_true(golden_shows(f->t, "Space freeze"));
}

static void enter__opens__the_region_under_the_cursor(void **state)
{
	struct shown *f = *state;
	struct request r = press_key(f, '\n');

	assert_int_equal(r.action, ACTION_FOCUS);
	assert_non_null(region_table_find(f->m->regions, r.id));
	r = press_key(f, ESCAPE);
	assert_int_equal(r.action, ACTION_FOCUS);
	assert_int_equal(r.id, 0);
}

static void leaving__a_region__takes_the_focus_away(void **state)
{
	struct shown *f = *state;

	press_key(f, '\n');
	press_key(f, 'w');
	struct request r = press_key(f, '3');
	assert_int_equal(r.action, ACTION_FOCUS);
	assert_int_equal(r.id, 0);
	assert_int_equal(tui_view(f->t), 3);
}

static void selection__stays__on_its_region(void **state)
{
	struct shown *f = *state;

	press_key(f, KEY_DOWN);
	uint64_t id = press_key(f, '\n').id;
	press_key(f, ESCAPE);
	struct moment *next = support_moment();
	for (size_t i = 0; i < next->trend_count; i++)
		if (next->trends[i].id == id)
			next->trends[i].rate = 1e9;
	tui_moment(f->t, next);
	moment_unref(next);
	assert_int_equal(press_key(f, '\n').id, id);
}

static void export__asks__for_a_path(void **state)
{
	struct shown *f = *state;
	struct request r = press_key(f, 'e');

	assert_null(r.text);
	tui_ask_export(f->t, "memleak-4711.json");
	assert_true(golden_shows(f->t, "Export to: memleak-4711.json"));
	for (int i = 0; i < 4; i++)
		press_key(f, KEY_BACKSPACE);
	press(f, "txt");
	press_key(f, KEY_HOME);
	press(f, "q");
	r = press_key(f, '\n');
	assert_int_equal(r.action, ACTION_EXPORT);
	assert_string_equal(r.text, "qmemleak-4711.txt");
}

static void export__is_given_up__by_escape(void **state)
{
	struct shown *f = *state;

	tui_ask_export(f->t, "memleak-4711.json");
	assert_int_equal(press_key(f, ESCAPE).action, ACTION_NONE);
	assert_false(golden_shows(f->t, "Export to"));
	assert_int_equal(press_key(f, 'q').action, ACTION_QUIT);
}

static void filter__works__while_typed_and_escape_restores(void **state)
{
	struct shown *f = *state;

	press_key(f, '2');
	press_key(f, '/');
	press(f, "heap");
	assert_true(golden_shows(f->t, "filter: heap"));
	press_key(f, '\n');
	press_key(f, '/');
	press(f, "zzz");
	assert_true(golden_shows(f->t, "filter: heapzzz"));
	press_key(f, ESCAPE);
	assert_true(golden_shows(f->t, "filter: heap "));
	press_key(f, ESCAPE);
	assert_false(golden_shows(f->t, "filter:"));
}

/* Beside seven tabs there is hardly room; whatever its length, one must see that there is a filter. */
static void filter__is_told__whatever_its_length(void **state)
{
	struct shown *f = *state;

	press_key(f, '2');
	press_key(f, '/');
	for (int i = 0; i < 60; i++) {
		press(f, "x");
		assert_true(golden_shows(f->t, "filter: x"));
	}
}

static void notice__stays__until_a_key_or_some_seconds(void **state)
{
	struct shown *f = *state;

	tui_notice(f->t, "written: a.json", false);
	assert_true(golden_shows(f->t, "written: a.json"));
	press_key(f, 'j');
	assert_false(golden_shows(f->t, "written: a.json"));

	tui_notice(f->t, "written: b.json", false);
	for (unsigned i = 0; i < 3; i++) {
		struct moment *m = support_moment();
		m->time += i * 5 * NS_PER_S;
		tui_moment(f->t, m);
		moment_unref(m);
		assert_int_equal(golden_shows(f->t, "written: b.json"), i < 2);
	}
}

static void footer__drops__keys_from_the_right(void **state)
{
	struct shown *f = *state;

	assert_true(golden_shows(f->t, "? help  q quit"));
	assert_true(golden_shows(f->t, "u units"));
	tui_resize(f->t, 24, 60);
	assert_true(golden_shows(f->t, "? help  q quit"));
	assert_false(golden_shows(f->t, "u units"));
}

static void units__change__every_figure(void **state)
{
	struct shown *f = *state;

	assert_false(golden_shows(f->t, " kB   "));
	press_key(f, 'u');
	assert_true(golden_shows(f->t, " kB"));
}

static void confidence__has__a_word_and_a_colour(void **state)
{
	static const struct {
		int confidence;
		enum role role;
	} bars[] = {
	        {-1, ROLE_DIM}, {29, ROLE_GOOD}, {30, ROLE_WARN}, {70, ROLE_WARN}, {71, ROLE_BAD}};
	struct shown *f = *state;

	for (unsigned i = 0; i < sizeof(bars) / sizeof(bars[0]); i++) {
		struct moment *m = support_moment();
		struct buf roles;
		m->verdict.confidence = bars[i].confidence;
		tui_moment(f->t, m);
		moment_unref(m);
		buf_init(&roles, 1 << 20);
		assert_int_equal(tui_roles(f->t, &roles), 0);
		/* row 1 is the bar; its word stands at its end */
		const char *line = strchr(buf_str(&roles), '\n') + 1;
		size_t end = strcspn(line, "\n");
		assert_int_equal(line[end - 1], role_letter(bars[i].role));
		buf_done(&roles);
	}
}

static void one_line__says__rss_rate_and_verdict(void **state)
{
	struct shown *f = *state;

	tui_resize(f->t, 1, 40);
	assert_true(golden_shows(f->t, "MB"));
	assert_true(golden_shows(f->t, "leak 97 %"));
}

/* A second moment of the process in which [heap] held far more at the baseline than now, and was just filled a bit. */
static void show_heap_shrunk(struct shown *f, enum verdict_kind kind)
{
	struct moment *m = support_moment();
	uint64_t heap = 0;

	for (size_t i = 0; i < m->regions->count; i++)
		if (m->regions->rows[i]->kind == REGION_HEAP)
			heap = m->regions->rows[i]->id;
	for (size_t i = 0; i < m->baseline->count; i++)
		if (m->baseline->rows[i].id == heap)
			m->baseline->rows[i].weight += 1ull << 40;
	m->verdict.kind = kind;
	tui_moment(f->t, m);
	moment_unref(m);
}

/* Merges and splits of mappings leave a rate to what holds less than before. */
static void what_shrank__grows__only_where_the_verdict_counts_on_it(void **state)
{
	struct shown *f = *state;

	assert_true(golden_shows(f->t, "heap      [heap]"));
	show_heap_shrunk(f, VERDICT_NO_LEAK);
	assert_false(golden_shows(f->t, "heap      [heap]"));
	assert_true(golden_shows(f->t, "Regions that grow"));
	show_heap_shrunk(f, VERDICT_LEAK);
	assert_true(golden_shows(f->t, "heap      [heap]"));
}

static void small__breaks_off__at_a_word_with_a_mark(void **state)
{
	struct shown *f = *state;

	tui_resize(f->t, 10, 60);
	assert_true(
	        golden_shows(f->t, "limit  reaches the cgroup limit of 512.0 MB in about \u2026"));
	tui_resize(f->t, 14, 60);
	assert_true(golden_shows(f->t, "         53 min 05 s"));
	assert_false(golden_shows(f->t, "in about \u2026"));
}

/* At every width the number and its unit stand in one line. */
static void wrapping__leaves__a_unit_with_its_number(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment();

	m->verdict.evidence_count = 1;
	snprintf(m->verdict.evidence[0].text, sizeof(m->verdict.evidence[0].text),
	         "it took 52.5 kB/s of what it has (limit 5 %%) in 20.0 MB of 53 min");
	show(f, m);
	for (int width = 60; width < 100; width++) {
		tui_resize(f->t, 60, width);
		assert_true(golden_shows(f->t, "52.5 kB/s"));
		assert_true(golden_shows(f->t, "5 %)"));
		assert_true(golden_shows(f->t, "20.0 MB"));
		assert_true(golden_shows(f->t, "53 min"));
	}
}

static void frame__waits__without_a_moment(void **state)
{
	struct tui *t = golden_open(&(struct tui_options){0}, 24, 80);
	struct request r;

	(void)state;
	assert_true(golden_shows(t, "waiting for the first sample"));
	for (const struct key_binding *b = key_bindings; b->keys[0]; b++)
		tui_key(t, b->keys[0], &r);
	tui_draw(t);
	tui_close(t);
}

static void theme__refuses__an_unknown_name(void **state)
{
	struct tui *t = NULL;

	(void)state;
	assert_true(tui_open_headless(&(struct tui_options){.theme = "pink"}, 24, 80, &t) < 0);
	assert_null(t);
}

#define FRAME_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, screen_strike)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        FRAME_TEST(digits__choose__a_view),
	        FRAME_TEST(tab__goes_round__the_views),
	        FRAME_TEST(escape__never__quits),
	        FRAME_TEST(escape__closes__one_thing_at_a_time),
	        FRAME_TEST(help__turns__its_pages_and_closes),
	        FRAME_TEST(keys_of_the_app__come_out__as_requests),
	        FRAME_TEST(left__steps__only_while_frozen),
	        FRAME_TEST(enter__opens__the_region_under_the_cursor),
	        FRAME_TEST(leaving__a_region__takes_the_focus_away),
	        FRAME_TEST(selection__stays__on_its_region),
	        FRAME_TEST(export__asks__for_a_path),
	        FRAME_TEST(export__is_given_up__by_escape),
	        FRAME_TEST(filter__works__while_typed_and_escape_restores),
	        FRAME_TEST(filter__is_told__whatever_its_length),
	        FRAME_TEST(notice__stays__until_a_key_or_some_seconds),
	        FRAME_TEST(footer__drops__keys_from_the_right),
	        FRAME_TEST(units__change__every_figure),
	        FRAME_TEST(confidence__has__a_word_and_a_colour),
	        FRAME_TEST(one_line__says__rss_rate_and_verdict),
	        FRAME_TEST(what_shrank__grows__only_where_the_verdict_counts_on_it),
	        FRAME_TEST(small__breaks_off__at_a_word_with_a_mark),
	        FRAME_TEST(wrapping__leaves__a_unit_with_its_number),
	        FRAME_TEST(frame__waits__without_a_moment),
	        FRAME_TEST(theme__refuses__an_unknown_name),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui frame", tests, NULL, NULL);
}
