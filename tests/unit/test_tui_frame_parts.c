/* SPDX-License-Identifier: MIT */
/* The parts that views and frame are made of, each on its own. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_golden.h"
#include "tui/tui_internal.h"
#include "tui/view.h"

static void list__stays__inside_its_rows(void **state)
{
	struct list l = {0};

	(void)state;
	assert_true(list_act(&l, ACTION_END, 100, 10));
	assert_int_equal(l.at, 99);
	assert_int_equal(l.top, 90);
	assert_true(list_act(&l, ACTION_DOWN, 100, 10));
	assert_int_equal(l.at, 99);
	assert_true(list_act(&l, ACTION_PAGE_UP, 100, 10));
	assert_int_equal(l.at, 90);
	list_settle(&l, 3, 10);
	assert_int_equal(l.at, 2);
	assert_int_equal(l.top, 0);
	assert_true(list_act(&l, ACTION_UP, 0, 10));
	assert_int_equal(l.at, 0);
	assert_false(list_act(&l, ACTION_ENTER, 3, 10));
}

static void view_matches__is__blind_to_case(void **state)
{
	(void)state;
	assert_true(view_matches("", "anything"));
	assert_true(view_matches("LIBC", "/usr/lib/libc.so.6"));
	assert_true(view_matches("\u00e9t\u00e9", "L'\u00c9T\u00c9"));
	assert_false(view_matches("libc7", "/usr/lib/libc.so.6"));
	assert_false(view_matches("a", ""));
}

static void chart_put(struct chart *c, uint64_t seconds, uint64_t value)
{
	c->points[c->count++] = (struct chart_point){seconds * NS_PER_S, value, value, value};
}

static void view_rate__is__that_of_the_last_minute(void **state)
{
	struct moment *m = moment_new();
	struct chart *c = &m->charts[CHART_RSS];

	(void)state;
	assert_true(isnan(view_rate(m, CHART_RSS)));
	chart_put(c, 0, 1000);
	assert_true(isnan(view_rate(m, CHART_RSS)));
	chart_put(c, 100, 1000);
	chart_put(c, 160, 7000);
	chart_put(c, 170, UNKNOWN);
	assert_true(fabs(view_rate(m, CHART_RSS) - 100) < 1e-9);
	moment_unref(m);
}

/* A large process gave way to a small one that grows. */
static void view_rate__begins__with_the_process(void **state)
{
	struct moment *m = moment_new();
	struct chart *c = &m->charts[CHART_RSS];

	(void)state;
	chart_put(c, 0, 90000);
	chart_put(c, 10, 90000);
	chart_put(c, 20, 1000);
	chart_put(c, 30, 2000);
	m->events[0] = (struct event){.time = 15 * NS_PER_S, .kind = EVENT_RESTART};
	m->events[1] = (struct event){.time = 25 * NS_PER_S, .kind = EVENT_VERDICT};
	m->event_count = 2;
	assert_true(fabs(view_rate(m, CHART_RSS) - 100) < 1e-9);
	/* One that has just begun has no rate yet. */
	m->events[0].time = 25 * NS_PER_S;
	assert_true(isnan(view_rate(m, CHART_RSS)));
	moment_unref(m);
}

static void prompt_type(struct prompt *p, const int *keys, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(prompt_key(p, keys[i]), PROMPT_OPEN);
}

static void prompt__edits__whole_characters(void **state)
{
	static const int keys[] = {'a',      KEY_WIDE | 0xe9, KEY_WIDE | 0x5e97, 'b',
	                           KEY_LEFT, KEY_LEFT,        KEY_BACKSPACE};
	struct prompt p;

	(void)state;
	prompt_open(&p, "Filter", ACTION_FILTER, "");
	prompt_type(&p, keys, 7);
	assert_string_equal(p.text, "a\u5e97b");
	prompt_type(&p, (int[]){KEY_DC, KEY_END, 'c', 1, 'x'}, 5);
	assert_string_equal(p.text, "xabc");
	prompt_type(&p, (int[]){11}, 1);
	assert_string_equal(p.text, "x");
	assert_int_equal(prompt_key(&p, '\n'), PROMPT_ACCEPTED);
}

static void prompt__takes__no_control_character_and_no_end_of_room(void **state)
{
	struct prompt p;

	(void)state;
	prompt_open(&p, "Filter", ACTION_FILTER, "");
	prompt_type(&p, (int[]){KEY_WIDE | 0x202e, KEY_WIDE | 0x9b, KEY_F(5), 0x1f}, 4);
	assert_string_equal(p.text, "");
	for (unsigned i = 0; i < 2 * sizeof(p.text); i++)
		prompt_key(&p, KEY_WIDE | 0x5e97);
	assert_true(p.len < sizeof(p.text));
	assert_int_equal(strlen(p.text), p.len);
}

static void prompt__erases__a_word_of_a_path(void **state)
{
	struct prompt p;

	(void)state;
	prompt_open(&p, "Export to", ACTION_EXPORT, "/tmp/dir/file.json");
	prompt_key(&p, 'w' & 0x1f);
	assert_string_equal(p.text, "/tmp/dir/");
	prompt_key(&p, 'w' & 0x1f);
	assert_string_equal(p.text, "/tmp/");
	prompt_key(&p, 'u' & 0x1f);
	assert_string_equal(p.text, "");
}

static void menu__chooses__by_enter_alone(void **state)
{
	static const char *const entries[] = {"size", "RSS", "growth", NULL};
	struct menu m;

	(void)state;
	menu_open(&m, "Sort by", entries, 1, ACTION_SORT_MENU);
	assert_false(menu_key(&m, 'j', 10));
	assert_true(menu_key(&m, '\n', 10));
	assert_int_equal(m.list.at, 2);
	assert_null(m.title);
	menu_open(&m, "Sort by", entries, 1, ACTION_SORT_MENU);
	assert_false(menu_key(&m, 27, 10));
	assert_null(m.title);
}

static void role_letters__are__all_different(void **state)
{
	(void)state;
	for (unsigned a = 0; a < ROLE_COUNT; a++)
		for (unsigned b = 0; b < a; b++)
			assert_int_not_equal(role_letter((enum role)a), role_letter((enum role)b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(list__stays__inside_its_rows),
	        cmocka_unit_test(view_matches__is__blind_to_case),
	        cmocka_unit_test(view_rate__is__that_of_the_last_minute),
	        cmocka_unit_test(view_rate__begins__with_the_process),
	        cmocka_unit_test(prompt__edits__whole_characters),
	        cmocka_unit_test(prompt__takes__no_control_character_and_no_end_of_room),
	        cmocka_unit_test(prompt__erases__a_word_of_a_path),
	        cmocka_unit_test(menu__chooses__by_enter_alone),
	        cmocka_unit_test(role_letters__are__all_different),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui parts", tests, NULL, NULL);
}
