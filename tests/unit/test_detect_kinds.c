/* SPDX-License-Identifier: MIT */
/* A leak that hides: in a kind of region, in one region, in huge pages or swap, in ever more mappings. */
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
#include "detect/detect_internal.h"

#define KIB (1ull << 10)
#define MIB (1ull << 20)

enum { ROWS_MAX = 512 };

/* A process second by second: its sample, and its regions when there are any. */
struct world {
	struct sample sample;
	unsigned rows;
	struct {
		enum region_kind kind;
		uint64_t weight, swap;
	} row[ROWS_MAX];
};

typedef void world_at(unsigned second, struct world *w);

static void add(struct world *w, enum region_kind kind, uint64_t weight)
{
	assert_in_range(w->rows, 0, ROWS_MAX - 1);
	w->row[w->rows].kind = kind;
	w->row[w->rows].swap = 0;
	w->row[w->rows++].weight = weight;
}

/* Private memory of this size, with the address space it takes. */
static void holds(struct world *w, uint64_t anon)
{
	uint64_t *v = w->sample.v;

	v[FIGURE_ANON] = anon;
	v[FIGURE_RSS] = anon + 4 * MIB;
	v[FIGURE_SWAP] = v[FIGURE_SHMEM] = 0;
	v[FIGURE_FILE] = 4 * MIB;
	v[FIGURE_DATA] = anon + 8 * MIB;
	v[FIGURE_VSZ] = anon + 20 * MIB;
	v[FIGURE_THREADS] = 4;
}

/* Up and down without end, 210 MiB high: quick jobs on top of slow ones. */
static uint64_t noise(unsigned second)
{
	return second * 37 % 11 * 6 * MIB + second / 23 * 3 % 7 * 25 * MIB;
}

static struct region *region_new(const struct world *w, unsigned i)
{
	bool shared = w->row[i].kind == REGION_SHM || w->row[i].kind == REGION_FILE;
	struct region *r = calloc(1, sizeof(*r) + 1);

	assert_non_null(r);
	atomic_init(&r->refs, 1);
	r->id = i + 1;
	r->kind = w->row[i].kind;
	r->size = w->row[i].weight + MIB;
	r->start = (i + 1ull) << 32;
	r->bytes[SMAPS_RSS] = w->row[i].weight;
	r->bytes[SMAPS_ANONYMOUS] = shared ? 0 : w->row[i].weight;
	r->bytes[SMAPS_SWAP] = w->row[i].swap;
	return r;
}

static struct region_table *table_new(const struct world *w, unsigned second)
{
	struct region_table *t = calloc(1, sizeof(*t) + w->rows * sizeof(t->rows[0]));

	assert_non_null(t);
	atomic_init(&t->refs, 1);
	t->time = second * NS_PER_S + NS_PER_S / 2;
	t->count = w->rows;
	for (unsigned i = 0; i < w->rows; i++)
		t->rows[i] = region_new(w, i);
	return t;
}

/* One second of the world; the verdict after it. */
static const struct verdict *live(struct detect *d, world_at *at, unsigned second)
{
	static struct world w;

	memset(&w, 0, sizeof(w));
	sample_init(&w.sample);
	w.sample.time = second * NS_PER_S;
	w.sample.flags = SAMPLE_FRESH;
	holds(&w, 60 * MIB);
	at(second, &w);
	assert_int_equal(detect_sample(d, &w.sample), 0);
	if (w.rows) {
		struct region_table *t = table_new(&w, second);
		assert_int_equal(detect_regions(d, t), 0);
		region_table_unref(t);
	}
	return detect_verdict(d);
}

/* What the verdict was over a stretch of seconds. */
struct seen {
	unsigned kinds[VERDICT_KIND_COUNT];
	unsigned first[VERDICT_KIND_COUNT]; /* second of the first; 0: never */
	unsigned regions;                   /* verdicts that name a region */
	struct verdict last;
};

static struct seen watch(world_at *at, unsigned from, unsigned to)
{
	struct detect *d = detect_new();
	struct seen s = {0};

	assert_non_null(d);
	for (unsigned i = 0; i <= to; i++) {
		const struct verdict *v = live(d, at, i);
		if (i < from)
			continue;
		if (!s.kinds[v->kind]++)
			s.first[v->kind] = i;
		s.regions += strstr(v->reason, "the region") != NULL;
		s.last = *v;
	}
	detect_free(d);
	return s;
}

