/* SPDX-License-Identifier: MIT */
/* Which block sizes grow: counted, compared with counting by hand, and ordered. */
#include "heap/growth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/slope.h"

#define SECOND 1000000000ull

enum { BLOCKS_MAX = 20000 };

/* A walk that is made by hand. */
struct made {
	struct heap_walk walk;
	struct heap_block blocks[BLOCKS_MAX];
};

static struct made *made_new(void)
{
	struct made *m = calloc(1, sizeof(*m));
	m->walk.blocks = m->blocks;
	return m;
}

static void made_add(struct made *m, uint64_t size, size_t count, enum block_state state)
{
	for (size_t i = 0; i < count; i++) {
		assert_true(m->walk.count < BLOCKS_MAX);
		struct heap_block *b = &m->blocks[m->walk.count++];
		b->address = 0x1000 + 16 * m->walk.count;
		b->size = size & 0xfffffffffff;
		b->state = state & 15;
	}
}

static struct heap_facts *taken(struct growth *g, struct made *m, uint64_t time)
{
	struct heap_facts *f = heap_facts_new();
	assert_int_equal(growth_take(g, &m->walk, time, f), 0);
	m->walk.count = 0;
	return f;
}

static const struct heap_class *class_at(const struct heap_facts *f, uint64_t size)
{
	for (unsigned i = 0; i < f->class_count; i++)
		if (f->classes[i].low <= size && size <= f->classes[i].high)
			return &f->classes[i];
	return NULL;
}

static void growth_take__counts__live_blocks_only(void **state)
{
	struct growth *g = growth_new();
	struct made *m = made_new();
	(void)state;

	made_add(m, 48, 10, BLOCK_LIVE);
	made_add(m, 48, 3, BLOCK_CACHED);
	made_add(m, 64, 5, BLOCK_FREE);
	made_add(m, 96, 1, BLOCK_OWN);
	struct heap_facts *f = taken(g, m, SECOND);
	assert_int_equal(f->class_count, 1);
	assert_int_equal(f->looks, 1);
	assert_int_equal(f->span, 0);
	assert_int_equal(f->classes[0].low, 48);
	assert_int_equal(f->classes[0].high, 48);
	assert_int_equal(f->classes[0].blocks, 10);
	assert_int_equal(f->classes[0].bytes, 480);
	assert_int_equal(f->classes[0].first_blocks, 10);
	assert_true(isnan(f->classes[0].growth_blocks) && isnan(f->classes[0].growth_bytes));
	heap_facts_unref(f);
	growth_free(g);
	free(m);
}

static void growth_take__puts_every_size__into_one_class_that_holds_it(void **state)
{
	struct growth *g = growth_new();
	struct made *m = made_new();
	size_t sizes = 0;
	(void)state;

	for (uint64_t size = 32; size < 1ull << 43;
	     size += size < 1 << 18 ? 16 : size / 64 & ~15ull)
		made_add(m, size, 1, BLOCK_LIVE), sizes++;
	made_add(m, (1ull << 44) - 16, 1, BLOCK_LIVE), sizes++;
	struct heap_facts *f = heap_facts_new();
	assert_int_equal(growth_take(g, &m->walk, 0, f), 0);
	uint64_t blocks = 0;
	for (unsigned i = 0; i < f->class_count; i++) {
		const struct heap_class *c = &f->classes[i];
		uint64_t sum = 0, count = 0;
		for (size_t b = 0; b < m->walk.count; b++) {
			uint64_t size = m->blocks[b].size;
			if (c->low <= size && size <= c->high)
				sum += size, count++;
		}
		assert_int_equal(c->blocks, count);
		assert_int_equal(c->bytes, sum);
		assert_true(c->low == c->high ? c->high <= 65536
		                              : c->low > 65536 && c->high - c->low < c->low / 16);
		blocks += count;
	}
	assert_int_equal(blocks, sizes);
	assert_int_equal(class_at(f, 65552)->low, 65552);
	assert_int_equal(class_at(f, 65552)->high, 69632);
	heap_facts_unref(f);
	growth_free(g);
	free(m);
}

