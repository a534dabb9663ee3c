/* SPDX-License-Identifier: MIT */
/* How figures, times and errors read; with what happens at every border between units. */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/human.h"
#include "base/known.h"

#define KB (1ull << 10)
#define MB (1ull << 20)
#define GB (1ull << 30)

static void human_size__takes__the_largest_unit_that_leaves_one(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_string_equal(human_size(text, 0, HUMAN_AUTO), "0 B");
	assert_string_equal(human_size(text, 1023, HUMAN_AUTO), "1023 B");
	assert_string_equal(human_size(text, 1024, HUMAN_AUTO), "1.0 kB");
	assert_string_equal(human_size(text, 53792998, HUMAN_AUTO), "51.3 MB");
	assert_string_equal(human_size(text, 6 * GB / 5, HUMAN_AUTO), "1.2 GB");
	assert_string_equal(human_size(text, UNKNOWN - 1, HUMAN_AUTO), "16.0 EB");
}

static void human_size__rounds_into_the_next_unit(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_string_equal(human_size(text, MB - 1, HUMAN_AUTO), "1.0 MB");
	assert_string_equal(human_size(text, MB - 100, HUMAN_AUTO), "1023.9 kB");
}

static void human_size__keeps__a_chosen_unit(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_string_equal(human_size(text, 52 * MB, HUMAN_KB), "53248 kB");
	assert_string_equal(human_size(text, 52 * MB, HUMAN_MB), "52.0 MB");
	assert_string_equal(human_size(text, 52 * MB, HUMAN_GB), "0.1 GB");
	assert_string_equal(human_size(text, 0, HUMAN_MB), "0.0 MB");
	assert_string_equal(human_size(text, UNKNOWN - 1, HUMAN_KB), "18014398509481984 kB");
}

static void human__shows_a_dash__for_the_unknown(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_string_equal(human_size(text, UNKNOWN, HUMAN_AUTO), "-");
	assert_string_equal(human_size(text, UNKNOWN, HUMAN_MB), "-");
	assert_string_equal(human_size5(text, UNKNOWN), "-");
	assert_string_equal(human_duration(text, UNKNOWN), "-");
	assert_string_equal(human_clock(text, UNKNOWN, false), "-");
	assert_string_equal(human_utc(text, UNKNOWN, true), "-");
	assert_string_equal(human_localtime(text, UNKNOWN), "-");
	assert_string_equal(human_count(text, UNKNOWN), "-");
	assert_string_equal(human_rate(text, (double)NAN), "-");
	assert_string_equal(human_rate(text, (double)INFINITY), "-");
}

static void human_size5__is_tight(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_string_equal(human_size5(text, 512), "512");
	assert_string_equal(human_size5(text, 1024), "1.0K");
	assert_string_equal(human_size5(text, 53792998), "51.3M");
	assert_string_equal(human_size5(text, 100 * MB - 1), "100M");
	assert_string_equal(human_size5(text, 1023 * KB), "1023K");
	assert_string_equal(human_size5(text, MB - 1), "1.0M");
	assert_string_equal(human_size5(text, UNKNOWN - 1), "16.0E");
}

static void human_size5__never_exceeds_five_columns(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	for (unsigned bit = 0; bit < 64; bit++) {
		for (uint64_t tenth = 1; tenth <= 10; tenth++) {
			uint64_t middle = (1ull << bit) / 10 * tenth;
			for (uint64_t near = 0; near <= 400; near++)
				assert_true(strlen(human_size5(text, middle + near - 200)) <= 5);
		}
	}
	for (uint64_t power = 1; power < UINT64_MAX / 10; power *= 10)
		for (uint64_t near = 0; near <= 400; near++)
			assert_true(strlen(human_size5(text, power + near - 200)) <= 5);
}

