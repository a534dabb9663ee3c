/* SPDX-License-Identifier: MIT */
/* Survivors by call site where only some of the blocks are seen: samples, and bursts with nothing between them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support_sites_told.h"

/*
 * Allocations are sampled by bytes, as the kernel side does it: a block of `size` with the chance 1 - exp(-size / period),
 * then it stands for 1 / that.
 */
static void sampled_sites__are_estimated__without_bias(void **state)
{
	const uint64_t sizes[] = {24, 200, 1000, 8000, 200000};
	const double period = 65536;
	uint64_t random = 20;
	struct ledger *l = ledger_new(1000000);
	double live[5] = {0};
	(void)state;

	for (uint64_t i = 0; i < 2000000; i++) {
		unsigned of = (unsigned)(i % 5);
		double chance = 1 - exp(-(double)sizes[of] / period);
		bool leaks = i % 8 == 0;
		live[of] += leaks ? (double)sizes[of] : 0;
		if (next_fraction(&random) >= chance)
			continue;
		ledger_add(l, 16 * (i + 1), sizes[of], 1 / chance, 1 + of, i * 5000);
		if (!leaks)
			ledger_remove(l, 16 * (i + 1), i * 5000 + 1000);
	}
	struct told t = ledger_told(l, 0, 10 * SECOND);
	for (uint32_t of = 0; of < 5; of++) {
		const struct site *s = told_row(&t, of + 1);
		double samples =
		        live[of] / (double)sizes[of] * (1 - exp(-(double)sizes[of] / period));
		/* Within three standard deviations of what so few samples can say. */
		assert_true(is_about((double)s->live_bytes, live[of], 3 / sqrt(samples)));
		assert_true(is_about(s->growth_bytes, live[of] / 10, 3 * sqrt(2 / samples)));
		assert_true(s->steady);
		assert_true(
		        is_about((double)s->allocated_bytes, 8 * live[of], 3 / sqrt(8 * samples)));
	}
	told_done(&t);
	ledger_free(l);
}

static void thin__halves__entries_and_keeps_estimates(void **state)
{
	struct ledger *l = ledger_new(1000000);
	(void)state;

	live_through(l, 1, 24, MS / 10, 0, 10 * SECOND, UNKNOWN);
	live_through(l, 2, 1000, MS / 5, 0, 10 * SECOND, UNKNOWN);
	live_through(l, 3, 4000, MS / 5, 0, 10 * SECOND, SECOND);
	struct told before = ledger_told(l, 0, 10 * SECOND);
	size_t count = ledger_count(l);
	for (unsigned i = 0; i < 3; i++) {
		size_t left = ledger_thin(l);
		assert_int_equal(left, ledger_count(l));
		assert_true(is_about((double)left, (double)count / 2, 0.05));
		count = left;
	}
	struct told after = ledger_told(l, 0, 10 * SECOND);
	for (uint32_t stack = 1; stack <= 2; stack++) {
		const struct site *a = told_row(&before, stack), *b = told_row(&after, stack);
		assert_true(is_about((double)b->live_bytes, (double)a->live_bytes, 0.05));
		assert_true(is_about((double)b->live_blocks, (double)a->live_blocks, 0.05));
		assert_true(is_about(b->growth_bytes, a->growth_bytes, 0.05));
		assert_int_equal(b->freed_bytes, a->freed_bytes);
		assert_true(b->steady);
	}
	assert_true(told_row(&after, 3)->growth_bytes == 0);
	assert_int_equal(after.stacks[0], 2);
	told_done(&before);
	told_done(&after);
	ledger_free(l);
}

/* --- bursts -------------------------------------------------------------------------------------------- */

enum { SLOTS = 4096, POOL = 1 << 17 };

/* A program with an allocator that gives again what was freed last. */
struct program {
	uint64_t random, next; /* never given so far */
	size_t spare_count;
	uint64_t spare[POOL], kept[SLOTS];
	uint64_t leaked;
};

static uint64_t program_new(struct program *p)
{
	return p->spare_count ? p->spare[--p->spare_count] : p->next++;
}

/* One step: a block of churn goes and another comes; each eighth leaks. What is watched is told. */
static void program_step(struct program *p, struct ledger *l, uint64_t step, uint64_t time,
                         bool watched)
{
	uint64_t *slot = &p->kept[next_random(&p->random) % SLOTS];

	if (*slot) {
		if (watched)
			ledger_remove(l, *slot, time);
		p->spare[p->spare_count++] = *slot;
	}
	/* Some come back later: not the last one freed, but one before. */
	if (p->spare_count > 8 && step % 3 == 0) {
		uint64_t *other = &p->spare[p->spare_count - 1 - next_random(&p->random) % 8];
		uint64_t last = p->spare[p->spare_count - 1];
		p->spare[p->spare_count - 1] = *other;
		*other = last;
	}
	*slot = program_new(p);
	if (watched)
		ledger_add(l, *slot, 2000, 1, 1, time);
	if (step % 8 == 0) {
		uint64_t block = program_new(p);
		p->leaked += 24;
		if (watched)
			ledger_add(l, block, 24, 1, 2, time);
	}
}

