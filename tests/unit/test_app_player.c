/* SPDX-License-Identifier: MIT */
/* The thread of a replay: orders in, moments out, and time that goes by, over a recording that is made up. */

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "app/player.h"
#include "double_replay.h"

enum { PATIENCE_MS = 60000, SAMPLES = 100 };

/* Waits for the next moment that is published. The caller's reference. */
static struct moment *await(struct player *p)
{
	struct pollfd fd = {mailbox_screen_fd(player_mailbox(p)), POLLIN, 0};
	struct moment *m = NULL;

	while (!m) {
		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		m = mailbox_take_live(player_mailbox(p));
	}
	return m;
}

static uint64_t await_time(struct player *p)
{
	struct moment *m = await(p);
	uint64_t time = m->time;

	moment_unref(m);
	return time;
}

static void give(struct player *p, enum order_kind kind, uint64_t value)
{
	assert_true(
	        mailbox_order(player_mailbox(p), &(struct order){.kind = kind, .value = value}));
}

/* The time that the moment after an order has. */
static uint64_t ordered(struct player *p, enum order_kind kind, uint64_t value)
{
	give(p, kind, value);
	return await_time(p);
}

static struct player *begin(struct replay *r)
{
	struct player *p = NULL;

	assert_int_equal(player_open(r, &p), 0);
	return p;
}

static void end(struct player *p, struct replay *r)
{
	assert_true(player_stop(p));
	player_free(p);
	double_free(r);
}

/* Paused at the newest, its first moment taken. */
static struct player *begin_paused(struct replay *r)
{
	struct player *p = begin(r);

	await_time(p);
	ordered(p, ORDER_PLAY, 0);
	assert_false(player_state(p).playing);
	return p;
}

/* A step back that hangs in reading the moment. */
static void hang_in_step(struct player *p, struct replay *r)
{
	unsigned before = atomic_load(&r->moments);

	atomic_store(&r->hangs, true);
	give(p, ORDER_STEP, STEP_BACK);
	while (atomic_load(&r->moments) == before)
		poll(NULL, 0, 1);
}

static void player__begins__at_the_newest_and_waits_for_more(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p = begin(r);

	(void)state;
	assert_int_equal(await_time(p), (SAMPLES - 1) * NS_PER_S);
	assert_true(player_state(p).playing);
	assert_true(player_state(p).at_end);
	assert_int_equal(player_state(p).speed, 1);
	atomic_store(&r->written, SAMPLES + 5);
	assert_int_equal(await_time(p), (SAMPLES + 4) * NS_PER_S);
	assert_int_equal(player_state(p).newest, (SAMPLES + 4) * NS_PER_S);
	end(p, r);
}

static void player__steps__a_sample_and_stands_still(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p = begin(r);

	(void)state;
	await_time(p);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_BACK), (SAMPLES - 2) * NS_PER_S);
	assert_false(player_state(p).playing);
	assert_false(player_state(p).at_end);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_BACK), (SAMPLES - 3) * NS_PER_S);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_FORTH), (SAMPLES - 2) * NS_PER_S);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_FIRST), 0);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_BACK), 0);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_LAST), (SAMPLES - 1) * NS_PER_S);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_FORTH), (SAMPLES - 1) * NS_PER_S);
	end(p, r);
}

/* Whoever paused at the end steps into what was written since. */
static void player__steps__into_what_was_written_meanwhile(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p = begin_paused(r);
	uint64_t end_before = (SAMPLES - 1) * NS_PER_S, time = end_before;

	(void)state;
	atomic_store(&r->written, SAMPLES + 3);
	while (time == end_before) {
		time = ordered(p, ORDER_STEP, STEP_FORTH);
		poll(NULL, 0, 50);
	}
	assert_int_equal(time, end_before + NS_PER_S);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_LAST), end_before + 3 * NS_PER_S);
	end(p, r);
}

static void player__goes__from_event_to_event(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);

	(void)state;
	r->event[0] = 10 * NS_PER_S;
	r->event[1] = 20 * NS_PER_S + NS_PER_S / 2; /* between two samples */
	r->event[2] = 30 * NS_PER_S;
	r->events = 3;
	struct player *p = begin(r);
	await_time(p);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_EVENT_BEFORE), 30 * NS_PER_S);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_EVENT_BEFORE), 20 * NS_PER_S);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_EVENT_BEFORE), 10 * NS_PER_S);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_EVENT_BEFORE), 10 * NS_PER_S);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_EVENT_AFTER), 20 * NS_PER_S);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_EVENT_AFTER), 30 * NS_PER_S);
	end(p, r);
}

