/* SPDX-License-Identifier: MIT */
/* Two moments compared: what became of regions, mappings of one size, figures, words. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "model/diff.h"
#include "support_diff.h"
#include "support_moment.h"

#define KIB 1024ull
#define MIB (1024 * KIB)

static const struct diff_region *row_with(const struct diff *d, enum diff_fate fate, uint64_t id)
{
	for (size_t i = 0; i < d->regions[fate].count; i++) {
		const struct diff_region *x = &d->regions[fate].rows[i];
		if ((x->r[DIFF_B] ? x->r[DIFF_B] : x->r[DIFF_A])->id == id)
			return x;
	}
	return NULL;
}

static void headline_is(const struct diff *d, const char *wanted)
{
	struct buf b;

	buf_init(&b, 1 << 12);
	assert_int_equal(diff_headline(d, &b), 0);
	assert_string_equal(buf_str(&b), wanted);
	buf_done(&b);
}

static bool notes_say(const struct diff *d, const char *text)
{
	for (unsigned i = 0; diff_note(d, i); i++)
		if (strstr(diff_note(d, i), text))
			return true;
	return false;
}

/* --- what became of regions -------------------------------------------------------------------------- */

static void diff__tells__what_was_born_grew_shrank_and_is_gone(void **state)
{
	const struct spec before[] = {
	        {1, REGION_HEAP, SPEC_RW, 0x1000000, 8 * MIB, 4 * MIB, 0, "[heap]"},
	        {2, REGION_ANON, SPEC_RW, 0x7f0000000000, 2 * MIB, 2 * MIB, 0, NULL},
	        {3, REGION_ANON, SPEC_RW, 0x7f1000000000, 3 * MIB, 1 * MIB, 0, NULL},
	        {4, REGION_FILE, SPEC_RW, 0x7f2000000000, 3 * MIB, 1 * MIB, 0, "/data"},
	};
	const struct spec after[] = {
	        {1, REGION_HEAP, SPEC_RW, 0x1000000, 9 * MIB, 6 * MIB, 0, "[heap]"},
	        {2, REGION_ANON, SPEC_RW, 0x7f0000000000, 2 * MIB, 1 * MIB, 0, NULL},
	        {4, REGION_FILE, SPEC_RW, 0x7f2000000000, 3 * MIB, 1 * MIB, 0, "/data"},
	        {5, REGION_ANON, SPEC_RW, 0x7f3000000000, 5 * MIB, 0, 0, NULL},
	};
	struct diff *d = compare(spec_moment(spec_table(before, 4, 0), 0),
	                         spec_moment(spec_table(after, 4, 60), 60), true);

	(void)state;
	for (int f = 0; f < DIFF_FATE_COUNT; f++)
		assert_int_equal(d->regions[f].count, 1);
	assert_int_equal(d->same, 1);
	assert_int_equal(row_with(d, DIFF_GROWN, 1)->held.change, 2 * MIB);
	assert_int_equal(row_with(d, DIFF_GROWN, 1)->size.change, MIB);
	assert_int_equal(row_with(d, DIFF_SHRUNK, 2)->held.change, -(int64_t)MIB);
	assert_int_equal(row_with(d, DIFF_GONE, 3)->size.change, -3 * (int64_t)MIB);
	assert_int_equal(row_with(d, DIFF_BORN, 5)->size.change, 5 * MIB);
	assert_int_equal(row_with(d, DIFF_BORN, 5)->held.change, 0);
	assert_int_equal(d->match, DIFF_BY_ID);
	assert_int_equal(d->span, 60 * NS_PER_S);
	diff_unref(d);
}

