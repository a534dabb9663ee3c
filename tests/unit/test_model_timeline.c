/* SPDX-License-Identifier: MIT */
/* The thinning past, compared with a past that forgets nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/known.h"
#include "model/timeline.h"
#include "support_pass.h"

enum { POINTS = 20000 };

struct past {
	uint64_t time[POINTS], value[POINTS];
	unsigned n;
};

/* Min, max and last known value of [start, end], by looking at every point. */
static struct series_value past_between(const struct past *p, uint64_t start, uint64_t end)
{
	struct series_value v = {UNKNOWN, UNKNOWN, UNKNOWN};

	for (unsigned i = 0; i < p->n; i++) {
		if (p->time[i] < start || p->time[i] > end || !known(p->value[i]))
			continue;
		if (!known(v.min) || p->value[i] < v.min)
			v.min = p->value[i];
		if (!known(v.max) || p->value[i] > v.max)
			v.max = p->value[i];
		v.last = p->value[i];
	}
	return v;
}

/* Every item tells exactly what its points were, and no point is in two items or in none. */
static void assert_past(const struct timeline *t, const struct series *s, const struct past *p,
                        bool whole)
{
	unsigned n = timeline_count(t), at = 0;

	assert_true(n > 0);
	if (!whole)
		while (p->time[at] < t->start[timeline_slot(t, 0)])
			at++;
	for (unsigned i = 0; i < n; i++) {
		unsigned slot = timeline_slot(t, i);
		struct series_value is = series_get(s, t, slot);
		struct series_value should = past_between(p, t->start[slot], t->end[slot]);

		assert_int_equal(t->start[slot], p->time[at]);
		while (at < p->n && p->time[at] <= t->end[slot])
			at++;
		assert_int_equal(t->end[slot], p->time[at - 1]);
		assert_true(is.min == should.min && is.max == should.max && is.last == should.last);
	}
	assert_int_equal(at, p->n);
}

static void past_run(unsigned full, unsigned per_level, uint64_t width, uint64_t span, bool compact,
                     bool whole)
{
	struct past *p = calloc(1, sizeof(*p));
	struct timeline t;
	struct series s;
	uint64_t seed = 7 + full, time = 0;

	assert_non_null(p);
	assert_int_equal(timeline_init(&t, full, per_level, width, span), 0);
	assert_int_equal(series_init(&s, &t, compact), 0);
	while (p->n < POINTS) {
		struct timeline_steps steps;
		uint64_t value = dice(&seed) % 9 ? (dice(&seed) % 5000) * KB : UNKNOWN;

		time += 1 + dice(&seed) % 20 + (dice(&seed) % 500 ? 0 : 3000);
		p->time[p->n] = time;
		p->value[p->n++] = value;
		timeline_push(&t, time, false, &steps);
		series_put(&s, &t, &steps, value);
		if (p->n % 1999 == 0)
			assert_past(&t, &s, p, whole);
	}
	assert_past(&t, &s, p, whole);
	assert_true(whole || t.start[timeline_slot(&t, 0)] + span <= time);
	series_done(&s);
	timeline_done(&t);
	free(p);
}

static void timeline__nothing_forgotten__while_it_is_young(void **state)
{
	(void)state;
	past_run(100, 16, 80, 1000000, false, true);
	past_run(64, 4, 10, 10000000, true, true);
	past_run(1, 2, 1, 100000000, false, true);
}

static void timeline__older_than_its_span__drops_the_oldest_alone(void **state)
{
	(void)state;
	past_run(50, 8, 100, 10000, false, false);
	past_run(10, 4, 50, 400, true, false);
}

static void timeline_until__counts_items_that_ended(void **state)
{
	struct timeline t;
	struct timeline_steps steps;

	(void)state;
	assert_int_equal(timeline_init(&t, 8, 4, 20, 10000), 0);
	assert_int_equal(timeline_until(&t, UNKNOWN), 0);
	for (uint64_t time = 10; time <= 1000; time += 10)
		timeline_push(&t, time, time == 500, &steps);
	for (uint64_t time = 0; time <= 1010; time++) {
		unsigned n = 0;

		while (n < timeline_count(&t) && t.end[timeline_slot(&t, n)] <= time)
			n++;
		assert_int_equal(timeline_until(&t, time), n);
	}
	timeline_done(&t);
}

static void series__compact__saturates_and_keeps_unknown(void **state)
{
	struct timeline t;
	struct series s;
	struct timeline_steps steps;

	(void)state;
	assert_int_equal(timeline_init(&t, 4, 4, 10, 100), 0);
	assert_int_equal(series_init(&s, &t, true), 0);
	assert_true(series_get(&s, &t, 6).last == UNKNOWN);
	timeline_push(&t, 1, false, &steps);
	series_put(&s, &t, &steps, 9000ull << 40);
	assert_true(series_get(&s, &t, steps.slot).last == (uint64_t)(UINT32_MAX - 1) * 1024);
	timeline_push(&t, 2, false, &steps);
	series_put(&s, &t, &steps, UNKNOWN);
	assert_true(series_get(&s, &t, steps.slot).last == UNKNOWN);
	timeline_push(&t, 3, false, &steps);
	series_put(&s, &t, &steps, 0);
	assert_int_equal(series_get(&s, &t, steps.slot).last, 0);
	series_done(&s);
	timeline_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(timeline__nothing_forgotten__while_it_is_young),
	        cmocka_unit_test(timeline__older_than_its_span__drops_the_oldest_alone),
	        cmocka_unit_test(timeline_until__counts_items_that_ended),
	        cmocka_unit_test(series__compact__saturates_and_keeps_unknown),
	};

	return cmocka_run_group_tests_name("model_timeline", tests, NULL, NULL);
}
