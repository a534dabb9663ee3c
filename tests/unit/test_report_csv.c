/* SPDX-License-Identifier: MIT */
/* CSV of samples and of regions, and what spreadsheets must not be made to do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "report/data.h"
#include "support_moment.h"
#include "support_report.h"

static void csv_header__is_the_documented_one(void **state)
{
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(csv_header(&b), 0);
	assert_string_equal(buf_str(&b),
	                    "time_s,utc,rss_kb,vsz_kb,heap_kb,anon_kb,swap_kb,shmem_kb,file_kb,"
	                    "pss_kb,private_kb,private_dirty_kb,shared_kb,lazyfree_kb,data_kb,"
	                    "hwm_kb,threads,fds,cpu_s,age_s\n");
	buf_done(&b);
}

static void csv_sample__writes_kb_counts_and_seconds(void **state)
{
	struct sample s;
	struct buf b;

	(void)state;
	sample_init(&s);
	for (int i = 0; i < FIGURE_COUNT; i++)
		s.v[i] = (uint64_t)(i + 1) * 1024;
	s.time = 5 * NS_PER_S + 250 * NS_PER_MS;
	s.wall = SUPPORT_WALL;
	s.v[FIGURE_THREADS] = 4;
	s.v[FIGURE_FDS] = 23;
	s.v[FIGURE_CPU] = 12340 * NS_PER_MS;
	s.v[FIGURE_AGE] = 7800 * NS_PER_S;
	report_buf(&b);
	assert_int_equal(csv_sample(&s, &b), 0);
	assert_string_equal(buf_str(&b), "5.250,2026-11-20T13:44:00Z,1,2,3,4,5,6,7,8,9,10,11,12,13,"
	                                 "14,4,23,12.340,7800.000\n");
	buf_done(&b);
}

static void csv_sample__leaves_the_unknown_empty(void **state)
{
	struct sample s;
	struct buf b;

	(void)state;
	sample_init(&s);
	report_buf(&b);
	csv_sample(&s, &b);
	assert_string_equal(buf_str(&b), "0.000,,,,,,,,,,,,,,,,,,,\n");
	buf_done(&b);
}

static void csv_regions__has_a_line_a_region(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(csv_regions(m, &b), 0);
	report_matches(&b, "regions.csv");
	assert_int_equal(report_lines(buf_str(&b)), 1 + m->regions->count);
	buf_done(&b);
	moment_unref(m);
}

static void csv_regions__says__when_there_are_none(void **state)
{
	struct moment *m = support_moment_reduced();
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(csv_regions(m, &b), -ENODATA);
	assert_int_equal(b.len, 0);
	buf_done(&b);
	moment_unref(m);
}

/* The third cell of a line, quotes and all. */
static const char *label_of(const char *line, char *out, size_t size)
{
	const char *p = strchr(strchr(line, ',') + 1, ',') + 1, *q = p + 1;

	while (*q && (q[0] != '"' || q[1] == '"'))
		q += q[0] == '"' ? 2 : 1;
	snprintf(out, size, "%.*s", (int)(q + 1 - p), p);
	return out;
}

static void csv_regions__disarms__formulas_quotes_and_escapes(void **state)
{
	static const char *const want[] = {
	        "\"/tmp/\\x1B]0;owned\\x07\\x1B[2J\"",
	        "\"/tmp/\\xFF\\xFE\\x9B31m\"",
	        "\"/tmp/\\xE2\\x80\\xAEgpj.exe\"",
	        "\"'=cmd|'/c calc'!A0\"",
	        "\"'+1+1\"",
	        "\"'@SUM(A1)\"",
	        "\"'-2+3\"",
	        "\"/tmp/a\"\",\"\"b\\x0A=1+1\"",
	};
	struct moment *m = support_moment_hostile();
	char line[8192], label[8192];
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(csv_regions(m, &b), 0);
	report_is_safe(&b);
	size_t ours = m->regions->count - 12;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		report_line(buf_str(&b), (unsigned)(1 + ours + i), line, sizeof(line));
		assert_string_equal(label_of(line, label, sizeof(label)), want[i]);
	}
	/* Nothing of a path of 4 KB is lost. */
	report_line(buf_str(&b), (unsigned)m->regions->count, line, sizeof(line));
	assert_int_equal(strlen(label_of(line, label, sizeof(label))), 4095 + 2);
	buf_done(&b);
	moment_unref(m);
}

static void csv__passes_on__that_a_buffer_is_full(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_int_equal(csv_header(&b), -EFBIG);
	assert_int_equal(csv_sample(&m->sample, &b), -EFBIG);
	assert_int_equal(csv_regions(m, &b), -EFBIG);
	buf_done(&b);
	moment_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(csv_header__is_the_documented_one),
	        cmocka_unit_test(csv_sample__writes_kb_counts_and_seconds),
	        cmocka_unit_test(csv_sample__leaves_the_unknown_empty),
	        cmocka_unit_test(csv_regions__has_a_line_a_region),
	        cmocka_unit_test(csv_regions__says__when_there_are_none),
	        cmocka_unit_test(csv_regions__disarms__formulas_quotes_and_escapes),
	        cmocka_unit_test(csv__passes_on__that_a_buffer_is_full),
	};

	return cmocka_run_group_tests_name("report_csv", tests, NULL, NULL);
}
