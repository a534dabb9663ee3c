/* SPDX-License-Identifier: MIT */
/* What looks inside the heap change about a verdict, and what they must not. */
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
#include "support_shapes.h"

#define KIB (1ull << 10)
#define MIB (1ull << 20)

enum { LEVEL = 50 << 20, LOOK_EVERY = 5, BLOCK = 48 };

/* A process second by second: all its anonymous memory, and what malloc would say of it. */
struct inside {
	uint64_t anon;       /* bytes */
	uint64_t live, kept; /* bytes of malloc's */
	double growth;       /* bytes a second of blocks of BLOCK bytes; steady when above 0 */
	uint64_t lost;       /* bytes, certain */
	double lost_growth;
	bool scans;
};
typedef void inside_at(unsigned second, struct inside *w);

struct facts_of {
	double confidence; /* of the layout */
	uint64_t torn, unread;
	unsigned from, to; /* seconds in which looks are made */
};
static const struct facts_of sure = {0.98, 0, 0, 0, 100000};

static struct heap_facts *facts_at(const struct inside *w, const struct facts_of *of,
                                   unsigned second, unsigned look)
{
	struct heap_facts *f = heap_facts_new();

	assert_non_null(f);
	f->allocator = ALLOCATOR_GLIBC;
	f->walked = true;
	f->layout_confidence = of->confidence;
	f->time = second * NS_PER_S + NS_PER_S / 4;
	f->looks = look;
	f->total.size = w->live + w->kept;
	f->total.live_bytes = w->live;
	f->total.live_blocks = w->live / BLOCK;
	f->total.free_bytes = w->kept;
	f->total.trimmable = w->kept / 10 * 9;
	f->total.torn = of->torn;
	f->total.unread = of->unread;
	f->resident = w->live + w->kept;
	f->class_count = 1;
	f->classes = calloc(1, sizeof(*f->classes));
	assert_non_null(f->classes);
	f->classes[0] = (struct heap_class){.low = BLOCK,
	                                    .high = BLOCK,
	                                    .blocks = w->live / BLOCK,
	                                    .bytes = w->live,
	                                    .growth_bytes = look > 2 ? w->growth : NAN,
	                                    .growth_blocks = look > 2 ? w->growth / BLOCK : NAN,
	                                    .steady = w->growth > 0};
	if (!w->scans)
		return f;
	f->lost = calloc(1, sizeof(*f->lost));
	assert_non_null(f->lost);
	f->lost->scans = look;
	f->lost->definitely_bytes = w->lost;
	f->lost->definitely_blocks = w->lost / BLOCK;
	f->lost->growth_bytes = look > 2 ? w->lost_growth : NAN;
	f->lost->growth_blocks = look > 2 ? w->lost_growth / BLOCK : NAN;
	return f;
}

static struct sample sample_of(const struct inside *w, unsigned second)
{
	struct sample s = sample_at(second * NS_PER_S, (double)w->anon);

	s.v[FIGURE_RSS] = s.v[FIGURE_ANON] + 4 * MIB;
	s.v[FIGURE_DATA] = s.v[FIGURE_ANON] + 8 * MIB;
	return s;
}

/* The verdict on seconds [0, end], looked into as `of` says; NULL: never. */
static struct verdict judged(struct detect *d, inside_at *at, unsigned end,
                             const struct facts_of *of)
{
	unsigned look = 0;

	for (unsigned i = 0; i <= end; i++) {
		struct inside w = {.growth = NAN};

		at(i, &w);
		struct sample s = sample_of(&w, i);
		sample_judge(d, &s);
		if (!of || i % LOOK_EVERY || i < of->from || i > of->to)
			continue;
		struct heap_facts *f = facts_at(&w, of, i, ++look);
		detect_heap(d, f);
		heap_facts_unref(f);
	}
	return *detect_verdict(d);
}

