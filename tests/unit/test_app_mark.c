/* SPDX-License-Identifier: MIT */
/* The marks A and B: which moment each is, what the page compares, and when they are dropped. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/app_internal.h"
#include "model/diff.h"
#include "support_diff.h"
#include "support_golden.h"

/* An app that is handed moments instead of watching. */
static int raise(void **state)
{
	static const struct options o;
	static const struct tui_options plain = {.color = TUI_COLOR_NEVER};
	struct app *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->o = &o;
	a->tui = golden_open(&plain, 30, 100);
	*state = a;
	return 0;
}

static int strike(void **state)
{
	struct app *a = *state;

	app_done(a);
	tui_close(a->tui);
	free(a);
	return 0;
}

static void goes_on(struct app *a, struct moment *m)
{
	moment_unref(a->live);
	a->live = m;
	app_show(a);
}

static void mark__takes__A_then_B_then_anew(void **state)
{
	struct app *a = *state;

	goes_on(a, spec_pool(0, 2));
	app_mark(a);
	assert_int_equal(a->mark[0]->time, 0);
	assert_null(a->mark[1]);
	assert_true(golden_shows(a->tui, "A is marked"));
	goes_on(a, spec_pool(60, 4));
	app_mark(a);
	assert_int_equal(a->mark[0]->time, 0);
	assert_int_equal(a->mark[1]->time, 60000000000);
	assert_true(golden_shows(a->tui, "B is marked"));
	assert_true(golden_shows(a->tui, "1 min after A"));
	goes_on(a, spec_pool(90, 5));
	app_mark(a);
	assert_int_equal(a->mark[0]->time, 90000000000);
	assert_null(a->mark[1]);
}

static void mark__refuses__the_same_moment_twice(void **state)
{
	struct app *a = *state;

	app_mark(a);
	assert_null(a->mark[0]);
	assert_true(golden_shows(a->tui, "nothing to mark yet"));
	goes_on(a, spec_pool(0, 2));
	app_mark(a);
	app_mark(a);
	assert_null(a->mark[1]);
	assert_true(golden_shows(a->tui, "this moment is A itself"));
}

/* Stepped back, the moment in front is the one of then. */
static void mark__takes__the_moment_stepped_back_to(void **state)
{
	struct app *a = *state;

	goes_on(a, spec_pool(600, 20));
	app_mark(a);
	a->frozen = true;
	a->past = spec_pool(60, 4);
	app_mark(a);
	assert_int_equal(a->mark[1]->time, 60000000000);
	assert_true(golden_shows(a->tui, "before A"));
	app_difference(a);
	assert_true(golden_shows(a->tui, "16 more mappings of 592 kB"));
}

static void difference__needs__a_mark(void **state)
{
	struct app *a = *state;

	goes_on(a, spec_pool(0, 2));
	app_difference(a);
	assert_false(tui_shows_difference(a->tui));
	assert_true(golden_shows(a->tui, "nothing to compare"));
}

static void difference__follows__from_A_to_now(void **state)
{
	struct app *a = *state;

	goes_on(a, spec_pool(0, 2));
	app_mark(a);
	goes_on(a, spec_pool(60, 4));
	app_difference(a);
	assert_true(golden_shows(a->tui, "2 more mappings of 592 kB"));
	assert_true(golden_shows(a->tui, "B now"));
	goes_on(a, spec_pool(120, 12));
	assert_true(golden_shows(a->tui, "10 more mappings of 592 kB"));
}

/* Of a crowd of regions the figures follow every few seconds, a new table at once. */
static void difference__spares__a_crowd_of_regions(void **state)
{
	struct app *a = *state;
	struct moment *next;
	struct diff *before;

	goes_on(a, spec_pool(0, 6000));
	app_mark(a);
	goes_on(a, spec_pool(60, 6004));
	app_difference(a);
	before = a->diff;
	next = spec_moment(region_table_ref(a->live->regions), 61);
	goes_on(a, next);
	assert_ptr_equal(a->diff, before);
	assert_false(golden_shows(a->tui, "B now"));
	goes_on(a, spec_moment(region_table_ref(next->regions), 66));
	assert_ptr_not_equal(a->diff, before);
	before = a->diff;
	goes_on(a, spec_pool(67, 6005));
	assert_ptr_not_equal(a->diff, before);
	assert_true(golden_shows(a->tui, "5 more mappings"));
}

static void difference__stands__between_A_and_B(void **state)
{
	struct app *a = *state;
	struct diff *before;

	goes_on(a, spec_pool(0, 2));
	app_mark(a);
	goes_on(a, spec_pool(60, 4));
	app_mark(a);
	app_difference(a);
	before = a->diff;
	goes_on(a, spec_pool(120, 12));
	assert_true(golden_shows(a->tui, "2 more mappings of 592 kB"));
	assert_ptr_equal(a->diff, before);
}

static void marks__go__with_the_process(void **state)
{
	struct app *a = *state;

	goes_on(a, spec_pool(0, 2));
	app_mark(a);
	goes_on(a, spec_pool(60, 4));
	app_mark(a);
	app_forget(a);
	assert_null(a->mark[0]);
	assert_null(a->mark[1]);
	assert_null(a->diff);
}

#define staged(f) cmocka_unit_test_setup_teardown(f, raise, strike)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        staged(mark__takes__A_then_B_then_anew),
	        staged(mark__refuses__the_same_moment_twice),
	        staged(mark__takes__the_moment_stepped_back_to),
	        staged(difference__needs__a_mark),
	        staged(difference__follows__from_A_to_now),
	        staged(difference__spares__a_crowd_of_regions),
	        staged(difference__stands__between_A_and_B),
	        staged(marks__go__with_the_process),
	};

	golden_locale();
	return cmocka_run_group_tests_name("app/mark", tests, NULL, NULL);
}
