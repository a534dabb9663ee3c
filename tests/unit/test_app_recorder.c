/* SPDX-License-Identifier: MIT */
/* The recorder: what it writes, in which order, and what it leaves out. The store is a double. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "double_store.h"

static void recorder__writes__in_the_order_told(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct target *t = target_new();
	struct region_table table = {.refs = 1, .time = 7};
	struct heap_facts *look = heap_facts_new();
	struct sites_facts *sites = sites_facts_new();
	struct event e = {.time = 6, .kind = EVENT_START};
	struct verdict v;

	(void)state;
	verdict_init(&v);
	recorder_image(r, 5, t);
	tell(r, 5);
	recorder_event(r, &e);
	recorder_regions(r, &table);
	recorder_heap(r, look);
	recorder_sites(r, sites);
	recorder_verdict(r, 8, &v);
	recorder_fact(r, "key", "value");
	tell(r, 9);
	target_unref(t);
	assert_int_equal(end(r).phase, RECORDER_DONE);
	assert_rows("iserhcvfs");
	assert_string_equal(store.rows[7].text, "key=value");
	assert_int_equal(look->refs, 1);
	heap_facts_unref(look);
	assert_int_equal(sites->refs, 1);
	sites_facts_unref(sites);
	assert_int_equal(table.refs, 1);
	assert_int_equal(store.closed, 1);
}

/* All that was told in the meantime is more than a small file takes at once. */
static void recorder__writes__by_halves_what_is_too_much_at_once(void **state)
{
	struct recorder *r;
	struct recorder_state s;

	(void)state;
	store.fits = 3;
	store.hangs = true;
	r = start_open(RECORDER_ROOM);
	tell(r, 1);
	await_hanging();
	for (uint64_t i = 2; i <= 20; i++)
		tell(r, i);
	store_set(false, 0);
	s = end(r);
	assert_int_equal(s.phase, RECORDER_DONE);
	assert_int_equal(s.dropped, 0);
	assert_rows("ssssssssssssssssssss");
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(store.rows[i].time, i + 1);
	assert_true(store.commits > 6);
}

/* Nor is there a rest between the halves: what comes in the meantime would pile up. */
static void recorder__keeps_up__where_little_fits_at_once(void **state)
{
	struct recorder *r;

	(void)state;
	store.fits = 3;
	store.opens_late = true;
	r = start_paced(RECORDER_ROOM, 3600 * NS_PER_S);
	for (uint64_t i = 1; i <= 20; i++)
		tell(r, i);
	store_opens();
	assert_true(await_committed(20));
	assert_int_equal(end(r).phase, RECORDER_DONE);
}

static void recorder__leaves_out__a_table_that_never_fits(void **state)
{
	struct recorder *r;
	struct region_table table = {.refs = 1, .time = 2};

	(void)state;
	store.huge_tables = true;
	store.hangs = true;
	r = start_open(RECORDER_ROOM);
	tell(r, 1);
	await_hanging();
	recorder_regions(r, &table);
	tell(r, 3);
	store_set(false, 0);
	assert_int_equal(end(r).phase, RECORDER_DONE);
	assert_rows("ss");
	assert_int_equal(table.refs, 1);
}

static void recorder__leaves_out__what_the_store_will_never_take(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct recorder_state s;

	(void)state;
	store.refused = 3;
	for (uint64_t i = 1; i <= 5; i++)
		tell(r, i);
	s = end(r);
	assert_int_equal(s.phase, RECORDER_DONE);
	assert_int_equal(s.dropped, 1);
	assert_rows("ssss");
	assert_int_equal(store.rows[2].time, 4);
}

static void recorder__has_room__for_all_of_the_past(void **state)
{
	struct recorder *r = start_open(SMALL_ROOM);
	struct sample s;

	(void)state;
	sample_init(&s);
	store_set(true, 0);
	for (s.time = 1; s.time <= 200; s.time++)
		recorder_past(r, record_sample(&s, 0, NULL));
	store_set(false, 0);
	assert_int_equal(end(r).dropped, 0);
	assert_int_equal(store.committed, 200);
}

