/* SPDX-License-Identifier: MIT */
/* Who holds what: moments, baselines, and the charts and words they carry. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/moment.h"
#include "support_pass.h"

static void moment_new__knows_nothing(void **state)
{
	struct moment *m = moment_new();

	(void)state;
	assert_non_null(m);
	assert_true(m->wall == UNKNOWN && m->cgroup_limit == UNKNOWN);
	assert_true(m->sample.v[FIGURE_RSS] == UNKNOWN && m->first.v[FIGURE_HEAP] == UNKNOWN);
	assert_true(m->status[0] == UNKNOWN && m->meminfo[0] == UNKNOWN && m->fds[0] == UNKNOWN);
	assert_true(m->costs.pass_ns == UNKNOWN && isnan(m->costs.cpu_percent));
	assert_int_equal(m->verdict.kind, VERDICT_UNKNOWN);
	assert_int_equal(m->verdict.confidence, -1);
	assert_true(isnan(m->verdict.growth) && isnan(m->verdict.eta));
	assert_null(m->regions);
	moment_unref(m);
	moment_unref(NULL);
}

/* Freeing too early or never is what the sanitizers would tell. */
static void moment_unref__lets_go_of_all_it_holds(void **state)
{
	const struct vma v[] = {{4 * MB, 5 * MB, "rw-p", "[heap]", 0, 8 * KB, NULL}};
	struct tracker *t = tracker_new();
	struct moment *m = moment_new();

	(void)state;
	m->target = target_new();
	m->regions = pass_run(t, v, 1, 1);
	m->baseline = baseline_new(&m->sample, m->status, m->meminfo, m->regions);
	m->trends = calloc(1, sizeof(*m->trends));
	m->trend_count = 1;
	m->trends[0].id = 7;
	m->processes = calloc(1, sizeof(*m->processes));
	atomic_init(&m->processes->refs, 1);
	m->focus_pages = calloc(1, sizeof(*m->focus_pages));
	atomic_init(&m->focus_pages->refs, 1);
	assert_non_null(moment_trend(m, 7));
	assert_null(moment_trend(m, 8));
	moment_unref(moment_ref(m));
	tracker_free(t);
	assert_int_equal(m->regions->rows[0]->kind, REGION_HEAP);
	moment_unref(m);
}

static void baseline_change__counts_from_then(void **state)
{
	struct vma v[] = {
	        {4 * MB, 5 * MB, "rw-p", "[heap]", 0, 8 * KB, NULL},
	        {16 * MB, 17 * MB, "rw-p", "", 0, 100 * KB, NULL},
	        {32 * MB, 33 * MB, "rw-p", "", 0, 64 * KB, NULL},
	};
	struct tracker *t = tracker_new();
	struct region_table *a = pass_run(t, v, 2, 1), *b;
	struct sample s;
	struct baseline *base;
	int64_t weight, rss, size;

	(void)state;
	sample_init(&s);
	base = baseline_new(&s, NULL, NULL, a);
	v[0].end += MB;
	v[0].rss += 20 * KB;
	v[1].rss -= 40 * KB;
	b = pass_run(t, v, 3, 2);
	assert_true(baseline_change(base, b->rows[0], &weight, &rss, &size));
	assert_int_equal(weight, 20 * KB);
	assert_int_equal(rss, 20 * KB);
	assert_int_equal(size, MB);
	assert_true(baseline_change(base, b->rows[1], &weight, &rss, &size));
	assert_int_equal(rss, -(int64_t)(40 * KB));
	assert_true(baseline_change(base, b->rows[2], &weight, &rss, &size)); /* born later */
	assert_int_equal(weight, 64 * KB);
	assert_int_equal(size, MB);
	baseline_unref(base);
	region_table_unref(a);
	region_table_unref(b);
	tracker_free(t);
}

