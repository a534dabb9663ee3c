/* SPDX-License-Identifier: MIT */
/* The dashboard over a recording that is made up, driven by scripts of events, without a terminal. */

#include <locale.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "app/app.h"
#include "double_replay.h"
#include "support_golden.h"

enum { LEFT = 0404, RIGHT = 0405, HOME = 0406, END_KEY = 0550, PATIENCE_MS = 60000, SAMPLES = 100 };

struct stage {
	struct options o;
	struct tui *tui;
	struct app app;
	struct replay *replay;
};

static void feed(struct stage *s, enum app_event_kind kind, int key)
{
	app_handle(&s->app, &(struct app_event){.kind = kind, .key = key, .now = clock_mono()});
}

static void type(struct stage *s, const char *text)
{
	for (; *text; text++)
		feed(s, APP_KEY, (unsigned char)*text);
}

static void await_mail(struct stage *s)
{
	struct pollfd p = {mailbox_screen_fd(app_mailbox(&s->app)), POLLIN, 0};

	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	feed(s, APP_MAIL, 0);
}

static bool on_screen(struct stage *s, const char *text)
{
	tui_draw(s->tui);
	return golden_shows(s->tui, text);
}

static void await_text(struct stage *s, const char *text)
{
	while (!on_screen(s, text))
		await_mail(s);
}

/* Until the moment of this second is in front. */
static void await_second(struct stage *s, uint64_t second)
{
	while (!s->app.live || s->app.live->time != second * NS_PER_S)
		await_mail(s);
}

static int raise_stage(void **state)
{
	struct stage *s = calloc(1, sizeof(*s));
	struct fault f = {0};

	assert_non_null(s);
	s->o = (struct options){.interval = NS_PER_S,
	                        .duration = UNKNOWN,
	                        .procfs = "/proc",
	                        .report = true,
	                        .replay = "shopd.rec",
	                        .mode = MODE_REPLAY};
	s->replay = double_new(SAMPLES, NS_PER_S);
	s->replay->event[0] = 35 * NS_PER_S;
	s->replay->events = 1;
	assert_int_equal(tui_open_headless(&s->o.tui, 30, 100, &s->tui), 0);
	assert_int_equal(app_init_replay(&s->app, &s->o, s->tui, s->replay, &f), 0);
	await_mail(s);
	*state = s;
	return 0;
}

static int strike_stage(void **state)
{
	struct stage *s = *state;

	atomic_store(&s->replay->hangs, false);
	assert_true(player_stop(s->app.player));
	app_done(&s->app);
	tui_close(s->tui);
	double_free(s->replay);
	free(s);
	return 0;
}

static void app__begins__at_the_end_of_a_recording(void **state)
{
	struct stage *s = *state;

	assert_int_equal(s->app.live->time, (SAMPLES - 1) * NS_PER_S);
	assert_true(on_screen(
	        s, "replay 2026-11-20 13:45:39; 01:39 of 01:39; at the end, waiting for more"));
	atomic_store(&s->replay->written, SAMPLES + 20);
	await_text(s, "01:59 of 01:59");
	assert_int_equal(s->app.done, END_NOT_YET);
}

static void app__plays_pauses_and_changes_speed__by_keys(void **state)
{
	struct stage *s = *state;

	type(s, " ");
	await_text(s, "paused at the end, 1x");
	feed(s, APP_KEY, HOME);
	await_second(s, 0);
	await_text(s, "00:00 of 01:39; paused, 1x");
	type(s, "++");
	await_text(s, "paused, 60x");
	type(s, "-");
	await_text(s, "paused, 10x");
	type(s, " ");
	await_text(s, "playing, 10x");
	while (s->app.live->time < 3 * NS_PER_S)
		await_mail(s);
	type(s, "p");
	await_text(s, "paused, 10x");
	assert_false(s->app.frozen);
}

static void app__steps__through_a_recording(void **state)
{
	struct stage *s = *state;

	feed(s, APP_KEY, LEFT);
	await_second(s, SAMPLES - 2);
	type(s, "h");
	await_second(s, SAMPLES - 3);
	feed(s, APP_KEY, RIGHT);
	await_second(s, SAMPLES - 2);
	type(s, "[");
	await_second(s, 35);
	feed(s, APP_KEY, HOME);
	await_second(s, 0);
	type(s, "]");
	await_second(s, 35);
	feed(s, APP_KEY, END_KEY);
	await_second(s, SAMPLES - 1);
	assert_false(on_screen(s, "frozen"));
}

static void app__goes__to_a_time_that_is_typed(void **state)
{
	struct stage *s = *state;

	type(s, ":");
	assert_true(on_screen(s, "Go to"));
	type(s, "13:44:20\n");
	await_second(s, 20);
	type(s, ":@1:05\n");
	await_second(s, 65);
	type(s, ":-5\n");
	await_second(s, 60);
	type(s, ":2026-11-20 13:45:01\n");
	await_second(s, 61);
	type(s, ":tomorrow\n");
	assert_true(on_screen(s, "'tomorrow' is no time"));
	type(s, ":+3h\n");
	assert_true(on_screen(s, "this is the newest"));
	await_second(s, SAMPLES - 1);
	type(s, ":2026-11-19\n");
	assert_true(on_screen(s, "this is the oldest"));
	await_second(s, 0);
	/* Nothing typed, and thought better of: nothing happens. */
	type(s, ":\n:12\033");
	assert_false(on_screen(s, "is no time"));
}

