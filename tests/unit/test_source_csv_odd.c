/* SPDX-License-Identifier: MIT */
/* Times in every unit that programs log, and files at the edge of what --analyze takes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/known.h"
#include "source/csv.h"
#include "source/csv_internal.h"
#include "support_file.h"

/* A text as a file, its last sample, and what was said about it. */
struct reading {
	int ended;
	unsigned count;
	struct sample last;
	char said[512]; /* the notes, or the fault */
};

static struct reading read_bytes(const char *text, size_t len)
{
	char path[32];
	struct reading r = {0};
	struct fault f = {0};
	struct source *s;
	struct sample sample;
	int fd = file_of(text, len, path);

	r.ended = csv_open(path, &s, &f);
	if (r.ended == 0) {
		while ((r.ended = s->ops->sample(s, 0, &sample)) == 0) {
			r.last = sample;
			r.count++;
		}
		if (r.ended == -EINVAL)
			csv_fault(s, &f);
		for (unsigned i = 0; csv_note(s, i); i++)
			strncat(r.said, csv_note(s, i), sizeof(r.said) - strlen(r.said) - 1);
		s->ops->free(s);
	}
	strncat(r.said, f.text, sizeof(r.said) - strlen(r.said) - 1);
	close(fd);
	return r;
}

static struct reading read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static bool time_of(const char *text, struct time_read *ret)
{
	return time_cell((struct cell){text, strlen(text)}, ret);
}

static void time_cell__reads__every_unit_since_1970(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {{"1700000000", 1700000000000000000},
	             {"1700000000.25", 1700000000250000000},
	             {"1700000000125", 1700000000125000000},
	             {"1700000000125.75", 1700000000125000000},
	             {"1700000000000125", 1700000000000125000},
	             {"1700000000000000125", 1700000000000000125}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct time_read t = {0};
		assert_true(time_of(cases[i].text, &t));
		assert_true(t.wall);
		assert_int_equal(t.ns, cases[i].ns);
	}
	struct time_read t;
	assert_true(time_of(" 12.5 ", &t));
	assert_false(t.wall);
	assert_int_equal(t.ns, 12500 * NS_PER_MS);
}

static void time_cell__refuses__what_no_clock_can_say(void **state)
{
	static const char *const cases[] = {
	        "",
	        "12.3.4",
	        "1700000000125x",
	        "20261120134813", /* as thousandths it would be the year 2612 */
	        "99999999999999",
	        "99999999999999999",
	        "9999999999999999999",
	        "17000000000000001250",
	        "1:2:3:4",
	        "13",
	        "0:75",
	        "0:1x",
	        "99999999999:00",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct time_read t;
		if (time_of(cases[i], &t) != !strcmp(cases[i], "13"))
			fail_msg("%s", cases[i]);
	}
}

static void time_cell__reads__zones_of_every_spelling(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
		bool zone;
	} cases[] = {{"2026-11-20T13:48:13Z", 0, true},
	             {"2026-11-20t13:48:13z", 0, true},
	             {"2026-11-20 13:48:13", 0, false},
	             {"2026-11-20T13:48:13+01:00", -3600, true},
	             {"2026-11-20T13:48:13-0530", 19800, true},
	             {"2026-11-20 13:48:13 -08", 28800, true},
	             {"Fri Nov 20 13:48:13 EST 2026", 18000, true},
	             {"Fri Nov 20 13:48:13 XYZ 2026", 0, false},
	             {"Fri Nov 20 01:48:13 PM UTC 2026", 0, true},
	             {"20 Nov 2026 13:48:13 CEST", -7200, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct time_read t = {0};
		if (!time_of(cases[i].text, &t))
			fail_msg("%s", cases[i].text);
		assert_int_equal(t.ns, (1795182493 + cases[i].seconds) * (int64_t)NS_PER_S);
		assert_int_equal(t.zone_known, cases[i].zone);
	}
}

static void time_cell__refuses__dates_that_do_not_exist(void **state)
{
	static const char *const cases[] = {
	        "2026-13-20T13:48:13Z",
	        "2026-11-32T13:48:13Z",
	        "2026-11-20",
	        "2026-11-20T25:00:00Z",
	        "2026-11-20T13:48:13+1",
	        "2026-11-20T13:48:13+01:0",
	        "2026-11-20T13:48:13+01:00:00",
	        "2026-11-20T13:48:13+0x",
	        "2026-11-20x13:48:13Z",
	        "1899-11-20T13:48:13Z",
	        "2201-11-20T13:48:13Z",
	        "13:48:13",
	        "Fri Nov 20 13:48:13 ABCDEF 2026",
	        "Fri Nov 20 13:48:13 2026 2027",
	        "Fri Nov 20 20 13:48:13 2026",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct time_read t = {0};
		if (time_of(cases[i], &t) && t.form == TIME_DATE)
			fail_msg("%s", cases[i]);
	}
}