/* Exports may hold any number: sums end at the largest there is, and no words are lost over it. */
static void diff__bears__figures_of_any_size(void **state)
{
	const uint64_t huge = 1ull << 63;
	const struct spec before[] = {{1, REGION_ANON, SPEC_RW, 0x1000, 0x1000, 0, 0, NULL}};
	const struct spec after[] = {
	        {2, REGION_ANON, SPEC_RW, 0x10000, huge, huge, 0, NULL},
	        {3, REGION_ANON, SPEC_RW, 0x20000, huge, huge, 0, NULL},
	        {4, REGION_ANON, SPEC_RW, 0x30000, huge, huge, 0, NULL},
	};
	struct moment *a = spec_moment(spec_table(before, 1, 0), 0),
	              *b = spec_moment(spec_table(after, 3, 0), 0);
	struct diff *d;
	struct buf line;

	(void)state;
	b->time = a->regions->time = UNKNOWN / 2;
	d = compare(a, b, false);
	assert_int_equal(d->regions[DIFF_BORN].count, 3);
	assert_int_equal(d->regions[DIFF_BORN].held, INT64_MAX);
	assert_int_equal(d->regions[DIFF_BORN].size, INT64_MAX);
	assert_int_equal(d->group_count, 1);
	assert_int_equal(d->pass_span, UNKNOWN);
	buf_init(&line, 1 << 12);
	assert_int_equal(diff_headline(d, &line), 0);
	buf_done(&line);
	diff_unref(d);
}

static void diff__takes__the_earlier_one_first(void **state)
{
	struct diff *d = compare(spec_pool(600, 9), spec_pool(0, 4), true);

	(void)state;
	assert_true(d->swapped);
	assert_int_equal(d->side[DIFF_A].time, 0);
	assert_int_equal(d->groups[0].count.change, 5);
	diff_unref(d);
	/* Of two watches the wall clock tells. */
	d = compare(spec_pool(600, 9), spec_pool(0, 4), false);
	assert_true(d->swapped);
	assert_int_equal(d->span, 600 * NS_PER_S);
	diff_unref(d);
}

/* A table that lacks rows says nothing about them; what was born since is certain all the same. */
static void diff__tells__nothing_of_rows_a_table_lacks(void **state)
{
	struct moment *a = spec_pool(0, 4), *b = spec_pool(600, 9);
	struct diff *d;

	(void)state;
	b->regions->partial = true;
	d = compare(a, b, true);
	assert_int_equal(d->regions[DIFF_GONE].count, 0);
	assert_false(d->regions[DIFF_GONE].told);
	assert_true(d->regions[DIFF_BORN].told);
	assert_int_equal(d->regions[DIFF_BORN].count, 5);
	assert_int_equal(d->group_count + d->kind_count + d->name_count, 0);
	assert_true(notes_say(d, "past moment"));
	diff_unref(d);

	a = spec_pool(0, 4);
	b = spec_pool(600, 9);
	a->regions->partial = true;
	for (size_t i = 0; i < b->regions->count; i++)
		b->regions->rows[i]->born = b->regions->rows[i]->id > 106 ? 300 * NS_PER_S : 0;
	d = compare(a, b, true);
	assert_int_equal(d->regions[DIFF_BORN].count, 2);
	assert_false(d->regions[DIFF_BORN].told);
	assert_int_equal(d->regions[DIFF_GONE].count, 1);
	diff_unref(d);
}

static void diff__says__that_no_pass_lies_between(void **state)
{
	struct moment *a = spec_pool(0, 4), *b = spec_moment(region_table_ref(a->regions), 5);
	struct diff *d = compare(a, b, true);

	(void)state;
	assert_true(d->same_pass);
	assert_true(notes_say(d, "no pass over the regions"));
	assert_int_equal(d->same, 10);
	diff_unref(d);
}

static void diff__does__without_regions(void **state)
{
	struct diff *d = compare(spec_moment(NULL, 0), spec_pool(60, 2), true);

	(void)state;
	assert_int_equal(d->match, DIFF_NOT_MATCHED);
	assert_false(d->regions[DIFF_BORN].told);
	assert_int_equal(d->regions[DIFF_BORN].count, 0);
	assert_true(notes_say(d, "only figures"));
	/* RSS was not known before: there is no change, not one from 0. */
	assert_false(diff_find(d, FIGURE_RSS)->value.known);
	assert_int_equal(diff_find(d, FIGURE_RSS)->value.v[DIFF_A], UNKNOWN);
	headline_is(d, "RSS is not known of both");
	diff_unref(d);
}