static struct verdict verdict_of(inside_at *at, unsigned end, const struct facts_of *of)
{
	struct detect *d = engine_new();
	struct verdict v = judged(d, at, end, of);

	detect_free(d);
	return v;
}

/* The evidence that says so, or NULL. */
static const struct evidence *says(const struct verdict *v, const char *text)
{
	for (unsigned i = 0; i < v->evidence_count; i++)
		if (strstr(v->evidence[i].text, text))
			return &v->evidence[i];
	return NULL;
}

/* --- shapes -------------------------------------------------------------------------------------- */

static void leak(unsigned i, struct inside *w)
{
	w->live = LEVEL + i * MIB;
	w->kept = MIB;
	w->anon = w->live + w->kept;
	w->growth = (double)MIB;
	w->scans = true;
	w->lost = i * MIB / 2;
	w->lost_growth = (double)MIB / 2;
}

/* The same blocks come and go, and what went stays in pieces. */
static void retention(unsigned i, struct inside *w)
{
	w->live = LEVEL + i % 2 * 64 * KIB;
	w->kept = i * MIB;
	w->anon = w->live + w->kept;
	w->growth = 0;
}

/* Filled in ten seconds, then freed but for survivors that pin every page. */
static void freed(unsigned i, struct inside *w)
{
	w->live = i < 10 ? 2 * MIB + i * 6 * MIB : 3 * MIB;
	w->kept = i < 10 ? 0 : 59 * MIB;
	w->anon = w->live + w->kept;
	w->growth = 0;
}

static void cache(unsigned i, struct inside *w)
{
	unsigned full = i < 30 ? i : 30;

	w->live = LEVEL + full * MIB;
	w->anon = w->live;
	w->growth = i < 30 ? (double)MIB : 0;
	w->scans = true;
}

static void churn(unsigned i, struct inside *w)
{
	w->live = LEVEL + i * 37 % 11 * 2 * MIB;
	w->kept = 30 * MIB - i * 37 % 11 * 2 * MIB;
	w->anon = w->live + w->kept;
	w->growth = 0;
}

/* The heap says that blocks come, the process does not grow at all. */
static void contradiction(unsigned i, struct inside *w)
{
	leak(i, w);
	w->anon = LEVEL;
}

/* Up and down by far more than what is lost. */
static void lost_below_noise(unsigned i, struct inside *w)
{
	uint64_t wave = i * 37 % 11 * MIB / 4;

	w->live = LEVEL + i * 512 * KIB + wave;
	w->anon = w->live + wave;
	w->growth = 512.0 * (double)KIB;
	w->scans = true;
	w->lost = i * 512 * KIB;
	w->lost_growth = 512.0 * (double)KIB;
}

/* --- leaks --------------------------------------------------------------------------------------- */

static void a_leak__names_the_size_of_its_blocks_and_those_nobody_points_to(void **state)
{
	struct verdict v = verdict_of(leak, 60, &sure), without = verdict_of(leak, 60, NULL);

	(void)state;
	assert_int_equal(v.kind, VERDICT_LEAK);
	assert_int_equal(v.cause, CAUSE_LEAK);
	assert_non_null(says(&v, "blocks of 48 bytes: +21,845 /s, "));
	assert_true(says(&v, "blocks of 48 bytes")->is_for);
	assert_non_null(says(&v, "live blocks grew by "));
	assert_non_null(says(&v, "blocks that nobody points to, "));
	assert_non_null(says(&v, ", growing by 10,923 /s"));
	assert_true(v.confidence > without.confidence);
}

/* Lost blocks of which nobody knows yet whether more come, and such as do not. */
static void lost_once(unsigned i, struct inside *w)
{
	leak(i, w);
	w->lost = 8 * MIB;
	w->lost_growth = 0;
}

static void lost_lately(unsigned i, struct inside *w)
{
	lost_once(i, w);
	w->lost_growth = NAN;
}

