/* SPDX-License-Identifier: MIT */
/* Who traces which code grows, by option: what is announced, noted and warned of. The tracer is a double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "double_tracer.h"

static void the_option__announces_its_price_and_begins_then(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);
	bool announces = false;

	(void)state;
	sample(w, 0);
	assert_int_equal(doubles.prices, 1);
	assert_int_equal(doubles.runs, 0);
	assert_true(watch_sites_moves(w));
	assert_int_equal(lines_with(w, "Note: sites", "", NULL), 0);
	priced_at(1.25);
	assert_true(watch_sites_take(w));
	assert_int_equal(lines_with(w, "Note: sites", "for 20 s: about 1.2 % slower; at most 3 %",
	                            &announces),
	                 1);
	assert_true(announces);
	assert_int_equal(doubles.runs, 1);
	assert_int_equal(doubles.kind, SITES_ALLOCATIONS);
	assert_int_equal(doubles.duration, 20 * NS_PER_S);
	sample(w, 1);
	assert_int_equal(doubles.runs, 1);
	assert_int_equal(lines_with(w, "sites", "", NULL), 0);
	phase_is(SITES_ENDED, SITES_ALLOCATIONS);
	doubles.progress.slowdown = 2;
	sample(w, 2);
	assert_int_equal(lines_with(w, "Note: sites: tracing of allocations ended: it cost 2.0 %",
	                            "", &announces),
	                 1);
	assert_true(announces);
	watch_free(w);
}

static void a_price_above_the_limit__is_told_with_what_follows(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	priced_at(240);
	sample(w, 1);
	assert_int_equal(lines_with(w, "about 240 % slower while probes are set",
	                            "for a part of the time; at most 3 %", NULL),
	                 1);
	watch_free(w);
}

/* A build without the libraries, a user without the right: one warning, and everything else goes on. */
static void what_is_not_permitted__is_said_once_and_growth_stacks_remain(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	failed_with("not permitted; use sudo");
	watch_sites_take(w);
	sample(w, 1);
	assert_int_equal(doubles.runs, 0);
	sample(w, 2);
	assert_int_equal(doubles.kind, SITES_GROWTH);
	assert_int_equal(doubles.duration, 20 * NS_PER_S);
	failed_with("not permitted; use sudo");
	sample(w, 3);
	sample(w, 4);
	assert_int_equal(lines_with(w, "Warning: sites: not permitted; use sudo", "", NULL), 1);
	assert_int_equal(warnings_with(w, "sites: not permitted"), 1);
	failed_with("of another reason");
	sample(w, 5);
	sample(w, 6);
	assert_int_equal(warnings_with(w, "sites: "), 2);
	watch_end(w, END_DURATION, "");
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_FAILED);
	watch_free(w);
}

static void a_failure__is_believed_at_once_where_samples_are_rare(void **state)
{
	struct options o = asking;
	struct script s = {0};
	struct watch *w;

	(void)state;
	o.interval = 10 * NS_PER_S;
	w = watch_of(&s, &o);
	sample(w, 0);
	failed_with("not permitted; use sudo");
	assert_true(watch_sites_take(w));
	assert_int_equal(doubles.kind, SITES_GROWTH);
	assert_int_equal(warnings_with(w, "sites: not permitted"), 1);
	watch_free(w);
}

/* A script that executes its program at once. */
static void a_price_that_another_program_spoils__is_found_anew(void **state)
{
	struct script s = {.epoch_at = 2};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	failed_with("the process executed another program");
	watch_sites_take(w);
	sample(w, 1);
	assert_int_equal(doubles.prices, 2);
	assert_int_equal(doubles.runs, 0);
	assert_int_equal(warnings_with(w, "sites: "), 0);
	watch_free(w);
}

static void facts_of_less_than_was_asked_for__are_told_with_their_note(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);
	struct sites_facts *f = facts(1.5, SITES_HITS);

	(void)state;
	sample(w, 0);
	priced_at(1);
	sample(w, 1);
	snprintf(f->note, sizeof(f->note), "without libbpf; 3 %% of them are missing");
	publish(f);
	sample(w, 2);
	f = facts(2.5, SITES_HITS);
	snprintf(f->note, sizeof(f->note), "4 %% of them are missing");
	publish(f);
	sample(w, 3);
	assert_int_equal(warnings_with(w, "not their bytes: without libbpf"), 1);
	assert_int_equal(warnings_with(w, "sites: "), 1);
	watch_free(w);
}