/* Swap that only one side knows would look like growth. */
static void diff__counts__swap_only_where_both_know_it(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 1);
	struct diff *d;

	(void)state;
	for (size_t i = 0; i < b->regions->count; i++)
		b->regions->rows[i]->bytes[SMAPS_SWAP] = MIB;
	a->regions->totals[SMAPS_SWAP] = UNKNOWN;
	d = compare(a, b, true);
	assert_null(row_with(d, DIFF_GROWN, 100));
	diff_unref(d);
}

/* The stack lies elsewhere after an exec, though pid and birth are the same. */
static void diff__sees__that_addresses_do_not_compare(void **state)
{
	struct moment *a = spec_pool(0, 4), *b = spec_pool(60, 6);
	struct diff *d;

	(void)state;
	for (size_t i = 0; i < b->regions->count; i++) {
		b->regions->rows[i]->start += 0x5000;
		b->regions->rows[i]->end += 0x5000;
	}
	d = compare(a, b, false);
	assert_int_equal(d->match, DIFF_BY_OBJECT);
	assert_true(notes_say(d, "addresses of these two do not compare"));
	assert_int_equal(d->regions[DIFF_BORN].count, 2);
	assert_non_null(row_with(d, DIFF_GROWN, 2));
	diff_unref(d);
}

/* --- mappings of one size ---------------------------------------------------------------------------- */

static struct moment *crowd(unsigned count, double seconds)
{
	return spec_pool(seconds, count);
}

static double seconds_for(unsigned count)
{
	uint64_t begin, took, best = UINT64_MAX;

	for (int i = 0; i < 3; i++) {
		struct moment *a = crowd(count - 310, 0), *b = crowd(count, 600);
		struct diff *d = NULL;
		begin = clock_thread();
		assert_int_equal(diff_new(a, b, true, &d), 0);
		took = clock_thread() - begin;
		best = took < best ? took : best;
		assert_int_equal(d->groups[0].count.change, 310);
		diff_unref(d);
		moment_unref(a);
		moment_unref(b);
	}
	return (double)best / 1e9;
}

static void diff__names__the_size_and_the_rate_of_a_quarter_million_mappings(void **state)
{
	struct diff *d = compare(crowd(254742 - 310, 0), crowd(254742, 600), true);
	const struct diff_group *g = &d->groups[0];

	(void)state;
	assert_int_equal(d->group_count, 1);
	assert_int_equal(g->size, 592 * KIB);
	assert_int_equal(g->kind, REGION_ANON);
	assert_int_equal(g->count.v[DIFF_B], 254742);
	assert_int_equal(g->count.change, 310);
	assert_int_equal(g->held.change, 310 * 592 * KIB);
	assert_true(fabs(g->rate - 31) < 1e-9);
	headline_is(d,
	            "RSS grew by 174.6 MB in 10 min (+297.9 kB/s), most of it in 310 more mappings "
	            "of 592 kB (anon, rw-p): 254,742 now, +31/min");
	diff_unref(d);
}

/* 16 times as many, and caches that no longer hold them: quadratic would be 256 times as long. */
static void diff__stays__n_log_n(void **state)
{
	double few = seconds_for(15625), many = seconds_for(250000);

	(void)state;
	print_message("15,625: %.1f ms, 250,000: %.1f ms\n", few * 1e3, many * 1e3);
	assert_true(many < 128 * few);
}

static void diff__groups__what_is_two_at_least(void **state)
{
	const struct spec before[] = {
	        {1, REGION_ANON, SPEC_RW, 0x10000, 4096, 0, 0, NULL},
	        {2, REGION_ANON, SPEC_RX, 0x20000, 4096, 0, 0, NULL},
	};
	const struct spec after[] = {
	        {1, REGION_ANON, SPEC_RW, 0x10000, 4096, 0, 0, NULL},
	        {3, REGION_ANON, SPEC_RW, 0x30000, 4096, 0, 0, NULL},
	        {4, REGION_ANON, SPEC_RW, 0x50000, 8192, 0, 0, NULL},
	        {5, REGION_STACK, SPEC_RW, 0x70000, 4096, 0, 0, NULL},
	};
	struct diff *d = compare(spec_moment(spec_table(before, 2, 0), 0),
	                         spec_moment(spec_table(after, 4, 120), 120), true);

	(void)state;
	assert_int_equal(d->group_count, 1);
	assert_int_equal(d->groups[0].count.v[DIFF_A], 1);
	assert_int_equal(d->groups[0].count.v[DIFF_B], 2);
	assert_true(fabs(d->groups[0].rate - 0.5) < 1e-9);
	diff_unref(d);
}

