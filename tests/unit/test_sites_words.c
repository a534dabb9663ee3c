/* SPDX-License-Identifier: MIT */
/* What a reader of sites is told so as not to be misled, and how often samples are taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/known.h"
#include "sites/growth_period.h"
#include "sites/tracer_alloc.h"

static char note[240], next[160];

static struct note_facts growth_plain(void)
{
	return (struct note_facts){.largest = UNKNOWN,
	                           .samples = 1000,
	                           .stacks = 1000,
	                           .live = 1 << 20,
	                           .time = 30 * NS_PER_S,
	                           .no_symbols = "",
	                           .given_up = ""};
}

static void growth_say(const struct note_facts *n)
{
	words_growth(n, note, sizeof(note), next, sizeof(next));
}

static void words__say_that_small_blocks_cannot_be_named_by_their_pages(void **state)
{
	(void)state;
	struct note_facts n = growth_plain();

	n.largest = 200;
	growth_say(&n);
	assert_non_null(strstr(note, "200 B"));
	assert_non_null(strstr(note, "not who allocates"));
	assert_non_null(strstr(next, "x"));
	n.largest = 8000;
	growth_say(&n);
	assert_null(strstr(note, "not who allocates"));
	assert_non_null(strstr(note, "touched a page first"));
}

static void words__say_what_is_missing__only_where_it_is(void **state)
{
	(void)state;
	struct note_facts n = growth_plain();

	growth_say(&n);
	assert_null(strstr(note, "missing"));
	assert_null(strstr(note, "end early"));
	assert_null(strstr(note, "stayed"));
	assert_null(strstr(note, "CAP_PERFMON"));
	n.lost = 1000;
	growth_say(&n);
	assert_non_null(strstr(note, "50 % of the samples"));
	n = growth_plain();
	n.broken = 300;
	growth_say(&n);
	assert_non_null(strstr(note, "30 % of the stacks end early"));
	assert_null(strstr(note, "another tool"));
	n.hidden = 290;
	growth_say(&n);
	assert_non_null(strstr(note, "30 % of the stacks end early, in functions whose return "
	                             "another tool probes"));
	n.hidden = 0, n.cut = 200;
	growth_say(&n);
	assert_non_null(strstr(note, "30 % of the stacks end early: they are deeper"));
	n = growth_plain();
	n.made = n.live / 2;
	growth_say(&n);
	assert_non_null(strstr(note, "50 % is of code made at run time"));
	n.made = n.live / 20;
	growth_say(&n);
	assert_null(strstr(note, "made at run time"));
	n = growth_plain();
	n.live = 0;
	growth_say(&n);
	assert_non_null(strstr(note, "no page"));
	n.time = NS_PER_S;
	growth_say(&n);
	assert_null(strstr(note, "no page"));
	n = growth_plain();
	n.no_kernel = true;
	growth_say(&n);
	assert_non_null(strstr(note, "CAP_PERFMON"));
	n = growth_plain();
	n.given_up = "probes: not permitted";
	growth_say(&n);
	assert_non_null(strstr(note, "probes: not permitted"));
	assert_string_equal(next, "");
}

static void words__drop_whole_parts__never_half_of_one(void **state)
{
	(void)state;
	struct note_facts n = growth_plain();
	char small[64], small_next[8];

	n.largest = 24;
	n.lost = n.broken = 1000;
	n.no_pagemap = n.no_kernel = true;
	n.no_symbols = "its files may not be read by this user";
	n.given_up = "allocation sites: no malloc is found in what the process has mapped";
	growth_say(&n);
	assert_true(strlen(note) > 100);
	assert_true(strncmp(note, n.given_up, strlen(n.given_up)) == 0);
	words_growth(&n, small, sizeof(small), small_next, sizeof(small_next));
	assert_true(strlen(small) < sizeof(small));
	assert_true(!small[0] || strstr(small, "early") || strstr(small, "missing"));
}

static void words__say_what_was_given_up_for_the_price(void **state)
{
	(void)state;
	struct alloc_note n = {.set_share = 1,
	                       .max = 5,
	                       .samples = 100,
	                       .stacks = 100,
	                       .no_symbols = "",
	                       .given_up = ""};

	words_allocations(&n, note, sizeof(note));
	assert_string_equal(note, "");
	n.set_share = 0.031;
	words_allocations(&n, note, sizeof(note));
	assert_non_null(strstr(note, "within 5 %"));
	assert_non_null(strstr(note, "3.1 % of the time"));
	assert_non_null(strstr(note, "frees in between are unseen"));
	assert_null(strstr(note, "CPU time"));
	/* It is not told for more than it is. */
	n.taken = 0.4;
	words_allocations(&n, note, sizeof(note));
	assert_non_null(strstr(note, "estimated by its CPU time"));
	assert_null(strstr(note, "roughly"));
	n.taken = 0.95;
	words_allocations(&n, note, sizeof(note));
	assert_non_null(strstr(note, "roughly, rather too low"));
	n.set_share = 1;
	n.hits = true;
	n.full = 50;
	words_allocations(&n, note, sizeof(note));
	assert_non_null(strstr(note, "bytes and what was freed are unseen"));
	assert_non_null(strstr(note, "50 % of the samples were not followed"));
}

/* --- periods ---------------------------------------------------------------------------------------------- */

