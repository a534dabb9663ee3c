/* SPDX-License-Identifier: MIT */
/* The batch table as people see it, sample by sample. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "report/table.h"
#include "support_moment.h"
#include "support_report.h"

#define S NS_PER_S

/* A sample with RSS and heap in tenths of a MB (rounded up by a hair, as real ones never fit). */
static struct table_row row_of(uint64_t time, int rss_tenths, int heap_tenths)
{
	struct table_row r = {.confidence = -1, .rate = NAN};

	sample_init(&r.sample);
	r.sample.time = time;
	if (rss_tenths >= 0)
		r.sample.v[FIGURE_RSS] = (uint64_t)rss_tenths * (1 << 20) / 10 + 1;
	if (heap_tenths >= 0)
		r.sample.v[FIGURE_HEAP] = (uint64_t)heap_tenths * (1 << 20) / 10 + 1;
	return r;
}

static struct table chosen(const char *list, uint64_t interval)
{
	struct table t;
	struct fault fault = {0};

	if (table_init(&t, list, interval, &fault))
		fail_msg("%s", fault.text);
	return t;
}

/* Appends the rows to a header and compares the whole. */
static void shows(struct table t, const struct table_row *rows, size_t n, const char *want)
{
	struct buf b;

	report_buf(&b);
	table_header(&t, &b);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(table_row(&t, &rows[i], &b), 0);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

static void table__looks_as_promised(void **state)
{
	const struct table_row rows[] = {row_of(0, 452, 124), row_of(5 * S, 478, 142),
	                                 row_of(10 * S, 513, 179)};

	(void)state;
	shows(chosen(NULL, 5 * S), rows, 3,
	      "Time   RSS(MB)  Heap(MB)  Delta\n"
	      "00:00     45.2      12.4     --\n"
	      "00:05     47.8      14.2   +1.8\n"
	      "00:10     51.3      17.9   +3.7\n");
}

static void table_delta__is_the_difference_of_the_printed_figures(void **state)
{
	struct table_row rows[] = {row_of(0, 10, 0), row_of(S, 10, 0), row_of(2 * S, 10, 0)};

	(void)state;
	/* 0.04 and 0.06 MB are printed 0.0 and 0.1: the difference one sees is 0.1, not 0.0. */
	rows[0].sample.v[FIGURE_HEAP] = 41943;
	rows[1].sample.v[FIGURE_HEAP] = 62915;
	rows[2].sample.v[FIGURE_HEAP] = 41943;
	shows(chosen("heap,delta", S), rows, 3,
	      "Heap(MB)  Delta\n"
	      "     0.0     --\n"
	      "     0.1   +0.1\n"
	      "     0.0   -0.1\n");
}

static void table_delta__is_none__to_another_process(void **state)
{
	struct table_row rows[] = {row_of(0, 452, 124), row_of(5 * S, 478, 22),
	                           row_of(10 * S, 513, 32)};

	(void)state;
	rows[1].sample.flags = SAMPLE_EPOCH | SAMPLE_RESTART;
	shows(chosen("heap,delta", 5 * S), rows, 3,
	      "Heap(MB)  Delta\n"
	      "    12.4     --\n"
	      "     2.2     --\n"
	      "     3.2   +1.0\n");
}

static void table_delta__is_signed_even_when_nothing_changed(void **state)
{
	const struct table_row rows[] = {row_of(0, 10, 90), row_of(S, 10, 90),
	                                 row_of(2 * S, 10, 86)};

	(void)state;
	shows(chosen("delta", S), rows, 3, "Delta\n   --\n +0.0\n -0.4\n");
}

static void table__shows_a_dash__for_the_unknown(void **state)
{
	const struct table_row rows[] = {row_of(0, -1, 10), row_of(S, 10, -1),
	                                 row_of(2 * S, 10, 12), row_of(3 * S, 10, 13)};

	(void)state;
	/* No old value in place of an unknown one, and no difference to it. */
	shows(chosen(NULL, S), rows, 4,
	      "Time   RSS(MB)  Heap(MB)  Delta\n"
	      "00:00        -       1.0     --\n"
	      "00:01      1.0         -      -\n"
	      "00:02      1.0       1.2      -\n"
	      "00:03      1.0       1.3   +0.1\n");
}

static void table__shows_zero__for_a_process_without_heap(void **state)
{
	struct table_row row = row_of(0, 10, 0);

	(void)state;
	row.sample.v[FIGURE_HEAP] = 0;
	shows(chosen("heap", S), &row, 1, "Heap(MB)\n     0.0\n");
}

static void table__widens_and_never_cuts(void **state)
{
	const struct table_row rows[] = {row_of(0, 10, 10), row_of(3600 * S, 12345678, 123456789)};

	(void)state;
	shows(chosen(NULL, 5 * S), rows, 2,
	      "Time   RSS(MB)  Heap(MB)  Delta\n"
	      "00:00      1.0       1.0     --\n"
	      "1:00:00  1234567.8  12345678.9  +12345677.9\n");
}

static void table_clock__shows_tenths_below_one_second(void **state)
{
	const struct table_row rows[] = {row_of(0, 10, 10), row_of(S / 2, 10, 10)};

	(void)state;
	shows(chosen("time,rss", S / 2), rows, 2,
	      "Time     RSS(MB)\n"
	      "00:00.0      1.0\n"
	      "00:00.5      1.0\n");
}

static void table__has_every_column(void **state)
{
	struct moment *m = support_moment();
	struct table t = chosen("all", m->interval);
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(table_closing(&t, m, &b), 0);
	report_matches(&b, "table-all.txt");
	buf_done(&b);
	moment_unref(m);
}

static void table_closing__starts_its_deltas_anew(void **state)
{
	struct moment *m = support_moment();
	struct table t = chosen(NULL, m->interval);
	struct buf b;
	char line[100];

	(void)state;
	report_buf(&b);
	table_row(&t, &m->rows[m->row_count - 1], &b);
	buf_reset(&b);
	assert_int_equal(table_closing(&t, m, &b), 0);
	assert_int_equal(report_lines(buf_str(&b)), 1 + MOMENT_ROWS);
	report_line(buf_str(&b), 1, line, sizeof(line));
	assert_string_equal(line, "00:00     34.3      12.4     --");
	report_line(buf_str(&b), MOMENT_ROWS, line, sizeof(line));
	assert_string_equal(line, "10:00     94.9      71.0   +3.4");
	buf_done(&b);
	moment_unref(m);
}

static void table__writes_rates_and_dates_without_blanks(void **state)
{
	struct table_row rows[] = {row_of(0, 10, 10), row_of(S, 10, 10), row_of(2 * S, 10, 10)};

	(void)state;
	rows[0].sample.wall = SUPPORT_WALL;
	rows[1].confidence = 97;
	rows[1].rate = 1048576;
	shows(chosen("date,rate,confidence,rss", S), rows, 3,
	      "Date                         Rate  Confidence  RSS(MB)\n"
	      "2026-11-20T13:44:00Z           --           -      1.0\n"
	      "-                        +1.0MB/s         97%      1.0\n"
	      "-                               -           -      1.0\n");
}

static void table_init__takes_blanks_and_refuses_the_unknown(void **state)
{
	struct table t = {.count = 77};
	struct fault fault = {0};

	(void)state;
	assert_int_equal(table_init(&t, "rss,hep", S, &fault), -EINVAL);
	assert_int_equal(fault.status, STATUS_USAGE);
	assert_non_null(strstr(fault.text, "--columns: no column \"hep\"; choose of: time date"));
	assert_int_equal(t.count, 77);
	assert_int_equal(table_init(&t, "", S, &fault), -EINVAL);
	assert_int_equal(table_init(&t, "rss,", S, NULL), -EINVAL);
	assert_int_equal(table_init(&t, "rss,,heap", S, NULL), -EINVAL);
	assert_int_equal(table_init(&t, "RSS", S, NULL), -EINVAL);
	assert_int_equal(table_init(&t, "\033[2J", S, &fault), -EINVAL);
	assert_null(strchr(fault.text, '\033'));
	assert_int_equal(table_init(&t, " time , rss ", S, NULL), 0);
	assert_int_equal(t.count, 2);
}

static void table_init__refuses_more_columns_than_it_holds(void **state)
{
	struct table t;
	struct fault fault = {0};
	char list[5 * (TABLE_COLUMNS_MAX + 1)] = "";

	(void)state;
	for (int i = 0; i <= TABLE_COLUMNS_MAX; i++)
		strcat(list, i ? ",rss" : "rss");
	assert_int_equal(table_init(&t, list, S, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "more than 24"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(table__looks_as_promised),
	        cmocka_unit_test(table_delta__is_the_difference_of_the_printed_figures),
	        cmocka_unit_test(table_delta__is_none__to_another_process),
	        cmocka_unit_test(table_delta__is_signed_even_when_nothing_changed),
	        cmocka_unit_test(table__shows_a_dash__for_the_unknown),
	        cmocka_unit_test(table__shows_zero__for_a_process_without_heap),
	        cmocka_unit_test(table__widens_and_never_cuts),
	        cmocka_unit_test(table_clock__shows_tenths_below_one_second),
	        cmocka_unit_test(table__has_every_column),
	        cmocka_unit_test(table_closing__starts_its_deltas_anew),
	        cmocka_unit_test(table__writes_rates_and_dates_without_blanks),
	        cmocka_unit_test(table_init__takes_blanks_and_refuses_the_unknown),
	        cmocka_unit_test(table_init__refuses_more_columns_than_it_holds),
	};

	return cmocka_run_group_tests_name("report_table", tests, NULL, NULL);
}
