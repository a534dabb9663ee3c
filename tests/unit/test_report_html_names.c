/* SPDX-License-Identifier: MIT */
/* Pages: no name of a target gets into one raw, and none makes one large; what grows stands first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "report/html.h"
#include "report/html_text.h"
#include "support_html.h"
#include "support_moment.h"
#include "support_report.h"

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
	        cmocka_unit_test(html_text__escapes__what_html_obeys),
	        cmocka_unit_test(html_name__is_cut__before_it_is_escaped),
	        cmocka_unit_test(html__never_holds_a_name_unescaped),
	        cmocka_unit_test(html__stays_small__of_60000_regions),
	        cmocka_unit_test(html__stays_small__whatever_the_names),
	        cmocka_unit_test(html__puts_first__what_grows),
	        cmocka_unit_test(html__counts__regions_of_the_same_size),
	};

	return cmocka_run_group_tests_name("report_html_names", tests, NULL, NULL);
}