/* --- sums of a kind ------------------------------------------------------------------------------ */

/* A thread a second that nobody joins: 128 KiB of its stack are touched. */
static void threads_below_noise(unsigned i, struct world *w)
{
	holds(w, 60 * MIB + noise(i) + i * 128 * KIB);
	w->sample.v[FIGURE_DATA] += i * 8 * MIB;
	add(w, REGION_ANON, 60 * MIB + noise(i));
	for (unsigned k = 0; k < i; k++)
		add(w, REGION_STACK, 128 * KIB);
}

static void thread_stacks_below_a_noisy_total__are_suspicious_and_then_a_leak(void **state)
{
	struct seen s = watch(threads_below_noise, 0, 100);

	(void)state;
	assert_int_equal(s.last.kind, VERDICT_SUSPICIOUS);
	assert_int_equal(s.last.where, WHERE_STACK);
	assert_int_equal(strncmp(s.last.reason, "thread stacks grew by", 21), 0);
	assert_int_equal(s.kinds[VERDICT_LEAK], 0);
	s = watch(threads_below_noise, 0, 300);
	assert_int_equal(s.last.kind, VERDICT_LEAK);
	assert_int_equal(s.last.where, WHERE_STACK);
	/* 16 MiB are 128 of them. */
	assert_true(s.first[VERDICT_LEAK] >= 128);
}

/* Twenty arenas, each of which grows a little; none of them grows by much. */
static void arenas_below_noise(unsigned i, struct world *w)
{
	holds(w, 80 * MIB + noise(i) + 20 * i * 12 * KIB);
	add(w, REGION_ANON, 60 * MIB + noise(i));
	for (unsigned k = 0; k < 20; k++)
		add(w, REGION_ARENA, MIB + i * 12 * KIB);
}

static void arenas_that_grow_together__are_named_together(void **state)
{
	struct seen s = watch(arenas_below_noise, 0, 60);

	(void)state;
	assert_int_equal(s.last.kind, VERDICT_SUSPICIOUS);
	assert_int_equal(s.last.where, WHERE_ARENA);
	assert_int_equal(strncmp(s.last.reason, "malloc arenas grew by", 21), 0);
	assert_true(strstr(s.last.condition, "material") != NULL);
	assert_int_equal(watch(arenas_below_noise, 0, 180).last.kind, VERDICT_LEAK);
}

/* --- one region ---------------------------------------------------------------------------------- */

static void one_below_noise(unsigned i, struct world *w)
{
	holds(w, 60 * MIB + noise(i) + i * 128 * KIB);
	add(w, REGION_ANON, 50 * MIB + noise(i));
	add(w, REGION_ANON, 10 * MIB + i * 128 * KIB);
}

static void one_region_below_a_noisy_total__is_a_leak_once_it_is_material(void **state)
{
	struct seen s = watch(one_below_noise, 0, 90);

	(void)state;
	assert_int_equal(s.last.kind, VERDICT_SUSPICIOUS);
	assert_non_null(strstr(s.last.reason, "the region "));
	s = watch(one_below_noise, 0, 300);
	assert_int_equal(s.last.kind, VERDICT_LEAK);
	assert_int_equal(s.last.where, WHERE_ANONYMOUS);
	assert_non_null(strstr(s.last.reason, "the region "));
	assert_true(s.first[VERDICT_SUSPICIOUS] && s.first[VERDICT_SUSPICIOUS] < 90);
	assert_true(s.first[VERDICT_LEAK] >= 128);
	/* Once material it stays so, whatever the level of the whole does. */
	assert_int_equal(s.kinds[VERDICT_LEAK], 300 - s.first[VERDICT_LEAK] + 1);
}

/* What one region gains another loses. */
static void moved(unsigned i, struct world *w)
{
	uint64_t part = i * 256 * KIB;

	holds(w, 120 * MIB + i * 37 % 11 * 6 * MIB);
	w->sample.v[FIGURE_DATA] = 300 * MIB + part;
	add(w, REGION_ANON, 100 * MIB + i * 37 % 11 * 6 * MIB - part);
	add(w, REGION_ANON, 10 * MIB + part);
}

