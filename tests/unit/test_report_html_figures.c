/* SPDX-License-Identifier: MIT */
/* Pages have the figures of the JSON report, and the report itself. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/data.h"
#include "support_html.h"
#include "support_moment.h"
#include "support_report.h"

/* --- the figures of the JSON report --------------------------------------------------------------- */

/* The number behind the next `key` after `from`; NAN: null. Fails where there is none. */
static double json_number(const char *from, const char *key)
{
	char name[64];

	snprintf(name, sizeof(name), "\"%s\": ", key);
	const char *at = strstr(from, name);
	if (!at)
		fail_msg("no %s in the JSON", key);
	at += strlen(name);
	return strncmp(at, "null", 4) ? strtod(at, NULL) : (double)NAN;
}

static void same(const struct buf *page, const char *id, const char *json, const char *key)
{
	double x = page_number(page, id), y = json_number(json, key);

	if (isnan(x) != isnan(y) || (!isnan(x) && fabs(x - y) > 1e-9 * fabs(y)))
		fail_msg("%s: %.17g on the page, %.17g in the JSON", id, x, y);
}

static void samples_same(const struct buf *page, const char *json, const char *when)
{
	char key[16], id[64];
	unsigned compared = 0;

	snprintf(key, sizeof(key), "\"%s\": {", when);
	const char *from = strstr(json, key);
	assert_non_null(from);
	for (const struct column *c = columns; c->header; c++) {
		if (c->figure < 0 || !c->json)
			continue;
		snprintf(id, sizeof(id), "%s-%s", when, c->json);
		same(page, id, from, c->json);
		compared++;
	}
	assert_true(compared >= 18);
}

static void figures_same(struct moment *m)
{
	struct buf page, json;

	if (!json_available()) {
		moment_unref(m);
		return;
	}
	report_buf(&json);
	assert_int_equal(json_report(m, "1.0", false, &json), 0);
	page_make(m, &page);
	samples_same(&page, buf_str(&json), "first");
	samples_same(&page, buf_str(&json), "last");
	same(&page, "confidence", buf_str(&json), "confidence");
	same(&page, "growth", buf_str(&json), "growth_bytes_per_s");
	same(&page, "samples", buf_str(&json), "samples");
	same(&page, "duration", buf_str(&json), "duration_s");
	same(&page, "pid", buf_str(&json), "pid");
	buf_done(&page);
	buf_done(&json);
	moment_unref(m);
}

static void html__shows_the_figures_of_the_json_report(void **state)
{
	(void)state;
	figures_same(support_moment());
	figures_same(support_moment_idle());
	figures_same(support_moment_reduced());
	figures_same(support_moment_first());
}

/* The values of the cells of a row: rate, RSS, size, PSS, private, shared, swap. */
static void row_same(const struct buf *page, const char *region)
{
	static const char *const keys[] = {
	        "growth_bytes_per_s", NULL, "rss", "size", "pss", "private", "shared", "swap"};
	char start[40], id[64], value[40];

	snprintf(start, sizeof(start), "%.*s", (int)strcspn(region, "\""), region);
	snprintf(id, sizeof(id), "<tr id=\"r-%s\"", start);
	const char *row = strstr(buf_str(page), id);
	if (!row)
		fail_msg("no row of 0x%s", start);
	row = strstr(strstr(row, "</th><td>") + 5, "<td>") + 4; /* behind the kind */
	row = strstr(row, "<td>") + 4;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (i == 2)
			row = strstr(row, "<td>") + 4; /* the course between change and RSS */
		double want = keys[i] ? json_number(region, keys[i]) : (double)NAN;
		if (isnan(want) && keys[i])
			assert_int_equal(strncmp(row, "-</td>", 6), 0);
		else if (keys[i]) {
			assert_int_equal(strncmp(row, "<data value=\"", 13), 0);
			snprintf(value, sizeof(value), "%.*s", (int)strcspn(row + 13, "\""),
			         row + 13);
			if (fabs(strtod(value, NULL) - want) > 1e-9 * fabs(want))
				fail_msg("%s of 0x%s: %s, not %.17g", keys[i], start, value, want);
		}
		row = strstr(row, "<td>");
		row = row ? row + 4 : "";
	}
}

static void html__shows_the_regions_of_the_json_report(void **state)
{
	struct moment *m = support_moment();
	struct buf page, json;
	unsigned compared = 0;

	(void)state;
	page_make(m, &page);
	report_buf(&json);
	if (json_report(m, "1.0", false, &json) == 0) {
		const char *at = strstr(buf_str(&json), "\"regions\": [");
		while ((at = strstr(at, "\"start\": \"0x"))) {
			row_same(&page, at + 12);
			at++;
			compared++;
		}
		assert_true(compared >= 20);
	}
	buf_done(&json);
	buf_done(&page);
	moment_unref(m);
}

/* Spelt so that no browser sees a tag in it; a program that reads JSON sees no difference. */
static void unspell(char *s)
{
	char *to = s;

	for (; *s; s++) {
		bool spelt = !strncmp(s, "\\u003c", 6) || !strncmp(s, "\\u003e", 6) ||
		             !strncmp(s, "\\u0026", 6);
		*to++ = spelt ? (char)strtol((char[]){s[4], s[5], 0}, NULL, 16) : *s;
		s += spelt ? 5 : 0;
	}
	*to = '\0';
}

static void html__carries_the_json_report(void **state)
{
	struct moment *m = support_moment();
	struct buf page, json;

	(void)state;
	snprintf(m->verdict.reason, sizeof(m->verdict.reason), "</script><script>&");
	snprintf(m->verdict.evidence[0].text, sizeof(m->verdict.evidence[0].text),
	         "</script><!--<script>&");
	page_make(m, &page);
	report_buf(&json);
	char *from = strstr(page.data, "id=\"report\">\n"), *to = strstr(page.data, "\n</script>");
	if (json_report(m, "1.0", false, &json) == 0) {
		assert_true(from && to);
		*to = '\0';
		from += strlen("id=\"report\">\n");
		unspell(from);
		assert_string_equal(from, buf_str(&json));
	} else {
		assert_null(from);
	}
	buf_done(&json);
	buf_done(&page);
	moment_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(html__shows_the_figures_of_the_json_report),
	        cmocka_unit_test(html__shows_the_regions_of_the_json_report),
	        cmocka_unit_test(html__carries_the_json_report),
	};

	return cmocka_run_group_tests_name("report_html_figures", tests, NULL, NULL);
}
