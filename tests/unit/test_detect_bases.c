/* SPDX-License-Identifier: MIT */
/* What can be said where a log has but one figure: of the heap, of swap, of address space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/known.h"
#include "detect/detect.h"
#include "support_shapes.h"

#define MIB (1ull << 20)
enum { SECONDS = 90 };

/* A minute and a half in which this figure alone is known and grows by so much a second. */
static struct verdict judged(enum figure figure, uint64_t growth)
{
	struct detect *d = engine_new();
	struct verdict v = {0};

	for (unsigned i = 0; i < SECONDS; i++) {
		struct sample s;
		sample_init(&s);
		s.time = i * NS_PER_S;
		s.v[figure] = 100 * MIB + i * growth;
		v = *sample_judge(d, &s);
	}
	detect_free(d);
	return v;
}

static void detect__heap_alone__leaks_in_the_heap(void **state)
{
	struct verdict v = judged(FIGURE_HEAP, MIB);

	(void)state;
	assert_int_equal(v.kind, VERDICT_LEAK);
	assert_int_equal(v.where, WHERE_HEAP);
	assert_true(v.growth > 0.9 * MIB && v.growth < 1.1 * MIB);
	assert_non_null(strstr(v.reason, "the heap"));
}

static void detect__swap_alone__leaks_into_swap(void **state)
{
	struct verdict v = judged(FIGURE_SWAP, MIB);

	(void)state;
	assert_int_equal(v.kind, VERDICT_LEAK);
	assert_int_equal(v.where, WHERE_SWAP);
	assert_non_null(strstr(v.reason, "swapped memory"));
}

/* Address space may be reserved and never used. */
static void detect__address_space_alone__is_suspicious_at_most(void **state)
{
	struct verdict v = judged(FIGURE_VSZ, MIB);

	(void)state;
	assert_int_equal(v.kind, VERDICT_SUSPICIOUS);
	assert_int_equal(v.where, WHERE_NULL);
	assert_non_null(strstr(v.reason, "address space"));
	assert_true(v.condition[0]);
}

static void detect__one_figure_at_rest__is_no_leak(void **state)
{
	static const enum figure figures[] = {FIGURE_HEAP, FIGURE_SWAP, FIGURE_VSZ};

	(void)state;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		struct verdict v = judged(figures[i], 0);
		assert_int_equal(v.kind, VERDICT_NO_LEAK);
		assert_int_equal(v.where, WHERE_NULL);
	}
}

/* Of other figures alone nothing can be said, and that is said. */
static void detect__without_memory__knows_that_it_does_not_know(void **state)
{
	struct verdict v = judged(FIGURE_THREADS, 0);

	(void)state;
	assert_int_equal(v.kind, VERDICT_UNKNOWN);
	assert_int_equal(v.confidence, -1);
	assert_int_equal(v.needs, UNKNOWN);
	assert_non_null(strstr(v.reason, "no figure of its memory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(detect__heap_alone__leaks_in_the_heap),
	        cmocka_unit_test(detect__swap_alone__leaks_into_swap),
	        cmocka_unit_test(detect__address_space_alone__is_suspicious_at_most),
	        cmocka_unit_test(detect__one_figure_at_rest__is_no_leak),
	        cmocka_unit_test(detect__without_memory__knows_that_it_does_not_know),
	};
	return cmocka_run_group_tests_name("detect_bases", tests, NULL, NULL);
}