static void growth_take__names__the_size_that_grows(void **state)
{
	struct growth *g = growth_new();
	struct made *m = made_new();
	struct heap_facts *f = NULL;
	(void)state;

	for (unsigned look = 0; look < 8; look++) {
		heap_facts_unref(f);
		made_add(m, 1024, 900, BLOCK_LIVE);
		made_add(m, 48, 100 + 50 * look, BLOCK_LIVE);
		made_add(m, 4096, look == 4 ? 500 : 20, BLOCK_LIVE); /* one burst */
		made_add(m, 32, 100 - 5 * look, BLOCK_LIVE);
		f = taken(g, m, 7 * SECOND + 5 * SECOND * look);
		if (look < 2)
			assert_true(isnan(class_at(f, 48)->growth_blocks));
	}
	assert_int_equal(f->looks, 8);
	assert_int_equal(f->span, 35 * SECOND);
	assert_int_equal(f->classes[0].low, 48);
	assert_true(fabs(f->classes[0].growth_blocks - 10) < 1e-9);
	assert_true(fabs(f->classes[0].growth_bytes - 480) < 1e-9);
	assert_true(f->classes[0].steady);
	assert_int_equal(f->classes[0].first_blocks, 100);
	/* The others by bytes; what shrinks is no growth. */
	assert_int_equal(f->classes[1].low, 1024);
	assert_true(fabs(f->classes[1].growth_bytes) < 1e-9 && !f->classes[1].steady);
	assert_int_equal(f->classes[2].low, 4096);
	assert_true(fabs(f->classes[2].growth_bytes) < 1e-9 && !f->classes[2].steady);
	assert_int_equal(f->classes[3].low, 32);
	assert_true(f->classes[3].growth_blocks < 0 && !f->classes[3].steady);
	heap_facts_unref(f);
	growth_free(g);
	free(m);
}

/* By the median of its slopes it would grow. */
static void growth_take__sees_no_growth__where_there_are_no_more_than_before(void **state)
{
	static const size_t blocks[] = {50, 10, 60, 110, 160, 40},
	                    more[] = {50, 10, 60, 110, 160, 60};
	struct growth *g = growth_new();
	struct made *m = made_new();
	struct heap_facts *f = NULL;
	(void)state;

	for (unsigned look = 0; look < 6; look++) {
		heap_facts_unref(f);
		made_add(m, 96, blocks[look], BLOCK_LIVE);
		made_add(m, 64, more[look], BLOCK_LIVE);
		f = taken(g, m, 5 * SECOND * look);
	}
	assert_true(class_at(f, 64)->growth_blocks > 0);
	assert_true(fabs(class_at(f, 96)->growth_blocks) < 1e-9);
	assert_true(fabs(class_at(f, 96)->growth_bytes) < 1e-9);
	heap_facts_unref(f);
	growth_free(g);
	free(m);
}

static void growth_take__counts_none__before_a_size_was_first_seen(void **state)
{
	struct growth *g = growth_new();
	struct made *m = made_new();
	struct heap_facts *f = NULL;
	(void)state;

	for (unsigned look = 0; look < 12; look++) {
		heap_facts_unref(f);
		made_add(m, 64, 10, BLOCK_LIVE);
		made_add(m, 80, look < 9 ? 0 : 1000 * (look - 8), BLOCK_LIVE);
		f = taken(g, m, SECOND * look);
	}
	const struct heap_class *late = class_at(f, 80);
	assert_int_equal(late->first_blocks, 0);
	assert_int_equal(late->spark_count, 12);
	assert_int_equal(late->spark[8], 0);
	assert_int_equal(late->spark[11], 3000);
	/* Three rises in eleven steps: not yet. */
	assert_false(late->steady);
	heap_facts_unref(f);
	growth_free(g);
	free(m);
}

static void growth_take__leaves_out__sizes_that_are_gone_and_remembers_them(void **state)
{
	struct growth *g = growth_new();
	struct made *m = made_new();
	(void)state;

	made_add(m, 64, 10, BLOCK_LIVE);
	heap_facts_unref(taken(g, m, SECOND));
	struct heap_facts *f = taken(g, m, 2 * SECOND);
	assert_int_equal(f->class_count, 0);
	heap_facts_unref(f);
	made_add(m, 64, 4, BLOCK_LIVE);
	f = taken(g, m, 3 * SECOND);
	assert_int_equal(f->classes[0].first_blocks, 10);
	assert_int_equal(f->classes[0].spark[1], 0);
	assert_int_equal(f->classes[0].spark[2], 4);
	heap_facts_unref(f);
	growth_free(g);
	free(m);
}

