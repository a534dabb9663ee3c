/* SPDX-License-Identifier: MIT */
/* The files --analyze understands, each as people have them, and what it says of the others. */
#include "source/csv.h"

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

#include "base/clock.h"
#include "base/known.h"

enum { ROWS = 64 };

/* A text as a file, and what became of it. */
struct reading {
	int opened, ended;
	struct fault fault;
	unsigned count;
	struct sample rows[ROWS];
	char notes[256];
};

static void source_read(struct source *s, struct reading *r)
{
	while ((r->ended = s->ops->sample(s, 0, &r->rows[r->count])) == 0) {
		if (r->count < ROWS - 1)
			r->count++;
	}
	if (r->ended == -EINVAL)
		csv_fault(s, &r->fault);
	for (unsigned i = 0; csv_note(s, i); i++)
		strncat(r->notes, csv_note(s, i), sizeof(r->notes) - strlen(r->notes) - 1);
	s->ops->free(s);
}

static struct reading read_bytes(const char *text, size_t len)
{
	char path[] = "/tmp/test-csv-XXXXXX";
	struct reading r = {0};
	struct source *s;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	close(fd);
	r.opened = csv_open(path, &s, &r.fault);
	if (r.opened == 0)
		source_read(s, &r);
	unlink(path);
	return r;
}

static struct reading read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

static void assert_row(const struct reading *r, unsigned row, double seconds, enum figure figure,
                       uint64_t value)
{
	assert_true(row < r->count);
	assert_int_equal(r->rows[row].time, (uint64_t)(seconds * 1e9 + 0.5));
	assert_int_equal(r->rows[row].v[figure], value);
}

static void csv__reads__its_own_form(void **state)
{
	(void)state;
	struct reading r = read_text("time_s,utc,rss_kb,heap_kb,threads,cpu_s,age_s\n"
	                             "0,2026-11-20T13:48:13Z,1024,,4,1.5,60\n"
	                             "0.5,2026-11-20T13:48:13Z,2048,16,5,2,60.5\n");
	assert_int_equal(r.opened, 0);
	assert_int_equal(r.ended, -ENODATA);
	assert_int_equal(r.count, 2);
	assert_row(&r, 0, 0, FIGURE_RSS, 1 << 20);
	assert_row(&r, 0, 0, FIGURE_HEAP, UNKNOWN);
	assert_row(&r, 0, 0, FIGURE_CPU, 1500 * NS_PER_MS);
	assert_row(&r, 1, 0.5, FIGURE_RSS, 2 << 20);
	assert_row(&r, 1, 0.5, FIGURE_THREADS, 5);
	assert_row(&r, 1, 0.5, FIGURE_ANON, UNKNOWN);
	assert_int_equal(r.rows[0].wall, 1795182493ull * NS_PER_S);
}

static void csv__takes__the_first_row_as_time_zero(void **state)
{
	(void)state;
	struct reading r = read_text("timestamp,anon_bytes\n1700000000,5\n1700000060,6\n");
	assert_row(&r, 0, 0, FIGURE_ANON, 5);
	assert_row(&r, 1, 60, FIGURE_ANON, 6);
	assert_int_equal(r.rows[0].wall, 1700000000ull * NS_PER_S);
}

static void csv__understands__other_columns_units_and_separators(void **state)
{
	(void)state;
	struct reading r =
	        read_text("host;Date;RSS_MB;note\nweb;\"2026-11-20 13:48:13\";1.5;\"a;b\"\n"
	                  "web;2026-11-20 13:48:14;2;\n");
	assert_row(&r, 0, 0, FIGURE_RSS, 3 << 19);
	assert_row(&r, 1, 1, FIGURE_RSS, 2 << 20);
	r = read_text("ts\tswap_gb\n0\t1\n1\t2\n");
	assert_row(&r, 1, 1, FIGURE_SWAP, 2ull << 30);
}

static void csv__strips__byte_order_mark_and_carriage_returns(void **state)
{
	(void)state;
	struct reading r = read_text("\xef\xbb\xbftime_s,rss_kb\r\n0,1\r\n1,2\r\n");
	assert_row(&r, 1, 1, FIGURE_RSS, 2048);
}