static void memory_that_moves_between_regions__is_no_leak(void **state)
{
	struct seen s = watch(moved, 0, 300);

	(void)state;
	assert_int_equal(s.kinds[VERDICT_LEAK], 0);
}

static void filled(unsigned i, struct world *w)
{
	one_below_noise(i, w);
	w->sample.v[FIGURE_DATA] = 800 * MIB;
}

static void a_region_that_fills_what_was_reserved__is_no_leak_of_the_process(void **state)
{
	struct seen s = watch(filled, 0, 300);

	(void)state;
	assert_int_equal(s.kinds[VERDICT_LEAK], 0);
	assert_int_equal(s.last.kind, VERDICT_SUSPICIOUS);
	assert_non_null(strstr(s.last.condition, "reserved"));
}

static void grows_in(enum region_kind kind, unsigned i, struct world *w)
{
	bool file = kind == REGION_FILE;

	holds(w, 60 * MIB + noise(i) + (file ? 0 : i * 128 * KIB));
	w->sample.v[FIGURE_FILE] += file ? i * 128 * KIB + noise(i) : 0;
	add(w, REGION_ANON, 50 * MIB + noise(i));
	add(w, kind, 10 * MIB + i * 128 * KIB);
}

static void code(unsigned i, struct world *w)
{
	grows_in(REGION_JIT, i, w);
}

static void reserve(unsigned i, struct world *w)
{
	grows_in(REGION_RESERVED, i, w);
}

static void file(unsigned i, struct world *w)
{
	grows_in(REGION_FILE, i, w);
}

static void code_reserves_and_files__are_no_part_that_leaks(void **state)
{
	static world_at *const each[] = {code, reserve, file};

	(void)state;
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct seen s = watch(each[i], 0, 100);
		assert_int_equal(s.kinds[VERDICT_LEAK], 0);
		assert_int_equal(s.regions, 0);
	}
	assert_true(watch(one_below_noise, 0, 100).regions > 50);
}

/* --- memory outside of anonymous pages ------------------------------------------------------------- */

static void private_huge(unsigned i, struct world *w)
{
	w->sample.v[FIGURE_HUGETLB] = i * 2 * MIB;
	w->sample.v[FIGURE_DATA] += i * 2 * MIB;
}

static void private_huge_pages__are_memory_of_the_process(void **state)
{
	struct seen s = watch(private_huge, 0, 15);

	(void)state;
	assert_int_equal(s.last.kind, VERDICT_LEAK);
	assert_in_range(s.first[VERDICT_LEAK], 10, 15);
}

static void swapped_out(unsigned i, struct world *w)
{
	/* A noisy RSS that does not grow: the kernel takes what is lost. */
	w->sample.v[FIGURE_ANON] = 60 * MIB;
	w->sample.v[FIGURE_SWAP] = i * MIB;
	w->sample.v[FIGURE_DATA] += i * MIB;
}

static void a_leak_that_is_swapped_out__is_found_while_rss_is_flat(void **state)
{
	struct seen s = watch(swapped_out, 0, 15);

	(void)state;
	assert_int_equal(s.last.kind, VERDICT_LEAK);
	assert_int_equal(s.last.where, WHERE_SWAP);
}

/* RssShmem stands still, for the kernel swaps as much out as comes; VmSwap does not count it. */
static void shared_swapped(unsigned i, struct world *w)
{
	w->sample.v[FIGURE_SHMEM] = 10 * MIB;
	w->sample.v[FIGURE_VSZ] += i * 512 * KIB;
	add(w, REGION_ANON, 60 * MIB);
	add(w, REGION_SHM, 10 * MIB);
	w->row[1].swap = i * 512 * KIB;
}

static void shared_memory_in_swap__is_found_in_its_regions(void **state)
{
	struct seen s = watch(shared_swapped, 0, 30);

	(void)state;
	assert_int_equal(s.last.kind, VERDICT_SUSPICIOUS);
	assert_int_equal(s.last.where, WHERE_SHMEM);
	s = watch(shared_swapped, 0, 120);
	assert_int_equal(s.last.kind, VERDICT_LEAK);
	assert_int_equal(s.last.where, WHERE_SHMEM);
}

/* --- counts -------------------------------------------------------------------------------------- */