static void human_delta__always_has_its_sign(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_string_equal(human_delta(text, 0, HUMAN_AUTO), "0 B");
	assert_string_equal(human_delta(text, 1887437, HUMAN_MB), "+1.8 MB");
	assert_string_equal(human_delta(text, -419430, HUMAN_MB), "-0.4 MB");
	assert_string_equal(human_delta(text, -1, HUMAN_AUTO), "-1 B");
	assert_string_equal(human_delta(text, INT64_MIN, HUMAN_AUTO), "-8.0 EB");
}

static void human_rate__stretches_the_period__until_it_says_something(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_string_equal(human_rate(text, 1048576), "+1.0 MB/s");
	assert_string_equal(human_rate(text, -3.2 * 1024 / 60), "-3.2 kB/min");
	assert_string_equal(human_rate(text, 1), "+3.5 kB/h");
	assert_string_equal(human_rate(text, 0.05), "+4.2 kB/d");
	assert_string_equal(human_rate(text, 0.001), "+86 B/d");
	assert_string_equal(human_rate(text, 0), "0");
	assert_string_equal(human_rate(text, -1e-9), "0");
	assert_string_equal(human_rate(text, 1e300), "+8.0 EB/s");
}

static void human_duration__reads_like_speech(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_string_equal(human_duration(text, 0), "0 s");
	assert_string_equal(human_duration(text, 340), "340 ns");
	assert_string_equal(human_duration(text, 34 * NS_PER_US), "34 us");
	assert_string_equal(human_duration(text, 3200 * NS_PER_US), "3.2 ms");
	assert_string_equal(human_duration(text, 250 * NS_PER_MS), "250 ms");
	assert_string_equal(human_duration(text, 2 * NS_PER_S), "2 s");
	assert_string_equal(human_duration(text, 1500 * NS_PER_MS), "1.5 s");
	assert_string_equal(human_duration(text, 14 * NS_PER_S), "14 s");
	assert_string_equal(human_duration(text, 200 * NS_PER_S), "3 min 20 s");
	assert_string_equal(human_duration(text, 300 * NS_PER_S), "5 min");
	assert_string_equal(human_duration(text, 7500 * NS_PER_S), "2 h 05 min");
	assert_string_equal(human_duration(text, 76 * 3600 * NS_PER_S), "3 d 4 h");
}

static void human_duration__never_shows_a_full_unit(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_string_equal(human_duration(text, NS_PER_US - 1), "999 ns");
	assert_string_equal(human_duration(text, NS_PER_MS - 1), "1 ms");
	assert_string_equal(human_duration(text, NS_PER_S - 1), "1 s");
	assert_string_equal(human_duration(text, 60 * NS_PER_S - 1), "1 min");
	assert_string_equal(human_duration(text, 3600 * NS_PER_S - 1), "1 h");
	assert_string_equal(human_duration(text, 86400 * NS_PER_S - 1), "1 d");
}

static void human_clock__is_the_clock_of_the_table(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_string_equal(human_clock(text, 0, false), "00:00");
	assert_string_equal(human_clock(text, 5 * NS_PER_S, false), "00:05");
	assert_string_equal(human_clock(text, 5 * NS_PER_S - 1000, false), "00:05");
	assert_string_equal(human_clock(text, 3599 * NS_PER_S, false), "59:59");
	assert_string_equal(human_clock(text, 3600 * NS_PER_S, false), "1:00:00");
	assert_string_equal(human_clock(text, 100 * 3600 * NS_PER_S, false), "100:00:00");
	assert_string_equal(human_clock(text, 500 * NS_PER_MS, true), "00:00.5");
	assert_string_equal(human_clock(text, 3600 * NS_PER_S, true), "1:00:00.0");
	assert_true(strlen(human_clock(text, UNKNOWN - 1, true)) < HUMAN_MAX);
}

static void human_utc__writes_file_names_and_rfc_3339(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	uint64_t then = 1795182240 * NS_PER_S + 999;

	assert_string_equal(human_utc(text, then, true), "20261120T134400Z");
	assert_string_equal(human_utc(text, then, false), "2026-11-20T13:44:00Z");
	assert_string_equal(human_utc(text, 0, false), "1970-01-01T00:00:00Z");
}

