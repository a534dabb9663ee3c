/* SPDX-License-Identifier: MIT */
/* The command line: what it means, and that what is wrong with it is said in one line with a remedy. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "app/options.h"
#include "base/clock.h"

enum { WORDS = 48 };

/* Parses a line of words separated by single blanks. */
static int parse(const char *line, struct options *o, struct fault *f)
{
	static char text[512];
	static char *argv[WORDS]; /* o->command borrows it */
	char *save = NULL;
	int argc = 0;

	*f = (struct fault){0};
	snprintf(text, sizeof(text), "memleak-detective %s", line);
	for (char *w = strtok_r(text, " ", &save); w && argc < WORDS - 1;
	     w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	return options_parse(argc, argv, o, f);
}

static void refused(const char *line, const char *part)
{
	struct options o;
	struct fault f;

	assert_int_not_equal(parse(line, &o, &f), 0);
	assert_int_equal(f.status, STATUS_USAGE);
	assert_null(strchr(f.text, '\n'));
	if (!strstr(f.text, part))
		fail_msg("'%s' gave '%s', which does not say '%s'", line, f.text, part);
}

static void options__understand__the_literal_line(void **state)
{
	struct options o;
	struct fault f;

	(void)state;
	assert_int_equal(parse("--pid 1234 --interval 5 --duration 60", &o, &f), 0);
	assert_int_equal(o.mode, MODE_WATCH);
	assert_int_equal(o.pid, 1234);
	assert_int_equal(o.interval, 5 * NS_PER_S);
	assert_int_equal(o.duration, 60 * NS_PER_S);
	assert_true(o.report);
	assert_false(o.batch);
}

static void options__take__the_pid_anywhere(void **state)
{
	struct options o;
	struct fault f;

	(void)state;
	assert_int_equal(parse("77 -i 500ms", &o, &f), 0);
	assert_int_equal(o.pid, 77);
	assert_int_equal(o.interval, 500 * NS_PER_MS);
	assert_int_equal(parse("-b 77", &o, &f), 0);
	assert_int_equal(o.pid, 77);
	assert_int_equal(parse("-p 77 77", &o, &f), 0);
}

static void options__have__defaults(void **state)
{
	struct options o;
	struct fault f;

	(void)state;
	assert_int_equal(parse("", &o, &f), 0);
	assert_int_equal(o.mode, MODE_PICK);
	assert_int_equal(o.interval, NS_PER_S);
	assert_false(known(o.duration));
	assert_int_equal(o.max_stall, 50 * NS_PER_MS);
	assert_string_equal(o.procfs, "/proc");
	assert_int_equal(o.sites, 0);
	assert_true(o.max_slowdown > 4.9 && o.max_slowdown < 5.1);
}

static void options__take__times_and_prices_of_tracing(void **state)
{
	struct options o;
	struct fault f;

	(void)state;
	assert_int_equal(parse("7 --no-sites", &o, &f), 0);
	assert_true(o.no_sites);
	assert_int_equal(parse("7 --sites 1.5m --max-slowdown 0.5", &o, &f), 0);
	assert_false(o.no_sites);
	assert_int_equal(o.sites, 90 * NS_PER_S);
	assert_true(o.max_slowdown > 0.49 && o.max_slowdown < 0.51);
	assert_int_equal(parse("--sites 3 -- sleep 9", &o, &f), 0);
	assert_int_equal(o.mode, MODE_COMMAND);
}

static void options__stop__at_a_command(void **state)
{
	struct options o;
	struct fault f;

	(void)state;
	assert_int_equal(parse("-d 3 -- sleep -d 9", &o, &f), 0);
	assert_int_equal(o.mode, MODE_COMMAND);
	assert_string_equal(o.command[0], "sleep");
	assert_string_equal(o.command[1], "-d");
	assert_int_equal(o.duration, 3 * NS_PER_S);
}

static void options__take__a_demo_with_and_without_equals(void **state)
{
	struct options o;
	struct fault f;

	(void)state;
	assert_int_equal(parse("--demo step", &o, &f), 0);
	assert_string_equal(o.demo->name, "step");
	assert_int_equal(parse("--demo=step", &o, &f), 0);
	assert_string_equal(o.demo->name, "step");
	assert_int_equal(parse("--demo -d 5", &o, &f), 0);
	assert_string_equal(o.demo->name, "leak");
	refused("--demo nonsense", "nonsense");
	refused("--demo=nonsense", "no scenario");
}

static void options__imply__batch(void **state)
{
	struct options o;
	struct fault f;

	(void)state;
	assert_int_equal(parse("--json 7", &o, &f), 0);
	assert_true(o.batch);
	assert_int_equal(parse("--csv - 7", &o, &f), 0);
	assert_true(o.batch);
	assert_int_equal(parse("--csv file 7", &o, &f), 0);
	assert_false(o.batch);
}

static void options__set__thresholds(void **state)
{
	struct options o;
	struct fault f;

	(void)state;
	assert_int_equal(parse("7 --max-rss 512M --max-maps 30000 --max-growth 36M/h --max-rss 1G",
	                       &o, &f),
	                 0);
	assert_int_equal(o.thresholds.count, 4);
	assert_int_equal(o.thresholds.t[0].kind, MAX_RSS);
	assert_int_equal((uint64_t)o.thresholds.t[0].limit, 512ull << 20);
	assert_int_equal(o.thresholds.t[1].kind, MAX_MAPS);
	assert_int_equal((uint64_t)o.thresholds.t[1].limit, 30000);
	assert_int_equal(o.thresholds.t[2].kind, MAX_GROWTH);
	assert_int_equal((uint64_t)o.thresholds.t[2].limit, (36ull << 20) / 3600);
	assert_int_equal(o.thresholds.t[3].kind, MAX_RSS);
	assert_int_equal((uint64_t)o.thresholds.t[3].limit, 1ull << 30);
	assert_false(thresholds_has(&o.thresholds, MAX_HEAP));
}

static void options__take__top_with_and_without_a_number(void **state)
{
	struct options o;
	struct fault f = {0};

	(void)state;
	assert_int_equal(parse("--top", &o, &f), 0);
	assert_int_equal(o.mode, MODE_TOP);
	assert_int_equal(o.top, 10);
	assert_int_equal(parse("--top 5 -d 60", &o, &f), 0);
	assert_int_equal(o.top, 5);
	assert_int_equal(parse("--top=7 --json --exit-code", &o, &f), 0);
	assert_int_equal(o.top, 7);
	assert_int_equal(parse("--top -d 60", &o, &f), 0);
	assert_int_equal(o.top, 10);
	refused("--top 0", "from 1 to 1000");
	refused("--top=1001", "from 1 to 1000");
	refused("--top=abc", "abc");
	refused("--top 5 6", "all processes");
	refused("-p 7 --top", "all processes");
	refused("--top --demo leak", "all processes");
	refused("--top --analyze x", "all processes");
	refused("--top -- sleep 1", "one thing to watch");
	refused("--top --csv x", "--csv");
	refused("--top --columns rss", "--columns");
	refused("--top --max-rss 5M", "threshold");
	refused("--top --no-report", "--no-report");
}

static void options__refuse__bad_pids(void **state)
{
	(void)state;
	refused("abc", "abc");
	refused("0", "no process id");
	refused("-p -5", "no process id");
	refused("4294967296", "1 to 2147483647");
	refused("12x", "12x");
	refused("1 2", "two process ids");
}

static void options__refuse__bad_times(void **state)
{
	(void)state;
	refused("7 -i 0", "out of range");
	refused("7 -i abc", "is no time");
	refused("7 -i 1e9", "--interval");
	refused("7 -i 0.01", "0.05 s to 1 h");
	refused("7 -i -1", "--interval");
	refused("7 -d 0", "--duration");
	refused("7 -d nan", "--duration");
	refused("7 --max-stall x", "--max-stall");
	refused("7 --sites 0", "--sites");
	refused("7 --sites 1ms", "2s or more");
	refused("7 --max-slowdown 0", "--max-slowdown");
	refused("7 --sites 5 --no-sites", "--sites together with --no-sites");
	refused("7 --max-slowdown 100.5", "--max-slowdown");
	refused("--sites 3", "--sites traces one process");
	refused("--sites 3 --replay x", "--replay");
}

static void options__refuse__contradictions(void **state)
{
	(void)state;
	refused("7 --json --csv -", "stdout");
	refused("7 -- sleep 1", "one thing to watch");
	refused("-p 7 -- sleep 1", "one thing to watch");
	refused("--demo leak 7", "one thing to watch");
	refused("--analyze f -p 7", "one thing to watch");
	refused("--analyze f -i 5", "--analyze");
	refused("7 --kill", "--kill");
	refused("7 --json --no-report", "--no-report");
	refused("--", "without a command");
}

static void options__refuse__what_is_no_option(void **state)
{
	(void)state;
	refused("--nonsense", "--nonsense is no option");
	refused("-p", "needs a value");
	refused("7 --color sometimes", "auto, always or never");
	refused("7 --theme pink", "dark, light or mono");
	refused("7 --max-rss many", "512M");
	refused("7 --normal -", "--normal");
	refused("7 --max-maps 1 --max-maps 2 --max-maps 3 --max-maps 4 --max-maps 5 --max-maps 6 "
	        "--max-maps 7 --max-maps 8 --max-maps 9 --max-maps 10 --max-maps 11 --max-maps 12 "
	        "--max-maps 13 --max-maps 14 --max-maps 15 --max-maps 16 --max-maps 17",
	        "16 thresholds");
}

static void option_help__lists__every_option(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 16);
	assert_int_equal(options_help(&b), 0);
	for (const struct option_row *r = option_rows; r->name; r++) {
		char name[64];
		snprintf(name, sizeof(name), "--%s ", r->name);
		assert_int_equal(r->help != NULL, strstr(buf_str(&b), name) != NULL);
	}
	for (const char *line = buf_str(&b); *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 100);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(options__understand__the_literal_line),
	        cmocka_unit_test(options__take__the_pid_anywhere),
	        cmocka_unit_test(options__have__defaults),
	        cmocka_unit_test(options__take__times_and_prices_of_tracing),
	        cmocka_unit_test(options__stop__at_a_command),
	        cmocka_unit_test(options__take__a_demo_with_and_without_equals),
	        cmocka_unit_test(options__imply__batch),
	        cmocka_unit_test(options__set__thresholds),
	        cmocka_unit_test(options__take__top_with_and_without_a_number),
	        cmocka_unit_test(options__refuse__bad_pids),
	        cmocka_unit_test(options__refuse__bad_times),
	        cmocka_unit_test(options__refuse__contradictions),
	        cmocka_unit_test(options__refuse__what_is_no_option),
	        cmocka_unit_test(option_help__lists__every_option),
	};
	return cmocka_run_group_tests_name("app/options", tests, NULL, NULL);
}