static void csv__takes__a_sole_other_column_as_bytes_when_all_are_large(void **state)
{
	(void)state;
	struct reading r = read_text("time,memory\n0,1048576\n1,2097152\n");
	assert_row(&r, 1, 1, FIGURE_RSS, 2 << 20);
	assert_non_null(strstr(r.notes, "bytes assumed"));
	assert_non_null(strstr(r.notes, "memory"));
}

static void csv__takes__a_sole_other_column_as_kb_when_one_is_small(void **state)
{
	(void)state;
	struct reading r = read_text("time,rss\n0,2097152\n1,1048575\n");
	assert_row(&r, 1, 1, FIGURE_RSS, 1048575ull << 10);
	assert_non_null(strstr(r.notes, "kB assumed"));
}

static void csv__takes__the_unit_of_a_sole_column_from_its_name(void **state)
{
	(void)state;
	struct reading r = read_text("time,memory_mb\n0,1\n1,2\n");
	assert_row(&r, 1, 1, FIGURE_RSS, 2 << 20);
}

static void log__reads__date_and_number(void **state)
{
	(void)state;
	struct reading r = read_text("Fri Nov 20 13:48:13 UTC 2026: 1000\n"
	                             "Fri Nov 20 13:48:18 UTC 2026: 1010\n"
	                             "Sat Nov 21 00:00:00 UTC 2026: 1020\n");
	assert_int_equal(r.count, 3);
	assert_row(&r, 0, 0, FIGURE_RSS, 1000 << 10);
	assert_row(&r, 1, 5, FIGURE_RSS, 1010 << 10);
	assert_row(&r, 2, 36707, FIGURE_RSS, 1020 << 10);
	assert_int_equal(r.rows[0].wall, 1795182493ull * NS_PER_S);
}

static void log__reads__twelve_hour_dates_and_other_orders(void **state)
{
	(void)state;
	struct reading r = read_text("Fri Nov 20 12:59:59 AM CET 2026: 1\n"
	                             "Fri Nov 20 01:00:00 PM CET 2026: 2\n"
	                             "Fri 20 Nov 2026 02:00:00 PM CET: 3\n"
	                             "2026-11-20T15:00:00+0100 4\n");
	assert_int_equal(r.count, 4);
	assert_row(&r, 1, 12 * 3600 + 1, FIGURE_RSS, 2 << 10);
	assert_row(&r, 2, 13 * 3600 + 1, FIGURE_RSS, 3 << 10);
	assert_row(&r, 3, 14 * 3600 + 1, FIGURE_RSS, 4 << 10);
}

static void log__follows__a_change_to_summer_time(void **state)
{
	(void)state;
	struct reading r =
	        read_text("Sun Mar 29 01:59:59 CET 2026: 1\nSun Mar 29 03:00:00 CEST 2026: 2\n");
	assert_row(&r, 1, 1, FIGURE_RSS, 2 << 10);
}

static void log__reads__two_line_form(void **state)
{
	(void)state;
	struct reading r = read_text("Fri Nov 20 13:48:13 UTC 2026\n1000\n\n"
	                             "Fri Nov 20 13:48:14 UTC 2026\n1001\n");
	assert_int_equal(r.count, 2);
	assert_row(&r, 1, 1, FIGURE_RSS, 1001 << 10);
}

static void log__reads__lines_of_status_behind_a_date(void **state)
{
	(void)state;
	struct reading r =
	        read_text("Fri Nov 20 13:48:13 UTC 2026\nVmPeak:\t 9 kB\nVmSize:\t 8 kB\n"
	                  "VmRSS:\t   7 kB\n"
	                  "Fri Nov 20 13:48:14 UTC 2026\nVmSize:\t 9 kB\nVmRSS:\t   8 kB\n"
	                  "Fri Nov 20 13:48:15 UTC 2026 VmRSS:   9 kB\n");
	assert_int_equal(r.count, 3);
	assert_row(&r, 0, 0, FIGURE_RSS, 7 << 10);
	assert_row(&r, 0, 0, FIGURE_VSZ, 8 << 10);
	assert_row(&r, 2, 2, FIGURE_RSS, 9 << 10);
}