static void csv__refuses__times_centuries_apart(void **state)
{
	(void)state;
	struct reading r = read_text("time,rss_kb\n1900-01-01 00:00:00,1\n9223372035,2\n");
	assert_int_equal(r.ended, -EINVAL);
	assert_non_null(strstr(r.said, ":3: "));
	assert_non_null(strstr(r.said, "centuries"));
}

static void csv__says__when_rows_are_wider_than_the_header(void **state)
{
	(void)state;
	struct reading r = read_text("time_s,rss_kb\n0,51,024\n1,52,048\n2,53,\n");
	assert_int_equal(r.ended, -ENODATA);
	assert_int_equal(r.last.v[FIGURE_RSS], 53 << 10);
	assert_non_null(strstr(r.said, "2 rows have more cells than the header"));
}

static void csv__refuses__a_header_that_tells_a_figure_twice(void **state)
{
	(void)state;
	struct reading r = read_text("time_s,rss_kb,rss_mb\n0,1,2\n");
	assert_int_equal(r.ended, -EINVAL);
	assert_non_null(strstr(r.said, ":1: two columns tell the same figure"));
}

static void csv__takes__the_first_of_several_times(void **state)
{
	(void)state;
	struct reading r = read_text("time_s,epoch,rss_kb\n5,100,1\n7,1000,2\n");
	assert_int_equal(r.last.time, 2 * NS_PER_S);
	/* Without any other the column of dates is the time. */
	r = read_text("utc,rss_kb\n2026-11-20T13:48:13Z,1\n2026-11-20T13:49:13Z,2\n");
	assert_int_equal(r.count, 2);
	assert_int_equal(r.last.time, 60 * NS_PER_S);
	assert_int_equal(r.last.wall, (uint64_t)(1795182493 + 60) * NS_PER_S);
}

static void csv__ignores__a_column_without_a_unit_beside_one_with(void **state)
{
	(void)state;
	struct reading r = read_text("time_s,rss_kb,anon,threads_mb\n0,1,77,3\n1,2,78,3\n");
	assert_int_equal(r.ended, -ENODATA);
	assert_int_equal(r.last.v[FIGURE_RSS], 2048);
	assert_int_equal(r.last.v[FIGURE_ANON], UNKNOWN);
	assert_int_equal(r.last.v[FIGURE_THREADS], UNKNOWN);
}

static void csv__refuses__a_row_that_ends_before_its_time(void **state)
{
	(void)state;
	struct reading r = read_text("rss_kb,anon_kb,time_s\n1,2,3\n1,2\n");
	assert_int_equal(r.ended, -EINVAL);
	assert_non_null(strstr(r.said, ":3: the row ends before its time"));
}

static void batch__reads__dates_rates_and_seconds(void **state)
{
	(void)state;
	struct reading r = read_text("something else\n"
	                             "Date                  RSS(MB)  Rate         CPU(s)\n"
	                             "2026-11-20T13:48:13Z     45.0           --     1.5\n"
	                             "2026-11-20T13:48:23Z     46.5  +0.1 MB/s      2.5\n"
	                             "No leak detected: 2 samples\n");
	assert_int_equal(r.ended, -ENODATA);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.last.time, 10 * NS_PER_S);
	assert_int_equal(r.last.v[FIGURE_RSS], 93 << 19);
	assert_int_equal(r.last.v[FIGURE_CPU], 2500 * NS_PER_MS);
}

static void log__reads__figures_of_status_and_counts(void **state)
{
	(void)state;
	struct reading r = read_text("# by hand\n"
	                             "Fri Nov 20 13:48:13 UTC 2026\n"
	                             "VmRSS:    1000 kB\nThreads:\t4\nSeccomp: 2\n"
	                             "Fri Nov 20 13:48:23 UTC 2026\n"
	                             "VmRSS:    2000 kB\nThreads:\t5\nSeccomp: 2\n");
	assert_int_equal(r.ended, -ENODATA);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.last.v[FIGURE_RSS], 2000 << 10);
	assert_int_equal(r.last.v[FIGURE_THREADS], 5);
}

