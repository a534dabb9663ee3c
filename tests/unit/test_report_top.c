/* SPDX-License-Identifier: MIT */
/* What --top prints of a list. */
#include "report/top.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/data.h"
#include "support_moment.h"

enum { LEAKER_ROW = 24, SUSPECT_ROW = 4, JUDGED_ROW = 11 };

static void write_table(const struct moment *m, size_t n, struct buf *out)
{
	buf_init(out, 1 << 20);
	assert_int_equal(top_table(m->processes, n, SAFE_ASCII, out), 0);
}

static unsigned words_in(const char *line)
{
	unsigned n = 0;

	while (*line && *line != '\n') {
		size_t blank = strspn(line, " ");
		size_t word = strcspn(line + blank, " \n");
		n += word > 0;
		line += blank + word;
	}
	return n;
}

static void top_choose__puts__suspicion_before_size(void **state)
{
	struct moment *m = support_moment_picker();
	uint32_t rows[40];

	(void)state;
	assert_int_equal(top_choose(m->processes, 5, rows), 5);
	assert_int_equal(rows[0], LEAKER_ROW);
	assert_int_equal(rows[1], SUSPECT_ROW);
	assert_int_equal(rows[2], JUDGED_ROW);
	assert_int_equal(rows[3], 0); /* the largest of the rest */
	assert_int_equal(rows[4], 1);
	assert_int_equal(top_choose(m->processes, 40, rows), 30);
	support_first_look(m);
	assert_int_equal(top_choose(m->processes, 2, rows), 2);
	assert_int_equal(rows[0], 0);
	assert_int_equal(rows[1], 1);
	moment_unref(m);
}

static void top_leaks__heeds__those_listed_alone(void **state)
{
	struct moment *m = support_moment_picker();

	(void)state;
	assert_true(top_leaks(m->processes, 1));
	m->processes->rows[LEAKER_ROW].suspicion = 0; /* now the last but a few */
	assert_false(top_leaks(m->processes, 10));
	assert_true(top_leaks(m->processes, 30));
	moment_unref(m);
}

static void top_table__has__a_row_each_and_the_reasons(void **state)
{
	struct moment *m = support_moment_picker();
	struct buf b;

	(void)state;
	write_table(m, 3, &b);
	assert_non_null(
	        strstr(b.data, "\n   1888  root         204.0          102.0    +58.59  leak "));
	assert_non_null(strstr(b.data, "1888: anonymous memory grew by 720.0 MB in 12 min"));
	assert_non_null(strstr(b.data, "1148: anonymous memory grew by 40.1 MB"));
	assert_null(strstr(b.data, "1407: ")); /* no leak: nothing to explain */
	assert_non_null(strstr(b.data, "4.1 GB grew in kernel slab, no process has it"));
	assert_non_null(strstr(b.data, "Next: memleak-detective 1888\n"));
	assert_null(strstr(b.data, "1000 ")); /* three were asked for */
	buf_done(&b);
	moment_unref(m);
}

/* awk finds the same figure in the same place of every row; only the command holds blanks. */
static void top_table__has__no_blank_in_a_cell(void **state)
{
	struct moment *m = support_moment_picker();
	struct buf b;

	(void)state;
	strcpy(m->processes->rows[LEAKER_ROW].user, "a b");
	strcpy(m->processes->rows[LEAKER_ROW].unit, "c d e");
	strcpy(m->processes->rows[LEAKER_ROW].command, "alone");
	write_table(m, 1, &b);
	const char *row = strchr(b.data, '\n') + 1;
	assert_int_equal(words_in(b.data), 9);
	assert_int_equal(words_in(row), 9);
	assert_non_null(strstr(row, "c_d_e"));
	buf_done(&b);
	moment_unref(m);
}

static void top_table__says__unknown_as_a_dash(void **state)
{
	struct moment *m = support_moment_picker();
	struct buf b;

	(void)state;
	support_first_look(m);
	m->processes->rows[0].anon = UNKNOWN;
	write_table(m, 1, &b);
	assert_non_null(
	        strstr(b.data, "   1000  root         900.0              -         -  -  "));
	assert_non_null(strstr(b.data, "too few times to know growth"));
	assert_null(strstr(b.data, "Next: "));
	buf_done(&b);
	moment_unref(m);
}

static void top_table__keeps__hostile_names_harmless(void **state)
{
	struct moment *m = support_moment_picker();
	struct buf b;

	(void)state;
	write_table(m, 30, &b);
	for (size_t i = 0; i < b.len; i++)
		assert_true(b.data[i] == '\n' || (b.data[i] >= ' ' && b.data[i] < 0x7f));
	assert_non_null(strstr(b.data, "\\x1B[31mred"));
	buf_done(&b);
	moment_unref(m);
}

static void top_json__says__the_same(void **state)
{
	struct moment *m = support_moment_picker();
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	if (!json_available()) {
		assert_int_not_equal(top_json(m->processes, 3, "1", &b), 0);
		goto out;
	}
	assert_int_equal(top_json(m->processes, 3, "1", &b), 0);
	assert_non_null(strstr(b.data, "\"schema\": 1"));
	assert_non_null(strstr(b.data, "\"pid\": 1888"));
	assert_non_null(strstr(b.data, "\"verdict\": \"leak\""));
	assert_non_null(strstr(b.data, "\"growth_bytes_per_s\": 1024000.0"));
	assert_non_null(strstr(b.data, "\"slab_unreclaimable\": 4393533440"));
	assert_null(strstr(b.data, "\"pid\": 1000,"));
	buf_reset(&b);
	support_first_look(m);
	assert_int_equal(top_json(m->processes, 1, "1", &b), 0);
	assert_non_null(strstr(b.data, "\"verdict\": null"));
	assert_non_null(strstr(b.data, "\"growth_bytes_per_s\": null"));
	assert_non_null(strstr(b.data, "\"loses\": null"));
out:
	buf_done(&b);
	moment_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(top_choose__puts__suspicion_before_size),
	        cmocka_unit_test(top_leaks__heeds__those_listed_alone),
	        cmocka_unit_test(top_table__has__a_row_each_and_the_reasons),
	        cmocka_unit_test(top_table__has__no_blank_in_a_cell),
	        cmocka_unit_test(top_table__says__unknown_as_a_dash),
	        cmocka_unit_test(top_table__keeps__hostile_names_harmless),
	        cmocka_unit_test(top_json__says__the_same),
	};
	return cmocka_run_group_tests_name("report_top", tests, NULL, NULL);
}
