/* SPDX-License-Identifier: MIT */
/* What is typed behind `:`, in a zone with summer time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "app/goto_time.h"
#include "base/clock.h"
#include "base/known.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* 2026-11-20 12:00:00 in Berlin, s. */
#define NOON ((uint64_t)1795172400)

/* `before` and `after` s around what is shown, `at` s since the epoch. */
static struct goto_range range(uint64_t at, uint64_t before, uint64_t after)
{
	return (struct goto_range){.oldest = 0,
	                           .shown = before * NS_PER_S,
	                           .newest = (before + after) * NS_PER_S,
	                           .wall = at * NS_PER_S};
}

static uint64_t value(const char *text, struct goto_range r, bool is_wall)
{
	struct goto_time t = {0};
	struct fault f = {0};

	if (goto_time_parse(text, &r, &t, &f))
		fail_msg("'%s' is refused: %s", text, f.text);
	assert_int_equal(t.is_wall, is_wall);
	return t.value;
}

/* s since the epoch that a text leads to; s since the begin. */
static uint64_t wall(const char *text, struct goto_range r)
{
	return value(text, r, true) / NS_PER_S;
}

static uint64_t since(const char *text, struct goto_range r)
{
	return value(text, r, false) / NS_PER_S;
}

static void refused(const char *text, struct goto_range r)
{
	struct goto_time t = {.is_wall = true, .value = 99};
	struct fault f = {0};

	if (goto_time_parse(text, &r, &t, &f) == 0)
		fail_msg("'%s' is taken", text);
	assert_int_equal(t.value, 99);
	assert_int_equal(f.status, STATUS_USAGE);
	assert_true(f.text[0] && !strchr(f.text, '\n'));
}

static void goto_time__takes__the_time_of_the_day_shown(void **state)
{
	struct goto_range r = range(NOON, 3 * DAY, 2 * DAY);

	(void)state;
	assert_int_equal(wall("12:00", r), NOON);
	assert_int_equal(wall(" 13:45:10 ", r), NOON + HOUR + 45 * MINUTE + 10);
	assert_int_equal(wall("0:00", r), NOON - 12 * HOUR);
	assert_int_equal(wall("23:59:59", r), NOON + 12 * HOUR - 1);
}

/* 20 hours until noon, shown at noon: 18:00 is that of the day before. */
static void goto_time__takes__the_nearest_day_that_has_that_time(void **state)
{
	(void)state;
	assert_int_equal(wall("18:00", range(NOON, 20 * HOUR, 0)), NOON - 18 * HOUR);
	assert_int_equal(wall("06:00", range(NOON, 0, 20 * HOUR)), NOON + 18 * HOUR);
	assert_int_equal(wall("06:00", range(NOON, 20 * HOUR, 20 * HOUR)), NOON - 6 * HOUR);
	/* A minute or second that the begin lies within. */
	assert_int_equal(wall("11:59", range(NOON, 30, 0)), NOON - 60);
}

/* Brute: whichever time of whichever recording, an answer lies within it and shows that clock. */
static void goto_time__finds__every_clock_that_there_is(void **state)
{
	(void)state;
	for (uint64_t before = 0; before <= 50 * HOUR; before += 7 * HOUR + 11)
		for (uint64_t after = 0; after <= 50 * HOUR; after += 5 * HOUR + 7)
			for (uint64_t at = 0; at <= before + after; at += 3607) {
				struct goto_range r = range(NOON, before, after);
				time_t then = (time_t)(NOON - before + at), found;
				char clock[16], again[16];
				strftime(clock, sizeof(clock), "%H:%M:%S", localtime(&then));
				found = (time_t)wall(clock, r);
				strftime(again, sizeof(again), "%H:%M:%S", localtime(&found));
				assert_string_equal(clock, again);
				assert_true(found >= (time_t)(NOON - before));
				assert_true(found <= (time_t)(NOON + after));
			}
}

/* A short watch has no such time of day: then it is the clock of its Time column. */
static void goto_time__takes__the_clock_of_the_watch_where_no_day_has_it(void **state)
{
	struct goto_range r = range(NOON, 20 * MINUTE, 0);

	(void)state;
	assert_int_equal(since("05:30", r), 5 * MINUTE + 30);
	assert_int_equal(wall("11:45", r), NOON - 15 * MINUTE);
	refused("08:00:00", r);
	r.wall = UNKNOWN;
	assert_int_equal(since("11:45", r), 11 * MINUTE + 45);
}

static void goto_time__counts__from_the_begin(void **state)
{
	struct goto_range r = range(NOON, 3 * DAY, 2 * DAY);

	(void)state;
	assert_int_equal(since("@12:34", r), 12 * MINUTE + 34);
	assert_int_equal(since("@1:02:03", r), HOUR + 2 * MINUTE + 3);
	assert_int_equal(since("@100:00:00", r), 100 * HOUR);
	assert_int_equal(since("@90m", r), 90 * MINUTE);
	assert_int_equal(since("@0", r), 0);
}

static void goto_time__counts__from_what_is_shown(void **state)
{
	struct goto_range r = range(NOON, 3 * DAY, 2 * DAY);

	(void)state;
	assert_int_equal(since("+90m", r), 3 * DAY + 90 * MINUTE);
	assert_int_equal(since("-2h", r), 3 * DAY - 2 * HOUR);
	assert_int_equal(since("-1d12h30m", r), DAY + 11 * HOUR + 30 * MINUTE);
	assert_int_equal(since("+5", r), 3 * DAY + 5);
	assert_int_equal(since("-0.5h", r), 3 * DAY - 30 * MINUTE);
	assert_int_equal(since("-9d", r), 0);
	assert_int_equal(since("+9d", r), 12 * DAY);
	/* No sum wraps round. */
	r.shown = UNKNOWN - 10;
	assert_true(value("+200000d", r, false) >= UNKNOWN - 10);
}

