/* SPDX-License-Identifier: MIT */
/*
 * What must not matter to a verdict: how large the process is, when the watch began, how often it was
 * looked at. Every law is held against shapes that leak and shapes that do not.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_shapes.h"

#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

/* The verdict on a shape to which nothing was done; judged once. */
static struct outcome plain(enum shape s)
{
	static struct outcome outcomes[SHAPE_COUNT];
	static bool judged[SHAPE_COUNT];

	if (!judged[s])
		outcomes[s] = shape_judge(&(struct reading_of){.shape = s, .seed = 1});
	judged[s] = true;
	return outcomes[s];
}

/* What the shape does is what the verdict at the end says; everything below is only worth that. */
static void every_shape__is_called_what_it_is(void **state)
{
	(void)state;
	for (enum shape s = 0; s < SHAPE_COUNT; s++) {
		struct outcome o = plain(s);
		print_message("%-22s %s, flagged at %g, growth %.0f\n", shape_names[s],
		              verdict_kind_words[o.kind], o.flagged, o.growth);
		if (shape_leaks(s))
			assert_int_equal(o.kind, VERDICT_LEAK);
		else
			assert_int_equal(o.kind, VERDICT_NO_LEAK);
		/* What is left of a warm-up is withdrawn before the leak behind it is seen. */
		assert_in_range(o.leaks, shape_leaks(s), s == SHAPE_LEAK_WARM ? 2 : 1);
	}
}

/* `most`: the largest ratio by which the time of naming may differ, samples of slack aside. */
static void same(enum shape s, const struct outcome *a, const struct outcome *b, double most)
{
	if (a->kind != b->kind)
		fail_msg("%s: %s is now %s", shape_names[s], verdict_kind_words[a->kind],
		         verdict_kind_words[b->kind]);
	if (!shape_leaks(s))
		return;
	double low = a->flagged / most - 2, high = a->flagged * most + 2;
	if (!(b->flagged >= low && b->flagged <= high))
		fail_msg("%s: flagged at %g s, now at %g s", shape_names[s], a->flagged,
		         b->flagged);
}

static void growth_is(enum shape s, const struct outcome *a, const struct outcome *b, double times,
                      double share)
{
	if (shape_leaks(s) && !(fabs(b->growth / a->growth / times - 1) <= share))
		fail_msg("%s: %.0f B/s became %.0f B/s", shape_names[s], a->growth, b->growth);
}

/*
 * Larger bytes pass the floors that keep a few pages from being a leak sooner, so naming may come
 * earlier, never later. The ratio holds for shapes that are above the floors from the beginning.
 */
static void scale__of_all_bytes__changes_no_verdict(void **state)
{
	static const double scales[] = {2, 8};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		for (enum shape s = 0; s < SHAPE_COUNT; s++) {
			struct outcome a = plain(s);
			struct outcome b =
			        shape_judge(&(struct reading_of){.shape = s,
			                                         .seed = 1,
			                                         .scale = scales[i],
			                                         .level = scales[i] * 100 * MIB});
			bool floors = s == SHAPE_LEAK_SLOW || s == SHAPE_LEAK_FASTER;
			same(s, &a, &b, floors ? 4 : 1.1);
			if (shape_leaks(s) && b.flagged > a.flagged + 1)
				fail_msg("%s: larger, and found later", shape_names[s]);
			growth_is(s, &a, &b, scales[i], 0.1);
		}
	}
}

/*
 * What is held besides matters only where growth is small against it: then it takes more of it. So the
 * level goes down to what the shape needs and up to a multiple, but not to where growth would be lost.
 */
static void level__under_the_shape__changes_no_verdict(void **state)
{
	static const double levels[] = {70, 150, 300};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		for (enum shape s = 0; s < SHAPE_COUNT; s++) {
			struct outcome a = plain(s);
			struct outcome b =
			        shape_judge(&(struct reading_of){.shape = s,
			                                         .seed = 1,
			                                         .level = levels[i] * MIB});
			/* Growth that is small against the level needs more rises. */
			same(s, &a, &b, 2.5);
			growth_is(s, &a, &b, 1, 0.1);
		}
	}
}

static void origin__of_time__changes_nothing_at_all(void **state)
{
	static const uint64_t origins[] = {1, 3600 * NS_PER_S, 400 * 86400ull * NS_PER_S,
	                                   UINT64_C(1) << 62};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		for (enum shape s = 0; s < SHAPE_COUNT; s++) {
			struct outcome a = plain(s);
			struct outcome b = shape_judge(
			        &(struct reading_of){.shape = s, .seed = 1, .origin = origins[i]});
			same(s, &a, &b, 1);
			assert_int_equal(a.cause, b.cause);
			assert_int_equal(a.pattern, b.pattern);
			assert_int_equal(a.confidence, b.confidence);
			growth_is(s, &a, &b, 1, 1e-6);
		}
	}
}