/* The courses of three sizes are known in full; after 1000 looks the answers must still be those of all of them. */
static void growth_take__stays_true__over_a_thousand_looks(void **state)
{
	struct growth *g = growth_new();
	struct made *m = made_new();
	struct heap_facts *f = NULL;
	uint32_t random = 12345;
	(void)state;

	for (unsigned look = 0; look < 1000; look++) {
		heap_facts_unref(f);
		random = random * 1664525 + 1013904223;
		made_add(m, 48, 10 + 3 * look, BLOCK_LIVE);
		made_add(m, 64, 500 + random % 64, BLOCK_LIVE);
		made_add(m, 70000, 4000 - 2 * look, BLOCK_LIVE);
		f = taken(g, m, 5 * SECOND * look);
	}
	assert_int_equal(f->looks, 1000);
	assert_int_equal(f->span, 999 * 5 * SECOND);
	assert_int_equal(f->classes[0].low, 48);
	assert_true(fabs(f->classes[0].growth_blocks - 0.6) < 1e-9);
	assert_true(f->classes[0].steady);
	assert_int_equal(f->classes[0].spark_count, SPARK_POINTS);
	for (unsigned i = 0; i < SPARK_POINTS; i++)
		assert_int_equal(f->classes[0].spark[i], 10 + 3 * (1000 - SPARK_POINTS + i));
	assert_true(fabs(class_at(f, 64)->growth_blocks) < 0.02 && !class_at(f, 64)->steady);
	assert_true(fabs(class_at(f, 70000)->growth_blocks + 0.4) < 1e-9);
	assert_true(fabs(class_at(f, 70000)->growth_bytes + 0.4 * 70000) < 1e-3);
	heap_facts_unref(f);
	growth_free(g);
	free(m);
}

/* A busy heap has every size sometime: what one look saw and none that is kept is not held for ever. */
static void growth_take__forgets__sizes_that_only_came_by(void **state)
{
	struct growth *g = growth_new();
	struct made *m = made_new();
	struct heap_facts *f = NULL;
	size_t most = 0;
	(void)state;

	for (unsigned look = 0; look < 1000; look++) {
		heap_facts_unref(f);
		made_add(m, 48, 10 + look, BLOCK_LIVE);
		made_add(m, 64 + 16 * (look * 4ull % 4000), 1, BLOCK_LIVE);
		f = taken(g, m, 5 * SECOND * look);
		most = growth_courses(g) > most ? growth_courses(g) : most;
	}
	assert_int_equal(f->class_count, 2);
	assert_int_equal(f->classes[0].low, 48);
	assert_true(fabs(f->classes[0].growth_blocks - 0.2) < 1e-9);
	assert_true(most <= 2 + SLOPE_POINTS);
	heap_facts_unref(f);
	growth_free(g);
	assert_int_equal(m->walk.count, 0);
	free(m);
}

static void growth_reset__begins__anew(void **state)
{
	struct growth *g = growth_new();
	struct made *m = made_new();
	(void)state;

	made_add(m, 48, 10, BLOCK_LIVE);
	heap_facts_unref(taken(g, m, SECOND));
	growth_reset(g);
	made_add(m, 48, 99, BLOCK_LIVE);
	struct heap_facts *f = taken(g, m, 9 * SECOND);
	assert_int_equal(f->looks, 1);
	assert_int_equal(f->span, 0);
	assert_int_equal(f->classes[0].first_blocks, 99);
	assert_int_equal(f->classes[0].spark_count, 1);
	heap_facts_unref(f);
	growth_free(g);
	growth_free(NULL);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(growth_take__counts__live_blocks_only),
	        cmocka_unit_test(growth_take__puts_every_size__into_one_class_that_holds_it),
	        cmocka_unit_test(growth_take__names__the_size_that_grows),
	        cmocka_unit_test(growth_take__sees_no_growth__where_there_are_no_more_than_before),
	        cmocka_unit_test(growth_take__counts_none__before_a_size_was_first_seen),
	        cmocka_unit_test(growth_take__leaves_out__sizes_that_are_gone_and_remembers_them),
	        cmocka_unit_test(growth_take__stays_true__over_a_thousand_looks),
	        cmocka_unit_test(growth_take__forgets__sizes_that_only_came_by),
	        cmocka_unit_test(growth_reset__begins__anew),
	};
	return cmocka_run_group_tests_name("heap_growth", tests, NULL, NULL);
}