static void goto_time__takes__a_date(void **state)
{
	struct goto_range r = range(NOON, 3 * DAY, 2 * DAY);

	(void)state;
	assert_int_equal(wall("2026-11-20 13:45", r), NOON + HOUR + 45 * MINUTE);
	assert_int_equal(wall("2026-11-19T06:00:01", r), NOON - 30 * HOUR + 1);
	assert_int_equal(wall("2026-11-20", r), NOON - 12 * HOUR);
	assert_int_equal(wall("2026-11-20T11:00:00Z", r), NOON);
	/* Also one that nothing is known of: whoever goes there says so. */
	assert_int_equal(wall("1999-12-31 23:59:59", r), 946681199);
}

/* The night in which clocks go back has two hours of the same name, the other one lacks one. */
static void goto_time__lives__through_summer_time(void **state)
{
	const uint64_t back = 1792890000;    /* 2026-10-25 01:00 UTC: 03:00 becomes 02:00 */
	const uint64_t forward = 1774746000; /* 2026-03-29 01:00 UTC: 02:00 becomes 03:00 */

	(void)state;
	uint64_t two = wall("02:30", range(back, DAY, DAY));
	assert_true(two == back - 30 * MINUTE || two == back + 30 * MINUTE);
	assert_int_equal(wall("12:00", range(back, DAY, DAY)), back + 10 * HOUR);
	assert_int_equal(wall("12:00", range(forward, DAY, DAY)), forward + 9 * HOUR);
	/* There was no 02:30 that day; an hour beside it or the day before, and no crash. */
	uint64_t missing = wall("02:30", range(forward, DAY, DAY));
	assert_true(missing >= forward - DAY && missing <= forward + HOUR);
}

static void goto_time__refuses__what_is_no_time(void **state)
{
	static const char *const texts[] = {
	        "",
	        " ",
	        "12",
	        "12:",
	        ":30",
	        "24:00",
	        "12:60",
	        "12:30:60",
	        "12:30:10:5",
	        "1:2:3:",
	        "012345:00",
	        "12:345",
	        "12.30",
	        "noon",
	        "+",
	        "-",
	        "@",
	        "+-5m",
	        "+5x",
	        "+1h30",
	        "+h",
	        "++5",
	        "@-5",
	        "2026-13-01",
	        "2026-02-30",
	        "2026-00-10",
	        "2026-1",
	        "2026-11-20 25:00",
	        "2026-11-20x12:00",
	        "1969-12-31",
	        "20261120",
	        "2026-11-20 12",
	        "\033[2J",
	        "+1e9",
	        "99999-01-01",
	        "+99999999999999999999d",
	        "@1:2:3:4",
	        "12:00Z",
	        "+0x10",
	};
	char longest[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refused(texts[i], range(NOON, 3 * DAY, 2 * DAY));
	memset(longest, '1', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	refused(longest, range(NOON, 3 * DAY, 2 * DAY));
}

/* Every text of four of these characters is taken or refused, and either says something that holds. */
static void goto_time__survives__every_short_text(void **state)
{
	static const char letters[] = "0129:-+@ T.hmZ\xff";
	const struct goto_range r = range(NOON, 3 * DAY, 2 * DAY);
	size_t n = sizeof(letters) - 1;

	(void)state;
	for (size_t i = 0; i < n * n * n * n; i++) {
		char text[5] = {letters[i % n], letters[i / n % n], letters[i / n / n % n],
		                letters[i / n / n / n], 0};
		struct goto_time t = {.value = 77};
		struct fault f = {0};
		if (goto_time_parse(text, &r, &t, &f))
			assert_true(f.text[0] && t.value == 77);
		else
			assert_true(known(t.value) && !f.text[0]);
	}
}

static void goto_time__says__what_is_known_of(void **state)
{
	struct goto_range r = range(NOON, 20 * MINUTE, 0);
	struct goto_time t;
	struct fault f = {0};

	(void)state;
	goto_time_parse("23:00", &r, &t, &f);
	assert_string_equal(f.text, "nothing is known of 23:00; only of 11:40:00 to 12:00:00");
	goto_time_parse("soon", &r, &t, &f);
	assert_non_null(strstr(f.text, "'soon' is no time"));
	r.wall = UNKNOWN;
	goto_time_parse("2026-11-20", &r, &t, &f);
	assert_non_null(strstr(f.text, "no date is known"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(goto_time__takes__the_time_of_the_day_shown),
	        cmocka_unit_test(goto_time__takes__the_nearest_day_that_has_that_time),
	        cmocka_unit_test(goto_time__finds__every_clock_that_there_is),
	        cmocka_unit_test(goto_time__takes__the_clock_of_the_watch_where_no_day_has_it),
	        cmocka_unit_test(goto_time__counts__from_the_begin),
	        cmocka_unit_test(goto_time__counts__from_what_is_shown),
	        cmocka_unit_test(goto_time__takes__a_date),
	        cmocka_unit_test(goto_time__lives__through_summer_time),
	        cmocka_unit_test(goto_time__refuses__what_is_no_time),
	        cmocka_unit_test(goto_time__survives__every_short_text),
	        cmocka_unit_test(goto_time__says__what_is_known_of),
	};

	/* Rules in the text: a machine without zone files has this zone, too. */
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return cmocka_run_group_tests_name("app/goto", tests, NULL, NULL);
}