static void log__reads__epoch_and_number(void **state)
{
	(void)state;
	struct reading r = read_text("1700000000 1048576\n1700000001 1048577\n");
	assert_row(&r, 1, 1, FIGURE_RSS, 1048577);
	r = read_text("1700000000.5 1000\n1700000001 1048577\n");
	assert_row(&r, 1, 0.5, FIGURE_RSS, 1048577ull << 10);
}

static void batch__reads__our_own_table(void **state)
{
	(void)state;
	struct reading r =
	        read_text("Time   RSS(MB)  Heap(MB)  Delta\n"
	                  "00:00     45.2      12.5     --\n"
	                  "00:05     47.8         -   +1.8\n"
	                  "Warning: linear heap growth detected\n"
	                  "1:00:00  51.5      17.9   +3.7\n"
	                  "Warning: linear heap growth detected\n"
	                  "RSS 51.3 MB (private 49.8, shared 1.5), VSZ 120.4 MB, swap 0.0\n");
	assert_int_equal(r.opened, 0);
	assert_int_equal(r.ended, -ENODATA);
	assert_int_equal(r.count, 3);
	assert_row(&r, 0, 0, FIGURE_HEAP, 25 << 19);
	assert_row(&r, 1, 5, FIGURE_HEAP, UNKNOWN);
	assert_row(&r, 2, 3600, FIGURE_RSS, 103 << 19);
}

static struct reading read_pipe(const char *text)
{
	int ends[2], old = dup(STDIN_FILENO);
	struct source *s;
	struct reading r = {0};
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
	close(ends[1]);
	dup2(ends[0], STDIN_FILENO);
	close(ends[0]);
	r.opened = csv_open("-", &s, &r.fault);
	assert_int_equal(r.opened, 0);
	source_read(s, &r);
	dup2(old, STDIN_FILENO);
	close(old);
	return r;
}

static void pipe__is_read_once__and_its_unit_found(void **state)
{
	(void)state;
	struct reading r = read_pipe("time,bytes_used\n0,1048576\n1,1048577\n");
	assert_int_equal(r.count, 2);
	assert_row(&r, 1, 1, FIGURE_RSS, 1048577);
}

static void pipe__tells__the_line_of_a_row_read_ahead(void **state)
{
	(void)state;
	struct reading r = read_pipe("time,used\n5,1\n4,2\n6,3\n7,4\n");
	assert_int_equal(r.ended, -EINVAL);
	assert_non_null(strstr(r.fault.text, ":3: time runs backwards"));
}

static void csv__skips__rows_with_the_same_time(void **state)
{
	(void)state;
	struct reading r = read_text("time_s,rss_kb\n0,1\n1,2\n1,3\n2,4\n");
	assert_int_equal(r.count, 3);
	assert_row(&r, 2, 2, FIGURE_RSS, 4 << 10);
	assert_non_null(strstr(r.notes, "1 row"));
}

static void csv__drops__a_cut_last_line(void **state)
{
	(void)state;
	struct reading r = read_text("time_s,rss_kb,anon_kb\n0,1,1\n1,2,2\n2,3");
	assert_int_equal(r.ended, -ENODATA);
	assert_int_equal(r.count, 2);
	assert_non_null(strstr(r.notes, "no end"));
}

static void csv__accepts__a_single_row(void **state)
{
	(void)state;
	struct reading r = read_text("time_s,rss_kb\n0,1\n");
	assert_int_equal(r.count, 1);
	assert_int_equal(r.ended, -ENODATA);
}

/* The fault names the line and says `word`, in one line. */
static void assert_refused(const struct reading *r, unsigned line, const char *word)
{
	char place[16];
	snprintf(place, sizeof(place), ":%u:", line);
	assert_int_equal(r->fault.status, STATUS_USAGE);
	assert_null(strchr(r->fault.text, '\n'));
	if (line && !strstr(r->fault.text, place))
		fail_msg("no %s in: %s", place, r->fault.text);
	if (!strstr(r->fault.text, word))
		fail_msg("no %s in: %s", word, r->fault.text);
}

