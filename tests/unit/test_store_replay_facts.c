/* SPDX-License-Identifier: MIT */
/* How a watch ended, its command and its warnings: written by one, told by a replay. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support_recording.h"
#include "support_recording_sql.h"
#include "support_replay.h"

static void give_end(struct studio *s, const char *ended, const char *child, const char *warnings)
{
	assert_int_equal(recording_fact(s->r, "ended", ended), 0);
	assert_int_equal(recording_fact(s->r, "child", child), 0);
	assert_int_equal(recording_fact(s->r, "warnings", warnings), 0);
}

static void replay_ended__tells_the_end_its_command_and_each_warning(void **state)
{
	struct studio *s = *state;
	struct replay *r;

	studio_open(s);
	give_sample(s, 0);
	give_end(s, "target-exit", "was killed by signal 9 (Killed)",
	         "heap 9.1 MB is above --max-heap 8 MB\nshop\033[2J wrote\nlast");
	studio_commit(s);
	studio_close(s);
	r = replay_of(s->path);
	assert_int_equal(replay_ended(r), END_TARGET);
	assert_string_equal(replay_child(r), "was killed by signal 9 (Killed)");
	assert_string_equal(replay_warning(r, 0), "heap 9.1 MB is above --max-heap 8 MB");
	assert_string_equal(replay_warning(r, 1), "shop\\x1B[2J wrote");
	assert_string_equal(replay_warning(r, 2), "last");
	assert_null(replay_warning(r, 3));
	replay_free(r);
}

/* Told with the same words as a live watch it would be advice about now. */
static void replay_moment__tells_what_the_recorder_lacked__without_its_advice(void **state)
{
	static const struct {
		const char *given, *told;
	} cases[] = {
	        {"reduced mode: not permitted to read smaps of process 7, so regions are left out; "
	         "run as root",
	         "recorded in reduced mode: not permitted to read smaps of process 7, so regions "
	         "are left out"},
	        {"reduced mode: 2 mappings left uncounted; raise --max-stall, or use Linux 6.7",
	         "recorded in reduced mode: 2 mappings left uncounted"},
	        {"reduced mode: regions are left out; this root lacks CAP_SYS_PTRACE: start its "
	         "container with --cap-add SYS_PTRACE, or run this outside",
	         "recorded in reduced mode: regions are left out"},
	        {"reduced mode: regions are left out; not even root may here: run this outside",
	         "recorded in reduced mode: regions are left out"},
	        {"reduced mode: regions cannot be read, so the figures come from its status file",
	         "recorded in reduced mode: regions cannot be read, so the figures come from its "
	         "status file"},
	        {"reduced mode: ; run as root", ""},
	        {"", ""},
	};
	struct studio *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct moment *m;
		struct replay *r;

		studio_open(s);
		give_sample(s, i * SECOND);
		assert_int_equal(recording_fact(s->r, "lacking", cases[i].given), 0);
		studio_commit(s);
		studio_close(s);
		r = replay_of(s->path);
		m = moment_of(r, replay_newest(r), 0);
		assert_string_equal(m->abilities.lacking, cases[i].told);
		moment_unref(m);
		replay_free(r);
	}
}

/* What limits the process that was recorded last says nothing of the one before it. */
static void replay_moment__has_limits_and_interval__of_its_own_watch(void **state)
{
	struct studio *s = *state;
	struct moment *m;
	struct replay *r;

	for (int pid = 7; pid < 9; pid++) {
		studio_open(s);
		give_image(s, 0, pid);
		for (uint64_t i = 0; i < 4; i++)
			give_sample(s, i * (pid == 7 ? SECOND : SECOND * 4));
		assert_int_equal(recording_fact(s->r, "interval",
		                                pid == 7 ? "1000000000" : "4000000000"),
		                 0);
		assert_int_equal(recording_fact(s->r, "limit.as", pid == 7 ? "4096" : "8192"), 0);
		assert_int_equal(recording_fact(s->r, "memory", "65536"), 0);
		studio_commit(s);
		studio_close(s);
	}
	r = replay_of(s->path);
	m = moment_of(r, replay_newest(r), 0);
	assert_int_equal(m->limits[LIMIT_AS], 8192);
	assert_int_equal(m->interval, 4 * SECOND);
	moment_unref(m);
	m = moment_of(r, 2 * SECOND, 0);
	assert_int_equal(m->target->pid, 7);
	assert_int_equal(m->interval, SECOND);
	assert_true(m->limits[LIMIT_AS] == UNKNOWN);
	assert_int_equal(m->meminfo[MEMINFO_TOTAL], 65536);
	moment_unref(m);
	replay_free(r);
}