static void that_no_more_are_lost__is_said_only_when_it_is_known(void **state)
{
	struct verdict once = verdict_of(lost_once, 60, &sure);
	struct verdict lately = verdict_of(lost_lately, 60, &sure);

	(void)state;
	assert_non_null(says(&once, "blocks that nobody points to, 8.0 MB, and no more come"));
	assert_non_null(says(&lately, "blocks that nobody points to, 8.0 MB"));
	assert_null(says(&lately, "no more come"));
}

static void blocks_lost_for_good__make_a_leak_of_a_suspicion_after_five_scans(void **state)
{
	struct facts_of four = {0.98, 0, 0, 40, 59};
	unsigned suspicious = 0, leaks = 0;

	(void)state;
	for (unsigned end = 30; end <= 60; end += 5) {
		struct verdict without = verdict_of(lost_below_noise, end, NULL);

		if (without.kind != VERDICT_SUSPICIOUS)
			continue;
		suspicious++;
		leaks += verdict_of(lost_below_noise, end, &sure).kind == VERDICT_LEAK;
		assert_int_equal(verdict_of(lost_below_noise, end, &four).kind, VERDICT_SUSPICIOUS);
	}
	assert_true(suspicious > 0);
	assert_int_equal(leaks, suspicious);
}

/* --- retention ----------------------------------------------------------------------------------- */

static void growth_of_what_was_freed__is_retention_and_no_leak(void **state)
{
	struct verdict v = verdict_of(retention, 60, &sure);

	(void)state;
	assert_int_equal(verdict_of(retention, 60, NULL).kind, VERDICT_LEAK);
	assert_int_equal(v.kind, VERDICT_SUSPICIOUS);
	assert_int_equal(v.cause, CAUSE_RETENTION);
	assert_non_null(strstr(v.reason, "malloc keeps "));
	assert_string_equal(v.condition, "live blocks grew along with it");
	assert_non_null(says(&v, "is free inside malloc; malloc_trim(0) would return "));
	assert_false(says(&v, "is free inside malloc")->is_for);
	assert_non_null(says(&v, "live blocks did not grow with it: of "));
	assert_null(says(&v, "blocks of 48 bytes"));
}

/* Blocks of all sizes that come and go in many arenas wear these out, a little at a time. */
static void wear(unsigned i, struct inside *w)
{
	w->live = LEVEL;
	w->kept = i * 32 * KIB;
	w->growth = 0;
	w->anon = w->live + w->kept;
}

static void growth_below_a_megabyte__is_put_down_to_what_was_freed_as_well(void **state)
{
	struct verdict blind = verdict_of(wear, 30, NULL);
	struct verdict v = verdict_of(wear, 30, &sure);

	(void)state;
	assert_int_equal(blind.kind, VERDICT_LEAK);
	assert_int_equal(v.kind, VERDICT_SUSPICIOUS);
	assert_int_equal(v.cause, CAUSE_RETENTION);
	assert_true(v.confidence < blind.confidence);
}

static void memory_that_was_freed_and_kept__is_the_cause_of_a_calm_verdict(void **state)
{
	struct verdict v = verdict_of(freed, 60, &sure), without = verdict_of(freed, 60, NULL);

	(void)state;
	assert_int_equal(v.kind, VERDICT_NO_LEAK);
	assert_int_equal(v.kind, without.kind);
	assert_int_not_equal(without.cause, CAUSE_RETENTION);
	assert_int_equal(v.cause, CAUSE_RETENTION);
	assert_non_null(strstr(v.reason, "59.0 MB"));
	assert_non_null(strstr(v.reason, "free inside malloc"));
}

/* Nobody looked when it was given back: what malloc kept before is not "kept" any more. */
static void freed_and_given_back(unsigned second, struct inside *w)
{
	freed(second, w);
	if (second >= 40)
		w->anon = 20 * (uint64_t)MIB;
}

