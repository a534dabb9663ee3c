/* SPDX-License-Identifier: MIT */
/* The closing diagnosis: what it says, in which order, and what gives way when it gets long. */
#include <errno.h>
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
#include "detect/advice.h"
#include "report/diagnosis.h"
#include "support_moment.h"
#include "support_report.h"

static void say(const struct moment *m, struct buf *b)
{
	report_buf(b);
	assert_int_equal(diagnosis_write(m, SAFE_UTF8, b), 0);
	report_is_safe(b);
	assert_in_range(report_lines(buf_str(b)), 1, 11);
}

/* What to do next is the business of detect: files hold the rest. */
static void says(struct moment *m, const char *name)
{
	struct buf b;
	char *next;

	say(m, &b);
	next = strstr(buf_str(&b), "\nNext: ");
	assert_non_null(next);
	b.len = (size_t)(next + 1 - b.data);
	b.data[b.len] = '\0';
	report_matches(&b, name);
	buf_done(&b);
	moment_unref(m);
}

static bool has(const struct moment *m, const char *text)
{
	struct buf b;

	say(m, &b);
	bool found = strstr(buf_str(&b), text) != NULL;
	buf_done(&b);
	return found;
}

static void diagnosis__of_a_leak(void **state)
{
	(void)state;
	says(support_moment(), "diagnosis-leak.txt");
}

static void diagnosis__of_an_idle_process(void **state)
{
	(void)state;
	says(support_moment_idle(), "diagnosis-idle.txt");
}

static void diagnosis__in_reduced_mode(void **state)
{
	(void)state;
	says(support_moment_reduced(), "diagnosis-reduced.txt");
}

static void diagnosis__of_the_first_sample(void **state)
{
	(void)state;
	says(support_moment_first(), "diagnosis-first.txt");
}

static void diagnosis__of_hostile_names(void **state)
{
	(void)state;
	says(support_moment_hostile(), "diagnosis-hostile.txt");
}

static void diagnosis__begins_with_the_verdict_and_ends_with_the_next_step(void **state)
{
	struct moment *m = support_moment();
	char line[400], next[400];
	struct buf b, advice;

	(void)state;
	say(m, &b);
	report_line(buf_str(&b), 0, line, sizeof(line));
	assert_string_equal(line, "Warning: linear heap growth detected");
	report_buf(&advice);
	advice_next(m, false, &advice);
	snprintf(next, sizeof(next), "Next: %s", buf_str(&advice));
	report_line(buf_str(&b), report_lines(buf_str(&b)) - 1, line, sizeof(line));
	assert_string_equal(line, next);
	buf_done(&advice);
	buf_done(&b);
	moment_unref(m);
}

static void diagnosis__tells_at_once__when_the_growth_is_outside_heap(void **state)
{
	struct moment *m = support_moment();
	char line[400];
	struct buf b;

	(void)state;
	m->verdict.outside_heap = true;
	m->verdict.where = WHERE_ANONYMOUS;
	say(m, &b);
	report_line(buf_str(&b), 1, line, sizeof(line));
	assert_string_equal(line, "[heap] itself did not grow: the growth is in anonymous "
	                          "mappings; see --columns time,rss,heap,anon,delta");
	m->verdict.where = WHERE_ARENA;
	assert_true(has(m, "the growth is in malloc arenas; see --columns"));
	buf_done(&b);
	moment_unref(m);
}

static void diagnosis__shows_a_dash__for_the_unknown(void **state)
{
	struct moment *m = support_moment_first();

	(void)state;
	sample_init(&m->sample);
	assert_true(has(m, "RSS - (private -, shared -), VSZ -, swap -\n"));
	assert_true(has(m, "Leak confidence -, rate -\n"));
	moment_unref(m);
}

static void diagnosis__tells_how_the_process_ended(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	m->ended = END_DURATION;
	assert_false(has(m, "The process"));
	m->ended = END_TARGET;
	assert_true(has(m, "The process exited\n"));
	snprintf(m->ended_text, sizeof(m->ended_text),
	         "exited 13:44:00, its cgroup counted an OOM kill");
	assert_true(has(m, "The process exited 13:44:00, its cgroup counted an OOM kill\n"));
	snprintf(m->child_status, sizeof(m->child_status), "was killed by signal 9");
	assert_true(has(m, "an OOM kill; the command was killed by signal 9\n"));
	m->state = TARGET_ZOMBIE;
	assert_true(has(m, "an OOM kill and is a zombie; the command was"));
	moment_unref(m);
}