/* The exec is seen by the tracer first, by the sample then. */
static void a_failure_of_one_sample__is_no_news(void **state)
{
	struct script s = {.epoch_at = 3};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_run(w, SITES_GROWTH);
	failed_with("the process executed another program");
	sample(w, 1);
	sample(w, 2);
	assert_int_equal(doubles.made, 2);
	assert_int_equal(doubles.kind, SITES_GROWTH);
	assert_int_equal(warnings_with(w, "sites: "), 0);
	watch_free(w);
}

static void a_price_that_comes_with_the_end__begins_nothing(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	priced_at(1);
	watch_end(w, END_DURATION, "");
	assert_int_equal(doubles.runs, 0);
	watch_free(w);
}

static void a_watch_too_short__says_that_nothing_was_traced(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	watch_end(w, END_DURATION, "");
	assert_int_equal(warnings_with(w, "sites: the watch ended before anything was traced"), 1);
	watch_free(w);
}

/* Who writes another text than that of "/proc" is told what that means. */
static void another_procfs__is_no_place_to_trace(void **state)
{
	struct options o = asking;
	struct script s = {0};
	struct watch *w;

	(void)state;
	o.procfs = "/tmp";
	w = watch_of(&s, &o);
	sample(w, 0);
	sample(w, 1);
	assert_int_equal(doubles.made, 0);
	assert_int_equal(warnings_with(w, "sites: nothing is traced under --procfs"), 1);
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_FAILED);
	watch_free(w);
}

static void a_file__is_not_traced(void **state)
{
	struct options o = asking;
	struct script s = {0};
	struct watch *w;

	(void)state;
	o.mode = MODE_ANALYZE;
	w = watch_of(&s, &o);
	sample(w, 0);
	assert_false(watch_sites_run(w, SITES_GROWTH));
	assert_false(watch_sites_price(w));
	assert_int_equal(doubles.made, 0);
	watch_free(w);
}

/* By no key either, however often it is asked for. */
static void no_sites__is_for_the_whole_watch(void **state)
{
	static const struct options never = {.interval = NS_PER_S,
	                                     .procfs = "/proc",
	                                     .max_slowdown = 5,
	                                     .no_sites = true};
	struct script s = {0};
	struct watch *w = watch_of(&s, &never);

	(void)state;
	for (unsigned second = 0; second < 3; second++) {
		sample(w, second);
		assert_false(watch_sites_run(w, SITES_GROWTH));
		assert_false(watch_sites_run(w, SITES_ALLOCATIONS));
		assert_false(watch_sites_run(w, SITES_NONE));
		assert_false(watch_sites_price(w));
		assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_FAILED);
		assert_true(progress_of(w, UNKNOWN).never);
		assert_non_null(strstr(progress_of(w, UNKNOWN).why, "--no-sites"));
	}
	assert_int_equal(doubles.made, 0);
	assert_int_equal(lines_with(w, "sites", "", NULL), 0);
	watch_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_option__announces_its_price_and_begins_then),
	        cmocka_unit_test(a_price_above_the_limit__is_told_with_what_follows),
	        cmocka_unit_test(what_is_not_permitted__is_said_once_and_growth_stacks_remain),
	        cmocka_unit_test(a_failure__is_believed_at_once_where_samples_are_rare),
	        cmocka_unit_test(a_price_that_another_program_spoils__is_found_anew),
	        cmocka_unit_test(facts_of_less_than_was_asked_for__are_told_with_their_note),
	        cmocka_unit_test(a_failure_of_one_sample__is_no_news),
	        cmocka_unit_test(a_price_that_comes_with_the_end__begins_nothing),
	        cmocka_unit_test(a_watch_too_short__says_that_nothing_was_traced),
	        cmocka_unit_test(another_procfs__is_no_place_to_trace),
	        cmocka_unit_test(a_file__is_not_traced),
	        cmocka_unit_test(no_sites__is_for_the_whole_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