static void human_localtime__follows_the_zone(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_int_equal(setenv("TZ", "XXX-2", 1), 0);
	tzset();
	assert_string_equal(human_localtime(text, 1795182240 * NS_PER_S), "15:44:00");
}

static void human_count__separates_thousands(void **state)
{
	(void)state;
	char text[HUMAN_MAX];
	assert_string_equal(human_count(text, 0), "0");
	assert_string_equal(human_count(text, 999), "999");
	assert_string_equal(human_count(text, 1000), "1,000");
	assert_string_equal(human_count(text, 12345), "12,345");
	assert_string_equal(human_count(text, UNKNOWN - 1), "18,446,744,073,709,551,614");
}

static void clock__never_goes_back(void **state)
{
	(void)state;
	uint64_t mono = clock_mono(), boot = clock_boot(), thread = clock_thread();

	assert_true(clock_mono() >= mono);
	assert_true(clock_boot() >= boot);
	assert_true(clock_thread() >= thread);
	assert_true(clock_process() >= thread);
	assert_true(known(clock_wall()));
}

static void fault_set__makes_one_safe_line(void **state)
{
	(void)state;
	struct fault f = {0};

	assert_int_equal(fault_set(&f, STATUS_GONE, "no process %d: %s", 12, "a\033[2J\nb"),
	                 -EINVAL);
	assert_int_equal(f.status, STATUS_GONE);
	assert_string_equal(f.text, "no process 12: a\\x1B[2J\\x0Ab");
}

static void fault_set__cuts__what_is_too_long(void **state)
{
	(void)state;
	struct fault f = {0};

	fault_set(&f, STATUS_USAGE, "%0*d", 5000, 1);
	assert_int_equal(strlen(f.text), sizeof(f.text) - 1);
}

static void fault_set__accepts__nobody_listening(void **state)
{
	(void)state;
	assert_int_equal(fault_set(NULL, STATUS_USAGE, "%s", "x"), -EINVAL);
}

static void fault_reason__takes_either_sign(void **state)
{
	(void)state;
	assert_string_equal(fault_reason(ENOSPC), "no space left on device");
	assert_string_equal(fault_reason(-ENOSPC), "no space left on device");
	assert_string_equal(fault_reason(0), "no error");
	assert_string_equal(fault_reason(INT_MIN), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(human_size__takes__the_largest_unit_that_leaves_one),
	        cmocka_unit_test(human_size__rounds_into_the_next_unit),
	        cmocka_unit_test(human_size__keeps__a_chosen_unit),
	        cmocka_unit_test(human__shows_a_dash__for_the_unknown),
	        cmocka_unit_test(human_size5__is_tight),
	        cmocka_unit_test(human_size5__never_exceeds_five_columns),
	        cmocka_unit_test(human_delta__always_has_its_sign),
	        cmocka_unit_test(human_rate__stretches_the_period__until_it_says_something),
	        cmocka_unit_test(human_duration__reads_like_speech),
	        cmocka_unit_test(human_duration__never_shows_a_full_unit),
	        cmocka_unit_test(human_clock__is_the_clock_of_the_table),
	        cmocka_unit_test(human_utc__writes_file_names_and_rfc_3339),
	        cmocka_unit_test(human_localtime__follows_the_zone),
	        cmocka_unit_test(human_count__separates_thousands),
	        cmocka_unit_test(clock__never_goes_back),
	        cmocka_unit_test(fault_set__makes_one_safe_line),
	        cmocka_unit_test(fault_set__cuts__what_is_too_long),
	        cmocka_unit_test(fault_set__accepts__nobody_listening),
	        cmocka_unit_test(fault_reason__takes_either_sign),
	};

	return cmocka_run_group_tests_name("base_human", tests, NULL, NULL);
}
