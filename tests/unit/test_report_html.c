/* SPDX-License-Identifier: MIT */
/* Pages: sound whatever the moment, with nothing to fetch or run, and a dash for what is unknown. */
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
#include "report/diagnosis.h"
#include "report/html.h"
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
		assert_true(isnan(page_number(&b, id)));
	}
	assert_true(isnan(page_number(&b, "confidence")));
	assert_true(isnan(page_number(&b, "growth")));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(page_reader__refuses__what_is_unsound),
	        cmocka_unit_test(html__is_sound__whatever_the_moment),
	        cmocka_unit_test(html__is_sound__whatever_the_verdict),
	        cmocka_unit_test(html__holds_nothing_that_is_fetched_or_run),
	        cmocka_unit_test(html__has_its_headings_in_order),
	        cmocka_unit_test(html__of_a_small_moment),
	        cmocka_unit_test(html__tells_what_is_unknown_by_a_dash),
	        cmocka_unit_test(html__says__why_there_are_no_regions),
	        cmocka_unit_test(html__holds_the_diagnosis_as_text),
	};

	/* The next step may name an hour, in local time. */
	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests_name("report_html", tests, NULL, NULL);
}