/* Ten seconds of so many faults a second. */
static void faults_come(struct growth_period *p, uint64_t rate, uint64_t *now, uint64_t *samples)
{
	for (unsigned i = 0; i < 100; i++) {
		*now += 100 * NS_PER_MS;
		*samples += rate / p->value / 10;
		growth_period_turn(p, *samples, 0, *now);
	}
}

static void period__follows_how_many_faults_there_are(void **state)
{
	(void)state;
	struct growth_period p;
	uint64_t now = 5 * NS_PER_S, samples = 0;

	growth_period_begin(&p, now);
	assert_int_equal(p.value, 1);
	faults_come(&p, 1500, &now, &samples);
	assert_int_equal(p.value, 1);
	faults_come(&p, 300000, &now, &samples);
	assert_in_range(300000 / p.value, GROWTH_SAMPLES_MIN, GROWTH_SAMPLES_MAX);
	uint64_t high = p.value;
	faults_come(&p, 400, &now, &samples);
	assert_true(p.value < high);
	assert_true(p.value <= 13);
	/* What could not be kept is not sampled again so often. */
	growth_period_double(&p);
	faults_come(&p, 10, &now, &samples);
	assert_true(p.value > 1);
}

static void period__rises_for_samples_that_found_no_room(void **state)
{
	(void)state;
	struct growth_period p;

	growth_period_begin(&p, 0);
	assert_false(growth_period_turn(&p, 100, 0, 100 * NS_PER_MS));
	assert_true(growth_period_turn(&p, 350, 5000, 200 * NS_PER_MS));
	assert_true(p.value >= 13);
	/* Also where there are not too many of them: somebody keeps us from the processor. */
	growth_period_begin(&p, 0);
	assert_false(growth_period_turn(&p, 75, 1, 100 * NS_PER_MS));
	assert_true(growth_period_turn(&p, 140, 16, 200 * NS_PER_MS));
	assert_int_equal(p.value, 3);
	/* Not where samples are few. */
	growth_period_begin(&p, 0);
	assert_false(growth_period_turn(&p, 100, 40, 1500 * NS_PER_MS));
}

static void alloc_period__ends_where_samples_are_some_but_not_too_many(void **state)
{
	(void)state;
	static const double sizes[] = {24, 200, 8000};
	static const double rates[] = {10, 10000, 1000000};

	for (unsigned s = 0; s < 3; s++) {
		for (unsigned r = 0; r < 3; r++) {
			struct alloc_period p;
			uint64_t now = 0;
			double samples = 0, each = 0;
			alloc_period_begin(&p, rates[r], now);
			for (unsigned turn = 0; turn < 300; turn++) {
				double chance = sizes[s] / (double)p.value;
				each = rates[r] * (chance < 1 ? chance : 1);
				now += 100 * NS_PER_MS;
				samples += each / 10;
				alloc_period_turn(&p, (uint64_t)samples, 0, now, now);
			}
			assert_true(each <= 2 * ALLOC_SAMPLES_MAX);
			assert_true(each >= ALLOC_SAMPLES_MIN / 2 || p.value == 1);
		}
	}
}

/* A hundredth of the time: as many samples a second as ever would be all that the target does meanwhile. */
static void alloc_period__minds_the_time_in_bursts(void **state)
{
	(void)state;
	struct alloc_period p;
	uint64_t now = 0, set = 0, at_rest;
	double samples = 0, each = 0;

	alloc_period_begin(&p, 1e6, now);
	for (unsigned turn = 0; turn < 300; turn++) {
		double chance = 64 / (double)p.value;
		each = 1e6 * (chance < 1 ? chance : 1);
		now += 100 * NS_PER_MS;
		set += NS_PER_MS;
		samples += each / 1000;
		alloc_period_turn(&p, (uint64_t)samples, 0, set, now);
	}
	assert_true(each <= 2 * ALLOC_SET_SAMPLES_MAX);
	assert_true(each >= ALLOC_SET_SAMPLES_MAX / 6);
	/* And learns nothing of a rest. */
	at_rest = p.value;
	for (unsigned turn = 0; turn < 100; turn++) {
		now += 100 * NS_PER_MS;
		alloc_period_turn(&p, (uint64_t)samples, 0, set, now);
	}
	assert_in_range(p.value, at_rest / 2, at_rest * 2);
}

static void alloc_period__rises_where_samples_are_lost(void **state)
{
	(void)state;
	struct alloc_period p;

	alloc_period_begin(&p, 10, 0);
	assert_int_equal(p.value, 1);
	assert_true(alloc_period_turn(&p, 2000, 500, NS_PER_S, NS_PER_S));
	assert_true(p.value >= 16);
	assert_false(alloc_period_turn(&p, 4000, 500, 2 * NS_PER_S, 2 * NS_PER_S));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(words__say_that_small_blocks_cannot_be_named_by_their_pages),
	        cmocka_unit_test(words__say_what_is_missing__only_where_it_is),
	        cmocka_unit_test(words__drop_whole_parts__never_half_of_one),
	        cmocka_unit_test(words__say_what_was_given_up_for_the_price),
	        cmocka_unit_test(period__follows_how_many_faults_there_are),
	        cmocka_unit_test(period__rises_for_samples_that_found_no_room),
	        cmocka_unit_test(alloc_period__ends_where_samples_are_some_but_not_too_many),
	        cmocka_unit_test(alloc_period__minds_the_time_in_bursts),
	        cmocka_unit_test(alloc_period__rises_where_samples_are_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