static void memory_that_was_given_back__is_not_told_as_kept(void **state)
{
	struct facts_of early = {0.98, 0, 0, 0, 30};
	struct verdict before = verdict_of(freed_and_given_back, 39, &early),
	               v = verdict_of(freed_and_given_back, 60, &early);

	(void)state;
	assert_int_equal(before.cause, CAUSE_RETENTION);
	assert_int_not_equal(v.cause, CAUSE_RETENTION);
	assert_null(strstr(v.reason, "free inside malloc"));
	for (unsigned i = 0; i < v.evidence_count; i++)
		assert_null(strstr(v.evidence[i].text, "free inside malloc"));
}

static void growth_that_goes_on_when_nobody_looks_any_more__is_a_leak_again(void **state)
{
	struct facts_of early = {0.98, 0, 0, 0, 30};

	(void)state;
	assert_int_equal(verdict_of(retention, 40, &early).cause, CAUSE_RETENTION);
	assert_int_equal(verdict_of(retention, 120, &early).cause, CAUSE_LEAK);
}

static void two_looks__put_nothing_down_to_retention(void **state)
{
	struct facts_of two = {0.98, 0, 0, 50, 59};

	(void)state;
	assert_int_equal(verdict_of(retention, 60, &two).kind, VERDICT_LEAK);
}

/* --- neither ------------------------------------------------------------------------------------- */

static void a_cache__is_judged_as_it_is_without_and_no_block_is_lost(void **state)
{
	struct verdict filling = verdict_of(cache, 28, &sure), full = verdict_of(cache, 120, &sure);

	(void)state;
	assert_int_equal(filling.kind, verdict_of(cache, 28, NULL).kind);
	assert_non_null(says(&filling, "no block was found that nobody points to"));
	assert_int_equal(full.kind, VERDICT_NO_LEAK);
	assert_int_equal(full.cause, CAUSE_WARM_UP);
	assert_null(says(&full, "blocks of 48 bytes"));
}

static void churn_inside_a_heap__says_nothing_of_growth(void **state)
{
	struct verdict v = verdict_of(churn, 120, &sure);

	(void)state;
	assert_int_equal(v.kind, verdict_of(churn, 120, NULL).kind);
	assert_null(says(&v, "live blocks grew"));
	assert_null(says(&v, "blocks of 48 bytes"));
}

static void facts_that_contradict_the_course__are_told_and_change_no_verdict(void **state)
{
	struct verdict v = verdict_of(contradiction, 60, &sure);

	(void)state;
	assert_int_equal(v.kind, VERDICT_NO_LEAK);
	assert_int_equal(v.kind, verdict_of(contradiction, 60, NULL).kind);
	assert_non_null(says(&v, "blocks of 48 bytes"));
	assert_true(v.confidence < 30);
}

/* --- what is not believed ---------------------------------------------------------------------------- */

static void facts_that_are_unsure__change_nothing_at_all(void **state)
{
	struct facts_of unsure[] = {{0.89, 0, 0, 0, 1000},
	                            {NAN, 0, 0, 0, 1000},
	                            {0.98, 1000, 0, 0, 1000},
	                            {0.98, 0, 50 * MIB, 0, 1000}};
	inside_at *all[] = {leak, retention, freed, cache, lost_below_noise};

	(void)state;
	for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
		struct verdict v, without = verdict_of(all[k], 60, NULL);
		for (size_t i = 0; i < sizeof(unsure) / sizeof(unsure[0]); i++) {
			v = verdict_of(all[k], 60, &unsure[i]);
			assert_memory_equal(&v, &without, sizeof(v));
		}
	}
}

static void facts_that_come_late__change_nothing(void **state)
{
	struct detect *d = engine_new();
	struct verdict before = judged(d, retention, 60, &sure);
	struct inside w = {0};

	(void)state;
	leak(20, &w);
	struct heap_facts *f = facts_at(&w, &sure, 20, 40);
	detect_heap(d, f);
	assert_memory_equal(detect_verdict(d), &before, sizeof(before));
	heap_facts_unref(f);
	detect_free(d);
}