static void player__jumps__to_the_sample_at_or_before(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p = begin_paused(r);

	(void)state;
	assert_int_equal(ordered(p, ORDER_GOTO, 42 * NS_PER_S + 7), 42 * NS_PER_S);
	assert_int_equal(ordered(p, ORDER_GOTO_WALL, SUPPORT_WALL + 13 * NS_PER_S), 13 * NS_PER_S);
	assert_int_equal(ordered(p, ORDER_GOTO, UNKNOWN - 1), (SAMPLES - 1) * NS_PER_S);
	assert_int_equal(ordered(p, ORDER_GOTO_WALL, 5), 0);
	end(p, r);
}

static void player__walks__through_the_speeds(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p = begin_paused(r);

	(void)state;
	for (int i = 1; i < PLAYER_SPEEDS + 2; i++) {
		ordered(p, ORDER_SPEED, 1);
		assert_int_equal(player_state(p).speed,
		                 player_speeds[i < PLAYER_SPEEDS ? i : PLAYER_SPEEDS - 1]);
	}
	for (int i = PLAYER_SPEEDS - 2; i > -2; i--) {
		ordered(p, ORDER_SPEED, 0);
		assert_int_equal(player_state(p).speed, player_speeds[i > 0 ? i : 0]);
	}
	end(p, r);
}

/* At 3600x an hour of samples takes a second: whole minutes go by between two pictures. */
static void player__plays__faster_than_every_sample_can_be_shown(void **state)
{
	struct replay *r = double_new(DOUBLE_SAMPLES, NS_PER_S);
	struct player *p = begin_paused(r);
	uint64_t time, before = 0;
	unsigned moments = 0;

	(void)state;
	ordered(p, ORDER_STEP, STEP_FIRST);
	for (int i = 0; i < PLAYER_SPEEDS - 1; i++)
		ordered(p, ORDER_SPEED, 1);
	ordered(p, ORDER_PLAY, 0);
	do {
		time = await_time(p);
		assert_true(time > before);
		before = time;
		moments++;
	} while (!player_state(p).at_end);
	assert_int_equal(time, (DOUBLE_SAMPLES - 1) * NS_PER_S);
	assert_true(player_state(p).playing);
	assert_true(moments < DOUBLE_SAMPLES / 100);
	end(p, r);
}

/* At 10x samples of a second come ten a second: none is left out by much. */
static void player__shows__each_sample_where_there_is_time(void **state)
{
	struct replay *r = double_new(20, 5 * NS_PER_S);
	struct player *p = begin_paused(r);

	(void)state;
	ordered(p, ORDER_STEP, STEP_FIRST);
	ordered(p, ORDER_SPEED, 1);
	uint64_t begun = clock_mono();
	ordered(p, ORDER_PLAY, 0);
	assert_int_equal(await_time(p), 5 * NS_PER_S);
	assert_true(clock_mono() - begun >= NS_PER_S / 2);
	end(p, r);
}

/* A night without samples is not played for a night. */
static void player__skips__what_nobody_waits_for(void **state)
{
	struct replay *r = double_new(3, NS_PER_S);
	struct player *p;

	(void)state;
	r->time[1] = 9 * 3600 * NS_PER_S;
	r->time[2] = 9 * 3601 * NS_PER_S;
	p = begin_paused(r);
	ordered(p, ORDER_STEP, STEP_FIRST);
	ordered(p, ORDER_PLAY, 0);
	assert_int_equal(await_time(p), 9 * 3600 * NS_PER_S);
	end(p, r);
}

static void player__goes_on__from_the_begin_and_stands_there_when_paused(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p = begin(r);

	(void)state;
	await_time(p);
	assert_int_equal(ordered(p, ORDER_STEP, STEP_FIRST), 0);
	assert_true(player_state(p).playing);
	assert_int_equal(await_time(p), NS_PER_S);
	ordered(p, ORDER_PLAY, 0);
	ordered(p, ORDER_STEP, STEP_FIRST);
	assert_false(player_state(p).playing);
	end(p, r);
}

/* Keys that come faster than a disk answers are not answered one by one. */
static void player__answers__many_orders_with_one_moment(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p = begin_paused(r);
	unsigned before;

	(void)state;
	hang_in_step(p, r);
	for (int i = 0; i < 30; i++)
		give(p, ORDER_STEP, STEP_BACK);
	before = atomic_load(&r->moments);
	atomic_store(&r->hangs, false);
	while (await_time(p) != (SAMPLES - 32) * NS_PER_S)
		;
	assert_true(atomic_load(&r->moments) <= before + 2);
	end(p, r);
}