/* A header or a date, then a line of so many bytes. */
static struct reading read_long(const char *head, size_t len)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_adds(&b, head);
	buf_fill(&b, '1', len);
	buf_addc(&b, '\n');
	struct reading r = read_bytes(b.data, b.len);
	buf_done(&b);
	return r;
}

static void lines__longer_than_their_limit__are_refused(void **state)
{
	(void)state;
	struct reading r = read_long("time_s,rss_kb\n0,1\n", CSV_LINE_MAX + 1);
	assert_int_equal(r.ended, -EINVAL);
	assert_non_null(strstr(r.said, ":3: the line is longer than 64 KiB"));
	r = read_long("Fri Nov 20 13:48:13 UTC 2026: 1000\n", CSV_LINE_MAX + 1);
	assert_int_equal(r.ended, -EINVAL);
	assert_non_null(strstr(r.said, ":2: the line is longer than 64 KiB"));
}

static void csv__reads__files_larger_than_its_buffer(void **state)
{
	enum { ROWS = 30000 };
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_adds(&b, "time_s,rss_kb\n");
	for (int i = 0; i < ROWS; i++)
		buf_addf(&b, "%d,%d\n", i, 1000 + i);
	assert_true(b.len > 2 * CSV_LINE_MAX);
	struct reading r = read_bytes(b.data, b.len);
	buf_done(&b);
	assert_int_equal(r.ended, -ENODATA);
	assert_int_equal(r.count, ROWS);
	assert_int_equal(r.last.time, (ROWS - 1) * NS_PER_S);
	assert_int_equal(r.last.v[FIGURE_RSS], (uint64_t)(1000 + ROWS - 1) << 10);
}

static void csv__tells__what_could_not_be_read(void **state)
{
	struct fault f = {0};
	struct source *s;

	(void)state;
	/* Address 0 of our own memory. */
	assert_int_equal(csv_open("/proc/self/mem", &s, &f), -EIO);
	assert_int_equal(f.status, STATUS_USAGE);
	assert_non_null(strstr(f.text, "/proc/self/mem: input/output error"));
}

static void csv__is__a_source_without_regions_that_is_always_ready(void **state)
{
	static const char text[] = "time_s,rss_kb\n0,1\n";
	struct fault f = {0};
	struct source *s;
	char path[32];
	int fd = file_of(text, sizeof(text) - 1, path);

	(void)state;
	assert_int_equal(csv_open(path, &s, &f), 0);
	struct moment *m = moment_new();
	assert_non_null(m);
	assert_int_equal(s->ops->wake(s), -1);
	assert_true(s->ops->ready(s));
	assert_null(s->ops->regions(s));
	assert_false(source_oom_killed(s));
	s->ops->describe(s, m);
	assert_int_equal(m->state, TARGET_REPLAYED);
	assert_int_equal(m->target->pid, 0);
	assert_string_equal(m->target->comm, path);
	moment_unref(m);
	s->ops->free(s);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(time_cell__reads__every_unit_since_1970),
	        cmocka_unit_test(time_cell__refuses__what_no_clock_can_say),
	        cmocka_unit_test(time_cell__reads__zones_of_every_spelling),
	        cmocka_unit_test(time_cell__refuses__dates_that_do_not_exist),
	        cmocka_unit_test(csv__refuses__times_centuries_apart),
	        cmocka_unit_test(csv__says__when_rows_are_wider_than_the_header),
	        cmocka_unit_test(csv__refuses__a_header_that_tells_a_figure_twice),
	        cmocka_unit_test(csv__takes__the_first_of_several_times),
	        cmocka_unit_test(csv__ignores__a_column_without_a_unit_beside_one_with),
	        cmocka_unit_test(csv__refuses__a_row_that_ends_before_its_time),
	        cmocka_unit_test(batch__reads__dates_rates_and_seconds),
	        cmocka_unit_test(log__reads__figures_of_status_and_counts),
	        cmocka_unit_test(lines__longer_than_their_limit__are_refused),
	        cmocka_unit_test(csv__reads__files_larger_than_its_buffer),
	        cmocka_unit_test(csv__tells__what_could_not_be_read),
	        cmocka_unit_test(csv__is__a_source_without_regions_that_is_always_ready),
	};
	return cmocka_run_group_tests_name("source_csv_odd", tests, NULL, NULL);
}