static void facts_of_another_image__change_nothing(void **state)
{
	struct detect *d = engine_new();
	struct inside w = {0};

	(void)state;
	judged(d, freed, 60, &sure);
	freed(60, &w);
	for (unsigned i = 61; i < 100; i++) {
		struct sample s = sample_of(&w, i);
		s.flags |= i == 61 ? SAMPLE_EPOCH : 0;
		sample_judge(d, &s);
	}
	struct heap_facts *f = facts_at(&w, &sure, 60, 20);
	detect_heap(d, f);
	assert_int_equal(detect_verdict(d)->cause, CAUSE_NONE);
	heap_facts_unref(f);
	f = facts_at(&w, &sure, 99, 1);
	detect_heap(d, f);
	assert_int_equal(detect_verdict(d)->cause, CAUSE_RETENTION);
	heap_facts_unref(f);
	detect_free(d);
}

static void facts_that_are_withdrawn__leave_the_verdict_that_the_course_gives(void **state)
{
	struct detect *d = engine_new();

	(void)state;
	assert_int_equal(judged(d, retention, 60, &sure).cause, CAUSE_RETENTION);
	detect_heap(d, NULL);
	assert_int_equal(detect_verdict(d)->kind, VERDICT_LEAK);
	assert_null(says(detect_verdict(d), "malloc"));
	detect_free(d);
}

static void facts_before_the_first_sample__are_left_out(void **state)
{
	struct detect *d = engine_new();
	struct inside w = {0};

	(void)state;
	freed(60, &w);
	struct heap_facts *f = facts_at(&w, &sure, 0, 1);
	detect_heap(d, f);
	assert_int_equal(detect_verdict(d)->kind, VERDICT_UNKNOWN);
	heap_facts_unref(f);
	detect_free(d);
}

static void the_same_looks__give_the_same_verdict_however_many(void **state)
{
	struct verdict a = verdict_of(leak, 600, &sure), b = verdict_of(leak, 600, &sure);

	(void)state;
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(a.kind, VERDICT_LEAK);
	assert_int_equal(verdict_of(retention, 600, &sure).cause, CAUSE_RETENTION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_leak__names_the_size_of_its_blocks_and_those_nobody_points_to),
	        cmocka_unit_test(that_no_more_are_lost__is_said_only_when_it_is_known),
	        cmocka_unit_test(blocks_lost_for_good__make_a_leak_of_a_suspicion_after_five_scans),
	        cmocka_unit_test(growth_of_what_was_freed__is_retention_and_no_leak),
	        cmocka_unit_test(growth_below_a_megabyte__is_put_down_to_what_was_freed_as_well),
	        cmocka_unit_test(memory_that_was_freed_and_kept__is_the_cause_of_a_calm_verdict),
	        cmocka_unit_test(memory_that_was_given_back__is_not_told_as_kept),
	        cmocka_unit_test(growth_that_goes_on_when_nobody_looks_any_more__is_a_leak_again),
	        cmocka_unit_test(two_looks__put_nothing_down_to_retention),
	        cmocka_unit_test(a_cache__is_judged_as_it_is_without_and_no_block_is_lost),
	        cmocka_unit_test(churn_inside_a_heap__says_nothing_of_growth),
	        cmocka_unit_test(facts_that_contradict_the_course__are_told_and_change_no_verdict),
	        cmocka_unit_test(facts_that_are_unsure__change_nothing_at_all),
	        cmocka_unit_test(facts_that_come_late__change_nothing),
	        cmocka_unit_test(facts_of_another_image__change_nothing),
	        cmocka_unit_test(facts_that_are_withdrawn__leave_the_verdict_that_the_course_gives),
	        cmocka_unit_test(facts_before_the_first_sample__are_left_out),
	        cmocka_unit_test(the_same_looks__give_the_same_verdict_however_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
