/* SPDX-License-Identifier: MIT */
/* What is found inside the heap reaches a recording, and the screen between samples. The scanner is a double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/recorder.h"
#include "app/ticker.h"
#include "double_scanner.h"

/* --- a recording ------------------------------------------------------------------------------------ */

static unsigned written; /* looks; by the recorder's thread, which has ended when it is read */

static int store_open(const struct recording_options *o, struct recording **ret,
                      struct fault *fault)
{
	(void)o;
	(void)ret;
	(void)fault;
	return 0;
}

static int store_image(struct recording *r, uint64_t time, const struct target *t)
{
	(void)r;
	(void)time;
	(void)t;
	return 0;
}

static int store_sample(struct recording *r, const struct sample *s, uint64_t span,
                        const struct sample extremes[2])
{
	(void)r;
	(void)s;
	(void)span;
	(void)extremes;
	return 0;
}

static int store_heap(struct recording *r, const struct heap_facts *f)
{
	(void)r;
	(void)f;
	written++;
	return 0;
}

static int store_event(struct recording *r, const struct event *e)
{
	(void)r;
	(void)e;
	return 0;
}

static int store_verdict(struct recording *r, uint64_t time, const struct verdict *v)
{
	(void)r;
	(void)time;
	(void)v;
	return 0;
}

static int store_fact(struct recording *r, const char *key, const char *value)
{
	(void)r;
	(void)key;
	(void)value;
	return 0;
}

static int store_commit(struct recording *r, struct fault *fault)
{
	(void)r;
	(void)fault;
	return 0;
}

static uint64_t store_size(const struct recording *r)
{
	(void)r;
	return 1;
}

static void store_close(struct recording *r)
{
	(void)r;
}

static void a_recording_begun_later__has_the_looks_made_before(void **state)
{
	static const struct recorder_store store = {.open = store_open,
	                                            .image = store_image,
	                                            .sample = store_sample,
	                                            .heap = store_heap,
	                                            .event = store_event,
	                                            .verdict = store_verdict,
	                                            .fact = store_fact,
	                                            .commit = store_commit,
	                                            .size = store_size,
	                                            .close = store_close};
	const struct recorder_options ro = {.file = {.path = "/nowhere", .version = "1"},
	                                    .store = &store,
	                                    .pace = 1,
	                                    .room = RECORDER_ROOM};
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);
	struct recorder *r = NULL;

	(void)state;
	sample(w, 0);
	publish(facts(0.5, 1));
	sample(w, 1);
	publish(facts(1.5, 2));
	sample(w, 2);
	assert_int_equal(recorder_start(&ro, &r), 0);
	watch_record(w, r);
	publish(facts(2.5, 3));
	sample(w, 3);
	recorder_finish(r);
	assert_true(recorder_ended(r, 60 * NS_PER_S));
	assert_int_equal(written, 3);
	recorder_unref(r);
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