static void recorder__writes__a_verdict_when_its_words_change(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct verdict v;

	(void)state;
	verdict_init(&v);
	v.kind = VERDICT_NO_LEAK;
	for (uint64_t i = 0; i <= 9; i++) {
		v.growth = (double)i; /* creeps on */
		v.kind = i >= 5 ? VERDICT_LEAK : VERDICT_NO_LEAK;
		recorder_verdict(r, i * NS_PER_S / 10, &v);
	}
	recorder_verdict(r, 1000 * NS_PER_S, &v);
	recorder_verdict(r, 2000 * NS_PER_S, &v); /* nothing new at all */
	end(r);
	assert_rows("vvv");
	assert_int_equal(store.rows[0].time, 0);
	assert_int_equal(store.rows[1].time, NS_PER_S / 2);
	assert_int_equal(store.rows[2].time, 1000 * NS_PER_S);
	assert_int_equal(store.rows[1].flags, VERDICT_LEAK);
}

/* What a replay says at a moment is as old as a small part of how long it was said already; and rows are few. */
static void recorder__writes__figures_that_creep_often_at_first(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct verdict v;

	(void)state;
	verdict_init(&v);
	v.kind = VERDICT_LEAK;
	for (uint64_t i = 0; i <= 1000; i++) {
		v.growth = (double)i;
		recorder_verdict(r, i * NS_PER_S, &v);
	}
	/* The end is looked at by everybody. */
	v.growth++;
	recorder_verdict_now(r, 1001 * NS_PER_S, &v);
	recorder_verdict_now(r, 1001 * NS_PER_S, &v);
	end(r);
	for (unsigned i = 1; i < store.given; i++) {
		uint64_t lag = (store.rows[i].time - store.rows[i - 1].time) / NS_PER_S;

		assert_in_range(lag, 1, 10);
		assert_true(lag <= 2 + store.rows[i].time / NS_PER_S / 30);
	}
	assert_int_equal(store.rows[store.given - 1].time, 1001 * NS_PER_S);
	assert_in_range(store.given, 150, 200);
}

/* "3 samples over 2 s are too few" is soon wrong. */
static void recorder__writes__a_verdict_that_waits_every_second(void **state)
{
	struct recorder *r = start_open(RECORDER_ROOM);
	struct verdict v;

	(void)state;
	verdict_init(&v);
	for (uint64_t i = 0; i <= 20; i++) {
		v.needs = (20 - i) * NS_PER_S / 5;
		recorder_verdict(r, i * NS_PER_S / 5, &v);
	}
	end(r);
	assert_rows("vvvvv");
	assert_int_equal(store.rows[4].time, 4 * NS_PER_S);
}

static void recorder__that_is_none__takes_everything(void **state)
{
	struct verdict v;
	struct event e = {.time = 1};

	(void)state;
	verdict_init(&v);
	tell(NULL, 1);
	recorder_event(NULL, &e);
	recorder_verdict(NULL, 1, &v);
	recorder_fact(NULL, "key", "value");
	recorder_past(NULL, record_event(&e));
	recorder_unref(NULL);
	assert_int_equal(store.given, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(recorder__writes__in_the_order_told, begin),
	        cmocka_unit_test_setup(recorder__writes__by_halves_what_is_too_much_at_once, begin),
	        cmocka_unit_test_setup(recorder__keeps_up__where_little_fits_at_once, begin),
	        cmocka_unit_test_setup(recorder__leaves_out__a_table_that_never_fits, begin),
	        cmocka_unit_test_setup(recorder__leaves_out__what_the_store_will_never_take, begin),
	        cmocka_unit_test_setup(recorder__has_room__for_all_of_the_past, begin),
	        cmocka_unit_test_setup(recorder__writes__a_verdict_when_its_words_change, begin),
	        cmocka_unit_test_setup(recorder__writes__figures_that_creep_often_at_first, begin),
	        cmocka_unit_test_setup(recorder__writes__a_verdict_that_waits_every_second, begin),
	        cmocka_unit_test_setup(recorder__that_is_none__takes_everything, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