static void app__walks__through_the_views_of_a_recording(void **state)
{
	struct stage *s = *state;

	for (int view = 1; view <= 6; view++) {
		feed(s, APP_KEY, '0' + view);
		assert_int_equal(tui_view(s->tui), view);
		assert_true(on_screen(s, "replay 2026"));
	}
	assert_false(on_screen(s, "7 Processes"));
	type(s, "7");
	assert_int_equal(tui_view(s->tui), 6);
	assert_true(on_screen(s, "a recording holds no other processes"));
	type(s, "\t");
	assert_int_equal(tui_view(s->tui), 1);
	assert_null(s->app.processes);
	type(s, "w");
	assert_true(on_screen(s, "replay 2026"));
}

/* The region under the cursor is asked for, whichever moment comes. */
static void app__drills_down__in_a_recording(void **state)
{
	struct stage *s = *state;

	type(s, "2");
	tui_draw(s->tui);
	type(s, "\n");
	while (s->app.live->focus == 0)
		await_mail(s);
	feed(s, APP_KEY, LEFT);
	await_second(s, SAMPLES - 2);
	assert_true(s->app.live->focus > 0);
}

/* Help is about no moment: the keys of a replay turn its pages instead. */
static void app__turns_pages__of_help_in_a_replay(void **state)
{
	struct stage *s = *state;

	type(s, "?");
	feed(s, APP_KEY, RIGHT);
	assert_true(on_screen(s, "resident set size"));
	feed(s, APP_KEY, LEFT);
	assert_true(on_screen(s, "replay: play and pause"));
	assert_int_equal(s->app.live->time, (SAMPLES - 1) * NS_PER_S);
}

static void app__counts_changes__from_the_moment_shown(void **state)
{
	struct stage *s = *state;

	type(s, ":@20\nb");
	await_second(s, 20);
	while (atomic_load(&s->replay->base) == UNKNOWN)
		await_mail(s);
	assert_true(on_screen(s, "changes count from here"));
}

static void app__exports__the_moment_replayed(void **state)
{
	struct stage *s = *state;

	type(s, ":@20\n");
	await_second(s, 20);
	type(s, "e");
	assert_true(on_screen(s, "memleak-4711-20261120T134420Z.json"));
	feed(s, APP_KEY, 033);
}

/* Whatever the disk does, keys are answered: views change while a seek hangs. */
static void app__answers_keys__while_the_disk_hangs(void **state)
{
	struct stage *s = *state;
	unsigned before = atomic_load(&s->replay->moments);

	atomic_store(&s->replay->hangs, true);
	feed(s, APP_KEY, HOME);
	while (atomic_load(&s->replay->moments) == before)
		poll(NULL, 0, 1);
	type(s, "2");
	assert_int_equal(tui_view(s->tui), 2);
	for (int i = 0; i < 100; i++)
		type(s, "h");
	assert_true(on_screen(s, "the recording cannot be read just now"));
	assert_int_equal(s->app.live->time, (SAMPLES - 1) * NS_PER_S);
	type(s, "q");
	assert_int_equal(s->app.done, END_QUIT);
}

static void app__tells__what_is_wrong_with_a_recording(void **state)
{
	struct stage *s = *state;

	atomic_store(&s->replay->fails, true);
	feed(s, APP_KEY, HOME);
	await_text(s, "damaged at that time");
	atomic_store(&s->replay->fails, false);
	type(s, "]");
	await_mail(s);
	assert_false(on_screen(s, "damaged at that time"));
}

/* A key that freezes in the present has nothing to freeze here, and nobody leaves by himself. */
static void app__never__freezes_or_lingers_in_a_replay(void **state)
{
	struct stage *s = *state;

	type(s, "Z");
	await_text(s, "paused");
	assert_false(s->app.frozen);
	assert_false(known(s->app.wake_at));
	for (int i = 0; i < 5; i++)
		feed(s, APP_KEY, 033);
	assert_int_equal(s->app.done, END_NOT_YET);
}

#define staged(f) cmocka_unit_test_setup_teardown(f, raise_stage, strike_stage)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        staged(app__begins__at_the_end_of_a_recording),
	        staged(app__plays_pauses_and_changes_speed__by_keys),
	        staged(app__steps__through_a_recording),
	        staged(app__goes__to_a_time_that_is_typed),
	        staged(app__walks__through_the_views_of_a_recording),
	        staged(app__drills_down__in_a_recording),
	        staged(app__turns_pages__of_help_in_a_replay),
	        staged(app__counts_changes__from_the_moment_shown),
	        staged(app__exports__the_moment_replayed),
	        staged(app__answers_keys__while_the_disk_hangs),
	        staged(app__tells__what_is_wrong_with_a_recording),
	        staged(app__never__freezes_or_lingers_in_a_replay),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC0", 1);
	tzset();
	return cmocka_run_group_tests_name("app/replay", tests, NULL, NULL);
}
