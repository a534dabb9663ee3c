/* SPDX-License-Identifier: MIT */
/* Who looks inside the heap of a watched process, and where what was found goes. The scanner is a double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "double_scanner.h"

static const struct options plain = {.interval = NS_PER_S, .procfs = "/proc"};

static enum heap_phase phase_of(struct watch *w)
{
	struct moment *m = watch_moment(w, UNKNOWN, 0);
	enum heap_phase phase = m->heap_progress.phase;

	moment_unref(m);
	return phase;
}

static void nobody_looks__before_it_is_asked_for(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	assert_int_equal(doubles.made, 0);
	assert_int_equal(watch_heap_fd(w), -1);
	assert_int_equal(phase_of(w), HEAP_OFF);
	assert_true(watch_heap_run(w, true));
	assert_int_equal(doubles.made, 1);
	assert_int_equal(doubles.now->pid, 4711);
	assert_true(doubles.now->on);
	watch_heap_run(w, false);
	assert_false(doubles.now->on);
	assert_int_equal(phase_of(w), HEAP_STOPPED);
	watch_heap_run(w, true);
	assert_int_equal(doubles.made, 1);
	assert_true(doubles.now->on);
	watch_free(w);
	assert_int_equal(doubles.freed, 1);
}

static void what_was_found__is_in_the_moments_from_then_on(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	assert_int_equal(doubles.made, 1);
	publish(facts(0.5, 1));
	assert_true(watch_heap_take(w));
	assert_false(watch_heap_take(w));
	assert_int_equal(look_at(w, UNKNOWN), NS_PER_S / 2);
	sample(w, 1);
	publish(facts(1.5, 2));
	sample(w, 2);
	assert_int_equal(look_at(w, 0), UNKNOWN);
	assert_int_equal(look_at(w, NS_PER_S), NS_PER_S / 2);
	assert_int_equal(look_at(w, UNKNOWN), NS_PER_S / 2 * 3);
	watch_free(w);
}

static void another_program_in_the_process__is_looked_into_anew(void **state)
{
	struct script s = {.epoch_at = 3};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	watch_heap_peek(w, 0x5000);
	publish(facts(0.5, 1));
	sample(w, 1);
	struct heap_facts *stale = facts(1.5, 0);
	stale->walked = false;
	snprintf(stale->why, sizeof(stale->why), "another program was executed");
	publish(stale);
	watch_heap_take(w);
	doubles.peek = 0;
	sample(w, 2);
	assert_int_equal(doubles.made, 2);
	assert_int_equal(doubles.freed, 1);
	assert_true(doubles.now->on);
	/* Its blocks are others. */
	assert_int_equal(doubles.peek, 0);
	assert_int_equal(look_at(w, UNKNOWN), UNKNOWN);
	assert_int_equal(lines_with(w, "Warning: heap", "", NULL), 0);
	watch_free(w);
}

static void a_process_that_is_gone__keeps_what_was_found(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	publish(facts(0.5, 3));
	watch_end(w, END_TARGET, "exited");
	assert_int_equal(doubles.freed, 1);
	assert_int_equal(look_at(w, UNKNOWN), NS_PER_S / 2);
	assert_int_equal(phase_of(w), HEAP_STOPPED);
	assert_false(watch_heap_run(w, true));
	assert_int_equal(doubles.made, 1);
	assert_int_equal(warnings_with(w, "heap:"), 0);
	watch_free(w);
}

static void what_is_not_permitted__is_said_once_and_the_watch_goes_on(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	doubles.progress.phase = HEAP_FAILED;
	snprintf(doubles.progress.error, sizeof(doubles.progress.error), "not yours; use sudo");
	sample(w, 1);
	sample(w, 2);
	assert_int_equal(lines_with(w, "Warning: heap: not yours; use sudo", "", NULL), 1);
	assert_int_equal(warnings_with(w, "heap: not yours; use sudo"), 1);
	watch_end(w, END_DURATION, "");
	assert_int_equal(phase_of(w), HEAP_FAILED);
	watch_free(w);
}

static void an_allocator_that_cannot_be_walked__is_named_once(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	for (unsigned i = 0; i < 3; i++) {
		struct heap_facts *f = facts(i + 0.5, 0);

		f->walked = false;
		f->allocator = ALLOCATOR_JEMALLOC;
		snprintf(f->why, sizeof(f->why), "jemalloc recognised");
		publish(f);
		sample(w, i + 1);
		assert_int_equal(lines_with(w, "Warning: heap: ", "jemalloc recognised", NULL),
		                 i == 0);
	}
	watch_free(w);
}

/* A program that begins has no heap yet. */
static void one_look_in_vain__is_no_news(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	for (unsigned i = 0; i < 4; i++) {
		struct heap_facts *f = facts(i + 0.5, 0);

		f->walked = i == 1;
		f->allocator = ALLOCATOR_GLIBC;
		snprintf(f->why, sizeof(f->why), "%s", f->walked ? "" : "no arena yet");
		publish(f);
		sample(w, i + 1);
		assert_int_equal(lines_with(w, "Warning: heap: ", "no arena yet", NULL), i == 3);
	}
	watch_free(w);
}

static void fewer_than_three_scans__are_noted_at_the_end(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &looking);

	(void)state;
	sample(w, 0);
	publish(facts(0.5, 2));
	sample(w, 1);
	assert_int_equal(warnings_with(w, "heap:"), 0);
	watch_end(w, END_DURATION, "");
	assert_int_equal(warnings_with(w, "heap: 2 scans were made"), 1);
	watch_free(w);
}

static void a_file__brings_its_looks_and_nobody_makes_one(void **state)
{
	const struct options o = {.interval = NS_PER_S,
	                          .procfs = "/proc",
	                          .mode = MODE_ANALYZE,
	                          .heap = true};
	struct script s = {0};
	struct watch *w = watch_of(&s, &o);

	(void)state;
	s.heap = facts(0, 1);
	sample(w, 0);
	assert_int_equal(look_at(w, UNKNOWN), 0);
	assert_false(watch_heap_run(w, true));
	assert_int_equal(doubles.made, 0);
	watch_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nobody_looks__before_it_is_asked_for),
	        cmocka_unit_test(what_was_found__is_in_the_moments_from_then_on),
	        cmocka_unit_test(another_program_in_the_process__is_looked_into_anew),
	        cmocka_unit_test(a_process_that_is_gone__keeps_what_was_found),
	        cmocka_unit_test(what_is_not_permitted__is_said_once_and_the_watch_goes_on),
	        cmocka_unit_test(an_allocator_that_cannot_be_walked__is_named_once),
	        cmocka_unit_test(one_look_in_vain__is_no_news),
	        cmocka_unit_test(fewer_than_three_scans__are_noted_at_the_end),
	        cmocka_unit_test(a_file__brings_its_looks_and_nobody_makes_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
