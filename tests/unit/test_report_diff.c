/* SPDX-License-Identifier: MIT */
/* What --diff writes: the text, golden, and what it does with what is unknown, hostile or too much. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "report/diff.h"
#include "support_diff.h"
#include "support_moment.h"
#include "support_report.h"

static void text_of(struct moment *a, struct moment *b, bool one_watch, enum safe_mode mode,
                    struct buf *out)
{
	const struct diff_files files = {{"monday.json", "tuesday.json"}};
	struct diff *d = compare(a, b, one_watch);

	report_buf(out);
	assert_int_equal(diff_text(d, &files, mode, out), 0);
	diff_unref(d);
}

static void diff_text__shows__a_pool_that_grew(void **state)
{
	struct buf b;

	(void)state;
	text_of(spec_pool(0, 200), spec_pool(600, 510), true, SAFE_UTF8, &b);
	report_matches(&b, "diff-pool.txt");
	report_is_safe(&b);
	buf_done(&b);
}

static void diff_text__shows__a_heap_that_grew(void **state)
{
	struct moment *a = support_moment(), *b = support_moment();
	struct buf text;

	(void)state;
	region_table_unref(a->regions);
	a->regions = support_regions(0, true);
	a->time = a->regions->time;
	a->wall -= 600 * NS_PER_S;
	a->sample = a->first;
	text_of(a, b, true, SAFE_UTF8, &text);
	report_matches(&text, "diff-heap.txt");
	buf_done(&text);
}

/* Two processes, no time, no regions on one side: unknown is a dash, never 0. */
static void diff_text__shows__what_is_not_known(void **state)
{
	struct moment *a = spec_moment(NULL, 0), *b = spec_pool(60, 3);
	struct buf text;

	(void)state;
	b->target->pid = 4712;
	b->wall = b->sample.wall = UNKNOWN;
	a->sample.v[FIGURE_THREADS] = UNKNOWN;
	text_of(a, b, false, SAFE_UTF8, &text);
	report_matches(&text, "diff-unknown.txt");
	buf_done(&text);
}

static void diff_text__disarms__what_the_target_chose(void **state)
{
	struct moment *a = support_moment_hostile(), *b = support_moment_hostile();
	struct buf text;

	(void)state;
	region_table_unref(a->regions);
	a->regions = support_regions_hostile(0);
	a->time -= 300 * NS_PER_S;
	text_of(a, b, true, SAFE_UTF8, &text);
	report_is_safe(&text);
	buf_done(&text);
	a = support_moment_hostile();
	b = support_moment_hostile();
	region_table_unref(a->regions);
	a->regions = support_regions_hostile(0);
	text_of(a, b, true, SAFE_ASCII, &text);
	for (size_t i = 0; i < text.len; i++)
		assert_true(text.data[i] > 0);
	buf_done(&text);
}

/* At most 20 rows a section, and it is said how many are left out. */
static void diff_text__leaves__out_what_is_too_much(void **state)
{
	struct spec before[50], after[50];
	struct buf text;

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		before[i] = (struct spec){i + 1,   REGION_ANON, SPEC_RW, 0x100000 * (i + 1ull),
		                          0x80000, 0,           0,       NULL};
		after[i] = before[i];
		after[i].rss = 4096 * (i + 1);
	}
	text_of(spec_moment(spec_table(before, 50, 0), 0),
	        spec_moment(spec_table(after, 50, 60), 60), true, SAFE_UTF8, &text);
	assert_non_null(strstr(buf_str(&text), "Regions that grew: 50"));
	assert_non_null(strstr(buf_str(&text), "and 30 more"));
	buf_done(&text);
}

static void diff_text__passes_on__that_a_buffer_is_full(void **state)
{
	const struct diff_files files = {{"a", "b"}};
	struct moment *a = spec_pool(0, 2), *b = spec_pool(60, 9);
	struct diff *d = NULL;
	struct buf text;

	(void)state;
	assert_int_equal(diff_new(a, b, true, &d), 0);
	buf_init(&text, 100);
	assert_true(diff_text(d, &files, SAFE_UTF8, &text) < 0);
	buf_done(&text);
	diff_unref(d);
	moment_unref(a);
	moment_unref(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(diff_text__shows__a_pool_that_grew),
	        cmocka_unit_test(diff_text__shows__a_heap_that_grew),
	        cmocka_unit_test(diff_text__shows__what_is_not_known),
	        cmocka_unit_test(diff_text__disarms__what_the_target_chose),
	        cmocka_unit_test(diff_text__leaves__out_what_is_too_much),
	        cmocka_unit_test(diff_text__passes_on__that_a_buffer_is_full),
	};

	return cmocka_run_group_tests_name("report/diff", tests, NULL, NULL);
}
