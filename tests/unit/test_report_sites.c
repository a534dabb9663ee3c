/* SPDX-License-Identifier: MIT */
/* What reports say of traced call sites: diagnosis, export, page; whatever their functions are called. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/diagnosis.h"
#include "report/sites.h"
#include "report/sites_words.h"
#include "support_heap.h"
#include "support_html.h"
#include "support_moment.h"
#include "support_report.h"
#include "support_site_facts.h"

static struct moment *with(struct sites_facts *f)
{
	struct moment *m = support_moment();

	support_sites_put(m, f, f ? f->kind : SITES_NONE, SITES_ENDED);
	return m;
}

/* The diagnosis of a moment, which is given back. */
static void diagnose(struct moment *m, struct buf *b)
{
	report_buf(b);
	assert_int_equal(diagnosis_write(m, SAFE_UTF8, b), 0);
	assert_true(report_lines(buf_str(b)) <= 11);
	assert_non_null(strstr(buf_str(b), "\nNext: "));
	moment_unref(m);
}

static void has(const struct buf *b, const char *text)
{
	if (!strstr(buf_str(b), text))
		fail_msg("no \"%s\" in:\n%s", text, buf_str(b));
}

/* --- the diagnosis -------------------------------------------------------------------------------- */

/* What is known only roughly is not told to a tenth. */
static void price__is_at_least__where_it_is_large(void **state)
{
	struct sites_facts *f = support_sites();
	char line[400];

	(void)state;
	f->slowdown = 36.4;
	assert_non_null(strstr(sites_price_line(f, line, sizeof(line)), "at least 36 % slower ("));
	sites_facts_unref(f);
}

static void diagnosis__names__the_first_sites_with_share_rate_and_line(void **state)
{
	struct buf b;

	(void)state;
	diagnose(with(support_sites()), &b);
	has(&b, "\nSites: who allocated what is still there, in 30 s, by malloc of libc.so.6 and 7 "
	        "more functions\n"
	        "  74 % of what grows, +100.0 kB/s, 2.9 MB live: Session::create, "
	        "session.cpp:88\n"
	        "  13 % of what grows, +18.0 kB/s, 540.0 kB live: parse_header, net.c:214\n");
	has(&b, "\n  Price: 3.1 % slower (expected 6.2 % while probes are set), probes set for 9.4 "
	        "s in 24 "
	        "bursts; ");
	has(&b, ", one every 64 kB; none lost, 1,204 frees of blocks not seen allocated, 3 broken "
	        "stacks");
	buf_done(&b);
}

/* Facts whose second site is the first one once more, for a test to make them differ in one thing. */
static struct sites_facts *twins(void)
{
	struct sites_facts *f = support_sites();
	uint32_t count = f->sites[0].frame_count, at = f->frame_count;

	f->frames = realloc(f->frames, (at + count) * sizeof(f->frames[0]));
	assert_non_null(f->frames);
	memcpy(&f->frames[at], &f->frames[f->sites[0].frame], count * sizeof(f->frames[0]));
	f->frame_count += count;
	f->sites[1].frame = at;
	f->sites[1].frame_count = count;
	f->sites[1].named = f->sites[0].named;
	return f;
}

static void diagnosis__tells_apart__calls_of_one_name(void **state)
{
	struct sites_facts *f = twins();
	struct buf b;

	(void)state;
	f->frames[f->sites[1].frame + f->sites[1].named].address += 0x20;
	diagnose(with(f), &b);
	has(&b, "live: Session::create, session.cpp:88 call 1\n");
	has(&b, "live: Session::create, session.cpp:88 call 2\n");
	buf_done(&b);
	f = twins();
	f->frames[f->sites[1].frame + f->sites[1].named + 1].line = 140;
	diagnose(with(f), &b);
	has(&b, "live: Session::create, session.cpp:88 for session_find, session.cpp:131\n");
	has(&b, "live: Session::create, session.cpp:88 for session_find, session.cpp:140\n");
	buf_done(&b);
}

static void diagnosis__warns__that_page_faults_may_name_the_innocent(void **state)
{
	struct buf b;

	(void)state;
	diagnose(with(support_sites_growth()), &b);
	has(&b,
	    "\nSites: who grew resident memory, in 2 min, by pages touched first (minor faults)\n"
	    "  74 % of what resident memory grows by, ");
	has(&b, "\n  Note: blocks of 528 bytes grow most, smaller than a page: ");
	assert_null(strstr(buf_str(&b), "not seen allocated"));
	buf_done(&b);
}

