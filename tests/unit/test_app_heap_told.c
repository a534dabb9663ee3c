/* SPDX-License-Identifier: MIT */
/* What is found inside the heap reaches a recording, and the screen between samples. The scanner is a double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/ticker.h"
#include "double_scanner.h"
#include "double_store.h"

/* --- a recording ------------------------------------------------------------------------------------ */

static void a_recording_begun_later__has_the_looks_made_before(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);
	struct recorder *r;
	unsigned looks = 0;

	begin(state);
	sample(w, 0);
	publish(facts(0.5, 1));
	sample(w, 1);
	publish(facts(1.5, 2));
	sample(w, 2);
	r = start(RECORDER_ROOM);
	watch_record(w, r);
	publish(facts(2.5, 3));
	sample(w, 3);
	assert_int_equal(end(r).phase, RECORDER_DONE);
	for (unsigned i = 0; i < store.committed; i++)
		looks += store.rows[i].kind == 'h';
	assert_int_equal(looks, 3);
	watch_free(w);
}

/* --- the ticker ---------------------------------------------------------------------------------- */

struct ticks {
	struct watch *w;
	unsigned samples, updates, looks;
};

static enum watch_end on_sample(void *arg)
{
	struct ticks *t = arg;

	return ++t->samples == 3 ? END_QUIT : END_NOT_YET;
}

static void on_update(void *arg)
{
	struct ticks *t = arg;

	t->updates++;
	t->looks += known(look_at(t->w, UNKNOWN));
	doubles.progress.phase = HEAP_RESTING;
}

static void the_ticker__tells_of_a_look_between_samples(void **state)
{
	static const struct ticker_ops ops = {.sampled = on_sample, .updated = on_update};
	const struct options o = {.interval = 400 * NS_PER_MS, .procfs = "/proc", .heap = true};
	struct script s = {0};
	struct ticks ticks = {0};
	struct watch *w = watch_of(&s, &o);
	struct ticker t = {.watch = w,
	                   .start = clock_mono(),
	                   .duration = UNKNOWN,
	                   .exit_fd = -1,
	                   .fd = -1,
	                   .ops = &ops,
	                   .arg = &ticks};

	(void)state;
	ticks.w = w;
	sample(w, 0);
	publish(facts(0.1, 1));
	doubles.progress.phase = HEAP_MARKING;
	assert_int_equal(ticker_run(&t), END_QUIT);
	/* Once for the look, or with a sample; in any case while it was on its way. */
	assert_true(ticks.updates >= 1);
	assert_true(known(look_at(w, UNKNOWN)));
	watch_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_recording_begun_later__has_the_looks_made_before),
	        cmocka_unit_test(the_ticker__tells_of_a_look_between_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
