/* SPDX-License-Identifier: MIT */
/* The frame, the overview, why and help as they look, at four sizes. 40x10 is the line under 60x10. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_golden.h"
#include "support_moment.h"

static const int sizes[][2] = {{24, 80}, {30, 100}, {60, 200}, {10, 40}};

typedef void prepare_fn(struct tui *t);

/* Draws a moment at every size after `prepare`; drops its reference. */
static void check_sizes(const char *name, struct moment *m, prepare_fn *prepare, bool roles)
{
	const struct tui_options o = {.color = TUI_COLOR_ALWAYS};
	char file[96];

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct tui *t = golden_open(&o, sizes[i][0], sizes[i][1]);
		tui_moment(t, m);
		if (prepare)
			prepare(t);
		snprintf(file, sizeof(file), "%s-%dx%d", name, sizes[i][1], sizes[i][0]);
		golden_text(t, file);
		if (roles && i == 0)
			golden_roles(t, file);
		tui_close(t);
	}
	moment_unref(m);
}

static void press(struct tui *t, int key)
{
	golden_keys(t, &key, 1);
}

static void press_why(struct tui *t)
{
	press(t, 'w');
}

static void press_help(struct tui *t)
{
	press(t, '?');
}

static void press_help_twice(struct tui *t)
{
	press(t, '?');
	press(t, '?');
}

static void freeze(struct tui *t)
{
	tui_frozen(t, true);
	tui_banner(t, "frozen at 13:44:00; sampling goes on; Left Right step, Space goes on",
	           false);
}

static void replay(struct tui *t)
{
	tui_replay(t);
	tui_banner(t, "replay 2026-11-20 13:44:00; 3 d 04:12 of 12 d 00:30; playing, 60x", false);
}

static void mourn(struct tui *t)
{
	tui_banner(t,
	           "exited 00:10:00, its cgroup counted an OOM kill; report in 10 s, any key stays",
	           true);
}

static void overview_and_why__show__what_grows_with_it(void **state)
{
	(void)state;
	check_sizes("overview-links", support_moment_links(), NULL, false);
	check_sizes("why-links", support_moment_links(), press_why, false);
}

static void overview__shows__a_leak(void **state)
{
	(void)state;
	check_sizes("overview-leak", support_moment(), NULL, true);
}

static void overview__shows__an_idle_process(void **state)
{
	(void)state;
	check_sizes("overview-idle", support_moment_idle(), NULL, true);
}

static void overview__shows__the_first_sample(void **state)
{
	(void)state;
	check_sizes("overview-first", support_moment_first(), NULL, true);
}

static void overview__shows__reduced_mode(void **state)
{
	(void)state;
	check_sizes("overview-reduced", support_moment_reduced(), NULL, false);
}

static void overview__shows__hostile_names_harmlessly(void **state)
{
	(void)state;
	check_sizes("overview-hostile", support_moment_hostile(), NULL, false);
}

static void overview__shows__that_it_is_frozen(void **state)
{
	(void)state;
	check_sizes("overview-frozen", support_moment(), freeze, true);
}

static void overview__shows__that_it_is_replayed(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	m->live = false;
	m->state = TARGET_REPLAYED;
	check_sizes("overview-replay", m, replay, false);
}

static void overview__shows__that_smaps_is_blocked(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	m->costs.blocked_ns = 12 * NS_PER_S;
	snprintf(m->costs.blocked_what, sizeof(m->costs.blocked_what), "smaps");
	check_sizes("overview-blocked", m, NULL, true);
}

static void overview__shows__that_the_target_is_gone(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	m->state = TARGET_EXITED;
	m->ended = END_TARGET;
	check_sizes("overview-exited", m, mourn, true);
}

static void why__shows__the_evidence_in_full(void **state)
{
	(void)state;
	check_sizes("why", support_moment(), press_why, true);
}

static void help__shows__the_keys(void **state)
{
	(void)state;
	check_sizes("help-keys", support_moment(), press_help, false);
}

static void help__shows__the_words(void **state)
{
	(void)state;
	check_sizes("help-words", support_moment(), press_help_twice, false);
}

static void frame__shows__ascii_alone_on_demand(void **state)
{
	const struct tui_options o = {.ascii = true, .color = TUI_COLOR_NEVER};
	struct moment *m = support_moment_hostile();
	struct tui *t = golden_open(&o, 24, 80);
	struct buf text;

	(void)state;
	tui_moment(t, m);
	golden_text(t, "overview-ascii-80x24");
	golden_roles(t, "overview-mono-80x24");
	buf_init(&text, 1 << 20);
	assert_int_equal(tui_text(t, &text), 0);
	for (size_t i = 0; i < text.len; i++)
		assert_true(text.data[i] == '\n' || (text.data[i] >= ' ' && text.data[i] < 0x7f));
	buf_done(&text);
	tui_close(t);
	moment_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(overview__shows__a_leak),
	        cmocka_unit_test(overview_and_why__show__what_grows_with_it),
	        cmocka_unit_test(overview__shows__an_idle_process),
	        cmocka_unit_test(overview__shows__the_first_sample),
	        cmocka_unit_test(overview__shows__reduced_mode),
	        cmocka_unit_test(overview__shows__hostile_names_harmlessly),
	        cmocka_unit_test(overview__shows__that_it_is_frozen),
	        cmocka_unit_test(overview__shows__that_it_is_replayed),
	        cmocka_unit_test(overview__shows__that_smaps_is_blocked),
	        cmocka_unit_test(overview__shows__that_the_target_is_gone),
	        cmocka_unit_test(why__shows__the_evidence_in_full),
	        cmocka_unit_test(help__shows__the_keys),
	        cmocka_unit_test(help__shows__the_words),
	        cmocka_unit_test(frame__shows__ascii_alone_on_demand),
	};
	golden_locale();
	return cmocka_run_group_tests_name("tui golden screens", tests, NULL, NULL);
}