/* Restarts are told with what they hide, and who is waited for in the end; the line never gives way. */
static void diagnosis__tells_of_the_lives_of_a_followed_name(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	assert_false(has(m, " restarts; "));
	m->ended = END_DURATION;
	m->lives = (struct lives){.count = 3,
	                          .kept = 3,
	                          .life = {{0, 60 * NS_PER_S, 0, 0, 1048576, true},
	                                   {60 * NS_PER_S, 180 * NS_PER_S, 0, 0, 1048576, true},
	                                   {180 * NS_PER_S, 190 * NS_PER_S, 0, 0, 1048576, true}},
	                          .judged = 3,
	                          .steady = 3,
	                          .growth = 1048576,
	                          .low = 943718.4,
	                          .high = 1153433.6};
	assert_true(has(m, "2 restarts; within each life memory grew steadily, by 1.0 MB/s "));
	assert_true(has(m, ": restarts take back what it gains (lives: 1 min, 2 min, 10 s)\n"));
	m->state = TARGET_ZOMBIE;
	snprintf(m->waiting, sizeof(m->waiting), "gone since 2 s: waiting for the next shopd");
	assert_true(has(m, "The process is gone since 2 s: waiting for the next shopd\n"));
	assert_false(has(m, "zombie"));
	moment_unref(m);
}

static void diagnosis__names_a_state_that_hinders_the_verdict(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	m->state = TARGET_STOPPED;
	assert_true(has(m, "stopped by a signal: that it does not grow is no proof"));
	m->state = TARGET_TRACED;
	assert_true(has(m, "held by a debugger"));
	m->state = TARGET_LEADER_GONE;
	assert_true(has(m, "first thread ended"));
	m->state = TARGET_ZOMBIE;
	assert_true(has(m, "is a zombie"));
	m->state = TARGET_RUNNING;
	m->costs.blocked_ns = 12 * NS_PER_S;
	snprintf(m->costs.blocked_what, sizeof(m->costs.blocked_what), "smaps");
	assert_true(has(m, "smaps blocked for 12 s"));
	snprintf(m->child_status, sizeof(m->child_status), "runs on as process 4711");
	assert_true(has(m, "The command runs on as process 4711\n"));
	moment_unref(m);
}

static void diagnosis__names_the_nearest_limit(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	assert_true(has(m, "the cgroup limit of 512.0 MB in about 53 min 05 s\n"));
	m->verdict.eta_low = 2760;
	m->verdict.eta_high = 3660;
	assert_true(has(m, "the cgroup limit of 512.0 MB in about 53 min 05 s (46 min to 1 h 01 "
	                   "min)\n"));
	m->verdict.eta_high = (double)NAN;
	assert_true(has(m, "in about 53 min 05 s (46 min or more)\n"));
	m->verdict.limit = LIMIT_CGROUP_HIGH;
	assert_true(has(m, "reaches the limit of 512.0 MB (memory.high) at which its cgroup is "
	                   "throttled in about"));
	m->verdict.limit = LIMIT_ADDRESS;
	assert_true(has(m, "reaches the 512.0 MB that a 32-bit process can address in about"));
	m->verdict.limit = LIMIT_SYSTEM;
	assert_true(has(m,
	                "reaches the end of this machine's memory, 512.0 MB of which are left, in "
	                "about"));
	m->verdict.limit = LIMIT_MAPS;
	m->verdict.limit_count = 65530;
	assert_true(has(m, "reaches the 65,530 mappings that vm.max_map_count allows in about"));
	m->verdict.limit = LIMIT_RLIMIT;
	m->verdict.eta = 0;
	assert_true(
	        has(m, "At this rate it has reached its resource limit (ulimit) of 512.0 MB\n"));
	m->verdict.eta = 4e9;
	assert_true(has(m, "its resource limit (ulimit) of 512.0 MB in more than a year\n"));
	m->verdict.eta = NAN;
	assert_false(has(m, "At this rate"));
	moment_unref(m);
}

static void diagnosis__names_the_regions_that_carry_the_growth(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	assert_true(has(m, "Growing: [heap] +100.0 kB/s (now 70.9 MB), "
	                   "malloc arena 7f1008000000 +3.0 kB/s (now "));
	/* Without a course of each region the baseline tells. */
	m->trend_count = 0;
	assert_true(has(m, "Growing: [heap] +100.0 kB/s (now 70.9 MB)"));
	m->verdict.kind = VERDICT_NO_LEAK;
	assert_false(has(m, "Growing"));
	moment_unref(m);
}

static void diagnosis__tells__the_heaviest_link(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	assert_false(has(m, "What grows with it"));
	moment_unref(m);
	m = support_moment_links();
	assert_true(has(m, "\nWhat grows with it: +38.0 kB (35.0 to 41.0 kB) per connection still "
	                   "open: 412 of them, r 0.97\n"));
	assert_false(has(m, "thread ever started"));
	snprintf(m->verdict.links.link[0].text, LINK_TEXT_MAX, "grows at zero load");
	assert_true(has(m, "\nGrows at zero load\n"));
	moment_unref(m);
}

static void diagnosis__sums_up__many_warnings(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	while (m->warning_count < MOMENT_WARNINGS)
		snprintf(m->warnings[m->warning_count++], WARNING_MAX, "one more");
	assert_true(has(m, "Warning: RSS 90.3 MB is above --max-rss 90 MB\nWarning: one more\n"
	                   "and 30 more warnings\n"));
	moment_unref(m);
}

