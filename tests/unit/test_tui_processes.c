/* SPDX-License-Identifier: MIT */
/* What keys and new lists do to view 7. */

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
#include "tui/processes_internal.h"

/* Of support_moment_picker: the rows that leak and are suspicious. */
enum { LEAKER = 1000 + 37 * 24, SUSPECT = 1000 + 37 * 4, LARGEST = 1000 };

static int set_up(void **state)
{
	struct shown *f = screen_raise(&(struct tui_options){0}, support_moment_picker());

	press(f, "7");
	*state = f;
	return 0;
}

/* Pid that Enter would watch after these keys. */
static uint64_t enter_after(struct shown *f, const char *keys)
{
	press(f, keys);
	struct request r = press(f, "\n");
	return r.action == ACTION_WATCH ? r.id : 0;
}

static void processes__puts__the_most_suspicious_first(void **state)
{
	struct shown *f = *state;

	assert_int_equal(enter_after(f, ""), LEAKER);
	assert_int_equal(enter_after(f, "j"), SUSPECT);
	assert_true(shows(f, "leak 94 %"));
	assert_true(shows(f, "suspect 55 %"));
	assert_true(shows(f, "no leak 6 %"));
	assert_true(shows(f, "too early"));
}

static void processes__sorts__by_rss_until_growth_is_known(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment_picker();

	support_first_look(m);
	show(f, m);
	assert_int_equal(enter_after(f, ""), LARGEST);
	assert_true(shows(f, "growth is not known yet"));
	show(f, support_moment_picker());
	assert_int_equal(enter_after(f, ""), LEAKER);
}

static void processes__keeps__the_order_the_user_chose(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment_picker();

	support_first_look(m);
	show(f, m);
	press(f, ">"); /* whatever stands beside RSS */
	uint64_t first = enter_after(f, "g");
	show(f, support_moment_picker());
	assert_int_not_equal(enter_after(f, "g"), LEAKER);
	(void)first;
}

/* Each entry of the menu orders by what it says. */
static void processes__sorts__by_any_column(void **state)
{
	static const struct {
		unsigned entry;
		uint64_t first;
	} cases[] = {
	        {SORT_SUSPICION, LEAKER},      {SORT_RSS, LARGEST},
	        {SORT_GROWTH, LEAKER},         {SORT_HELD, LARGEST},
	        {SORT_VSZ, LARGEST},           {SORT_AGE, 1000 + 37 * 29},
	        {SORT_PID, LARGEST},           {SORT_USER, 1000 + 37 * 1},
	        {SORT_STATE, 1000 + 37 * 3},   {SORT_UNIT, 1000 + 37 * 7},
	        {SORT_COMMAND, 1000 + 37 * 7},
	};
	struct shown *f = *state;

	for (unsigned i = 0; i < SORT_COUNT; i++) {
		press(f, "s\033s"); /* opens at the present one */
		for (unsigned k = 0; k < SORT_COUNT; k++)
			press(f, "k");
		for (unsigned k = 0; k < cases[i].entry; k++)
			press(f, "j");
		press(f, "\n");
		assert_int_equal(enter_after(f, "g"), cases[i].first);
	}
}

static void processes__reverses__the_order(void **state)
{
	struct shown *f = *state;

	press(f, "s");
	for (unsigned k = 0; k < SORT_PID; k++)
		press(f, "j");
	press(f, "\n");
	assert_int_equal(enter_after(f, "g"), LARGEST);
	assert_int_equal(enter_after(f, "rg"), 1000 + 37 * 29);
}

static void processes__keeps__the_cursor_on_its_process(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment_picker();

	uint64_t pid = enter_after(f, "jj");
	m->processes->rows[20].suspicion = UINT64_MAX - 1;
	show(f, m);
	assert_int_equal(enter_after(f, ""), pid);
}

/* The pid under the cursor passed to another process: the cursor must not pretend it is the same. */
static void processes__leaves__a_pid_that_was_reused(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment_picker();

	uint64_t pid = enter_after(f, "j");
	assert_int_equal(pid, SUSPECT);
	m->processes->rows[4].start_ticks = 99999;
	m->processes->rows[4].suspicion = 0;
	show(f, m);
	assert_int_not_equal(enter_after(f, ""), SUSPECT);
}

static void processes__filters__by_text_user_and_unit(void **state)
{
	struct shown *f = *state;

	press(f, "/redis\n");
	assert_true(shows(f, "6 of 30 processes"));
	press(f, "\033/1037\n");
	assert_true(shows(f, "1 of 30 processes"));
	press(f, "\033/user:root\n");
	assert_true(shows(f, "10 of 30 processes"));
	press(f, "\033/user:0\n");
	assert_true(shows(f, "10 of 30 processes"));
	press(f, "\033/unit:docker\n");
	assert_true(shows(f, "6 of 30 processes"));
	press(f, "\033/daniel\n");
	assert_true(shows(f, "20 of 30 processes"));
	press(f, "\033/x1b[31m\n");
	assert_true(shows(f, "1 of 30 processes"));
	press(f, "\033/nobody\n");
	assert_true(shows(f, "no process matches /nobody/"));
	assert_int_equal(press(f, "\n").action, ACTION_NONE);
	press(f, "\033");
	assert_true(shows(f, "30 processes, read in 4 ms"));
}

