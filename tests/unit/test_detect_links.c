/* SPDX-License-Identifier: MIT */
/* What grows with what: the right statement nearly always, and none about what only looks alike. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "detect/detect_internal.h"
#include "detect/link.h"
#include "detect/link_words.h"
#include "support_links.h"

enum { SEEDS = 20 };

static bool per_unit(const struct link *l)
{
	return l->kind == LINK_PER_OPEN || l->kind == LINK_PER_EVENT || l->kind == LINK_WHILE_OPEN;
}

static bool any_per_unit(const struct links *l)
{
	for (unsigned i = 0; i < l->count; i++)
		if (per_unit(&l->link[i]))
			return true;
	return false;
}

/* Within a quarter of the truth. */
static bool near(double found, double truth)
{
	return found > 0.75 * truth && found < 1.25 * truth;
}

static bool has_kind(const struct links *l, enum link_kind kind)
{
	for (unsigned i = 0; i < l->count; i++)
		if (l->link[i].kind == kind)
			return true;
	return false;
}

static bool is_right(enum links_family family, const struct links *l)
{
	const struct link *first = &l->link[0];

	switch (family) {
	case LINKS_CONNECTION:
		return first->kind == LINK_PER_OPEN && first->figure == FIGURE_CONNECTIONS &&
		       near(first->per_unit, 38 * 1024);
	case LINKS_EVER:
		return first->kind == LINK_PER_EVENT && first->figure == FIGURE_SOCKETS_SEEN &&
		       near(first->per_unit, 6 * 1024);
	case LINKS_THREAD:
		return first->kind == LINK_PER_EVENT && first->figure == FIGURE_THREADS_SEEN &&
		       near(first->per_unit, 132 * 1024) && strstr(first->text, "mapping");
	case LINKS_REQUEST:
		return first->kind == LINK_PER_EVENT &&
		       (first->figure == FIGURE_CPU || first->figure == FIGURE_IO_READ ||
		        first->figure == FIGURE_IO_WRITE || first->figure == FIGURE_CTX_VOLUNTARY);
	case LINKS_TIME:
	case LINKS_IDLE:
		return first->kind == LINK_IDLE && !any_per_unit(l);
	case LINKS_WHILE:
		return first->kind == LINK_WHILE_OPEN && has_kind(l, LINK_STOPS) &&
		       near(first->per_unit, 240 * 1024);
	default:
		return !any_per_unit(l);
	}
}

struct tally {
	unsigned right, wrong_once; /* at the end; samples after which a link was claimed */
};

static void tell(unsigned seed, const struct links *l)
{
	for (unsigned i = 0; i < l->count; i++)
		print_message("    %2u: %s\n", seed, l->link[i].text);
	if (!l->count)
		print_message("    %2u: nothing said\n", seed);
}

static struct tally family_run(enum links_family family)
{
	static struct linker l;
	struct tally sum = {0, 0};

	print_message("%s\n", links_family_names[family]);
	unsigned from = getenv("LINKS_FROM") ? (unsigned)atoi(getenv("LINKS_FROM")) : 0;
	for (unsigned seed = from; seed < from + SEEDS; seed++) {
		struct links_maker m;
		bool claimed = false;
		links_make(&m, family, seed);
		linker_reset(&l);
		for (unsigned i = 0; i < m.samples; i++) {
			struct sample s;
			links_next(&m, &s);
			linker_push(&l, &s, (double)s.v[FIGURE_ANON], false);
			bool now = any_per_unit(&l.links);
			if (now && !claimed && family >= LINKS_CYCLE)
				print_message("    %2u: after %u samples of a cycle of %.0f: %s\n",
				              seed, i + 1, m.cycle / m.interval,
				              l.links.link[0].text);
			claimed = claimed || now;
		}
		bool right = is_right(family, &l.links);
		sum.right += right;
		sum.wrong_once += claimed;
		if (!right || getenv("LINKS_TELL"))
			tell(seed, &l.links);
	}
	print_message("  right %u of %u; a counter named in %u\n", sum.right, SEEDS,
	              sum.wrong_once);
	return sum;
}

static void links__name__what_memory_grows_with__19_times_of_20(void **state)
{
	(void)state;
	for (int f = LINKS_CONNECTION; f <= LINKS_WHILE; f++)
		assert_in_range(family_run((enum links_family)f).right, 19, SEEDS);
}

static void links__name__no_counter_that_only_shares_a_cycle_or_a_trend(void **state)
{
	(void)state;
	struct tally t[LINKS_FAMILIES];
	for (int f = LINKS_CYCLE; f < LINKS_FAMILIES; f++)
		t[f] = family_run((enum links_family)f);
	for (int f = LINKS_CYCLE; f < LINKS_FAMILIES; f++) {
		assert_int_equal(t[f].right, SEEDS);
		assert_int_equal(t[f].wrong_once, 0);
	}
}

/* --- laws ------------------------------------------------------------------------------------------------ */

static void run(struct linker *l, enum links_family family, unsigned from, unsigned to,
                unsigned gap_at, bool bare)
{
	struct links_maker m;
	struct sample s, all;

	links_make(&m, family, 7);
	for (unsigned i = 0; i < to; i++) {
		links_next(&m, &all);
		s = all;
		for (int f = 0; bare && f < FIGURE_COUNT; f++)
			s.v[f] = f == FIGURE_ANON ? s.v[f] : UNKNOWN;
		if (i >= from)
			linker_push(l, &s, (double)s.v[FIGURE_ANON], i == gap_at);
	}
}

static void linker__says_nothing__of_counters_that_nobody_knows(void **state)
{
	static struct linker l;

	(void)state;
	linker_reset(&l);
	run(&l, LINKS_TIME, 0, 500, UINT32_MAX, true);
	assert_int_equal(l.links.count, 0);
}

