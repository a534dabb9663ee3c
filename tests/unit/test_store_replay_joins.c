/* SPDX-License-Identifier: MIT */
/* Neighbours that become one region, and one that becomes several, are no growth of a replay either. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support_pass.h"
#include "support_recording.h"
#include "support_replay.h"

#define BASE  0x7f0000000000ull
#define OTHER 0x7e0000000000ull

enum { EVERY = 10, PASSES = 20 };

/* A region that grows by 1 MB/s within its place, and below it one beside `parts` others; or all of those in one. */
static size_t space_of(struct vma *v, unsigned pass, size_t parts, bool together)
{
	size_t n = 0;

	v[n++] = (struct vma){OTHER, OTHER + (1ull << 30),    "rw-p", "",
	                      0,     (1 + pass * EVERY) * MB, NULL};
	v[n++] = (struct vma){BASE, BASE + (together ? parts + 4 : 4) * MB, "rw-p", "",
	                      0,    (together ? parts + 4 : 4) * MB,        NULL};
	for (size_t i = 0; i < parts && !together; i++)
		v[n++] = (struct vma){BASE + (4 + i) * MB,
		                      BASE + (5 + i) * MB,
		                      i % 2 ? "rw-p" : "r--p",
		                      "",
		                      0,
		                      MB,
		                      NULL};
	return n;
}

/* Half of the passes are of the one kind, half of the other; the moment of the last. */
static struct moment *moment_after(struct studio *s, size_t parts, bool joined, struct replay **ret)
{
	struct vma *v = calloc(parts + 2, sizeof(*v));
	struct tracker *t = tracker_new();

	assert_true(v && t);
	studio_open(s);
	for (unsigned i = 0; i < PASSES; i++) {
		uint64_t time = i * EVERY * SECOND;
		size_t n = space_of(v, i, parts, (i >= PASSES / 2) == joined);
		struct region_table *table = pass_run(t, v, n, time);

		give_sample(s, time);
		assert_int_equal(recording_regions(s->r, table), 0);
		region_table_unref(table);
		studio_commit(s);
	}
	studio_close(s);
	tracker_free(t);
	free(v);
	*ret = replay_of(s->path);
	return moment_of(*ret, replay_newest(*ret), 0);
}

static double rate_at(const struct moment *m, uint64_t start)
{
	const struct region_trend *t = moment_trend(m, row_at(m->regions, start)->id);

	assert_non_null(t);
	return t->rate;
}

enum expected { NO_GROWTH, UNSURE };

static void rates_are(struct studio *s, size_t parts, bool joined, enum expected expected)
{
	struct replay *r;
	struct moment *m = moment_after(s, parts, joined, &r);
	double rate = rate_at(m, BASE);

	if (expected == UNSURE ? !isnan(rate) : !(fabs(rate) < 1000))
		fail_msg("%zu parts: %f", parts, rate);
	/* Who had no part in it is judged as ever. */
	assert_true(fabs(rate_at(m, OTHER) - (double)MB) < 1e4);
	moment_unref(m);
	replay_free(r);
}

static void trend__of_neighbours_that_became_one__is_that_of_all(void **state)
{
	rates_are(*state, 20, true, NO_GROWTH);
}

/* What is not known to be growth is not shown as such, however many they were. */
static void trend__of_very_many_that_became_one__is_unknown(void **state)
{
	rates_are(*state, 100, true, UNSURE);
}

static void trend__of_more_than_are_looked_for__is_unknown(void **state)
{
	rates_are(*state, 2500, true, UNSURE);
}

static void trend__of_what_became_several__is_no_decline(void **state)
{
	rates_are(*state, 20, false, NO_GROWTH);
}

static void trend__of_what_became_very_many__is_no_decline(void **state)
{
	rates_are(*state, 100, false, NO_GROWTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        IN_STUDIO(trend__of_neighbours_that_became_one__is_that_of_all),
	        IN_STUDIO(trend__of_very_many_that_became_one__is_unknown),
	        IN_STUDIO(trend__of_more_than_are_looked_for__is_unknown),
	        IN_STUDIO(trend__of_what_became_several__is_no_decline),
	        IN_STUDIO(trend__of_what_became_very_many__is_no_decline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