static void player__tells__what_cannot_be_read_and_goes_on(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p = begin_paused(r);

	(void)state;
	atomic_store(&r->fails, true);
	/* The picture stays what it was. */
	assert_int_equal(ordered(p, ORDER_STEP, STEP_FIRST), (SAMPLES - 1) * NS_PER_S);
	assert_int_equal(player_state(p).troubles, 1);
	assert_string_equal(player_state(p).trouble.text, "the recording is damaged at that time");
	atomic_store(&r->fails, false);
	assert_int_equal(ordered(p, ORDER_GOTO, 5 * NS_PER_S), 5 * NS_PER_S);
	assert_int_equal(player_state(p).troubles, 1);
	end(p, r);
}

/* Not even the first picture: whoever looks must not wait for ever for it. */
static void player__tells__what_cannot_be_read_from_the_first_on(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p;
	struct moment *m;

	(void)state;
	atomic_store(&r->fails, true);
	p = begin(r);
	m = await(p);
	assert_int_equal(m->samples, 0);
	assert_int_equal(m->state, TARGET_REPLAYED);
	moment_unref(m);
	assert_string_equal(player_state(p).trouble.text, "the recording is damaged at that time");
	atomic_store(&r->fails, false);
	assert_int_equal(ordered(p, ORDER_GOTO, 5 * NS_PER_S), 5 * NS_PER_S);
	end(p, r);
}

static void player__tells__that_its_file_is_gone(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p = begin(r);

	(void)state;
	await_time(p);
	atomic_store(&r->gone, true);
	while (player_state(p).troubles == 0)
		await_time(p);
	assert_string_equal(player_state(p).trouble.text, "the recording was removed meanwhile");
	/* What was read stays at hand. */
	assert_int_equal(ordered(p, ORDER_STEP, STEP_FIRST), 0);
	end(p, r);
}

static void player__keeps__focus_and_baseline(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p = begin_paused(r);
	struct moment *m;

	(void)state;
	ordered(p, ORDER_GOTO, 7 * NS_PER_S);
	ordered(p, ORDER_BASELINE, 0);
	assert_int_equal(atomic_load(&r->base), 7 * NS_PER_S);
	ordered(p, ORDER_FOCUS, 4);
	give(p, ORDER_STEP, STEP_LAST);
	m = await(p);
	assert_int_equal(m->focus, 4);
	moment_unref(m);
	end(p, r);
}

/* Leaving waits for no disk: the thread that hangs is left behind. */
/* What is known of the end belongs to the newest moment: before it nobody knew. */
static void player__shows__how_the_watch_ended__at_its_end_alone(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p;
	struct moment *m;

	(void)state;
	r->ended = END_TARGET;
	r->child = "ended with exit status 3";
	r->warning = "rss is above --max-rss";
	p = begin(r);
	m = await(p);
	assert_int_equal(m->ended, END_TARGET);
	assert_string_equal(m->child_status, "ended with exit status 3");
	assert_int_equal(m->warning_count, 1);
	assert_string_equal(m->warnings[0], "rss is above --max-rss");
	moment_unref(m);
	give(p, ORDER_STEP, STEP_BACK);
	m = await(p);
	assert_int_equal(m->ended, END_NOT_YET);
	assert_string_equal(m->child_status, "");
	moment_unref(m);
	end(p, r);
}

static void player__leaves__a_disk_that_hangs(void **state)
{
	struct replay *r = double_new(SAMPLES, NS_PER_S);
	struct player *p = begin_paused(r);

	(void)state;
	hang_in_step(p, r);
	assert_false(player_stop(p));
	atomic_store(&r->hangs, false);
	/* Only a test may come back to it. */
	end(p, r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(player__begins__at_the_newest_and_waits_for_more),
	        cmocka_unit_test(player__steps__a_sample_and_stands_still),
	        cmocka_unit_test(player__steps__into_what_was_written_meanwhile),
	        cmocka_unit_test(player__goes__from_event_to_event),
	        cmocka_unit_test(player__jumps__to_the_sample_at_or_before),
	        cmocka_unit_test(player__walks__through_the_speeds),
	        cmocka_unit_test(player__plays__faster_than_every_sample_can_be_shown),
	        cmocka_unit_test(player__shows__each_sample_where_there_is_time),
	        cmocka_unit_test(player__skips__what_nobody_waits_for),
	        cmocka_unit_test(player__goes_on__from_the_begin_and_stands_there_when_paused),
	        cmocka_unit_test(player__answers__many_orders_with_one_moment),
	        cmocka_unit_test(player__tells__what_cannot_be_read_and_goes_on),
	        cmocka_unit_test(player__tells__what_cannot_be_read_from_the_first_on),
	        cmocka_unit_test(player__tells__that_its_file_is_gone),
	        cmocka_unit_test(player__keeps__focus_and_baseline),
	        cmocka_unit_test(player__shows__how_the_watch_ended__at_its_end_alone),
	        cmocka_unit_test(player__leaves__a_disk_that_hangs),
	};

	return cmocka_run_group_tests_name("app/player", tests, NULL, NULL);
}
