/* SPDX-License-Identifier: MIT */
/* Samples, columns, thresholds: what one sample says by itself. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/sample.h"
#include "model/threshold.h"

#define MB (1ull << 20)

static void sample_base__without_anon__is_unknown(void **state)
{
	struct sample s;
	bool upper = false;

	(void)state;
	sample_init(&s);
	s.v[FIGURE_RSS] = 10 * MB;
	assert_true(sample_base(&s, &upper) == UNKNOWN);
	assert_false(upper);
}

static void sample_base__before_the_first_pass__is_an_upper_bound(void **state)
{
	struct sample s;
	bool upper = false;

	(void)state;
	sample_init(&s);
	s.v[FIGURE_ANON] = 10 * MB;
	s.v[FIGURE_SWAP] = 3 * MB;
	assert_int_equal(sample_base(&s, &upper), 13 * MB);
	assert_true(upper);
}

static void sample_base__leaves_out_lazyfree__counts_swap_and_huge(void **state)
{
	struct sample s;
	bool upper = true;

	(void)state;
	sample_init(&s);
	s.v[FIGURE_ANON] = 10 * MB;
	s.v[FIGURE_SWAP] = 3 * MB;
	s.v[FIGURE_LAZYFREE] = 4 * MB;
	s.v[FIGURE_HUGETLB] = 2 * MB;
	assert_int_equal(sample_base(&s, &upper), 11 * MB);
	assert_false(upper);
	s.v[FIGURE_LAZYFREE] = 40 * MB; /* held from a pass before the pages were collected */
	assert_int_equal(sample_base(&s, NULL), 5 * MB);
}

static void columns__csv__in_the_order_of_the_contract(void **state)
{
	char header[512] = "";

	(void)state;
	for (const struct column *c = columns; c->header; c++) {
		if (c->csv) {
			strcat(header, *header ? "," : "");
			strcat(header, c->csv);
		}
	}
	assert_string_equal(
	        header, "time_s,utc,rss_kb,vsz_kb,heap_kb,anon_kb,swap_kb,shmem_kb,file_kb,pss_kb,"
	                "private_kb,private_dirty_kb,shared_kb,lazyfree_kb,data_kb,hwm_kb,threads,"
	                "fds,cpu_s,age_s");
}

static void columns__every_batch_name__is_found(void **state)
{
	static const char *const names[] = {"time",    "date",      "rss",     "vsz",  "heap",
	                                    "anon",    "swap",      "shmem",   "file", "pss",
	                                    "private", "shared",    "threads", "fds",  "delta",
	                                    "rate",    "confidence"};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_non_null(column_find(names[i], strlen(names[i])));
	for (const struct column *c = columns; c->header; c++) {
		count += c->name != NULL;
		assert_true(c->width >= (int)strlen(c->header) || c->figure < 0);
		assert_true(strlen(c->help) > 10);
	}
	assert_int_equal(count, sizeof(names) / sizeof(names[0]));
	assert_null(column_find("hea", 3));
	assert_null(column_find("heap", 3));
	assert_null(column_find("hwm", 3));
	assert_null(column_find("", 0));
}

static void columns__default__make_the_table_of_the_contract(void **state)
{
	static const char *const names[] = {"time", "rss", "heap", "delta"};
	static const char *const cells[] = {"00:05", "47.8", "14.2", "+1.8"};
	char head[80] = "", row[80] = "", cell[40];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct column *c = column_find(names[i], strlen(names[i]));
		int width = i ? c->width : -c->width;

		snprintf(cell, sizeof(cell), "%s%*s", i ? "  " : "", width, c->header);
		strcat(head, cell);
		snprintf(cell, sizeof(cell), "%s%*s", i ? "  " : "", width, cells[i]);
		strcat(row, cell);
	}
	assert_string_equal(head, "Time   RSS(MB)  Heap(MB)  Delta");
	assert_string_equal(row, "00:05     47.8      14.2   +1.8");
}