/* What was there may have been overlooked, or lain in a larger region: how much it held then is not known. */
static void baseline_change__of_what_was_only_seen_later__says_nothing(void **state)
{
	struct vma v[] = {
	        {4 * MB, 5 * MB, "rw-p", "", 0, 900 * KB, NULL},
	        {16 * MB, 20 * MB, "rw-p", "", 0, 3 * MB, NULL},
	        {24 * MB, 25 * MB, "rw-p", "", 0, 64 * KB, NULL},
	};
	struct tracker *t = tracker_new();
	struct region_table *missed = pass_run(t, v, 1, 1), *a, *b;
	struct baseline *base;
	struct sample s;
	int64_t change;

	(void)state;
	sample_init(&s);
	missed->partial = true;
	base = baseline_new(&s, NULL, NULL, missed);
	a = pass_run(t, v, 2, 2);
	assert_false(baseline_change(base, a->rows[1], &change, &change, &change));
	assert_false(baseline_precedes(base, a->rows[1]));
	baseline_unref(base);
	base = baseline_new(&s, NULL, NULL, a);
	v[0].end -= MB / 4; /* its upper part is split off, and the third is new */
	v[1] = (struct vma){5 * MB - MB / 4, 5 * MB, "r--p", "", 0, 256 * KB, NULL};
	b = pass_run(t, v, 3, 3);
	assert_false(baseline_change(base, b->rows[1], &change, &change, &change));
	assert_true(baseline_change(base, b->rows[2], &change, &change, &change));
	assert_true(baseline_precedes(base, b->rows[2]));
	baseline_unref(base);
	region_table_unref(missed);
	region_table_unref(a);
	region_table_unref(b);
	tracker_free(t);
}

static void baseline_change__of_neighbours_that_became_one__is_that_of_both(void **state)
{
	struct vma v[] = {
	        {4 * MB, 6 * MB, "rw-p", "", 0, MB, NULL},
	        {6 * MB, 7 * MB, "r--p", "", 0, 512 * KB, NULL},
	        {9 * MB, 10 * MB, "rw-p", "", 0, 64 * KB, NULL},
	};
	struct tracker *t = tracker_new();
	struct region_table *a = pass_run(t, v, 3, 1), *b;
	struct baseline *base;
	struct sample s;
	int64_t weight, rss, size;

	(void)state;
	sample_init(&s);
	base = baseline_new(&s, NULL, NULL, a);
	v[0].end = 7 * MB;
	v[0].rss = MB + 600 * KB;
	v[1] = v[2];
	b = pass_run(t, v, 2, 2);
	assert_int_equal(b->rows[0]->id, a->rows[0]->id);
	assert_true(baseline_change(base, b->rows[0], &weight, &rss, &size));
	assert_int_equal(weight, 88 * KB);
	assert_int_equal(rss, 88 * KB);
	assert_int_equal(size, 0);
	assert_true(baseline_change(base, b->rows[1], &weight, &rss, &size));
	assert_int_equal(weight, 0);
	baseline_unref(base);
	region_table_unref(a);
	region_table_unref(b);
	tracker_free(t);
}

static void baseline_change__without_regions_or_figures__says_nothing(void **state)
{
	const struct vma v[] = {{4 * MB, 5 * MB, "rw-p", "", 0, UNKNOWN, NULL}};
	struct tracker *t = tracker_new();
	struct region_table *a = pass_run(t, v, 1, 1);
	struct sample s;
	struct baseline *none, *some;
	int64_t w = 5;

	(void)state;
	sample_init(&s);
	none = baseline_new(&s, NULL, NULL, NULL);
	some = baseline_new(&s, NULL, NULL, a);
	assert_false(baseline_change(NULL, a->rows[0], &w, &w, &w));
	assert_false(baseline_change(none, a->rows[0], &w, &w, &w));
	assert_false(baseline_change(some, a->rows[0], &w, &w, &w));
	assert_int_equal(w, 5);
	baseline_unref(none);
	baseline_unref(baseline_ref(some));
	baseline_unref(some);
	region_table_unref(a);
	tracker_free(t);
}

static void chart_fit__keeps_extremes_and_the_last(void **state)
{
	struct chart c = {.count = 6};
	struct chart_point p[CHART_POINTS];

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		c.points[i] = (struct chart_point){i, 10 + i, 20 + i, 15 + i};
	c.points[3] = (struct chart_point){3, UNKNOWN, UNKNOWN, UNKNOWN};
	assert_int_equal(chart_fit(&c, 80, p), 6);
	assert_int_equal(chart_fit(&c, 3, p), 3);
	assert_int_equal(p[0].min, 10);
	assert_int_equal(p[0].max, 21);
	assert_int_equal(p[0].last, 16);
	assert_int_equal(p[1].last, 17); /* the unknown half says nothing */
	assert_int_equal(p[1].time, 3);
	assert_int_equal(p[2].max, 25);
	assert_int_equal(chart_fit(&c, 0, p), 0);
	c.count = 0;
	assert_int_equal(chart_fit(&c, 10, p), 0);
}