/* Passes are rarer than samples: the rate is that between the passes. */
static void diff__measures__rates_between_the_passes(void **state)
{
	struct moment *a = spec_pool(0, 10), *b = spec_pool(60, 40);
	struct diff *d;

	(void)state;
	b->regions->time = 30 * NS_PER_S;
	d = compare(a, b, true);
	assert_int_equal(d->pass_span, 30 * NS_PER_S);
	assert_true(fabs(d->groups[0].rate - 60) < 1e-9);
	diff_unref(d);
}

static void diff__sums__by_kind_and_name(void **state)
{
	struct diff *d = compare(spec_pool(0, 4), spec_pool(600, 9), true);

	(void)state;
	assert_int_equal(d->name_count, 1);
	assert_int_equal(d->names[0].one->kind, REGION_HEAP);
	assert_int_equal(d->names[0].held.change, 600 * 4096);
	assert_int_equal(d->kinds[0].one->kind, REGION_HEAP);
	for (size_t i = 0; i < d->kind_count; i++)
		if (d->kinds[i].one->kind == REGION_ANON) {
			assert_int_equal(d->kinds[i].count.change, 4);
			assert_int_equal(d->kinds[i].held.change,
			                 5 * 592 * (int64_t)KIB - 7 * (int64_t)MIB);
		}
	diff_unref(d);
}

/* --- figures ----------------------------------------------------------------------------------------- */

static void diff__compares__counters_of_one_process_only(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 1);
	struct diff *d = compare(moment_ref(a), moment_ref(b), true);

	(void)state;
	assert_true(diff_find(d, FIGURE_CPU)->value.known);
	assert_true(fabs(diff_find(d, FIGURE_CPU)->rate - 0.1e9) < 1);
	diff_unref(d);
	b->target->start_ticks++;
	d = compare(a, b, false);
	assert_false(d->one_process);
	assert_false(diff_find(d, FIGURE_CPU)->value.known);
	assert_true(diff_find(d, FIGURE_RSS)->value.known);
	assert_true(notes_say(d, "two processes"));
	diff_unref(d);
}

static void diff__knows__no_rate_without_time(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 4);
	struct diff *d;

	(void)state;
	a->wall = a->sample.v[FIGURE_AGE] = UNKNOWN;
	d = compare(a, b, false);
	assert_int_equal(d->span, UNKNOWN);
	assert_true(isnan(d->groups[0].rate));
	assert_true(isnan(diff_find(d, FIGURE_RSS)->rate));
	assert_true(notes_say(d, "no rates"));
	diff_unref(d);
}

static void diff_one_watch__sees__the_same_first_sample(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 4);

	(void)state;
	assert_false(diff_one_watch(a, b));
	b->first = a->first;
	assert_true(diff_one_watch(a, b));
	b->first.v[FIGURE_CPU] += 1;
	assert_false(diff_one_watch(a, b));
	b->first = a->first;
	b->target->start_ticks++;
	assert_false(diff_one_watch(a, b));
	moment_unref(a);
	moment_unref(b);
}

/* --- words ------------------------------------------------------------------------------------------- */

static void headline__follows__what_carries_the_change(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 1);
	struct diff *d = compare(moment_ref(a), moment_ref(b), true);

	(void)state;
	headline_is(d, "RSS grew by 240.0 kB in 1 min (+4.0 kB/s), most of it in [heap] +240.0 kB");
	diff_unref(d);
	d = compare(spec_pool(0, 9), spec_pool(60, 2), true);
	headline_is(d,
	            "RSS fell by 3.8 MB in 1 min (-65.1 kB/s), most of it in 7 fewer mappings of "
	            "592 kB (anon, rw-p): 2 now, -7.0/min");
	diff_unref(d);
	b->sample.v[FIGURE_RSS] = a->sample.v[FIGURE_RSS];
	d = compare(a, b, true);
	headline_is(d, "RSS stayed at 10.7 MB; changed most: [heap] +240.0 kB");
	diff_unref(d);
}

