/* SPDX-License-Identifier: MIT */
/* In which memory a leak lies, which region carries it, and which limit it meets first. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "detect/detect.h"

#define MIB (1ull << 20)

static struct region *region(uint64_t id, enum region_kind kind, uint64_t weight, const char *name)
{
	size_t len = strlen(name);
	struct region *r = calloc(1, sizeof(*r) + len);

	assert_non_null(r);
	atomic_init(&r->refs, 1);
	r->id = id;
	r->kind = kind;
	r->size = weight + MIB;
	r->start = id << 32;
	for (unsigned i = 0; i < SMAPS_KEY_COUNT; i++)
		r->bytes[i] = 0;
	r->bytes[SMAPS_RSS] = r->bytes[SMAPS_ANONYMOUS] = weight;
	r->name_len = (uint32_t)len;
	memcpy(r->name, name, len);
	return r;
}

/* A table of three regions: [heap], one arena, one anonymous. */
static struct region_table *table(unsigned second, uint64_t heap, uint64_t arena, uint64_t anon)
{
	struct region_table *t = calloc(1, sizeof(*t) + 3 * sizeof(t->rows[0]));

	assert_non_null(t);
	atomic_init(&t->refs, 1);
	t->time = second * NS_PER_S + NS_PER_S / 2;
	t->count = 3;
	t->rows[0] = region(1, REGION_HEAP, heap, "[heap]");
	t->rows[1] = region(2, REGION_ARENA, arena, "");
	t->rows[2] = region(3, REGION_ANON, anon, "");
	return t;
}

static struct sample sample(unsigned second, uint64_t anon, uint64_t heap)
{
	struct sample s;

	sample_init(&s);
	s.time = second * NS_PER_S;
	s.v[FIGURE_ANON] = anon;
	s.v[FIGURE_RSS] = anon + MIB;
	s.v[FIGURE_HEAP] = heap;
	return s;
}

static struct detect *engine(void)
{
	struct detect *d = detect_new();

	assert_non_null(d);
	return d;
}

static const struct verdict *feed(struct detect *d, struct sample s)
{
	assert_int_equal(detect_sample(d, &s), 0);
	return detect_verdict(d);
}

static void show(struct detect *d, struct region_table *t)
{
	assert_int_equal(detect_regions(d, t), 0);
	region_table_unref(t);
}

static void without_regions__the_size_of_heap_tells(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	for (unsigned i = 0; i <= 12; i++)
		v = feed(d, sample(i, 10 * MIB + i * MIB, 9 * MIB + i * MIB));
	assert_int_equal(v->where, WHERE_HEAP);
	assert_false(v->outside_heap);
	detect_free(d);
	d = engine();
	for (unsigned i = 0; i <= 12; i++)
		v = feed(d, sample(i, 10 * MIB + i * MIB, MIB));
	assert_int_equal(v->where, WHERE_ANONYMOUS);
	assert_true(v->outside_heap);
	detect_free(d);
}

static void with_regions__the_kind_that_grows_tells(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	for (unsigned i = 0; i <= 12; i++) {
		feed(d, sample(i, 30 * MIB + i * MIB, 10 * MIB));
		show(d, table(i, 10 * MIB, 10 * MIB + i * MIB, 10 * MIB));
	}
	v = detect_verdict(d);
	assert_int_equal(v->kind, VERDICT_LEAK);
	assert_int_equal(v->where, WHERE_ARENA);
	assert_true(v->outside_heap);
	detect_free(d);
}

static void torn_and_partial_tables__are_ignored(void **state)
{
	struct detect *d = engine();

	(void)state;
	for (unsigned i = 0; i <= 12; i++) {
		feed(d, sample(i, 30 * MIB + i * MIB, 10 * MIB));
		show(d, table(i, 10 * MIB, 10 * MIB, 10 * MIB + i * MIB));
		struct region_table *t = table(i, 10 * MIB, 900 * MIB * i, 0);
		t->torn = i % 2;
		t->partial = !t->torn;
		show(d, t);
	}
	assert_int_equal(detect_verdict(d)->where, WHERE_ANONYMOUS);
	detect_free(d);
}

