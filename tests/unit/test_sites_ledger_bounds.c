/* SPDX-License-Identifier: MIT */
/* What a ledger takes of memory, and what it still tells then. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support_sites_told.h"

static size_t taken(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void memory__is_bounded__with_a_million_entries(void **state)
{
	size_t before = taken();
	struct ledger *l = ledger_new(1000000);
	(void)state;

	for (uint64_t i = 0; i < 1200000; i++)
		ledger_add(l, 16 * (i + 1), 64, 1, 1 + (uint32_t)(i % 100), i * 1000);
	assert_int_equal(ledger_count(l), 1000000);
	assert_int_equal(ledger_full(l), 200000);
	/* Under a sanitizer malloc counts nothing. */
	if (before)
		assert_in_range(taken() - before, 32000000, 48000000);
	ledger_free(l);
}

static void memory__is_bounded__with_any_number_of_stacks(void **state)
{
	size_t before = taken();
	struct ledger *l = ledger_new(1000000);
	(void)state;

	/* A leak and 300,000 stacks that come once and go, then as many that stay. */
	for (uint64_t i = 0; i < 600000; i++) {
		ledger_add(l, 32 * (i + 1), 64, 1, 10 + (uint32_t)i, i * 10000);
		if (i < 300000)
			ledger_remove(l, 32 * (i + 1), i * 10000 + 5000);
		if (i % 100 == 0)
			ledger_add(l, 32 * (i + 1) + 16, 4000, 1, 1, i * 10000);
	}
	struct told t = ledger_told(l, 0, 6 * SECOND);
	assert_int_equal(t.facts->site_count, SITES_MAX);
	assert_int_equal(t.stacks[0], 1);
	assert_int_equal(told_row(&t, 1)->live_blocks, 6000);
	assert_int_equal(t.facts->live_blocks, 306000);
	uint64_t shown = 0;
	for (uint32_t i = 0; i < t.facts->site_count; i++)
		shown += t.facts->sites[i].live_bytes;
	assert_int_equal(t.facts->live_bytes, 306000ull * 64 + 6000ull * (4000 - 64));
	assert_int_equal(t.facts->other_bytes, t.facts->live_bytes - shown);
	assert_true(t.facts->other_bytes > 290000ull * 64); /* more stacks than are told apart */
	told_done(&t);
	if (before)
		assert_true(taken() - before < 306000 * 60 + 20000000);
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(memory__is_bounded__with_a_million_entries),
	        cmocka_unit_test(memory__is_bounded__with_any_number_of_stacks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