static void diagnosis__counts__calls_where_bytes_are_not_known(void **state)
{
	struct buf b;

	(void)state;
	diagnose(with(support_sites_hits()), &b);
	has(&b, "\nSites: who calls the allocator most, in 30 s, ");
	has(&b, " % of all calls: ");
	has(&b, "\n  Note: built without libbpf: ");
	assert_null(strstr(buf_str(&b), "of what grows"));
	assert_null(strstr(buf_str(&b), " live: "));
	assert_null(strstr(buf_str(&b), "one every"));
	buf_done(&b);
}

static void diagnosis__says__that_nothing_grows(void **state)
{
	struct sites_facts *f = support_sites();
	struct buf b;

	(void)state;
	for (uint32_t i = 0; i < f->site_count; i++)
		f->sites[i].growth_bytes = f->sites[i].share = 0;
	diagnose(with(f), &b);
	has(&b, "\n  No call site was seen to grow: of ");
	assert_null(strstr(buf_str(&b), "% of what grows"));
	buf_done(&b);
	diagnose(with(support_sites_none(SITES_GROWTH)), &b);
	has(&b, "\n  Nothing was sampled while it was traced for 1 s\n");
	buf_done(&b);
	diagnose(with(NULL), &b);
	assert_null(strstr(buf_str(&b), "Sites"));
	buf_done(&b);
}

/* Everything at once: sites, price and note stay, and so does what to do next. */
static void diagnosis__keeps__price_and_note_where_there_is_much_to_say(void **state)
{
	struct moment *m = support_moment_heap();
	struct sites_facts *f = support_sites();
	struct buf b;

	(void)state;
	snprintf(f->note, sizeof(f->note), "what was allocated before is not seen");
	support_sites_put(m, f, SITES_ALLOCATIONS, SITES_ENDED);
	m->warning_count = 3;
	diagnose(m, &b);
	has(&b, "\nSites: who ");
	has(&b, "\n  74 % of what grows");
	has(&b, "\n  Note: what was allocated before is not seen\n");
	has(&b, "\n  Price: ");
	buf_done(&b);
}

/* --- text ----------------------------------------------------------------------------------------- */

static void table__has__every_site_with_its_stack(void **state)
{
	struct moment *m = support_moment_sites();
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(sites_table(m, SAFE_UTF8, &b), 0);
	report_matches(&b, "sites.txt");
	moment_unref(m);
	m = support_moment();
	buf_reset(&b);
	assert_int_equal(sites_table(m, SAFE_UTF8, &b), 0);
	assert_int_equal(b.len, 0);
	moment_unref(m);
	buf_done(&b);
}

static void table__of_calls__has_no_bytes(void **state)
{
	struct moment *m = with(support_sites_hits());
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(sites_table(m, SAFE_UTF8, &b), 0);
	has(&b, "\n Share        Calls  Call site\n");
	assert_null(strstr(buf_str(&b), "Freed"));
	assert_null(strstr(buf_str(&b), " 0 B"));
	moment_unref(m);
	buf_done(&b);
}

static void table__is__safe_whatever_functions_are_called(void **state)
{
	struct moment *m = with(support_sites_hostile());
	struct buf b;

	(void)state;
	report_buf(&b);
	for (int mode = SAFE_UTF8; mode <= SAFE_ASCII; mode++) {
		buf_reset(&b);
		assert_int_equal(sites_table(m, (enum safe_mode)mode, &b), 0);
		report_is_safe(&b);
		has(&b, "\\x1B[31m<b>&\"'\\x0A");
		buf_reset(&b);
		assert_int_equal(diagnosis_write(m, (enum safe_mode)mode, &b), 0);
		report_is_safe(&b);
		has(&b, "\\x1B[31m<b>&\"'\\x0A");
	}
	buf_done(&b);
	moment_unref(m);
}

/* --- the page ------------------------------------------------------------------------------------- */