static void a_region_that_grows_below_the_noise_of_the_whole__is_suspicious(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	for (unsigned i = 0; i <= 120; i++) {
		uint64_t noise = (i * 37 % 11) * 10 * MIB;
		feed(d, sample(i, 100 * MIB + noise + i * MIB / 10, 10 * MIB));
		show(d, table(i, 10 * MIB, 10 * MIB + i * MIB / 10, 80 * MIB + noise));
	}
	v = detect_verdict(d);
	assert_int_equal(v->kind, VERDICT_SUSPICIOUS);
	assert_int_equal(v->where, WHERE_ARENA);
	assert_non_null(strstr(v->reason, "the region malloc arena grew by"));
	detect_free(d);
}

static void shared_memory__is_a_leak_of_its_own(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	for (unsigned i = 0; i <= 12; i++) {
		struct sample s = sample(i, 10 * MIB, MIB);
		s.v[FIGURE_SHMEM] = i * MIB;
		s.v[FIGURE_RSS] += i * MIB;
		v = feed(d, s);
	}
	assert_int_equal(v->kind, VERDICT_LEAK);
	assert_int_equal(v->where, WHERE_SHMEM);
	assert_false(v->outside_heap);
	detect_free(d);
}

static void file_pages__are_no_leak(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	for (unsigned i = 0; i <= 60; i++) {
		struct sample s = sample(i, 10 * MIB, MIB);
		s.v[FIGURE_FILE] = i * MIB;
		s.v[FIGURE_RSS] += i * MIB;
		v = feed(d, s);
	}
	assert_int_equal(v->kind, VERDICT_NO_LEAK);
	detect_free(d);
}

static void memory_that_goes_to_swap__is_still_a_leak(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	for (unsigned i = 0; i <= 12; i++) {
		struct sample s = sample(i, 10 * MIB, MIB);
		s.v[FIGURE_SWAP] = i * MIB;
		v = feed(d, s);
	}
	assert_int_equal(v->kind, VERDICT_LEAK);
	assert_int_equal(v->where, WHERE_SWAP);
	detect_free(d);
}

static void the_nearest_limit__gives_the_time_left(void **state)
{
	struct detect *d = engine();
	struct detect_limits limits = detect_no_limits();
	const struct verdict *v;

	(void)state;
	limits.cgroup = 512 * MIB;
	limits.cgroup_usage = 212 * MIB;
	limits.available = 4096 * MIB;
	for (unsigned i = 0; i <= 12; i++) {
		limits.cgroup_usage = (200 + i) * MIB;
		detect_limits(d, &limits);
		v = feed(d, sample(i, 10 * MIB + i * MIB, MIB));
	}
	assert_int_equal(v->limit, LIMIT_CGROUP);
	assert_true(v->limit_bytes == 512 * MIB);
	assert_true(fabs(v->eta - 300) < 5);
	limits.address_space = 100 * MIB;
	detect_limits(d, &limits);
	struct sample s = sample(13, 23 * MIB, MIB);
	s.v[FIGURE_VSZ] = 90 * MIB;
	v = feed(d, s);
	assert_int_equal(v->limit, LIMIT_RLIMIT);
	assert_true(fabs(v->eta - 10) < 1);
	detect_free(d);
}

static void no_limit__no_time_left(void **state)
{
	struct detect *d = engine();
	const struct verdict *v;

	(void)state;
	for (unsigned i = 0; i <= 12; i++)
		v = feed(d, sample(i, 10 * MIB + i * MIB, MIB));
	assert_int_equal(v->limit, LIMIT_NONE);
	assert_false(known(v->limit_bytes));
	assert_true(isnan(v->eta));
	detect_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(without_regions__the_size_of_heap_tells),
	        cmocka_unit_test(with_regions__the_kind_that_grows_tells),
	        cmocka_unit_test(torn_and_partial_tables__are_ignored),
	        cmocka_unit_test(a_region_that_grows_below_the_noise_of_the_whole__is_suspicious),
	        cmocka_unit_test(shared_memory__is_a_leak_of_its_own),
	        cmocka_unit_test(file_pages__are_no_leak),
	        cmocka_unit_test(memory_that_goes_to_swap__is_still_a_leak),
	        cmocka_unit_test(the_nearest_limit__gives_the_time_left),
	        cmocka_unit_test(no_limit__no_time_left),
	};

	return cmocka_run_group_tests_name("detect, where", tests, NULL, NULL);
}