/* Samples come more often than passes: what regions changed in two seconds is no part of what RSS did in one. */
static void diff__tells__passes_of_another_distance(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 1);
	struct diff *d;

	(void)state;
	b->time = b->sample.time = 30 * NS_PER_S;
	a->regions->time = 0;
	b->regions->time = 30 * NS_PER_S;
	a->time = a->sample.time = 15 * NS_PER_S;
	a->sample.v[FIGURE_PRIVATE] = 0;
	b->sample.v[FIGURE_PRIVATE] = 300 * 1024;
	d = compare(a, b, true);
	headline_is(d,
	            "RSS grew by 240.0 kB in 15 s (+16.0 kB/s); changed most: [heap] +240.0 kB in "
	            "30 s");
	assert_true(notes_say(d, "regions, PSS and private memory are of passes 30 s apart, the "
	                         "other figures of samples 15 s apart"));
	assert_float_equal(diff_find(d, FIGURE_PRIVATE)->rate, 10 * 1024.0, 0.1);
	assert_float_equal(diff_find(d, FIGURE_RSS)->rate, 16 * 1024.0, 0.1);
	diff_unref(d);
}

static void diff__is__silent_of_passes_about_as_far_apart(void **state)
{
	struct moment *a = spec_pool(0, 1), *b = spec_pool(60, 1);
	struct diff *d;

	(void)state;
	a->time = a->sample.time = 2 * NS_PER_S;
	d = compare(a, b, true);
	headline_is(d, "RSS grew by 240.0 kB in 58 s (+4.1 kB/s), most of it in [heap] +240.0 kB");
	assert_false(notes_say(d, "apart"));
	diff_unref(d);
}

static void headline__keeps__names_safe(void **state)
{
	const struct spec before[] = {{1, REGION_FILE, SPEC_RW, 0x10000, MIB, MIB, 0, "/a\033[2J"}};
	const struct spec after[] = {
	        {1, REGION_FILE, SPEC_RW, 0x10000, 2 * MIB, 2 * MIB, 0, "/a\033[2J"}};
	struct diff *d = compare(spec_moment(spec_table(before, 1, 0), 0),
	                         spec_moment(spec_table(after, 1, 60), 60), true);

	(void)state;
	headline_is(d,
	            "RSS grew by 1.0 MB in 1 min (+17.1 kB/s), most of it in /a\\x1B[2J +1.0 MB");
	diff_unref(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(diff__tells__what_was_born_grew_shrank_and_is_gone),
	        cmocka_unit_test(diff__bears__figures_of_any_size),
	        cmocka_unit_test(diff__takes__the_earlier_one_first),
	        cmocka_unit_test(diff__tells__nothing_of_rows_a_table_lacks),
	        cmocka_unit_test(diff__says__that_no_pass_lies_between),
	        cmocka_unit_test(diff__does__without_regions),
	        cmocka_unit_test(diff__counts__swap_only_where_both_know_it),
	        cmocka_unit_test(diff__sees__that_addresses_do_not_compare),
	        cmocka_unit_test(diff__names__the_size_and_the_rate_of_a_quarter_million_mappings),
	        cmocka_unit_test(diff__stays__n_log_n),
	        cmocka_unit_test(diff__groups__what_is_two_at_least),
	        cmocka_unit_test(diff__measures__rates_between_the_passes),
	        cmocka_unit_test(diff__sums__by_kind_and_name),
	        cmocka_unit_test(diff__compares__counters_of_one_process_only),
	        cmocka_unit_test(diff__knows__no_rate_without_time),
	        cmocka_unit_test(diff_one_watch__sees__the_same_first_sample),
	        cmocka_unit_test(headline__follows__what_carries_the_change),
	        cmocka_unit_test(diff__tells__passes_of_another_distance),
	        cmocka_unit_test(diff__is__silent_of_passes_about_as_far_apart),
	        cmocka_unit_test(headline__keeps__names_safe),
	};

	return cmocka_run_group_tests_name("model/diff", tests, NULL, NULL);
}