static void csv__refuses__what_it_cannot_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		unsigned line;
		const char *word;
	} cases[] = {
	        {"", 0, "empty"},
	        {"\n\n# nothing\n", 0, "empty"},
	        {"1,2\nx,3\n", 1, "header"},
	        {"1 2\nx 3\n", 2, "no number"},
	        {"pid,cpu\n1,2\n", 1, "header"},
	        {"time,a,b\n1,2,3\n", 1, "rss_kb"},
	        {"time_s,rss_kb\n0,1\n1,many\n", 3, "\"many\""},
	        {"time_s,rss_kb\n0,1\n1,12kB\n", 3, "\"12kB\""},
	        {"time_s,rss_kb\n0,1\n1,-5\n", 3, "below 0"},
	        {"time_s,rss_kb\n0,1\nsoon,2\n", 3, "\"soon\""},
	        {"time_s,rss_kb\n5,1\n4,2\n", 3, "backwards"},
	        {"time_s,rss_kb\n0,\"1\n", 2, "quote"},
	        {"time_s,rss_kb\n0,1e300\n", 2, "more than there is"},
	        {"Fri Nov 20 13:48:13 UTC 2026: none\n", 1, "no figure"},
	        {"Fri Nov 20 13:48:13 UTC 2026: 1\nFri Nov 20 13:48:12 UTC 2026: 1\n", 2,
	         "backwards"},
	        {"VmRSS:    1000 kB\nVmRSS:   1001 kB\n", 1, "date"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct reading r = read_text(cases[i].text);
		assert_true(r.opened < 0 || r.ended == -EINVAL);
		assert_refused(&r, cases[i].line, cases[i].word);
	}
	struct reading r = read_bytes("SQLite format 3\0\1\2", 18);
	assert_refused(&r, 0, "binary");
}

static void csv__refuses__a_missing_file_and_a_directory(void **state)
{
	(void)state;
	struct source *s;
	struct fault f = {0};
	assert_int_equal(csv_open("/nonexistent/x.csv", &s, &f), -ENOENT);
	assert_int_equal(f.status, STATUS_USAGE);
	assert_non_null(strstr(f.text, "/nonexistent/x.csv"));
	f = (struct fault){0};
	assert_int_equal(csv_open("/tmp", &s, &f), -EISDIR);
	assert_int_equal(f.status, STATUS_USAGE);
}

static void csv__survives__every_cut_of_a_file(void **state)
{
	(void)state;
	static const char text[] = "time_s,utc,rss_kb\n0,2026-11-20T13:48:13Z,\"1\"\"\"\n1,,2\n"
	                           "Fri Nov 20 13:48:13 UTC 2026: 1000\n12:13:14 AM\n";
	for (size_t from = 0; from < sizeof(text) - 1; from += 3) {
		for (size_t len = 0; from + len < sizeof(text); len += 5)
			read_bytes(text + from, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(csv__reads__its_own_form),
	        cmocka_unit_test(csv__takes__the_first_row_as_time_zero),
	        cmocka_unit_test(csv__understands__other_columns_units_and_separators),
	        cmocka_unit_test(csv__strips__byte_order_mark_and_carriage_returns),
	        cmocka_unit_test(csv__takes__a_sole_other_column_as_bytes_when_all_are_large),
	        cmocka_unit_test(csv__takes__a_sole_other_column_as_kb_when_one_is_small),
	        cmocka_unit_test(csv__takes__the_unit_of_a_sole_column_from_its_name),
	        cmocka_unit_test(log__reads__date_and_number),
	        cmocka_unit_test(log__reads__twelve_hour_dates_and_other_orders),
	        cmocka_unit_test(log__follows__a_change_to_summer_time),
	        cmocka_unit_test(log__reads__two_line_form),
	        cmocka_unit_test(log__reads__lines_of_status_behind_a_date),
	        cmocka_unit_test(log__reads__epoch_and_number),
	        cmocka_unit_test(batch__reads__our_own_table),
	        cmocka_unit_test(pipe__is_read_once__and_its_unit_found),
	        cmocka_unit_test(pipe__tells__the_line_of_a_row_read_ahead),
	        cmocka_unit_test(csv__skips__rows_with_the_same_time),
	        cmocka_unit_test(csv__drops__a_cut_last_line),
	        cmocka_unit_test(csv__accepts__a_single_row),
	        cmocka_unit_test(csv__refuses__what_it_cannot_read),
	        cmocka_unit_test(csv__refuses__a_missing_file_and_a_directory),
	        cmocka_unit_test(csv__survives__every_cut_of_a_file),
	};
	return cmocka_run_group_tests_name("source_csv", tests, NULL, NULL);
}