static void replay_ended__is_not_yet__until_the_writer_says_so(void **state)
{
	struct studio *s = *state;
	struct fault f = {0};
	struct replay *r;

	studio_open(s);
	give_sample(s, 0);
	studio_commit(s);
	r = replay_of(s->path);
	assert_int_equal(replay_ended(r), END_NOT_YET);
	assert_string_equal(replay_child(r), "");
	assert_null(replay_warning(r, 0));
	give_end(s, "signal", "", "one");
	studio_commit(s);
	assert_int_equal(replay_refresh(r, &f), 1);
	assert_int_equal(replay_ended(r), END_SIGNAL);
	assert_string_equal(replay_child(r), "");
	assert_string_equal(replay_warning(r, 0), "one");
	replay_free(r);
}

static void replay_ended__is_that_of_the_last_watch__not_of_one_before(void **state)
{
	struct studio *s = *state;
	struct replay *r;

	studio_open(s);
	give_sample(s, 0);
	give_end(s, "duration", "ended with exit status 3", "of the first");
	studio_commit(s);
	studio_close(s);
	studio_open(s);
	give_sample(s, 0);
	studio_commit(s);
	r = replay_of(s->path);
	assert_int_equal(replay_ended(r), END_NOT_YET);
	assert_string_equal(replay_child(r), "");
	assert_null(replay_warning(r, 0));
	replay_free(r);
	studio_close(s);
}

static void recording_open__leaves_the_end_that_was_told__when_nothing_follows(void **state)
{
	struct studio *s = *state;
	struct replay *r;

	studio_open(s);
	give_sample(s, 0);
	give_end(s, "duration", "", "of the first");
	studio_commit(s);
	studio_close(s);
	studio_open(s);
	studio_close(s);
	r = replay_of(s->path);
	assert_int_equal(replay_ended(r), END_DURATION);
	assert_string_equal(replay_warning(r, 0), "of the first");
	replay_free(r);
}

/* Somebody else's work: no word of ours, too many lines, too long ones, none at all. */
static void replay_warning__is_bounded_and_safe__whatever_stands_there(void **state)
{
	struct support_file s;
	struct replay *r;
	unsigned n = 0;

	(void)state;
	support_file_open(&s);
	support_row_sample(&s, 0, 1 << 20);
	support_sql(&s, "INSERT INTO fact VALUES('ended', 'for good')");
	support_sql(&s, "INSERT INTO fact VALUES('child', X'00FF')");
	support_sql(&s, "INSERT INTO fact SELECT 'warnings', group_concat(char(27) ||"
	                " printf('%%.*c', 500, 'x'), char(10) || char(10)) FROM"
	                " (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
	                " WHERE i < 100) SELECT i FROM n)");
	r = replay_of(s.path);
	assert_int_equal(replay_ended(r), END_NOT_YET);
	assert_string_equal(replay_child(r), "");
	while (replay_warning(r, n)) {
		assert_int_equal(strlen(replay_warning(r, n)), WARNING_MAX - 1);
		assert_null(strchr(replay_warning(r, n), 27));
		n++;
	}
	assert_int_equal(n, MOMENT_WARNINGS);
	replay_free(r);
	support_sql(&s, "UPDATE fact SET value = NULL");
	r = replay_of(s.path);
	assert_null(replay_warning(r, 0));
	replay_free(r);
	support_file_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(
	                replay_ended__tells_the_end_its_command_and_each_warning, studio_setup,
	                studio_teardown),
	        cmocka_unit_test_setup_teardown(replay_ended__is_not_yet__until_the_writer_says_so,
	                                        studio_setup, studio_teardown),
	        cmocka_unit_test_setup_teardown(
	                replay_ended__is_that_of_the_last_watch__not_of_one_before, studio_setup,
	                studio_teardown),
	        cmocka_unit_test_setup_teardown(
	                recording_open__leaves_the_end_that_was_told__when_nothing_follows,
	                studio_setup, studio_teardown),
	        IN_STUDIO(replay_moment__has_limits_and_interval__of_its_own_watch),
	        IN_STUDIO(replay_moment__tells_what_the_recorder_lacked__without_its_advice),
	        cmocka_unit_test(replay_warning__is_bounded_and_safe__whatever_stands_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