static void ever_more_mappings(unsigned i, struct world *w)
{
	w->sample.v[FIGURE_MAPS] = 4202 + i * 31 / 60;
	w->sample.v[FIGURE_VSZ] += i * 31 / 60 * 4 * KIB;
}

static void ever_more_mappings__are_suspicious_and_never_a_leak(void **state)
{
	struct seen s = watch(ever_more_mappings, 0, 600);

	(void)state;
	assert_int_equal(s.last.kind, VERDICT_SUSPICIOUS);
	assert_int_equal(s.kinds[VERDICT_LEAK], 0);
	assert_true(s.first[VERDICT_SUSPICIOUS] <= 180);
	assert_non_null(strstr(s.last.reason, "mappings grow by 31/min: 4,512 now"));
	assert_null(strstr(s.last.reason, "limit"));
	assert_true(isnan(s.last.eta));
	/* The rate is one of bytes, and memory stands still. */
	assert_true(s.last.growth == 0);
}

static void a_limit_of_mappings__is_told(void **state)
{
	struct detect *d = detect_new();
	struct detect_limits limits = detect_no_limits();

	(void)state;
	assert_non_null(d);
	limits.mappings = 65530;
	detect_limits(d, &limits);
	for (unsigned i = 0; i <= 300; i++)
		live(d, ever_more_mappings, i);
	assert_non_null(strstr(detect_verdict(d)->reason, ", limit 65,530"));
	detect_free(d);
}

static void held_mappings(unsigned i, struct world *w)
{
	ever_more_mappings(i, w);
	w->sample.flags = i % 2 ? SAMPLE_FRESH | SAMPLE_TORN : 0;
}

static void mappings_of_old_and_torn_passes__count_for_nothing(void **state)
{
	(void)state;
	assert_int_equal(watch(held_mappings, 0, 600).kinds[VERDICT_SUSPICIOUS], 0);
}

static void ever_more_threads(unsigned i, struct world *w)
{
	w->sample.v[FIGURE_THREADS] = 4 + i / 2;
	w->sample.v[FIGURE_VSZ] += i / 2 * 8 * MIB;
}

static void ever_more_threads__are_suspicious_and_never_a_leak(void **state)
{
	struct seen s = watch(ever_more_threads, 0, 240);

	(void)state;
	assert_int_equal(s.last.kind, VERDICT_SUSPICIOUS);
	assert_int_equal(s.last.where, WHERE_STACK);
	assert_int_equal(s.kinds[VERDICT_LEAK], 0);
	assert_non_null(strstr(s.last.reason, "threads grow by 30/min: 124 now"));
}

static void pool_cycles(unsigned i, struct world *w)
{
	unsigned phase = i % 120;

	w->sample.v[FIGURE_THREADS] = 4 + (phase < 60 ? phase : 120 - phase) / 2;
	holds(w, 60 * MIB + w->sample.v[FIGURE_THREADS] * 8 * KIB);
	w->sample.v[FIGURE_THREADS] = 4 + (phase < 60 ? phase : 120 - phase) / 2;
}

static void a_pool_that_follows_its_load__is_not_suspicious(void **state)
{
	/* The first rise cannot be told from one without end. */
	struct seen s = watch(pool_cycles, 90, 1200);

	(void)state;
	assert_int_equal(s.kinds[VERDICT_SUSPICIOUS], 0);
	assert_int_equal(s.kinds[VERDICT_LEAK], 0);
}

static void pool_warms_up(unsigned i, struct world *w)
{
	uint64_t threads = 4 + (i < 45 ? i * 4 / 3 : 60);

	holds(w, 60 * MIB + (threads - 4) * 12 * KIB);
	w->sample.v[FIGURE_THREADS] = threads;
	w->sample.v[FIGURE_DATA] += (threads - 4) * 8 * MIB;
	add(w, REGION_ANON, 60 * MIB);
	for (unsigned k = 4; k < threads; k++)
		add(w, REGION_STACK, 12 * KIB);
}

static void a_pool_that_warms_up__is_no_leak(void **state)
{
	/* Base, stacks and count rise evenly for a while; when they rest, all is said. */
	struct seen s = watch(pool_warms_up, 60, 180);

	(void)state;
	assert_int_equal(s.kinds[VERDICT_LEAK], 0);
	assert_int_equal(s.kinds[VERDICT_SUSPICIOUS], 0);
	assert_int_equal(s.last.kind, VERDICT_NO_LEAK);
}