static void words__every_value__has_one(void **state)
{
	(void)state;
	for (int i = 0; i < VERDICT_KIND_COUNT; i++)
		assert_true(verdict_kind_json[i] && verdict_kind_words[i]);
	for (int i = 1; i < CAUSE_COUNT; i++)
		assert_non_null(verdict_cause_json[i]);
	for (int i = 1; i < PATTERN_COUNT; i++)
		assert_non_null(verdict_pattern_json[i]);
	for (int i = 1; i < WHERE_COUNT; i++)
		assert_non_null(verdict_where_json[i]);
	for (int i = 0; i < WHERE_COUNT; i++)
		assert_non_null(verdict_where_words[i]);
	for (int i = 1; i < LIMIT_KIND_COUNT; i++)
		assert_non_null(verdict_limit_json[i]);
	for (int i = 0; i < EVENT_KIND_COUNT; i++)
		assert_non_null(event_kind_words[i]);
	for (int i = 0; i < TARGET_STATE_COUNT; i++)
		assert_non_null(target_state_words[i]);
	for (int i = 1; i < END_COUNT; i++)
		assert_true(watch_end_json[i] && watch_end_words[i]);
	for (int i = 0; i < CHART_COUNT; i++)
		assert_non_null(chart_names[i]);
	assert_null(verdict_cause_json[CAUSE_NULL]);
	assert_null(verdict_where_json[WHERE_NULL]);
	assert_string_equal(verdict_where_words[WHERE_ANONYMOUS], "heap");
	assert_string_equal(watch_end_json[END_TARGET], "target-exit");
}

static void region_kinds__names__fit_into_eight_columns(void **state)
{
	(void)state;
	for (int i = 0; i < REGION_KIND_COUNT; i++) {
		assert_in_range(strlen(region_kinds[i].name), 3, 8);
		assert_true(region_kinds[i].json && strlen(region_kinds[i].meaning) > 15);
	}
}

/* Who reads of it later needs no advice, however that begins. */
static void lacking__is_cut__where_it_was_put_together(void **state)
{
	const char *const remedies[] = {
	        NULL,
	        "this root lacks CAP_SYS_PTRACE: start its container with --cap-add SYS_PTRACE",
	        "not even root may here; run this outside",
	        "raise --max-stall (50.0 ms) or run with sudo",
	};
	char text[240], later[240];

	(void)state;
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
		lacking_make(text, sizeof(text), remedies[i], "no smaps of process %d", 7);
		assert_string_equal(remedies[i] ? strstr(text, remedies[i]) : "",
		                    remedies[i] ? remedies[i] : "");
		lacking_recorded(later, sizeof(later), text);
		assert_string_equal(later, "recorded in reduced mode: no smaps of process 7");
	}
	lacking_make(text, 20, "help", "no smaps");
	assert_string_equal(text, "reduced mode: no sm");
	lacking_recorded(later, sizeof(later), "");
	assert_string_equal(later, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(moment_new__knows_nothing),
	        cmocka_unit_test(moment_unref__lets_go_of_all_it_holds),
	        cmocka_unit_test(baseline_change__counts_from_then),
	        cmocka_unit_test(baseline_change__of_what_was_only_seen_later__says_nothing),
	        cmocka_unit_test(baseline_change__of_neighbours_that_became_one__is_that_of_both),
	        cmocka_unit_test(baseline_change__without_regions_or_figures__says_nothing),
	        cmocka_unit_test(chart_fit__keeps_extremes_and_the_last),
	        cmocka_unit_test(words__every_value__has_one),
	        cmocka_unit_test(region_kinds__names__fit_into_eight_columns),
	        cmocka_unit_test(lacking__is_cut__where_it_was_put_together),
	};

	return cmocka_run_group_tests_name("model_moment", tests, NULL, NULL);
}
