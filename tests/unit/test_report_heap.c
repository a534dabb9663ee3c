/* SPDX-License-Identifier: MIT */
/* What reports say of a look inside the heap: diagnosis, export, page; whatever its blocks hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/diagnosis.h"
#include "report/heap.h"
#include "support_heap.h"
#include "support_html.h"
#include "support_moment.h"
#include "support_report.h"

static struct moment *with(struct heap_facts *f)
{
	struct moment *m = support_moment();

	support_heap_put(m, f, HEAP_RESTING);
	return m;
}

/* The diagnosis of a moment, which is given back. */
static void diagnose(struct moment *m, struct buf *b)
{
	report_buf(b);
	assert_int_equal(diagnosis_write(m, SAFE_UTF8, b), 0);
	assert_true(report_lines(buf_str(b)) <= 11);
	moment_unref(m);
}

static void diagnosis__names__the_size_that_grows_and_what_is_lost(void **state)
{
	struct buf b;

	(void)state;
	diagnose(support_moment_heap(), &b);
	assert_non_null(
	        strstr(buf_str(&b), "\nBlocks of 528 bytes (requests of 505-520) grow by "));
	assert_non_null(strstr(buf_str(&b), "\n30,748 blocks (15.5 MB) are lost"));
	assert_non_null(strstr(buf_str(&b), "\nNext: "));
	buf_done(&b);
}

static void diagnosis__names__no_suspects(void **state)
{
	struct buf b;

	(void)state;
	diagnose(with(support_heap_first()), &b);
	assert_null(strstr(buf_str(&b), "suspect"));
	assert_null(strstr(buf_str(&b), "lost"));
	assert_null(strstr(buf_str(&b), "Blocks of"));
	buf_done(&b);
}

/* Whoever asked for a look hears of it though nothing was found. */
static void diagnosis__says__that_nothing_was_found(void **state)
{
	struct heap_facts *f = support_heap();
	struct buf b;

	(void)state;
	f->classes[0].steady = false;
	f->lost->definitely_blocks = 0;
	f->total.torn = f->total.unread = 0;
	diagnose(with(f), &b);
	assert_non_null(strstr(buf_str(&b), "\nHeap: 182,186 live blocks hold 65.9 MB; "));
	assert_non_null(
	        strstr(buf_str(&b), "\nNo block was found that is lost for sure (8 scans)\n"));
	assert_null(strstr(buf_str(&b), "in doubt"));
	buf_done(&b);
}

static void diagnosis__says__what_malloc_keeps(void **state)
{
	struct moment *m = with(support_heap_kept());
	struct buf b;

	(void)state;
	m->sample.v[FIGURE_RSS] = 2180ull << 20;
	diagnose(m, &b);
	assert_non_null(strstr(buf_str(&b), "\nRSS is 2.1 GB, 1.7 GB of it is free inside malloc"));
	buf_done(&b);
}

static void diagnosis__names__an_allocator_it_cannot_read(void **state)
{
	struct buf b;

	(void)state;
	diagnose(with(support_heap_jemalloc()), &b);
	assert_non_null(strstr(buf_str(&b), "\nHeap: jemalloc recognised from the mappings"));
	buf_done(&b);
	/* Once is enough: where it is a warning it is no line of its own. */
	struct moment *m = with(support_heap_jemalloc());
	snprintf(m->warnings[m->warning_count++], WARNING_MAX, "heap: %.80s", m->heap->why);
	diagnose(m, &b);
	assert_non_null(strstr(buf_str(&b), "\nWarning: heap: jemalloc recognised"));
	assert_null(strstr(buf_str(&b), "\nHeap: jemalloc"));
	buf_done(&b);
}

/* --- text ----------------------------------------------------------------------------------------- */

static void text__has__sizes_lost_blocks_and_arenas(void **state)
{
	struct moment *m = support_moment_heap();
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(heap_text(m, SAFE_UTF8, &b), 0);
	report_matches(&b, "heap.txt");
	moment_unref(m);
	m = support_moment();
	buf_reset(&b);
	assert_int_equal(heap_text(m, SAFE_UTF8, &b), 0);
	assert_int_equal(b.len, 0);
	moment_unref(m);
	buf_done(&b);
}

