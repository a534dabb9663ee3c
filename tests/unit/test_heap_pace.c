/* SPDX-License-Identifier: MIT */
/* How often the memory thread looks, on a clock of the test's own: what share of the time that takes, and how soon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "heap/scanner_internal.h"

#define MS NS_PER_MS

enum { LOOKS_MAX = 400 };

/* A watch of `end` ns whose n-th look takes took[n % count] ns, the first one `first`. */
struct watch {
	unsigned looks;
	uint64_t busy; /* ns, without the first */
	double worst;  /* share of the time at the end of any look but the first two */
};

static struct watch watch_of(uint64_t end, uint64_t first, const uint64_t *took, unsigned count)
{
	struct pace p = {0};
	struct watch w = {0};
	uint64_t origin = 7 * NS_PER_S, now = origin;

	while (now < origin + end && w.looks < LOOKS_MAX) {
		uint64_t t = w.looks ? took[w.looks % count] : first;
		uint64_t next = pace_next(&p, SCANNER_REST, now, now + t);
		assert_true(next >= now + SCANNER_REST && next >= now + 20 * t);
		w.busy += w.looks ? t : 0;
		/* Until the next one may begin, all of them together took their share and no more. */
		if (w.looks++) {
			double share = (double)w.busy / (double)(next - origin);
			w.worst = share > w.worst ? share : w.worst;
		}
		now = next;
	}
	return w;
}

static void pace__makes_five_looks_in_25_s__where_they_are_short(void **state)
{
	(void)state;
	for (uint64_t t = 1; t <= 250; t += 3) {
		struct watch w = watch_of(25 * NS_PER_S, t * MS, (uint64_t[]){t * MS}, 1);
		assert_int_equal(w.looks, 5);
	}
}

/* Each 20 x the last, as long as they take the same. */
static void pace__is_twenty_times_the_last__where_they_are_long(void **state)
{
	struct watch w = watch_of(100 * NS_PER_S, 500 * MS, (uint64_t[]){500 * MS}, 1);

	(void)state;
	assert_int_equal(w.looks, 10);
}

static void pace__keeps_its_share__whatever_looks_take(void **state)
{
	static const uint64_t uneven[] = {900 * MS, 10 * MS, 300 * MS, 2000 * MS, 40 * MS};
	static const uint64_t rising[] = {100 * MS, 300 * MS, 600 * MS, 1000 * MS, 1500 * MS};
	static const uint64_t bursts[] = {20 * MS, 20 * MS, 20 * MS, 20 * MS, 20 * MS, 3000 * MS};

	(void)state;
	assert_true(watch_of(900 * NS_PER_S, 50 * MS, uneven, 5).worst <= 0.05);
	assert_true(watch_of(900 * NS_PER_S, 50 * MS, rising, 5).worst <= 0.05);
	assert_true(watch_of(900 * NS_PER_S, 50 * MS, bursts, 6).worst <= 0.05);
	/* The first of a heap that is lost for the most part takes long; what follows does not pay for it twice. */
	struct watch w = watch_of(60 * NS_PER_S, 1000 * MS, (uint64_t[]){100 * MS}, 1);
	assert_int_equal(w.looks, 9);
	assert_true(w.worst <= 0.05);
}

/* Peeks are answered at once, and the looks make up for them. */
static void pace__counts__what_peeks_take(void **state)
{
	struct pace p = {0};
	uint64_t now = NS_PER_S, next = pace_next(&p, SCANNER_REST, now, now + 100 * MS);

	(void)state;
	assert_true(next == now + SCANNER_REST);
	for (unsigned n = 1; n <= 20; n++)
		next = pace_next(&p, 0, now + n * 200 * MS, now + n * 200 * MS + 100 * MS);
	assert_true(next >= now + 20 * 20 * 100 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(pace__makes_five_looks_in_25_s__where_they_are_short),
	        cmocka_unit_test(pace__is_twenty_times_the_last__where_they_are_long),
	        cmocka_unit_test(pace__keeps_its_share__whatever_looks_take),
	        cmocka_unit_test(pace__counts__what_peeks_take),
	};
	return cmocka_run_group_tests_name("heap_pace", tests, NULL, NULL);
}
