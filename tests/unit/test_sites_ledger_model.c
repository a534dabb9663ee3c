/* SPDX-License-Identifier: MIT */
/* Survivors by call site, against a model that forgets nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support_sites_told.h"

enum { MODEL_MAX = 30000, MODEL_STACKS = 7, MODEL_ADDRESSES = 3000 };

/* Everything that was ever allocated. */
struct model_block {
	uint64_t address, size, birth, death; /* death UNKNOWN: lives */
	uint32_t stack;
	double weight;
};
struct model {
	size_t count;
	struct model_block blocks[MODEL_MAX];
};

static bool model_remove(struct model *m, uint64_t address, uint64_t time)
{
	for (size_t i = m->count; i-- > 0;)
		if (m->blocks[i].address == address && !known(m->blocks[i].death)) {
			m->blocks[i].death = time;
			return true;
		}
	return false;
}

static void model_add(struct model *m, uint64_t address, uint64_t size, double weight,
                      uint32_t stack, uint64_t time)
{
	model_remove(m, address, time);
	assert_true(m->count < MODEL_MAX);
	m->blocks[m->count++] = (struct model_block){address, size, time, UNKNOWN, stack, weight};
}

/* Bytes of a stack that were born before `cut` and live. */
static double model_survivors(const struct model *m, uint32_t stack, uint64_t cut)
{
	double sum = 0;

	for (size_t i = 0; i < m->count; i++)
		if (m->blocks[i].stack == stack && !known(m->blocks[i].death) &&
		    m->blocks[i].birth < cut)
			sum += m->blocks[i].weight * (double)m->blocks[i].size;
	return sum;
}

/* Whether this growth is that of survivors of the first half, cut at most an eighth of it earlier. */
static bool model_grows(const struct model *m, uint32_t stack, uint64_t begin, uint64_t time,
                        double growth)
{
	uint64_t half = (time - begin) / 2, origin = m->blocks[0].birth;

	for (unsigned shift = 20; shift < 40; shift++) {
		uint64_t cut = origin + ((begin + half - origin) >> shift << shift);
		if (cut - begin < half / 8 * 7)
			break;
		double bytes = model_survivors(m, stack, cut);
		if (is_about(growth, bytes / ((double)(cut - begin) / 1e9), 1e-9))
			return true;
	}
	return false;
}

static void model_compare(const struct model *m, const struct ledger *l, uint64_t begin,
                          uint64_t time)
{
	struct told t = ledger_told(l, begin, time);
	size_t live = 0;

	for (uint32_t stack = 1; stack <= MODEL_STACKS; stack++) {
		double allocated[2] = {0}, freed[2] = {0}, lived = 0;
		size_t samples = 0;
		for (size_t i = 0; i < m->count; i++) {
			const struct model_block *b = &m->blocks[i];
			if (b->stack != stack)
				continue;
			samples++;
			allocated[0] += b->weight * (double)b->size;
			allocated[1] += b->weight;
			live += !known(b->death);
			if (!known(b->death))
				continue;
			freed[0] += b->weight * (double)b->size;
			freed[1] += b->weight;
			lived += b->weight * (double)(b->death - b->birth) / 1e9;
		}
		const struct site *s = told_row(&t, stack);
		assert_non_null(s);
		assert_int_equal(s->samples, samples);
		assert_int_equal(s->allocated_bytes, (uint64_t)(allocated[0] + 0.5));
		assert_int_equal(s->allocated_blocks, (uint64_t)(allocated[1] + 0.5));
		assert_int_equal(s->freed_bytes, (uint64_t)(freed[0] + 0.5));
		assert_int_equal(s->freed_blocks, (uint64_t)(freed[1] + 0.5));
		assert_int_equal(s->live_bytes, (uint64_t)(allocated[0] - freed[0] + 0.5));
		assert_int_equal(s->live_blocks, (uint64_t)(allocated[1] - freed[1] + 0.5));
		assert_true(freed[1] > 0 ? is_about(s->lifetime, lived / freed[1], 1e-9)
		                         : isnan(s->lifetime));
		assert_true(model_grows(m, stack, begin, time, s->growth_bytes));
	}
	assert_int_equal(ledger_count(l), live);
	assert_int_equal(t.facts->other_bytes, 0);
	told_done(&t);
}

/* Allocations, frees and reallocs, of known and unknown addresses, in a small room so that they meet. */
static void ledger__agrees__with_a_model_that_forgets_nothing(void **state)
{
	struct model *m = calloc(1, sizeof(*m));
	(void)state;

	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct ledger *l = ledger_new(MODEL_MAX);
		uint64_t random = seed, begin = 1000 * SECOND, time = begin;
		m->count = 0;
		for (unsigned i = 0; i < 8000; i++) {
			time += next_random(&random) % (2 * MS);
			uint64_t address =
			        0x7f0000000000 + next_random(&random) % MODEL_ADDRESSES * 16;
			uint32_t stack = 1 + (uint32_t)(next_random(&random) % MODEL_STACKS);
			uint64_t size = next_random(&random) % 5000;
			double weight = (double)(1 + next_random(&random) % 64) / 4;
			if (next_random(&random) % 100 < 45) {
				assert_int_equal(ledger_remove(l, address, time),
				                 model_remove(m, address, time));
				continue;
			}
			ledger_add(l, address, size, weight, stack, time);
			model_add(m, address, size, weight, stack, time);
		}
		model_compare(m, l, begin, time + MS);
		model_compare(m, l, begin, time + 5 * SECOND);
		ledger_free(l);
	}
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(ledger__agrees__with_a_model_that_forgets_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
