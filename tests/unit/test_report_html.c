/* SPDX-License-Identifier: MIT */
/* Pages: sound whatever the moment, with the figures of the JSON report, and nothing of a target in them raw. */
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
#include "report/data.h"
#include "report/diagnosis.h"
#include "report/html.h"
#include "report/html_text.h"
#include "support_html.h"
#include "support_moment.h"
#include "support_report.h"

/* --- the reader ----------------------------------------------------------------------------------- */

static void page_reader__refuses__what_is_unsound(void **state)
{
	static const char *const sound[] = {"<p>a</p>", "<p class=\"a\">&lt;</p>",
	                                    "<svg><path d=\"M0 1\"/></svg>", "<p>a<wbr>b</p>",
	                                    "<h1 id=\"a\">a</h1><p aria-labelledby=\"a\">b</p>"};
	static const char *const unsound[] = {"<p>a",
	                                      "<p>a</b>",
	                                      "<p>a</p></p>",
	                                      "<p>a & b</p>",
	                                      "<p>a > b</p>",
	                                      "<p class=a>b</p>",
	                                      "<p class=\"<\">b</p>",
	                                      "<p onclick=\"a\">b</p>",
	                                      "<img>",
	                                      "<script>1</script>",
	                                      "<script type=\"text/javascript\">1</script>",
	                                      "<link href=\"http://a\">",
	                                      "<p id=\"a\">a</p><p id=\"a\">b</p>",
	                                      "<p aria-labelledby=\"a\">b</p>"};
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(sound) / sizeof(sound[0]); i++) {
		snprintf(text, sizeof(text), "<!DOCTYPE html>\n%s", sound[i]);
		if (!page_is_sound(text))
			fail_msg("refused: %s", sound[i]);
	}
	for (size_t i = 0; i < sizeof(unsound) / sizeof(unsound[0]); i++) {
		snprintf(text, sizeof(text), "<!DOCTYPE html>\n%s", unsound[i]);
		if (page_is_sound(text))
			fail_msg("accepted: %s", unsound[i]);
	}
}

/* --- soundness ------------------------------------------------------------------------------------ */

static void sound(struct moment *m)
{
	struct buf b;

	page_make(m, &b);
	assert_true(b.len < 1 << 20);
	buf_done(&b);
	moment_unref(m);
}

static void html__is_sound__whatever_the_moment(void **state)
{
	struct moment *look = support_moment_picker();

	(void)state;
	support_first_look(look);
	sound(look);
	sound(support_moment());
	sound(support_moment_idle());
	sound(support_moment_reduced());
	sound(support_moment_first());
	sound(support_moment_hostile());
	sound(support_moment_links());
	sound(support_moment_picker());
	sound(support_moment_big(300));
	sound(moment_new());
}

/* Every part of the verdict and of the watch takes all its values. */
static void html__is_sound__whatever_the_verdict(void **state)
{
	(void)state;
	for (int kind = 0; kind < VERDICT_KIND_COUNT; kind++)
		for (int i = 0; i < WHERE_COUNT; i++) {
			struct moment *m = support_moment();
			m->verdict.kind = (enum verdict_kind)kind;
			m->verdict.where = (enum verdict_where)i;
			m->verdict.cause = (enum verdict_cause)(i % CAUSE_COUNT);
			m->verdict.limit = (enum verdict_limit)(i % LIMIT_KIND_COUNT);
			m->verdict.confidence = i ? i * 12 : -1;
			m->verdict.plateau = i % 2 ? (double)NAN : 1e9;
			m->verdict.power = i % 3 ? (double)NAN : 1e3;
			m->state = (enum target_state)(i % TARGET_STATE_COUNT);
			sound(m);
		}
}

static void html__holds_nothing_that_is_fetched_or_run(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	page_make(m, &b);
	assert_non_null(strstr(buf_str(&b), "content=\"default-src 'none'; style-src "
	                                    "'unsafe-inline'; img-src data:;"));
	assert_null(strstr(buf_str(&b), "http:"));
	assert_null(strstr(buf_str(&b), "https:"));
	assert_null(strstr(buf_str(&b), "javascript:"));
	assert_null(strstr(buf_str(&b), "@import"));
	assert_null(strstr(buf_str(&b), "url("));
	buf_done(&b);
	moment_unref(m);
}

