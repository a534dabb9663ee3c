/* SPDX-License-Identifier: MIT */
/* Metrics: the common subset of both text formats, hostile names, and what is not known. */
#include <ctype.h>
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
#include "report/openmetrics.h"
#include "support_moment.h"
#include "support_report.h"

enum { SERIES_MAX = 128, LINE_BYTES = 8192 };

static void write_as(const struct moment *m, const char *watch, struct buf *b)
{
	report_buf(b);
	assert_int_equal(openmetrics_write(m, watch, "1.2.3", b), 0);
}

/* --- a reader of what both formats allow ---------------------------------------------------------- */

struct reader {
	char family[128];            /* whose lines come now */
	bool typed, lines;           /* its TYPE was read; at least one line */
	char names[SERIES_MAX][128]; /* of families so far */
	char *series[SERIES_MAX];    /* names with labels so far */
	unsigned name_count, series_count;
};

static size_t name_length(const char *s)
{
	size_t n = 0;

	while (isalpha((unsigned char)s[n]) || s[n] == '_' || (n && isdigit((unsigned char)s[n])))
		n++;
	return n;
}

static void family_begins(struct reader *r, const char *name, size_t n)
{
	assert_true(n > 0 && n < sizeof(r->family));
	assert_true(!r->name_count || r->lines);
	snprintf(r->family, sizeof(r->family), "%.*s", (int)n, name);
	assert_memory_equal(r->family, "memleak_", 8);
	for (unsigned i = 0; i < r->name_count; i++)
		assert_string_not_equal(r->family, r->names[i]);
	assert_true(r->name_count < SERIES_MAX);
	memcpy(r->names[r->name_count++], r->family, sizeof(r->family));
	r->typed = r->lines = false;
}

static void read_comment(struct reader *r, const char *line)
{
	char want[160];

	if (!strncmp(line, "# HELP ", 7)) {
		size_t n = name_length(line + 7);
		family_begins(r, line + 7, n);
		assert_int_equal(line[7 + n], ' ');
		/* What one of the formats escapes and the other does not. */
		assert_null(strpbrk(line, "\\\""));
		return;
	}
	/* No counter: its name ends in _total in one format, and its family's does not in the other. */
	snprintf(want, sizeof(want), "# TYPE %s gauge", r->family);
	assert_string_equal(line, want);
	assert_false(r->typed);
	r->typed = true;
}

/* {name="value",...}: the length of it. */
static size_t labels_length(const char *s)
{
	const char *p = s;

	do {
		size_t n = name_length(++p);
		assert_true(n > 0);
		p += n;
		assert_memory_equal(p, "=\"", 2);
		for (p += 2; *p != '"'; p++) {
			assert_int_not_equal(*p, '\0');
			if (*p == '\\')
				assert_non_null(strchr("\\\"n", *++p));
		}
		p++;
	} while (*p == ',');
	assert_int_equal(*p, '}');
	return (size_t)(p + 1 - s);
}

/* A number and nothing behind it, above all no time. */
static void read_value(const char *s)
{
	size_t n = *s == '-', digits = strspn(s + n, "0123456789");

	assert_true(digits > 0);
	n += digits;
	if (s[n] == '.')
		n += 1 + strspn(s + n + 1, "0123456789");
	assert_int_equal(s[n], '\0');
}

static void read_line(struct reader *r, const char *line)
{
	size_t n = name_length(line), all;

	assert_true(r->typed);
	assert_int_equal(n, strlen(r->family));
	assert_memory_equal(line, r->family, n);
	assert_int_equal(line[n], '{');
	all = n + labels_length(line + n);
	assert_int_equal(line[all], ' ');
	read_value(line + all + 1);
	assert_true(r->series_count < SERIES_MAX);
	r->series[r->series_count] = strndup(line, all);
	for (unsigned i = 0; i < r->series_count; i++)
		assert_string_not_equal(r->series[i], r->series[r->series_count]);
	r->series_count++;
	r->lines = true;
}