static void columns__json_keys__are_csv_names_without_kb(void **state)
{
	(void)state;
	for (const struct column *c = columns; c->header; c++) {
		size_t n = c->json ? strlen(c->json) : 0;

		assert_true((c->json == NULL) == (c->csv == NULL));
		if (!c->json)
			continue;
		assert_memory_equal(c->csv, c->json, n);
		assert_true(!c->csv[n] || !strcmp(c->csv + n, "_kb"));
		assert_true((c->unit == UNIT_BYTES) == !strcmp(c->csv + n, "_kb"));
	}
}

static void thresholds_check__tells_once__until_it_fell_below(void **state)
{
	struct thresholds t = {0};
	struct sample s;
	char line[200];

	(void)state;
	sample_init(&s);
	assert_int_equal(thresholds_add(&t, MAX_HEAP, 512.0 * MB), 0);
	assert_null(thresholds_check(&t, &s, (double)NAN, line, sizeof(line)));
	s.v[FIGURE_HEAP] = 512 * MB;
	assert_null(thresholds_check(&t, &s, (double)NAN, line, sizeof(line)));
	assert_false(thresholds_crossed(&t));
	s.v[FIGURE_HEAP] = 512 * MB + 3 * MB / 10;
	assert_non_null(thresholds_check(&t, &s, (double)NAN, line, sizeof(line)));
	assert_string_equal(line, "heap 512.3 MB is above --max-heap 512 MB");
	assert_null(thresholds_check(&t, &s, (double)NAN, line, sizeof(line)));
	s.v[FIGURE_HEAP] = UNKNOWN; /* says nothing: it is not told again afterwards */
	assert_null(thresholds_check(&t, &s, (double)NAN, line, sizeof(line)));
	s.v[FIGURE_HEAP] = 600 * MB;
	assert_null(thresholds_check(&t, &s, (double)NAN, line, sizeof(line)));
	s.v[FIGURE_HEAP] = 100 * MB;
	assert_null(thresholds_check(&t, &s, (double)NAN, line, sizeof(line)));
	s.v[FIGURE_HEAP] = 600 * MB;
	assert_non_null(thresholds_check(&t, &s, (double)NAN, line, sizeof(line)));
	assert_true(thresholds_crossed(&t));
}

static void thresholds_check__several__one_line_a_call(void **state)
{
	struct thresholds t = {0};
	struct sample s;
	char line[200];

	(void)state;
	sample_init(&s);
	s.v[FIGURE_RSS] = 3 * MB;
	s.v[FIGURE_MAPS] = 70000;
	assert_int_equal(thresholds_add(&t, MAX_RSS, 1.0 * MB), 0);
	assert_int_equal(thresholds_add(&t, MAX_MAPS, 65530), 0);
	assert_int_equal(thresholds_add(&t, MAX_GROWTH, 1.0 * MB), 0);
	assert_non_null(thresholds_check(&t, &s, 2.0 * MB, line, sizeof(line)));
	assert_string_equal(line, "RSS 3.0 MB is above --max-rss 1 MB");
	assert_non_null(thresholds_check(&t, &s, 2.0 * MB, line, sizeof(line)));
	assert_string_equal(line, "number of mappings 70,000 is above --max-maps 65,530");
	assert_non_null(thresholds_check(&t, &s, 2.0 * MB, line, sizeof(line)));
	assert_non_null(strstr(line, "growth "));
	assert_non_null(strstr(line, "--max-growth"));
	assert_null(strchr(line, '+'));
	assert_null(thresholds_check(&t, &s, 2.0 * MB, line, sizeof(line)));
}

static struct sample of_rss(uint64_t bytes)
{
	struct sample s;

	sample_init(&s);
	s.v[FIGURE_RSS] = bytes;
	return s;
}

static unsigned rings(struct thresholds *t, uint64_t rss)
{
	struct sample s = of_rss(rss);
	char line[200];
	unsigned n = 0;

	while (thresholds_check(t, &s, (double)NAN, line, sizeof(line)))
		n++;
	return n;
}