/* Only its headings, in their order: h1, then h2, and h3 within one. */
static void html__has_its_headings_in_order(void **state)
{
	struct moment *m = support_moment();
	struct buf b;
	char before = '0';
	unsigned count = 0;

	(void)state;
	page_make(m, &b);
	for (const char *at = buf_str(&b); (at = strstr(at, "<h")); at += 2) {
		if (at[2] < '1' || at[2] > '6')
			continue;
		assert_true(at[2] <= before + 1);
		before = at[2];
		count++;
	}
	assert_true(count >= 15);
	assert_int_equal(page_count(buf_str(&b), NULL, "<h1"), 1);
	/* Every picture is named and described, or hidden from who cannot see it. */
	assert_int_equal(page_count(buf_str(&b), NULL, "role=\"img\" aria-labelledby"),
	                 page_count(buf_str(&b), NULL, "<desc id="));
	buf_done(&b);
	moment_unref(m);
}

static void html__of_a_small_moment(void **state)
{
	struct moment *m = support_moment_reduced();
	struct buf b, body;

	(void)state;
	for (int k = 0; k < CHART_COUNT; k++)
		m->charts[k].count = m->charts[k].count < 6 ? m->charts[k].count : 6;
	m->row_count = 3;
	page_make(m, &b);
	const char *from = strstr(buf_str(&b), "<main>"), *to = strstr(buf_str(&b), "<footer>");
	assert_true(from && to);
	report_buf(&body);
	buf_add(&body, from, (size_t)(to - from));
	report_matches(&body, "page.html");
	buf_done(&body);
	buf_done(&b);
	moment_unref(m);
}

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

static double shown_number(const struct buf *page, const char *id)
{
	char value[64];

	const char *text = page_value(page, id, value, sizeof(value));
	if (!value[0]) {
		assert_int_equal(strncmp(text, "-<", 2), 0);
		return (double)NAN;
	}
	return strtod(value, NULL);
}