static void text__is__safe_whatever_blocks_hold(void **state)
{
	struct moment *m = with(support_heap_hostile());
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(heap_text(m, SAFE_UTF8, &b), 0);
	report_is_safe(&b);
	assert_non_null(strstr(buf_str(&b), "vtable for \\x1B[31m"));
	for (unsigned i = 0; i < m->heap->lost->head_count; i++)
		m->heap->lost->heads[i].type[0] = '\0';
	buf_reset(&b);
	assert_int_equal(heap_text(m, SAFE_ASCII, &b), 0);
	report_is_safe(&b);
	assert_non_null(strstr(buf_str(&b), ".[31m<b>&\"'"));
	buf_done(&b);
	moment_unref(m);
}

static void text__fits__a_hundred_and_twenty_columns(void **state)
{
	struct moment *m = support_moment_heap();
	struct buf b;

	(void)state;
	report_buf(&b);
	assert_int_equal(heap_text(m, SAFE_UTF8, &b), 0);
	for (const char *line = buf_str(&b); *line;) {
		size_t n = strcspn(line, "\n");
		if (n > 120)
			fail_msg("%.*s", (int)n, line);
		line += n + (line[n] == '\n');
	}
	buf_done(&b);
	moment_unref(m);
}

/* --- the page ------------------------------------------------------------------------------------- */

static void page__has__a_section_for_the_heap(void **state)
{
	struct moment *m = support_moment_heap();
	struct buf b;

	(void)state;
	report_buf(&b);
	page_make(m, &b);
	page_check(&b);
	const char *sizes = strstr(buf_str(&b), "id=\"heap-sizes\"");
	const char *lost = strstr(buf_str(&b), "id=\"heap-lost\"");
	const char *arenas = strstr(buf_str(&b), "id=\"heap-arenas\"");
	assert_non_null(sizes);
	assert_true(sizes < lost && lost < arenas);
	assert_int_equal(page_count(sizes, lost, "<tr"), 1 + SUPPORT_HEAP_CLASSES);
	assert_int_equal(page_count(sizes, lost, "class=\"grows\""), 1);
	assert_int_equal(page_count(lost, arenas, "<tr"), 1 + SUPPORT_HEAP_HEADS);
	assert_non_null(strstr(lost, "vtable for Session"));
	moment_unref(m);
	buf_done(&b);
}

static void page__without_a_look__has_no_such_section(void **state)
{
	struct moment *m = support_moment();
	struct buf b;

	(void)state;
	report_buf(&b);
	page_make(m, &b);
	assert_null(strstr(buf_str(&b), "id=\"heap\""));
	moment_unref(m);
	buf_done(&b);
}

static void page__escapes__whatever_blocks_hold(void **state)
{
	struct moment *m = with(support_heap_hostile());
	struct buf b;

	(void)state;
	for (int typed = 1; typed >= 0; typed--) {
		for (unsigned i = 0; !typed && i < m->heap->lost->head_count; i++)
			m->heap->lost->heads[i].type[0] = '\0';
		report_buf(&b);
		page_make(m, &b);
		page_check(&b);
		report_is_safe(&b);
		const char *lost = strstr(buf_str(&b), "id=\"heap-lost\"");
		const char *end = strstr(lost, "</table>");
		assert_int_equal(page_count(lost, end, "<b>"), 0);
		assert_true(page_count(lost, end, "\\x1B[31m&lt;b&gt;&amp;&quot;&#39;") >=
		            SUPPORT_HEAP_HEADS);
		buf_done(&b);
	}
	moment_unref(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(diagnosis__names__the_size_that_grows_and_what_is_lost),
	        cmocka_unit_test(diagnosis__names__no_suspects),
	        cmocka_unit_test(diagnosis__says__that_nothing_was_found),
	        cmocka_unit_test(diagnosis__says__what_malloc_keeps),
	        cmocka_unit_test(diagnosis__names__an_allocator_it_cannot_read),
	        cmocka_unit_test(text__has__sizes_lost_blocks_and_arenas),
	        cmocka_unit_test(text__is__safe_whatever_blocks_hold),
	        cmocka_unit_test(text__fits__a_hundred_and_twenty_columns),
	        cmocka_unit_test(page__has__a_section_for_the_heap),
	        cmocka_unit_test(page__without_a_look__has_no_such_section),
	        cmocka_unit_test(page__escapes__whatever_blocks_hold),
	};
	return cmocka_run_group_tests_name("report heap", tests, NULL, NULL);
}
