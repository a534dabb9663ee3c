/* SPDX-License-Identifier: MIT */
/* The page of a comparison: golden at four sizes, and the keys that open and close it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "model/diff.h"
#include "support_diff.h"
#include "support_screen.h"

static const int sizes[][2] = {{24, 80}, {30, 100}, {60, 200}, {10, 40}};

enum { ESCAPE = 27 };

/* The later moment with what changed since the earlier one. */
static struct moment *compared(struct moment *a, struct moment *b)
{
	assert_int_equal(diff_new(a, b, true, &b->diff), 0);
	moment_unref(a);
	return b;
}

static void check_sizes(const char *name, const struct tui_options *o, struct moment *m)
{
	char file[96];

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct tui *t = golden_open(o, sizes[i][0], sizes[i][1]);
		tui_moment(t, m);
		tui_show_difference(t);
		snprintf(file, sizeof(file), "%s-%dx%d", name, sizes[i][1], sizes[i][0]);
		golden_text(t, file);
		if (i < 2)
			golden_roles(t, file);
		tui_close(t);
	}
	moment_unref(m);
}

static void difference__shows__a_pool_that_grew(void **state)
{
	const struct tui_options o = {.color = TUI_COLOR_ALWAYS};

	(void)state;
	check_sizes("difference", &o, compared(spec_pool(0, 200), spec_pool(600, 510)));
}

static void difference__says__what_is_not_known(void **state)
{
	const struct tui_options o = {.color = TUI_COLOR_ALWAYS};

	(void)state;
	check_sizes("difference-unknown", &o, compared(spec_moment(NULL, 0), spec_pool(60, 3)));
}

static void difference__needs__only_ascii_where_asked(void **state)
{
	const struct tui_options o = {.ascii = true, .color = TUI_COLOR_NEVER};
	struct tui *t = golden_open(&o, 24, 80);
	struct moment *m = compared(spec_pool(0, 2), spec_pool(60, 9));
	struct buf text;

	(void)state;
	tui_moment(t, m);
	tui_show_difference(t);
	tui_draw(t);
	buf_init(&text, 1 << 20);
	assert_int_equal(tui_text(t, &text), 0);
	for (size_t i = 0; i < text.len; i++)
		assert_true(text.data[i] > 0);
	buf_done(&text);
	tui_close(t);
	moment_unref(m);
}

static int raise(void **state)
{
	static const struct tui_options o = {.color = TUI_COLOR_NEVER};

	*state = screen_raise(&o, compared(spec_pool(0, 200), spec_pool(600, 510)));
	return 0;
}

static void difference__opens__when_app_says_so(void **state)
{
	struct shown *f = *state;

	assert_int_equal(press(f, "d").action, ACTION_DIFFERENCE);
	assert_false(tui_shows_difference(f->t));
	assert_int_equal(press(f, "m").action, ACTION_MARK);
	tui_show_difference(f->t);
	assert_true(shows(f, "310 more mappings of 592 kB"));
	assert_true(tui_shows_difference(f->t));
}

static void difference__closes__by_escape_and_d(void **state)
{
	struct shown *f = *state;

	tui_show_difference(f->t);
	assert_int_equal(press_key(f, ESCAPE).action, ACTION_NONE);
	assert_false(tui_shows_difference(f->t));
	tui_show_difference(f->t);
	assert_int_equal(press(f, "d").action, ACTION_NONE);
	assert_false(tui_shows_difference(f->t));
	assert_int_equal(tui_view(f->t), 1);
}

static void difference__stays__open_under_the_help(void **state)
{
	struct shown *f = *state;

	tui_show_difference(f->t);
	press(f, "?");
	assert_true(tui_shows_difference(f->t));
	press_key(f, ESCAPE);
	assert_true(shows(f, "310 more mappings"));
}

static void difference__scrolls__to_its_end(void **state)
{
	struct shown *f = *state;

	tui_show_difference(f->t);
	assert_false(shows(f, "Regions gone: 1"));
	press(f, "G");
	assert_true(shows(f, "Regions gone: 1"));
	press(f, "g");
	assert_true(shows(f, "RSS grew by"));
}

static void difference__writes__sizes_in_the_unit_chosen(void **state)
{
	struct shown *f = *state;

	tui_show_difference(f->t);
	assert_false(shows(f, "+2400 kB"));
	press_key(f, ESCAPE);
	press(f, "u");
	tui_show_difference(f->t);
	assert_true(shows(f, "+2400 kB"));
}

#define WITH_SCREEN(f) cmocka_unit_test_setup_teardown(f, raise, screen_strike)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(difference__shows__a_pool_that_grew),
	        cmocka_unit_test(difference__says__what_is_not_known),
	        cmocka_unit_test(difference__needs__only_ascii_where_asked),
	        WITH_SCREEN(difference__opens__when_app_says_so),
	        WITH_SCREEN(difference__closes__by_escape_and_d),
	        WITH_SCREEN(difference__stays__open_under_the_help),
	        WITH_SCREEN(difference__scrolls__to_its_end),
	        WITH_SCREEN(difference__writes__sizes_in_the_unit_chosen),
	};

	golden_locale();
	return cmocka_run_group_tests_name("tui difference", tests, NULL, NULL);
}