/* The whole text; how many series it has. */
static unsigned read_metrics(const struct buf *b)
{
	static const char end[] = "# EOF\n";
	static struct reader r;
	char line[LINE_BYTES];
	unsigned lines = report_lines(buf_str(b)), count;

	r = (struct reader){0};
	report_is_safe(b);
	assert_true(b->len > sizeof(end));
	assert_string_equal(b->data + b->len - (sizeof(end) - 1), end);
	for (unsigned i = 0; i + 1 < lines; i++) {
		report_line(buf_str(b), i, line, sizeof(line));
		if (line[0] == '#')
			read_comment(&r, line);
		else
			read_line(&r, line);
	}
	assert_true(r.lines);
	count = r.series_count;
	while (r.series_count)
		free(r.series[--r.series_count]);
	return count;
}

/* --- what is told ---------------------------------------------------------------------------------- */

static void openmetrics__tells__a_leak(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	write_as(m, "shopd", &b);
	report_matches(&b, "openmetrics.prom");
	assert_true(read_metrics(&b) > 30);
	buf_done(&b);
	moment_unref(m);
}

/* Unknown is never 0: it is left out, with its family. */
static void openmetrics__leaves_out__what_is_not_known(void **state)
{
	struct moment *m = support_moment_first();
	struct buf b;

	(void)state;
	m->sample.v[FIGURE_HEAP] = UNKNOWN;
	m->sample.v[FIGURE_ANON] = UNKNOWN;
	m->cgroup_limit = UNKNOWN;
	m->costs.pass_ns = UNKNOWN;
	m->costs.cpu_percent = NAN;
	write_as(m, "shopd", &b);
	read_metrics(&b);
	assert_null(strstr(buf_str(&b), "memleak_heap_bytes"));
	assert_null(strstr(buf_str(&b), "memleak_anon_swap_bytes"));
	assert_null(strstr(buf_str(&b), "memleak_growth"));
	assert_null(strstr(buf_str(&b), "memleak_confidence"));
	assert_null(strstr(buf_str(&b), "memleak_cause"));
	assert_null(strstr(buf_str(&b), "memleak_limit"));
	assert_null(strstr(buf_str(&b), "memleak_sampling_pass"));
	assert_null(strstr(buf_str(&b), "memleak_sampling_cpu"));
	assert_non_null(strstr(buf_str(&b), "memleak_rss_bytes{"));
	assert_non_null(strstr(buf_str(&b), ",verdict=\"insufficient-data\"} 1\n"));
	assert_non_null(strstr(buf_str(&b), ",verdict=\"leak\"} 0\n"));
	buf_done(&b);
	moment_unref(m);
}

static void openmetrics__knows_of_nobody__while_one_is_waited_for(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	snprintf(m->waiting, sizeof(m->waiting), "gone since 12 s: waiting for the next shopd");
	write_as(m, "shopd", &b);
	assert_int_equal(read_metrics(&b), 3);
	assert_non_null(strstr(buf_str(&b), "\nmemleak_up{watch=\"shopd\"} 0\n"));
	assert_null(strstr(buf_str(&b), "4711"));
	buf_done(&b);
	m->waiting[0] = '\0';
	m->samples = 0;
	write_as(m, "shopd", &b);
	assert_int_equal(read_metrics(&b), 3);
	buf_done(&b);
	moment_unref(m);
}

static void openmetrics__spells__small_and_negative_figures(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	m->verdict.growth = -0.25;
	m->verdict.growth_low = -1e300;
	m->verdict.growth_high = -1e-9;
	m->costs.worst_call_ns = 1500;
	write_as(m, "w", &b);
	read_metrics(&b);
	assert_non_null(strstr(buf_str(&b), "memleak_growth_bytes_per_second{watch=\"w\",pid="
	                                    "\"4711\",comm=\"shopd\"} -0.250000\n"));
	assert_null(strstr(buf_str(&b), "memleak_growth_low"));
	assert_non_null(strstr(buf_str(&b), "comm=\"shopd\"} 0.000000\n"));
	assert_non_null(strstr(buf_str(&b), "} 0.000001\n"));
	buf_done(&b);
	moment_unref(m);
}