/* Before the gap memory followed connections; after it nothing of that may be said any more. */
static void linker__looks_back__no_further_than_a_gap(void **state)
{
	static struct linker l;
	struct links_maker m;
	struct sample s;

	(void)state;
	linker_reset(&l);
	run(&l, LINKS_CONNECTION, 0, 300, UINT32_MAX, false);
	assert_int_equal(l.links.link[0].kind, LINK_PER_OPEN);
	links_make(&m, LINKS_TIME, 7);
	for (unsigned i = 0; i < 400; i++) {
		links_next(&m, &s);
		s.time += 1000000000000ull;
		linker_push(&l, &s, (double)s.v[FIGURE_ANON], i == 0);
	}
	assert_int_equal(l.links.count, 1);
	assert_int_equal(l.links.link[0].kind, LINK_IDLE);
}

static void linker__tells__counters_alone_where_nothing_grows(void **state)
{
	static struct linker l;
	struct links grows, rests;

	(void)state;
	linker_reset(&l);
	run(&l, LINKS_IDLE, 0, 500, UINT32_MAX, false);
	linker_tell(&l, true, &grows);
	linker_tell(&l, false, &rests);
	assert_int_equal(grows.count, 1);
	assert_int_equal(grows.link[0].kind, LINK_IDLE);
	assert_int_equal(rests.count, 0);
	linker_reset(&l);
	run(&l, LINKS_CONNECTION, 0, 500, UINT32_MAX, false);
	linker_tell(&l, false, &rests);
	assert_int_equal(rests.link[0].kind, LINK_PER_OPEN);
}

static void detect__carries_links__and_drops_them_with_another_image(void **state)
{
	struct detect *d = detect_new();
	struct links_maker m;
	struct sample s;

	(void)state;
	assert_non_null(d);
	links_make(&m, LINKS_CONNECTION, 7);
	for (unsigned i = 0; i < 500; i++) {
		links_next(&m, &s);
		assert_int_equal(detect_sample(d, &s), 0);
	}
	assert_int_equal(detect_verdict(d)->links.link[0].kind, LINK_PER_OPEN);
	links_next(&m, &s);
	s.flags |= SAMPLE_EPOCH;
	assert_int_equal(detect_sample(d, &s), 0);
	assert_int_equal(detect_verdict(d)->links.count, 0);
	detect_free(d);
}

/* Counts of what a watch saw begin anew with it, however short the pause before it was. */
static void detect__looks_back__no_further_than_a_watch_that_was_appended(void **state)
{
	struct detect *d = detect_new();
	struct links_maker m;
	struct sample s;

	(void)state;
	assert_non_null(d);
	links_make(&m, LINKS_CONNECTION, 7);
	for (unsigned i = 0; i < 100; i++) {
		links_next(&m, &s);
		assert_int_equal(detect_sample(d, &s), 0);
		assert_false(i && d->linker.block[i].gap);
	}
	for (unsigned i = 0; i < 6; i++)
		links_next(&m, &s);
	s.flags |= SAMPLE_GAP | SAMPLE_APPENDED;
	assert_int_equal(detect_sample(d, &s), 0);
	assert_true(d->linker.block[100].gap);
	detect_free(d);
}

/* Sure of twice in a row: a judgement that had too little to judge by is none of the two. */
static void linker__is_sure_of_nothing__when_too_little_is_left(void **state)
{
	static struct linker l;
	struct links_maker m;
	struct sample s;

	(void)state;
	linker_reset(&l);
	links_make(&m, LINKS_CONNECTION, 7);
	for (unsigned i = 0; i < 120 || !l.sure; i++) {
		assert_true(i < 2000);
		links_next(&m, &s);
		linker_push(&l, &s, (double)s.v[FIGURE_ANON], false);
	}
	for (double judged = l.judged; l.judged <= judged;) {
		links_next(&m, &s);
		linker_push(&l, &s, (double)s.v[FIGURE_ANON], true);
	}
	assert_int_equal(l.links.count, 0);
	assert_int_equal(l.sure, 0);
}

/* A count of whole thousands is 0 for long, and memory did not grow with nothing. */
static void link_words__say_less_than_one__before_a_unit_is_full(void **state)
{
	struct link l = {
	        .kind = LINK_PER_EVENT, .per_unit = 64e3, .low = 60e3, .high = 68e3, .r = 0.8};

	(void)state;
	link_words(&l, &link_counters[LINK_SWITCHES], 0);
	assert_non_null(strstr(l.text, "first thread: less than one thousand seen, r 0.80"));
	l.count = 3;
	link_words(&l, &link_counters[LINK_SWITCHES], 0);
	assert_non_null(strstr(l.text, "first thread: 3 thousand seen"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(links__name__what_memory_grows_with__19_times_of_20),
	        cmocka_unit_test(links__name__no_counter_that_only_shares_a_cycle_or_a_trend),
	        cmocka_unit_test(link_words__say_less_than_one__before_a_unit_is_full),
	        cmocka_unit_test(linker__says_nothing__of_counters_that_nobody_knows),
	        cmocka_unit_test(linker__looks_back__no_further_than_a_gap),
	        cmocka_unit_test(linker__tells__counters_alone_where_nothing_grows),
	        cmocka_unit_test(linker__is_sure_of_nothing__when_too_little_is_left),
	        cmocka_unit_test(detect__looks_back__no_further_than_a_watch_that_was_appended),
	        cmocka_unit_test(detect__carries_links__and_drops_them_with_another_image),
	};

	return cmocka_run_group_tests_name("detect_links", tests, NULL, NULL);
}
