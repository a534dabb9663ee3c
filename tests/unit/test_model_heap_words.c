/* SPDX-License-Identifier: MIT */
/* Figures and sentences about a heap: what a block stands for, from when on something is worth saying. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/known.h"
#include "model/heap_words.h"
#include "support_heap.h"

static const char *requests(uint64_t chunk, char *out)
{
	const struct heap_class c = {.low = chunk, .high = chunk};

	return heap_class_requests(&c, out, HEAP_NAME);
}

/* The rule of glibc: 8 bytes more, rounded up to 16, at least 32. */
static uint64_t chunk_of(uint64_t request)
{
	uint64_t chunk = (request + 8 + 15) / 16 * 16;

	return chunk < 32 ? 32 : chunk;
}

static void requests__are__exactly_those_of_the_chunk(void **state)
{
	char out[HEAP_NAME];

	(void)state;
	for (uint64_t chunk = 32; chunk <= 65536; chunk += 16) {
		char *dash;
		unsigned long low = strtoul(requests(chunk, out), &dash, 10);
		unsigned long high = strtoul(dash + 1, NULL, 10);
		assert_int_equal(chunk_of(low), chunk);
		assert_int_equal(chunk_of(high), chunk);
		assert_int_not_equal(chunk_of(high + 1), chunk);
		assert_true(low == 0 || chunk_of(low - 1) != chunk);
	}
	assert_string_equal(requests(131072, out), "");
}

static void class__is_named__in_few_columns(void **state)
{
	static const struct {
		uint64_t low, high;
		const char *name;
	} cases[] = {
	        {48, 48, "48"},
	        {65536, 65536, "65536"},
	        {139264, 143344, "136-140 kB"},
	        {1 << 20, (1 << 20) + 65520, "1.0-1.1 MB"},
	        {64 << 20, 68 << 20, "64-68 MB"},
	        {65552, 65552, "64.0 kB"},
	};
	char out[HEAP_NAME];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct heap_class c = {.low = cases[i].low, .high = cases[i].high};
		assert_string_equal(heap_class_short(&c, out, sizeof(out)), cases[i].name);
	}
}

static void rate__has__the_shortest_unit_that_leaves_one(void **state)
{
	static const struct {
		double rate;
		const char *text;
	} cases[] = {{193.9, "+194/s"},      {1, "+1.0/s"},     {0.4, "+24.0/min"},
	             {-0.2, "-12.0/min"},    {0.001, "+3.6/h"}, {0, "0"},
	             {12345.6, "+12,346/s"}, {NAN, "-"},        {INFINITY, "-"}};
	char out[HEAP_NAME];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(heap_count_rate(out, sizeof(out), cases[i].rate),
		                    cases[i].text);
}

static void fragmentation__is__what_lies_outside_the_largest_piece(void **state)
{
	struct heap_arena a = {.free_bytes = 900, .top_bytes = 100, .largest_free = 1000};

	(void)state;
	assert_true(heap_fragmentation(&a) == 0);
	a.largest_free = 100;
	assert_true(fabs(heap_fragmentation(&a) - 0.9) < 1e-9);
	a = (struct heap_arena){.live_bytes = 5};
	assert_true(isnan(heap_fragmentation(&a)));
}

static void price__is__a_twentieth_of_the_time_at_most(void **state)
{
	uint64_t took, period;

	(void)state;
	heap_price(1200000000, &took, &period);
	assert_true(took > NS_PER_S && took < 2 * NS_PER_S);
	assert_int_equal(period, 20 * took);
	heap_price(1 << 20, &took, &period);
	assert_int_equal(period, 5 * NS_PER_S);
	heap_price(UNKNOWN, &took, &period);
	assert_false(known(took) || known(period));
}

static void kept__is_told__when_it_is_a_good_part(void **state)
{
	struct heap_facts *f = support_heap_kept();
	char text[HEAP_LINE];

	(void)state;
	assert_true(heap_kept_line(f, 2180ull << 20, text, sizeof(text)));
	assert_string_equal(text, "RSS is 2.1 GB, 1.7 GB of it is free inside malloc; "
	                          "malloc_trim(0) would return 1.6 GB");
	assert_false(heap_kept_line(f, UNKNOWN, text, sizeof(text)));
	assert_string_equal(text, "");
	/* It was given back since. */
	assert_false(heap_kept_line(f, 1ull << 30, text, sizeof(text)));
	heap_facts_unref(f);
	f = support_heap(); /* 12.5 of 95 MB */
	assert_false(heap_kept_line(f, 95ull << 20, text, sizeof(text)));
	heap_facts_unref(f);
}

/* The top chunk may be address space that was never touched: that is no memory kept. */
static void kept__counts__only_what_is_in_memory(void **state)
{
	struct heap_facts *f = support_heap_kept();

	(void)state;
	f->total.top_bytes += 4ull << 30;
	assert_true(heap_kept(f) > 4ull << 30);
	assert_true(heap_kept_resident(f) < 2ull << 30);
	f->walked = false;
	assert_false(known(heap_kept_resident(f)));
	heap_facts_unref(f);
}

static void growth__is_told__of_the_steady_size_that_grows_most(void **state)
{
	struct heap_facts *f = support_heap();
	char text[HEAP_LINE];

	(void)state;
	assert_true(heap_growth_line(f, text, sizeof(text)));
	assert_string_equal(text, "Blocks of 528 bytes (requests of 505-520) grow by +194/s, "
	                          "+100.0 kB/s, 100 % of what grows; 121,904 are live, 61.4 MB");
	f->classes[0].steady = false;
	assert_false(heap_growth_line(f, text, sizeof(text)));
	heap_facts_unref(f);
	f = support_heap_first();
	assert_false(heap_growth_line(f, text, sizeof(text)));
	heap_facts_unref(f);
}