/* 20 ms of each 400: most of what is freed is freed unseen. */
static void bursts__do_not_make_a_leak__of_what_is_freed_between_them(void **state)
{
	struct program *p = calloc(1, sizeof(*p));
	struct ledger *l = ledger_new(1000000);
	const uint64_t end = 20 * SECOND;
	bool on = true;
	uint64_t time = 0;
	(void)state;

	p->random = 7;
	p->next = 1;
	for (uint64_t step = 0; time < end; step++, time = step * 50000) {
		if (on != (time % (400 * MS) < 20 * MS)) {
			on = !on;
			ledger_watching(l, on, time);
		}
		program_step(p, l, step, time, on);
	}
	struct told t = ledger_told(l, 0, end);
	const struct site *churn = told_row(&t, 1), *leak = told_row(&t, 2);
	assert_int_equal(t.stacks[0], 2);
	assert_true(is_about(leak->growth_bytes, (double)p->leaked / 20, 0.05));
	assert_true(is_about((double)leak->live_bytes, (double)p->leaked, 0.05));
	assert_true(leak->steady && isnan(leak->lifetime) && leak->freed_bytes == 0);
	assert_true(leak->share > 0.95);
	assert_true(churn->growth_bytes < 0.05 * leak->growth_bytes && !churn->steady);
	assert_true(is_about((double)churn->allocated_bytes, 20 * 20000 * 2000.0, 0.05));
	/* Truly 4,096 of them, each for 0.2 s. */
	assert_true(is_about((double)churn->live_blocks, SLOTS, 0.25));
	assert_true(is_about(churn->lifetime, 0.2, 0.25));
	told_done(&t);
	ledger_free(l);
	free(p);
}

/*
 * A program that leaks 100 bytes each step, at a tenth of its pace while it is looked at; the steps tell how far it got. By time alone a
 * tenth of the leak would be told.
 */
static void bursts__are_scaled_by_what_was_done__not_by_time(void **state)
{
	struct ledger *l = ledger_new(1000000);
	uint64_t time = 0, steps = 0, block = 0;
	(void)state;

	while (time < 20 * SECOND) {
		bool on = time % (400 * MS) < 20 * MS;
		ledger_worked(l, time, steps * 1000);
		ledger_watching(l, on, time);
		for (uint64_t end = time + 20 * MS; time < end;
		     time += on ? 100000 : 10000, steps++)
			if (on)
				ledger_add(l, 16 * ++block, 100, 1, 1, time);
		ledger_worked(l, time, steps * 1000);
	}
	struct told t = ledger_told(l, 0, time);
	assert_int_equal(block, 50 * 200);
	assert_true(is_about((double)t.facts->live_bytes, 100.0 * (double)steps, 0.03));
	assert_true(
	        is_about((double)t.facts->sites[0].allocated_bytes, 100.0 * (double)steps, 0.03));
	assert_true(is_about(t.facts->sites[0].growth_bytes, 100.0 * (double)steps / 20, 0.03));
	assert_true(t.facts->sites[0].steady);
	told_done(&t);
	ledger_free(l);
}

/* A program that hardly runs: what passes after the last look at it is no work of its. */
static void an_idle_program__is_told_as_it_is__after_the_probes_went(void **state)
{
	struct ledger *l = ledger_new(1000000);
	uint64_t time = 0, block = 0;
	(void)state;

	for (; time < 10 * SECOND; time += 500 * MS) {
		ledger_worked(l, time, time / 100000);
		ledger_add(l, 16 * ++block, 300, 1, 1, time);
	}
	ledger_worked(l, time, time / 100000);
	ledger_watching(l, false, time);
	struct told t = ledger_told(l, 0, time + 50 * MS);
	assert_int_equal(t.facts->live_blocks, 20);
	assert_int_equal(t.facts->live_bytes, 20 * 300);
	assert_int_equal(t.facts->sites[0].allocated_bytes, 20 * 300);
	told_done(&t);
	ledger_free(l);
}

/* However many, and however late what happened within is told. */
static void bursts__are_remembered__well_enough_for_long_traces(void **state)
{
	struct ledger *l = ledger_new(1000000);
	(void)state;

	for (uint64_t burst = 0; burst < 3000; burst++) {
		uint64_t begin = burst * 100 * MS;
		if (burst)
			ledger_watching(l, true, begin);
		ledger_watching(l, true, begin);
		ledger_watching(l, false, begin + 10 * MS);
		for (uint64_t i = 0; i < 10; i++)
			ledger_add(l, 16 * (10 * burst + i + 1), 100, 1, 1, begin + i * MS);
	}
	struct told t = ledger_told(l, 0, 300 * SECOND);
	assert_true(is_about(t.facts->sites[0].growth_bytes, 100000, 0.02));
	assert_true(is_about((double)t.facts->live_bytes, 30e6, 0.02));
	assert_true(t.facts->sites[0].steady);
	told_done(&t);
	ledger_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(sampled_sites__are_estimated__without_bias),
	        cmocka_unit_test(thin__halves__entries_and_keeps_estimates),
	        cmocka_unit_test(bursts__do_not_make_a_leak__of_what_is_freed_between_them),
	        cmocka_unit_test(bursts__are_scaled_by_what_was_done__not_by_time),
	        cmocka_unit_test(an_idle_program__is_told_as_it_is__after_the_probes_went),
	        cmocka_unit_test(bursts__are_remembered__well_enough_for_long_traces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