static void samples__repeated_with_the_same_time__change_nothing_at_all(void **state)
{
	(void)state;
	for (enum shape s = 0; s < SHAPE_COUNT; s++) {
		struct outcome a = plain(s);
		struct outcome b =
		        shape_judge(&(struct reading_of){.shape = s, .seed = 1, .repeated = true});
		same(s, &a, &b, 1);
		assert_int_equal(a.cause, b.cause);
		assert_int_equal(a.confidence, b.confidence);
		growth_is(s, &a, &b, 1, 0);
	}
}

/* Two looks a millisecond apart are two looks: those that count samples may be sure sooner, not later. */
static void samples__taken_twice__change_no_verdict(void **state)
{
	(void)state;
	for (enum shape s = 0; s < SHAPE_COUNT; s++) {
		struct outcome a = plain(s);
		struct outcome b = shape_judge(&(struct reading_of){
		        .shape = s, .seed = 1, .repeated = true, .twice = NS_PER_MS});
		same(s, &a, &b, 2);
		growth_is(s, &a, &b, 1, 0.1);
	}
}

/*
 * Half the samples of the same time: at most twice as long where samples are counted. But the quick
 * argument knows no noise: between samples twice as close noise outweighs growth, and the slow one must do.
 */
static void interval__of_2_s_and_half_a_second__change_no_verdict(void **state)
{
	static const double intervals[] = {0.5, 2};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		for (enum shape s = 0; s < SHAPE_COUNT; s++) {
			struct outcome a = plain(s);
			struct outcome b =
			        shape_judge(&(struct reading_of){.shape = s,
			                                         .seed = 1,
			                                         .interval = intervals[i]});
			/* What is flagged first of a warm-up is its beginning, or the leak behind it. */
			double most = s == SHAPE_LEAK_NOISY ? 10 : s == SHAPE_LEAK_WARM ? 3 : 2.2;
			same(s, &a, &b, most);
			growth_is(s, &a, &b, 1, 0.15);
		}
	}
}

static void noise__of_another_seed__changes_no_verdict(void **state)
{
	static const enum shape noisy[] = {SHAPE_LEAK_NOISY, SHAPE_IDLE, SHAPE_NOISE};

	(void)state;
	for (uint64_t seed = 2; seed < 16; seed++) {
		for (unsigned i = 0; i < 3; i++) {
			struct outcome a = plain(noisy[i]);
			struct outcome b =
			        shape_judge(&(struct reading_of){.shape = noisy[i], .seed = seed});
			same(noisy[i], &a, &b, 2.5);
			if (!shape_leaks(noisy[i]))
				assert_int_equal(b.leaks, 0);
		}
	}
}

/* Whether swap holds a part of it, a column of its own or none: what is held is the sum. */
static void parts__of_what_is_held__are_judged_as_their_sum(void **state)
{
	(void)state;
	for (enum shape s = 0; s < SHAPE_COUNT; s++) {
		struct outcome a = plain(s), b = {0};
		struct detect *d = engine_new();
		for (unsigned i = 0; i <= SHAPE_SECONDS; i++) {
			struct sample x = sample_at(i * NS_PER_S, 100 * MIB + shape_at(s, i, 1));
			/* What is swapped out comes and goes; a page is in one place only. */
			uint64_t out = (uint64_t)(shape_noise(9, i) * 4096) * 4096;
			x.v[FIGURE_SWAP] = out;
			x.v[FIGURE_ANON] -= out;
			const struct verdict *v = sample_judge(d, &x);
			b.kind = v->kind;
			b.growth = v->growth;
			b.flagged = (double)v->flagged / (double)NS_PER_S;
		}
		detect_free(d);
		same(s, &a, &b, 1);
		growth_is(s, &a, &b, 1, 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_shape__is_called_what_it_is),
	        cmocka_unit_test(scale__of_all_bytes__changes_no_verdict),
	        cmocka_unit_test(level__under_the_shape__changes_no_verdict),
	        cmocka_unit_test(origin__of_time__changes_nothing_at_all),
	        cmocka_unit_test(samples__repeated_with_the_same_time__change_nothing_at_all),
	        cmocka_unit_test(samples__taken_twice__change_no_verdict),
	        cmocka_unit_test(interval__of_2_s_and_half_a_second__change_no_verdict),
	        cmocka_unit_test(noise__of_another_seed__changes_no_verdict),
	        cmocka_unit_test(parts__of_what_is_held__are_judged_as_their_sum),
	};

	return cmocka_run_group_tests_name("detect, invariance", tests, NULL, NULL);
}