static void same(const struct buf *page, const char *id, const char *json, const char *key)
{
	double x = shown_number(page, id), y = json_number(json, key);

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

/* --- unknown -------------------------------------------------------------------------------------- */

static void html__tells_what_is_unknown_by_a_dash(void **state)
{
	struct moment *m = moment_new();
	struct buf b;
	char id[64];

	(void)state;
	page_make(m, &b);
	for (const struct column *c = columns; c->header; c++) {
		if (c->figure < 0 || !c->json)
			continue;
		snprintf(id, sizeof(id), "last-%s", c->json);
		assert_true(isnan(shown_number(&b, id)));
	}
	assert_true(isnan(shown_number(&b, "confidence")));
	assert_true(isnan(shown_number(&b, "growth")));
	assert_null(strstr(buf_str(&b), ">0 B<"));
	assert_non_null(strstr(buf_str(&b), "cannot tell yet"));
	assert_non_null(strstr(buf_str(&b), "No regions are known at this moment"));
	buf_done(&b);
	moment_unref(m);
}

static void html__says__why_there_are_no_regions(void **state)
{
	struct moment *m = support_moment_reduced();
	struct buf b;

	(void)state;
	page_make(m, &b);
	assert_non_null(strstr(buf_str(&b), "No regions are known at this moment: reduced mode: "));
	assert_non_null(strstr(buf_str(&b), "nothing is known of it</text>")); /* heap */
	assert_null(strstr(buf_str(&b), "<tr id=\"r-"));
	buf_done(&b);
	moment_unref(m);
}

/* --- the diagnosis --------------------------------------------------------------------------------- */

static void html__holds_the_diagnosis_as_text(void **state)
{
	struct moment *m = support_moment();
	struct buf b, text;

	(void)state;
	m->verdict.outside_heap = true;
	m->verdict.where = WHERE_ARENA;
	page_make(m, &b);
	report_buf(&text);
	diagnosis_write(m, SAFE_UTF8, &text);
	/* None of its lines holds what HTML obeys, so it stands there as it is. */
	assert_null(strpbrk(buf_str(&text), "<>&\"'"));
	assert_non_null(strstr(buf_str(&b), buf_str(&text)));
	assert_non_null(
	        strstr(buf_str(&b),
	               "<p>[heap] itself did not grow: the growth is in malloc arenas.</p>"));
	buf_done(&text);
	buf_done(&b);
	moment_unref(m);
}

/* --- names from the target ------------------------------------------------------------------------ */

#define EVIL         "<script>alert(1)</script>\"'&<b>"
#define EVIL_ESCAPED "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&lt;b&gt;"

static void evil(char *out, size_t size)
{
	const char *text = EVIL;

	snprintf(out, size, "%.*s", (int)size - 1, text);
}

static void html_text__escapes__what_html_obeys(void **state)
{
	struct buf b;

	(void)state;
	report_buf(&b);
	html_word(&b, EVIL "\033[31m\n\xff");
	assert_string_equal(buf_str(&b), EVIL_ESCAPED "\\x1B[31m\\x0A\\xFF");
	buf_reset(&b);
	html_data(&b, NULL, "1", "<");
	assert_string_equal(buf_str(&b), "<data value=\"1\">&lt;</data>");
	buf_done(&b);
}

static void html_name__is_cut__before_it_is_escaped(void **state)
{
	char name[20000];
	struct buf b;

	(void)state;
	memset(name, '<', sizeof(name));
	report_buf(&b);
	html_name(&b, name, sizeof(name), 50);
	assert_int_equal(page_count(buf_str(&b), NULL, "&lt;"), 49);
	assert_non_null(strstr(buf_str(&b), "\u2026"));
	assert_int_equal(b.len, 49 * strlen("&lt;") + strlen("\u2026"));
	buf_done(&b);
}

static void target_is_evil(struct moment *m)
{
	evil(m->target->comm, sizeof(m->target->comm));
	evil(m->target->command, sizeof(m->target->command));
	evil(m->target->exe, sizeof(m->target->exe));
	evil(m->target->user, sizeof(m->target->user));
	evil(m->cgroup_path, sizeof(m->cgroup_path));
	evil(m->ended_text, sizeof(m->ended_text));
	evil(m->child_status, sizeof(m->child_status));
	evil(m->verdict.reason, sizeof(m->verdict.reason));
	evil(m->verdict.evidence[0].text, sizeof(m->verdict.evidence[0].text));
	evil(m->verdict.links.link[0].text, LINK_TEXT_MAX);
	evil(m->events[1].text, sizeof(m->events[1].text));
	evil(m->warnings[0], WARNING_MAX);
	evil(m->abilities.lacking, sizeof(m->abilities.lacking));
	for (size_t i = 0; i < m->regions->count; i++)
		if (m->regions->rows[i]->name_len >= strlen(EVIL)) {
			memcpy(m->regions->rows[i]->name, EVIL, strlen(EVIL));
			m->regions->rows[i]->name_len = (uint32_t)strlen(EVIL);
		}
}

static void html__never_holds_a_name_unescaped(void **state)
{
	struct moment *m = support_moment_links(), *p = support_moment_picker();
	struct buf b;

	(void)state;
	target_is_evil(m);
	page_make(m, &b);
	assert_null(strstr(buf_str(&b), "<script>"));
	assert_null(strstr(buf_str(&b), "<b>\""));
	/* Thirteen places above, and regions. */
	assert_true(page_count(buf_str(&b), NULL, "&lt;script&gt;alert(1)") >= 13);
	assert_non_null(strstr(buf_str(&b), "<tr id=\"r-"));
	buf_done(&b);
	evil(p->processes->rows[3].command, sizeof(p->processes->rows[3].command));
	evil(p->processes->rows[4].user, sizeof(p->processes->rows[4].user));
	evil(p->processes->rows[5].unit, sizeof(p->processes->rows[5].unit));
	page_make(p, &b);
	assert_null(strstr(buf_str(&b), "<script>"));
	assert_int_equal(page_count(buf_str(&b), NULL, "&lt;script&gt;"), 3);
	buf_done(&b);
	moment_unref(m);
	moment_unref(p);
}

/* --- many regions --------------------------------------------------------------------------------- */

static void html__stays_small__of_60000_regions(void **state)
{
	struct moment *m = support_moment_big(60000);
	struct buf b;

	(void)state;
	page_make(m, &b);
	assert_true(b.len < 1 << 20);
	assert_int_equal(page_count(buf_str(&b), NULL, "<tr id=\"r-"), HTML_REGIONS);
	assert_non_null(strstr(buf_str(&b), "59,800 more in the JSON and CSV export"));
	buf_done(&b);
	moment_unref(m);
}

/* In place of the row: the same region under a name of 4,000 bytes, each of which becomes four or more. */
static void rename_row(struct region **row, char c)
{
	enum { LONG = 4000 };
	struct region *r = calloc(1, sizeof(*r) + LONG);

	assert_non_null(r);
	memcpy(r, *row, sizeof(*r));
	atomic_init(&r->refs, 1);
	r->name_len = LONG;
	memset(r->name, c, LONG);
	region_unref(*row);
	*row = r;
}

static void html__stays_small__whatever_the_names(void **state)
{
	static const char bytes[] = {'<', '"', '\033', '\xff', 'a'};
	char text[200];

	(void)state;
	memset(text, '"', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t k = 0; k < sizeof(bytes); k++) {
		struct moment *m = support_moment_big(2000);
		struct buf b;
		for (size_t i = 0; i < 500; i++)
			rename_row(&m->regions->rows[i], bytes[k]);
		for (unsigned i = 0; i < MOMENT_EVENTS; i++) {
			m->events[i] = (struct event){.time = i * NS_PER_S, .kind = EVENT_GAP};
			snprintf(m->events[i].text, sizeof(m->events[i].text), "%s", text);
		}
		m->event_count = MOMENT_EVENTS;
		page_make(m, &b);
		assert_true(b.len < 1 << 20);
		buf_done(&b);
		moment_unref(m);
	}
}

static void html__puts_first__what_grows(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	page_make(m, &b);
	const char *first = strstr(buf_str(&b), "<tr id=\"r-");
	const char *second = strstr(first + 1, "<tr id=\"r-");
	assert_int_equal(page_count(first, second, "class=\"grows\""), 1);
	assert_int_equal(page_count(first, second, "[heap]"), 1);
	assert_int_equal(page_count(first, second, "\u25b2"), 1);
	/* The rest carries less than a tenth. */
	assert_int_equal(page_count(second, NULL, "class=\"grows\""), 0);
	buf_done(&b);
	moment_unref(m);
}

static void html__counts__regions_of_the_same_size(void **state)
{
	struct moment *m = support_moment_big(2000);
	struct buf b;
	size_t same_size = 0;
	char want[64];

	(void)state;
	for (size_t i = 0; i < m->regions->count; i++) {
		m->regions->rows[i]->size = (i % 2 ? 592 : 5000 + i) << 10;
		m->regions->rows[i]->kind = REGION_ANON;
		same_size += i % 2;
	}
	page_make(m, &b);
	const char *at = strstr(buf_str(&b), "<h3 id=\"sizes\">");
	assert_non_null(at);
	at = strstr(at, "<tbody>");
	snprintf(want, sizeof(want), "<data value=\"%zu\">1,000</data>", same_size);
	assert_non_null(strstr(at, "<data value=\"606208\">592.0 kB</data></th><td>anon</td>"));
	assert_non_null(strstr(at, want));
	assert_int_equal(page_count(at, strstr(at, "</tbody>"), "<tr>"), 1);
	buf_done(&b);
	moment_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(page_reader__refuses__what_is_unsound),
	        cmocka_unit_test(html__is_sound__whatever_the_moment),
	        cmocka_unit_test(html__is_sound__whatever_the_verdict),
	        cmocka_unit_test(html__holds_nothing_that_is_fetched_or_run),
	        cmocka_unit_test(html__has_its_headings_in_order),
	        cmocka_unit_test(html__of_a_small_moment),
	        cmocka_unit_test(html__shows_the_figures_of_the_json_report),
	        cmocka_unit_test(html__shows_the_regions_of_the_json_report),
	        cmocka_unit_test(html__carries_the_json_report),
	        cmocka_unit_test(html__tells_what_is_unknown_by_a_dash),
	        cmocka_unit_test(html__says__why_there_are_no_regions),
	        cmocka_unit_test(html__holds_the_diagnosis_as_text),
	        cmocka_unit_test(html_text__escapes__what_html_obeys),
	        cmocka_unit_test(html_name__is_cut__before_it_is_escaped),
	        cmocka_unit_test(html__never_holds_a_name_unescaped),
	        cmocka_unit_test(html__stays_small__of_60000_regions),
	        cmocka_unit_test(html__stays_small__whatever_the_names),
	        cmocka_unit_test(html__puts_first__what_grows),
	        cmocka_unit_test(html__counts__regions_of_the_same_size),
	};

	/* The next step may name an hour, in local time. */
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("report_html", tests, NULL, NULL);
}