static void diagnosis__keeps_what_weighs_most__when_it_gets_long(void **state)
{
	struct moment *m = support_moment();

	(void)state;
	m->verdict.outside_heap = true;
	m->ended = END_TARGET;
	m->state = TARGET_STOPPED;
	m->costs.blocked_ns = NS_PER_S;
	snprintf(m->abilities.lacking, sizeof(m->abilities.lacking), "reduced mode: no");
	while (m->warning_count < MOMENT_WARNINGS)
		snprintf(m->warnings[m->warning_count++], WARNING_MAX, "one more");
	assert_true(has(m, "[heap] itself"));
	assert_true(has(m, "RSS "));
	assert_true(has(m, "Reduced mode"));
	assert_true(has(m, "Warning: one more"));
	assert_true(has(m, "Next: "));
	assert_false(has(m, "Against: "));
	assert_false(has(m, "For a leak: "));
	moment_unref(m);
}

static void diagnosis__is_plain_ascii__where_asked_for(void **state)
{
	struct moment *m = support_moment_hostile();
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(diagnosis_write(m, SAFE_ASCII, &b), 0);
	for (size_t i = 0; i < b.len; i++)
		assert_true(b.data[i] == '\n' || (b.data[i] >= ' ' && b.data[i] < 0x7f));
	buf_done(&b);
	moment_unref(m);
}

static void diagnosis__disarms_all_texts(void **state)
{
	struct moment *m = support_moment();
	static const char evil[] = "a\033[31m\nb\xff\xe2\x80\xae";

	(void)state;
	snprintf(m->warnings[0], WARNING_MAX, "%s", evil);
	snprintf(m->ended_text, sizeof(m->ended_text), "%s", evil);
	snprintf(m->child_status, sizeof(m->child_status), "%s", evil);
	snprintf(m->abilities.lacking, sizeof(m->abilities.lacking), "%s", evil);
	snprintf(m->verdict.evidence[0].text, sizeof(m->verdict.evidence[0].text), "%s", evil);
	assert_false(has(m, "\033"));
	moment_unref(m);
}

static void diagnosis__passes_on__that_a_buffer_is_full(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	for (size_t max = 0; max < 60; max++) {
		buf_init(&b, max);
		assert_int_equal(diagnosis_write(m, SAFE_UTF8, &b), -EFBIG);
		buf_done(&b);
	}
	moment_unref(m);
}

static void diagnosis__tells_a_command_that_can_be_copied__where_it_was_recorded(void **state)
{
	struct moment *m = support_moment_idle();

	(void)state;
	snprintf(m->recording, sizeof(m->recording), "/tmp/a.mld");
	m->recording_size = 1 << 20;
	assert_true(
	        has(m,
	            "\nRecorded in /tmp/a.mld (1.0 MB): memleak-detective --replay /tmp/a.mld\n"));
	snprintf(m->recording, sizeof(m->recording), "it's; $x\n");
	assert_true(has(m, "\nRecorded in it's; $x\\x0A (1.0 MB): memleak-detective --replay "
	                   "$'it\\047s; $x\\012'\n"));
	/* As long as the field: who knows what was cut off. */
	memset(m->recording, 'a', sizeof(m->recording) - 1);
	assert_true(has(m, "aaa (1.0 MB)\n"));
	assert_false(has(m, "--replay"));
	moment_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(diagnosis__of_a_leak),
	        cmocka_unit_test(diagnosis__of_an_idle_process),
	        cmocka_unit_test(diagnosis__in_reduced_mode),
	        cmocka_unit_test(diagnosis__of_the_first_sample),
	        cmocka_unit_test(diagnosis__of_hostile_names),
	        cmocka_unit_test(diagnosis__begins_with_the_verdict_and_ends_with_the_next_step),
	        cmocka_unit_test(diagnosis__tells_at_once__when_the_growth_is_outside_heap),
	        cmocka_unit_test(diagnosis__shows_a_dash__for_the_unknown),
	        cmocka_unit_test(diagnosis__tells_how_the_process_ended),
	        cmocka_unit_test(diagnosis__tells_of_the_lives_of_a_followed_name),
	        cmocka_unit_test(diagnosis__names_a_state_that_hinders_the_verdict),
	        cmocka_unit_test(diagnosis__names_the_nearest_limit),
	        cmocka_unit_test(diagnosis__names_the_regions_that_carry_the_growth),
	        cmocka_unit_test(diagnosis__tells__the_heaviest_link),
	        cmocka_unit_test(diagnosis__sums_up__many_warnings),
	        cmocka_unit_test(diagnosis__keeps_what_weighs_most__when_it_gets_long),
	        cmocka_unit_test(diagnosis__is_plain_ascii__where_asked_for),
	        cmocka_unit_test(
	                diagnosis__tells_a_command_that_can_be_copied__where_it_was_recorded),
	        cmocka_unit_test(diagnosis__disarms_all_texts),
	        cmocka_unit_test(diagnosis__passes_on__that_a_buffer_is_full),
	};

	return cmocka_run_group_tests_name("report_diagnosis", tests, NULL, NULL);
}