static void thresholds_check__a_figure_that_hovers__is_told_of_once(void **state)
{
	struct thresholds t = {0};
	unsigned n = 0;

	(void)state;
	assert_int_equal(thresholds_add(&t, MAX_RSS, 100.0 * MB), 0);
	for (unsigned i = 0; i < 100; i++)
		n += rings(&t, i % 2 ? 99 * MB : 101 * MB);
	assert_int_equal(n, 1);
	assert_int_equal(rings(&t, 97 * MB), 0);
	assert_int_equal(rings(&t, 101 * MB), 1);
	assert_int_equal(t.t[0].times, 2);
}

static void thresholds_add__each_value__is_a_threshold_of_its_own(void **state)
{
	struct thresholds t = {0};

	(void)state;
	assert_int_equal(thresholds_add(&t, MAX_RSS, 100.0 * MB), 0);
	assert_int_equal(thresholds_add(&t, MAX_RSS, 200.0 * MB), 0);
	assert_int_equal(thresholds_add(&t, MAX_RSS, 100.0 * MB), 0);
	assert_int_equal(t.count, 2);
	assert_true(thresholds_has(&t, MAX_RSS));
	assert_false(thresholds_has(&t, MAX_HEAP));
	assert_int_equal(rings(&t, 150 * MB), 1);
	assert_int_equal(rings(&t, 150 * MB), 0);
	assert_int_equal(rings(&t, 250 * MB), 1);
	for (unsigned i = t.count; i < THRESHOLDS_MAX; i++)
		assert_int_equal(thresholds_add(&t, MAX_MAPS, i), 0);
	assert_int_equal(thresholds_add(&t, MAX_MAPS, 1000), -ENOSPC);
}

static void thresholds_above__tells__the_one_crossed_last(void **state)
{
	struct thresholds t = {0};
	struct sample s = of_rss(250 * MB);
	char line[200] = "";

	(void)state;
	thresholds_add(&t, MAX_RSS, 100.0 * MB);
	thresholds_add(&t, MAX_RSS, 200.0 * MB);
	assert_int_equal(thresholds_above(&t, &s, (double)NAN, line, sizeof(line)), 0);
	assert_int_equal(rings(&t, 250 * MB), 2);
	assert_int_equal(thresholds_above(&t, &s, (double)NAN, line, sizeof(line)), 2);
	assert_string_equal(line, "RSS 250.0 MB is above --max-rss 200 MB");
	/* Not yet clearly below the greater one, but not above it either. */
	s = of_rss(199 * MB);
	rings(&t, 199 * MB);
	assert_int_equal(thresholds_above(&t, &s, (double)NAN, line, sizeof(line)), 1);
	assert_string_equal(line, "RSS 199.0 MB is above --max-rss 100 MB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sample_base__without_anon__is_unknown),
	        cmocka_unit_test(sample_base__before_the_first_pass__is_an_upper_bound),
	        cmocka_unit_test(sample_base__leaves_out_lazyfree__counts_swap_and_huge),
	        cmocka_unit_test(columns__csv__in_the_order_of_the_contract),
	        cmocka_unit_test(columns__every_batch_name__is_found),
	        cmocka_unit_test(columns__default__make_the_table_of_the_contract),
	        cmocka_unit_test(columns__json_keys__are_csv_names_without_kb),
	        cmocka_unit_test(thresholds_check__tells_once__until_it_fell_below),
	        cmocka_unit_test(thresholds_check__several__one_line_a_call),
	        cmocka_unit_test(thresholds_check__a_figure_that_hovers__is_told_of_once),
	        cmocka_unit_test(thresholds_add__each_value__is_a_threshold_of_its_own),
	        cmocka_unit_test(thresholds_above__tells__the_one_crossed_last),
	};

	return cmocka_run_group_tests_name("model_sample", tests, NULL, NULL);
}