/* --- cost ---------------------------------------------------------------------------------------- */

static size_t bytes_of(const struct track *t)
{
	return t->series ? series_room(t->series) : 0;
}

static void ten_series__take_less_than_a_mebibyte(void **state)
{
	struct detect *d = detect_new();
	unsigned series = 0;
	size_t bytes = 0;

	(void)state;
	assert_non_null(d);
	for (unsigned i = 0; i < 3600; i++)
		live(d, one_below_noise, i);
	for (unsigned i = 0; i < TRACK_COUNT; i++) {
		series += bytes_of(&d->track[i]) > 0;
		bytes += bytes_of(&d->track[i]);
	}
	for (unsigned i = 0; i < REGION_PARTS; i++) {
		struct region_track *part = regions_part(&d->regions, i);
		series += part && bytes_of(&part->track);
		bytes += part ? bytes_of(&part->track) : 0;
	}
	assert_in_range(series, 6, 16);
	assert_true(bytes / series < 24 * KIB);
	/* For ever, that is with every level full. */
	assert_true(sizeof(*d) +
	                    10 * (sizeof(struct series) + SERIES_POINTS * sizeof(struct point)) <
	            MIB);
	detect_free(d);
}

static size_t bytes_of_all(struct detect *d)
{
	size_t bytes = 0;

	for (unsigned i = 0; i < TRACK_COUNT; i++)
		bytes += bytes_of(&d->track[i]);
	for (unsigned i = 0; i < REGION_PARTS; i++) {
		struct region_track *part = regions_part(&d->regions, i);
		bytes += part ? bytes_of(&part->track) : 0;
	}
	return bytes;
}

static void detect_settle__has_a_series_take_at_once__what_it_will_need(void **state)
{
	struct detect *plain = detect_new(), *settled = detect_new();

	(void)state;
	assert_non_null(plain);
	assert_non_null(settled);
	detect_settle(settled);
	assert_int_equal(bytes_of_all(settled), 0);
	for (unsigned i = 0; i < 200; i++) {
		live(plain, one_below_noise, i);
		live(settled, one_below_noise, i);
	}
	size_t before = bytes_of_all(settled);
	assert_true(before > 3 * bytes_of_all(plain));
	for (unsigned i = 200; i < 2200; i++)
		live(settled, one_below_noise, i);
	assert_int_equal(bytes_of_all(settled), before);
	detect_free(plain);
	detect_free(settled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(thread_stacks_below_a_noisy_total__are_suspicious_and_then_a_leak),
	        cmocka_unit_test(arenas_that_grow_together__are_named_together),
	        cmocka_unit_test(one_region_below_a_noisy_total__is_a_leak_once_it_is_material),
	        cmocka_unit_test(memory_that_moves_between_regions__is_no_leak),
	        cmocka_unit_test(a_region_that_fills_what_was_reserved__is_no_leak_of_the_process),
	        cmocka_unit_test(code_reserves_and_files__are_no_part_that_leaks),
	        cmocka_unit_test(private_huge_pages__are_memory_of_the_process),
	        cmocka_unit_test(a_leak_that_is_swapped_out__is_found_while_rss_is_flat),
	        cmocka_unit_test(shared_memory_in_swap__is_found_in_its_regions),
	        cmocka_unit_test(ever_more_mappings__are_suspicious_and_never_a_leak),
	        cmocka_unit_test(a_limit_of_mappings__is_told),
	        cmocka_unit_test(mappings_of_old_and_torn_passes__count_for_nothing),
	        cmocka_unit_test(ever_more_threads__are_suspicious_and_never_a_leak),
	        cmocka_unit_test(a_pool_that_follows_its_load__is_not_suspicious),
	        cmocka_unit_test(a_pool_that_warms_up__is_no_leak),
	        cmocka_unit_test(detect_settle__has_a_series_take_at_once__what_it_will_need),
	        cmocka_unit_test(ten_series__take_less_than_a_mebibyte),
	};

	return cmocka_run_group_tests_name("detect, kinds", tests, NULL, NULL);
}
