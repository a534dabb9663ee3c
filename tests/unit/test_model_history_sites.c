/* SPDX-License-Identifier: MIT */
/* Past moments carry what was known of call sites by then. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_history.h"

/* Facts of half a second past `second`. */
static int found(struct history *h, unsigned second, unsigned sites)
{
	struct sites_facts *f = sites_facts_new();
	int err;

	assert_non_null(f);
	f->kind = SITES_GROWTH;
	f->time = second * NS_PER_S + NS_PER_S / 2;
	f->site_count = sites;
	f->sites = sites ? calloc(sites, sizeof(*f->sites)) : NULL;
	err = history_sites(h, f);
	sites_facts_unref(f);
	return err;
}

/* Second of the facts that a moment of that time carries; -1: none. */
static int second_at(const struct history *h, uint64_t time)
{
	struct moment *m = moment_new();
	int second = -1;

	assert_non_null(m);
	assert_int_equal(history_fill(h, time, m), 0);
	if (m->sites)
		second = (int)(m->sites->time / NS_PER_S);
	moment_unref(m);
	return second;
}

static void a_moment__has_the_newest_facts_that_are_not_later(void **state)
{
	struct history *h = history_of(40);

	(void)state;
	assert_int_equal(second_at(h, UNKNOWN), -1);
	for (unsigned i = 10; i < 40; i += 5)
		assert_int_equal(found(h, i, 3), 0);
	assert_int_equal(second_at(h, 10 * NS_PER_S), -1);
	assert_int_equal(second_at(h, 11 * NS_PER_S), 10);
	assert_int_equal(second_at(h, 15 * NS_PER_S), 10);
	assert_int_equal(second_at(h, 16 * NS_PER_S), 15);
	assert_int_equal(second_at(h, UNKNOWN), 35);
	history_free(h);
}

static void more_of_the_same_time__replaces_it__and_earlier_is_refused(void **state)
{
	struct history *h = history_of(20);
	struct moment *m = moment_new();

	(void)state;
	assert_int_equal(found(h, 10, 3), 0);
	assert_int_equal(found(h, 10, 4), 0);
	assert_int_equal(history_fill(h, UNKNOWN, m), 0);
	assert_int_equal(m->sites->site_count, 4);
	assert_int_equal(found(h, 9, 3), -EINVAL);
	assert_int_equal(second_at(h, 9 * NS_PER_S), -1);
	moment_unref(m);
	history_free(h);
}

/* The first and the newest stay, old ones lie further apart. */
static void facts_without_end__are_thinned(void **state)
{
	enum { SECONDS = 1000 };
	struct history *h = history_of(SECONDS);
	int last = -1;
	unsigned kept = 0, late = 0;

	(void)state;
	for (unsigned i = 0; i < SECONDS; i += 2) {
		assert_int_equal(found(h, i, 5), 0);
		assert_true(history_size(h) <= HISTORY_LIMIT);
	}
	for (unsigned i = 1; i < SECONDS; i++) {
		int at = second_at(h, i * NS_PER_S);

		kept += at != last;
		late += at != last && at > SECONDS / 2;
		last = at;
	}
	assert_in_range(kept, 24, 32);
	assert_true(late > kept / 2);
	assert_int_equal(second_at(h, NS_PER_S), 0);
	assert_int_equal(last, SECONDS - 2);
	history_free(h);
}

static void facts_with_many_sites__keep_to_their_share_of_memory(void **state)
{
	struct history *h = history_of(100);
	size_t without = history_size(h);

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(found(h, i, SITES_MAX), 0);
		assert_true(history_size(h) - without <= 1 << 20);
	}
	assert_int_equal(second_at(h, UNKNOWN), 99);
	assert_int_equal(second_at(h, NS_PER_S), 0);
	history_free(h);
}

static void another_image__has_no_facts_of_the_one_before(void **state)
{
	struct history *h = history_of(20);

	(void)state;
	assert_int_equal(found(h, 15, 1), 0);
	history_exec(h, 20);
	assert_int_equal(second_at(h, UNKNOWN), -1);
	assert_int_equal(second_at(h, 19 * NS_PER_S), 15);
	assert_int_equal(found(h, 25, 1), 0);
	assert_int_equal(second_at(h, UNKNOWN), 25);
	history_free(h);
}

static void count_sites(void *arg, struct sites_facts *f)
{
	uint64_t *last = arg;

	assert_true(f->time > *last);
	*last = f->time;
}

static void a_walk__meets_the_facts_in_order(void **state)
{
	const struct history_visitor v = {.sample = no_sample, .sites = count_sites};
	struct history *h = history_of(40);
	uint64_t last = 0;

	(void)state;
	for (unsigned i = 10; i < 39; i += 4)
		assert_int_equal(found(h, i, 1), 0);
	history_visit(h, &v, &last);
	assert_int_equal(last / NS_PER_S, 38);
	history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_moment__has_the_newest_facts_that_are_not_later),
	        cmocka_unit_test(more_of_the_same_time__replaces_it__and_earlier_is_refused),
	        cmocka_unit_test(facts_without_end__are_thinned),
	        cmocka_unit_test(facts_with_many_sites__keep_to_their_share_of_memory),
	        cmocka_unit_test(a_walk__meets_the_facts_in_order),
	        cmocka_unit_test(another_image__has_no_facts_of_the_one_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