/* 20 sizes; those beyond `steady` come and go. */
static void many_sizes(struct heap_facts *f, unsigned steady, double rest)
{
	enum { SIZES = 20 };

	f->classes = realloc(f->classes, SIZES * sizeof(*f->classes));
	assert_non_null(f->classes);
	f->class_count = SIZES;
	for (unsigned i = 0; i < SIZES; i++) {
		f->classes[i] = f->classes[0];
		f->classes[i].steady = i < steady;
		f->classes[i].growth_bytes = i < steady ? 1024 : rest;
	}
}

static void growth__names_no_size__where_none_stands_out(void **state)
{
	struct heap_facts *f = support_heap();
	char text[HEAP_LINE];

	(void)state;
	many_sizes(f, 20, 0);
	assert_true(heap_growth_line(f, text, sizeof(text)));
	assert_string_equal(text,
	                    "20 sizes of blocks grow, by +20.0 kB/s in all, none by more than "
	                    "5 % of it");
	many_sizes(f, 16, -256);
	assert_true(heap_growth_line(f, text, sizeof(text)));
	/* As much goes as comes; or it is mostly what comes and goes that happens to come. */
	many_sizes(f, 12, -1400);
	assert_false(heap_growth_line(f, text, sizeof(text)));
	many_sizes(f, 2, 1024);
	assert_false(heap_growth_line(f, text, sizeof(text)));
	heap_facts_unref(f);
}

static void lost__is_said__after_three_scans_only(void **state)
{
	struct heap_facts *f = support_heap();
	char text[HEAP_LINE];

	(void)state;
	for (unsigned scans = 0; scans < 5; scans++) {
		f->lost->scans = scans;
		bool told = heap_lost_line(f, text, sizeof(text));
		assert_int_equal(told, scans > 0);
		assert_int_equal(strstr(text, "are lost") != NULL, scans >= HEAP_SCANS_SURE);
		assert_int_equal(strstr(text, "suspect") != NULL,
		                 scans > 0 && scans < HEAP_SCANS_SURE);
	}
	heap_facts_unref(f);
}

static void lost__is_told__of_one_as_of_many(void **state)
{
	struct heap_facts *f = support_heap();
	struct heap_lost *l = f->lost;
	char text[HEAP_LINE];

	(void)state;
	l->scans = HEAP_SCANS_SURE;
	l->indirectly_blocks = 0;
	l->definitely_blocks = 1;
	heap_lost_line(f, text, sizeof(text));
	assert_non_null(strstr(text, "1 block ("));
	assert_non_null(strstr(text, ") is lost"));
	assert_non_null(strstr(text, "nothing points to it ("));
	l->definitely_blocks = 0;
	l->possibly_blocks = 1;
	heap_lost_line(f, text, sizeof(text));
	assert_non_null(strstr(text, ") is possibly lost: pointers lead only to its inside ("));
	l->possibly_blocks = 2;
	heap_lost_line(f, text, sizeof(text));
	assert_non_null(strstr(text, "2 blocks ("));
	assert_non_null(strstr(text, ") are possibly lost: pointers lead only to their inside ("));
	heap_facts_unref(f);
}

static void allocator__is_called__probable_when_the_layout_is(void **state)
{
	struct heap_facts *f = support_heap();
	char text[HEAP_LINE];

	(void)state;
	heap_allocator_line(f, text, sizeof(text));
	assert_string_equal(text, "glibc 2.36");
	f->layout_confidence = 0.8;
	heap_allocator_line(f, text, sizeof(text));
	assert_string_equal(text, "glibc 2.36 (probably: 80 % sure)");
	heap_facts_unref(f);
	for (int a = 0; a < ALLOCATOR_COUNT; a++)
		assert_non_null(heap_allocator_advice((enum allocator)a));
}

static void arenas__are_counted__without_blocks_that_have_none(void **state)
{
	struct heap_facts *f = support_heap();
	unsigned apart = 0;

	(void)state;
	for (unsigned i = 0; i < f->arena_rows; i++)
		apart += !f->arenas[i].main && !f->arenas[i].address;
	assert_int_equal(apart, 1);
	f->arena_count = 9;
	assert_int_equal(heap_arenas(f), 8);
	/* What a damaged recording says. */
	f->arena_count = 0;
	assert_int_equal(heap_arenas(f), 0);
	heap_facts_unref(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(requests__are__exactly_those_of_the_chunk),
	        cmocka_unit_test(class__is_named__in_few_columns),
	        cmocka_unit_test(rate__has__the_shortest_unit_that_leaves_one),
	        cmocka_unit_test(fragmentation__is__what_lies_outside_the_largest_piece),
	        cmocka_unit_test(price__is__a_twentieth_of_the_time_at_most),
	        cmocka_unit_test(kept__is_told__when_it_is_a_good_part),
	        cmocka_unit_test(kept__counts__only_what_is_in_memory),
	        cmocka_unit_test(growth__is_told__of_the_steady_size_that_grows_most),
	        cmocka_unit_test(growth__names_no_size__where_none_stands_out),
	        cmocka_unit_test(lost__is_said__after_three_scans_only),
	        cmocka_unit_test(lost__is_told__of_one_as_of_many),
	        cmocka_unit_test(allocator__is_called__probable_when_the_layout_is),
	        cmocka_unit_test(arenas__are_counted__without_blocks_that_have_none),
	};
	return cmocka_run_group_tests_name("heap words", tests, NULL, NULL);
}