static void page__has__a_section_for_call_sites(void **state)
{
	struct moment *m = support_moment_sites();
	struct buf b;

	(void)state;
	report_buf(&b);
	page_make(m, &b);
	page_check(&b);
	const char *table = strstr(buf_str(&b), "id=\"sites-table\"");
	assert_non_null(table);
	const char *end = strstr(table, "</table>");
	assert_non_null(end);
	assert_int_equal(page_count(table, end, "<tr"), 1 + SUPPORT_SITES);
	assert_int_equal(page_count(table, end, "<details>"), SUPPORT_SITES);
	assert_int_equal(page_count(table, end, "class=\"grows\""), 3);
	assert_int_equal(page_count(table, end, "</span> Session::create, session.cpp:88"), 1);
	assert_int_equal(page_count(table, end, "std::make_unique&lt;Session"), 1);
	assert_int_equal(page_count(table, end, "<data value=\"102400\">"), 1);
	has(&b, "<li>Price: 3.1 % slower (expected 6.2 % while probes are set)");
	moment_unref(m);
	buf_done(&b);
}

static void page__shows__unknown_figures_as_such(void **state)
{
	struct moment *m = with(support_sites_growth());
	struct buf b;

	(void)state;
	m->sites->sites[0].freed_bytes = m->sites->sites[0].live_blocks = UNKNOWN;
	m->sites->sites[0].growth_bytes = (double)NAN;
	report_buf(&b);
	page_make(m, &b);
	page_check(&b);
	const char *row = strstr(strstr(buf_str(&b), "id=\"sites-table\""), "<tbody>");
	assert_int_equal(page_count(row, strstr(row, "</tr>"), "<td>-</td>"), 3);
	has(&b, "<li>Note: blocks of 528 bytes");
	moment_unref(m);
	buf_done(&b);
}

static void page__of_calls__has_no_bytes(void **state)
{
	struct moment *m = with(support_sites_hits());
	struct buf b;

	(void)state;
	report_buf(&b);
	page_make(m, &b);
	page_check(&b);
	const char *table = strstr(buf_str(&b), "id=\"sites-table\"");
	assert_int_equal(page_count(table, strstr(table, "</thead>"), "<th "), 3);
	assert_int_equal(page_count(table, strstr(table, "</table>"), "grows"), 0);
	moment_unref(m);
	buf_done(&b);
}

static void page__without_tracing__has_no_such_section(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	report_buf(&b);
	page_make(m, &b);
	assert_null(strstr(buf_str(&b), "id=\"sites\""));
	moment_unref(m);
	buf_done(&b);
}

static void page__escapes__whatever_functions_are_called(void **state)
{
	struct moment *m = with(support_sites_hostile());
	struct buf b;

	(void)state;
	report_buf(&b);
	page_make(m, &b);
	page_check(&b);
	report_is_safe(&b);
	const char *table = strstr(buf_str(&b), "id=\"sites\"");
	const char *end = strstr(table, "</section>");
	assert_int_equal(page_count(table, end, "<b>"), 0);
	assert_int_equal(page_count(table, end, "</script>"), 0);
	assert_true(page_count(table, end, "\\x1B[31m&lt;b&gt;&amp;&quot;&#39;") >= SUPPORT_SITES);
	moment_unref(m);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(price__is_at_least__where_it_is_large),
	        cmocka_unit_test(diagnosis__names__the_first_sites_with_share_rate_and_line),
	        cmocka_unit_test(diagnosis__tells_apart__calls_of_one_name),
	        cmocka_unit_test(diagnosis__warns__that_page_faults_may_name_the_innocent),
	        cmocka_unit_test(diagnosis__counts__calls_where_bytes_are_not_known),
	        cmocka_unit_test(diagnosis__says__that_nothing_grows),
	        cmocka_unit_test(diagnosis__keeps__price_and_note_where_there_is_much_to_say),
	        cmocka_unit_test(table__has__every_site_with_its_stack),
	        cmocka_unit_test(table__of_calls__has_no_bytes),
	        cmocka_unit_test(table__is__safe_whatever_functions_are_called),
	        cmocka_unit_test(page__has__a_section_for_call_sites),
	        cmocka_unit_test(page__shows__unknown_figures_as_such),
	        cmocka_unit_test(page__of_calls__has_no_bytes),
	        cmocka_unit_test(page__without_tracing__has_no_such_section),
	        cmocka_unit_test(page__escapes__whatever_functions_are_called),
	};
	return cmocka_run_group_tests_name("report sites", tests, NULL, NULL);
}