static void processes__says__why(void **state)
{
	struct shown *f = *state;

	press(f, "g");
	assert_true(shows(f, "1888: anonymous memory grew by 720.0 MB in 12 min"));
	press(f, "/instance 17\n");
	assert_true(shows(f, "not judged; Enter watches it"));
}

static void processes__says__what_is_hidden(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment_picker();

	m->processes->hidden = 12;
	show(f, m);
	assert_true(shows(f, "12 more may not be read"));
	m = support_moment_picker();
	m->processes->hides = true;
	show(f, m);
	assert_true(shows(f, "others are hidden"));
}

static void processes__tells__how_the_machine_is(void **state)
{
	struct shown *f = *state;
	struct moment *m = support_moment_picker();

	assert_true(shows(f, "4.1 GB grew in kernel slab, no process has it"));
	assert_true(shows(f, "stalled 2.2 %") || shows(f, "stalled 2.3 %"));
	machine_init(&m->processes->machine);
	show(f, m);
	assert_true(shows(f, "memory -"));
	assert_true(shows(f, "stalled -"));
	assert_true(shows(f, "its meminfo does not say what is available"));
	m = support_moment_picker();
	m->processes->machine.span = 0;
	show(f, m);
	assert_true(shows(f, "the next look tells whether the machine loses memory"));
}

/* --- the tree --------------------------------------------------------------------------------------- */

static void tree__puts__children_below_their_parents(void **state)
{
	struct shown *f = *state;

	/* In the order of suspicion: shopd 4 is suspicious, its child 24 leaks and stands below it. */
	press(f, "t");
	assert_int_equal(enter_after(f, "g"), SUSPECT);
	assert_int_equal(enter_after(f, "j"), LEAKER);
	assert_true(shows(f, "\u2514 shopd"));
	press(f, "t");
	assert_false(shows(f, "\u2514 shopd"));
	assert_int_equal(enter_after(f, "g"), LEAKER);
}

/* A filter that hides the parents leaves the children; nothing may be lost or doubled. */
static void tree__keeps__every_row_that_the_filter_shows(void **state)
{
	struct shown *f = *state;

	press(f, "t/instance 2\n");
	assert_true(shows(f, "10 of 30 processes"));
	press(f, "\033");
	assert_true(shows(f, "30 processes"));
}

/* Parents are read in turn, so that for a moment they may form a ring. */
static void tree__survives__rings_and_depth(void **state)
{
	enum { DEEP = 300 };
	struct process_list *l = calloc(1, sizeof(*l) + DEEP * sizeof(l->rows[0]));
	struct processes_tree tree = {.on = true};
	struct table_item items[DEEP];
	bool seen[DEEP] = {0};

	(void)state;
	l->count = DEEP;
	for (size_t i = 0; i < DEEP; i++) {
		items[i].row = i;
		l->rows[i].pid = (int32_t)i + 1;
		l->rows[i].ppid = (int32_t)i; /* each the child of the one before */
	}
	l->rows[10].ppid = 21; /* 11 to 21: a ring, with the rest hanging on it */
	l->rows[5].ppid = 6;   /* its own parent */
	processes_tree_arrange(&tree, l, items, DEEP);
	assert_true(tree.on);
	for (size_t i = 0; i < DEEP; i++) {
		assert_false(seen[items[i].row]);
		seen[items[i].row] = true;
	}
	assert_int_equal(tree.depth[4], 4);
	assert_int_equal(tree.depth[5], 0);
	assert_int_equal(tree.depth[10], 0);
	processes_tree_done(&tree);
	free(l);
}

#define WITH_SCREEN(test) cmocka_unit_test_setup_teardown(test, set_up, screen_strike)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WITH_SCREEN(processes__puts__the_most_suspicious_first),
	        WITH_SCREEN(processes__sorts__by_rss_until_growth_is_known),
	        WITH_SCREEN(processes__keeps__the_order_the_user_chose),
	        WITH_SCREEN(processes__sorts__by_any_column),
	        WITH_SCREEN(processes__reverses__the_order),
	        WITH_SCREEN(processes__keeps__the_cursor_on_its_process),
	        WITH_SCREEN(processes__leaves__a_pid_that_was_reused),
	        WITH_SCREEN(processes__filters__by_text_user_and_unit),
	        WITH_SCREEN(processes__says__why),
	        WITH_SCREEN(processes__says__what_is_hidden),
	        WITH_SCREEN(processes__tells__how_the_machine_is),
	        WITH_SCREEN(tree__puts__children_below_their_parents),
	        WITH_SCREEN(tree__keeps__every_row_that_the_filter_shows),
	        cmocka_unit_test(tree__survives__rings_and_depth),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui processes", tests, NULL, NULL);
}