/* --- names ----------------------------------------------------------------------------------------- */

static void labels_are(const char *watch, const char *comm, const char *want)
{
	struct moment *m = support_moment();
	struct buf b;

	snprintf(m->target->comm, sizeof(m->target->comm), "%s", comm);
	write_as(m, watch, &b);
	read_metrics(&b);
	if (!strstr(buf_str(&b), want))
		fail_msg("not there: %s", want);
	buf_done(&b);
	moment_unref(m);
}

static void openmetrics__escapes__hostile_names(void **state)
{
	(void)state;
	labels_are("w", "a\"b\\c", "{watch=\"w\",pid=\"4711\",comm=\"a\\\"b\\\\c\"} ");
	labels_are("w", "a\nb", ",comm=\"a\\\\x0Ab\"} ");
	labels_are("w", "\"} 1\nx{y=\"", ",comm=\"\\\"} 1\\\\x0Ax{y=\\\"\"} ");
	labels_are("w", "\033[31m\xff\xfe", ",comm=\"\\\\x1B[31m\\\\xFF\\\\xFE\"} ");
	labels_are("w", "\xe2\x80\xaegpj", ",comm=\"\\\\xE2\\\\x80\\\\xAEgpj\"} ");
	labels_are("w", "\xe5\xba\x97", ",comm=\"\xe5\xba\x97\"} ");
	labels_are("w", "{}#=,", ",comm=\"{}#=,\"} ");
	labels_are("w", "trailing\\", ",comm=\"trailing\\\\\"} ");
	labels_are("a\"\n\\", "x", "memleak_up{watch=\"a\\\"\\\\x0A\\\\\"} 1\n");
}

static void openmetrics__is_safe__for_a_hostile_process(void **state)
{
	struct moment *m = support_moment_hostile();
	struct buf b;

	(void)state;
	write_as(m, "\xff\033\n\"", &b);
	assert_true(read_metrics(&b) > 30);
	buf_done(&b);
	moment_unref(m);
}

/* Two files of one process: what tells them apart is in every line. */
static void openmetrics__tells_apart__two_watches_of_one_process(void **state)
{
	struct moment *m = support_moment();
	char line[LINE_BYTES];
	struct buf b;

	(void)state;
	write_as(m, "second", &b);
	for (unsigned i = 0; i + 1 < report_lines(buf_str(&b)); i++) {
		report_line(buf_str(&b), i, line, sizeof(line));
		if (line[0] != '#')
			assert_non_null(strstr(line, "{watch=\"second\""));
	}
	buf_done(&b);
	moment_unref(m);
}

static void openmetrics__passes_on__that_a_buffer_is_full(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(openmetrics_write(m, "w", "1", &b), -EFBIG);
	buf_done(&b);
	moment_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(openmetrics__tells__a_leak),
	        cmocka_unit_test(openmetrics__leaves_out__what_is_not_known),
	        cmocka_unit_test(openmetrics__knows_of_nobody__while_one_is_waited_for),
	        cmocka_unit_test(openmetrics__spells__small_and_negative_figures),
	        cmocka_unit_test(openmetrics__escapes__hostile_names),
	        cmocka_unit_test(openmetrics__is_safe__for_a_hostile_process),
	        cmocka_unit_test(openmetrics__tells_apart__two_watches_of_one_process),
	        cmocka_unit_test(openmetrics__passes_on__that_a_buffer_is_full),
	};

	return cmocka_run_group_tests_name("report/openmetrics", tests, NULL, NULL);
}
