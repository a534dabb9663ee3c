/* SPDX-License-Identifier: MIT */
/* Who traces which code grows, by key, and where what was found goes. The tracer is a double. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "double_tracer.h"

/* Time of the facts that the moment of `time` carries; UNKNOWN: none. */
static uint64_t found_at(struct watch *w, uint64_t time)
{
	struct moment *m = watch_moment(w, time, 0);
	uint64_t at;

	assert_non_null(m);
	at = m->sites ? m->sites->time : UNKNOWN;
	moment_unref(m);
	return at;
}

static unsigned events_with(struct watch *w, const char *words)
{
	struct moment *m = watch_moment(w, UNKNOWN, 0);
	unsigned n = 0;

	for (unsigned i = 0; i < m->event_count; i++)
		n += m->events[i].kind == EVENT_TRACE && strstr(m->events[i].text, words);
	moment_unref(m);
	return n;
}

/* --- by key -------------------------------------------------------------------------------------- */

static void nobody_traces__before_it_is_asked_for(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	assert_int_equal(doubles.made, 0);
	assert_int_equal(watch_sites_fd(w), -1);
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_OFF);
	assert_false(watch_sites_run(w, SITES_NONE));
	assert_true(watch_sites_run(w, SITES_GROWTH));
	assert_int_equal(doubles.made, 1);
	assert_int_equal(doubles.now->pid, 4711);
	assert_int_equal(doubles.kind, SITES_GROWTH);
	assert_false(known(doubles.duration));
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_TRACING);
	watch_sites_run(w, SITES_NONE);
	assert_int_equal(doubles.kind, SITES_NONE);
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_STOPPED);
	watch_free(w);
	assert_int_equal(doubles.freed, 1);
}

static void allocations__are_priced_when_asked_and_traced_when_told(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	assert_true(watch_sites_price(w));
	assert_int_equal(doubles.prices, 1);
	priced_at(4);
	sample(w, 1);
	/* A person has to say yes. */
	assert_int_equal(doubles.runs, 0);
	assert_int_equal(lines_with(w, "sites", "", NULL), 0);
	assert_true(progress_of(w, UNKNOWN).expected > 3.9);
	assert_true(watch_sites_run(w, SITES_ALLOCATIONS));
	assert_int_equal(doubles.made, 1);
	assert_int_equal(doubles.duration, 30 * NS_PER_S);
	assert_true(doubles.max_slowdown > 4.9 && doubles.max_slowdown < 5.1);
	watch_free(w);
}

static void what_was_found__is_in_the_moments_from_then_on(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_run(w, SITES_GROWTH);
	publish(facts(0.5, SITES_GROWTH));
	assert_true(watch_sites_take(w));
	assert_false(watch_sites_take(w));
	sample(w, 1);
	publish(facts(1.5, SITES_GROWTH));
	sample(w, 2);
	assert_false(known(found_at(w, 0)));
	assert_int_equal(found_at(w, NS_PER_S), NS_PER_S / 2);
	assert_int_equal(found_at(w, UNKNOWN), NS_PER_S / 2 * 3);
	assert_int_equal(progress_of(w, NS_PER_S).phase, SITES_OFF);
	watch_free(w);
}

static void the_block_size_that_grows__is_hinted_when_it_changes(void **state)
{
	struct heap_class classes[] = {
	        {.low = 4096, .high = 4096, .growth_bytes = 9000}, /* once, not steadily */
	        {.low = 1008, .high = 1008, .growth_bytes = 5000, .steady = true},
	        {.low = 48, .high = 48, .growth_bytes = 100, .steady = true},
	};
	struct heap_facts f = {.walked = true, .class_count = 3, .classes = classes};
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_hint(w, &f);
	watch_sites_run(w, SITES_GROWTH);
	assert_int_equal(doubles.hint, 1008);
	f.class_count = 1;
	watch_sites_hint(w, &f);
	assert_false(known(doubles.hint));
	doubles.hint = 7;
	watch_sites_hint(w, &f);
	assert_int_equal(doubles.hint, 7);
	watch_free(w);
}

/* --- another program, the end -------------------------------------------------------------------- */

/* Most of it grows in one place. */
static struct sites_facts *facts_of_leaker(double second)
{
	static const char text[] = "\0leaker\0a/site.c";
	struct sites_facts *f = facts(second, SITES_ALLOCATIONS);

	f->samples = 50;
	f->sites = calloc(1, sizeof(*f->sites));
	f->frames = calloc(1, sizeof(*f->frames));
	f->text = malloc(sizeof(text));
	assert_true(f->sites && f->frames && f->text);
	memcpy(f->text, text, sizeof(text));
	f->text_size = sizeof(text);
	f->site_count = f->frame_count = 1;
	f->sites[0] = (struct site){.frame_count = 1, .growth_bytes = 5000, .share = 0.97};
	f->frames[0] = (struct site_frame){.function = 1, .file = 8, .line = 7};
	return f;
}

static void what_the_program_before_was_grown_by__is_said_when_its_figures_end(void **state)
{
	struct script s = {.epoch_at = 3};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	strcpy(s.target->comm, "fir\033st");
	sample(w, 0);
	priced_at(1);
	sample(w, 1);
	publish(facts_of_leaker(1.5));
	sample(w, 2);
	assert_false(known(found_at(w, UNKNOWN)));
	assert_int_equal(warnings_with(w, "program before: 97 % of what grew: leaker, site.c:7;"),
	                 1);
	assert_int_equal(warnings_with(w, "\033"), 0);
	assert_int_equal(lines_with(w, "Note: sites: of fir", "st, the program before", NULL), 1);
	/* Of the next one nothing was found, so nothing is dropped. */
	s.epoch_at = 4;
	sample(w, 3);
	assert_int_equal(warnings_with(w, "program before"), 1);
	watch_free(w);
}

static void growth_stacks__begin_anew_with_another_program(void **state)
{
	struct script s = {.epoch_at = 3};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_run(w, SITES_GROWTH);
	publish(facts(0.5, SITES_GROWTH));
	sample(w, 1);
	publish(facts(1.5, SITES_GROWTH));
	sample(w, 2);
	assert_int_equal(doubles.made, 2);
	assert_int_equal(doubles.freed, 1);
	assert_int_equal(doubles.kind, SITES_GROWTH);
	/* What came of the old one after that is not taken. */
	assert_false(known(found_at(w, UNKNOWN)));
	assert_int_equal(found_at(w, NS_PER_S), NS_PER_S / 2);
	watch_free(w);
}

static void the_option__prices_another_program_for_the_time_left(void **state)
{
	struct script s = {.epoch_at = 3};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	priced_at(1);
	sample(w, 1);
	lines_with(w, "", "", NULL);
	sample(w, 12);
	assert_int_equal(doubles.made, 2);
	assert_int_equal(doubles.prices, 2);
	assert_int_equal(doubles.runs, 1);
	assert_int_equal(doubles.duration, 9 * NS_PER_S);
	priced_at(2);
	sample(w, 13);
	assert_int_equal(lines_with(w, "Note: sites", "for 8 s: about 2.0 % slower", NULL), 1);
	assert_int_equal(doubles.kind, SITES_ALLOCATIONS);
	watch_free(w);
}

static void a_yes_to_one_program__is_none_to_the_next(void **state)
{
	struct script s = {.epoch_at = 2};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_run(w, SITES_ALLOCATIONS);
	sample(w, 1);
	assert_int_equal(doubles.made, 1);
	assert_int_equal(doubles.freed, 1);
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_STOPPED);
	assert_non_null(strstr(progress_of(w, UNKNOWN).why, "another program"));
	watch_free(w);
}

static void a_file__brings_what_was_found_and_nobody_traces(void **state)
{
	const struct options o = {.interval = NS_PER_S,
	                          .procfs = "/proc",
	                          .mode = MODE_ANALYZE,
	                          .sites = NS_PER_S,
	                          .max_slowdown = 5};
	struct script s = {0};
	struct watch *w = watch_of(&s, &o);

	(void)state;
	s.sites = facts(0.5, SITES_ALLOCATIONS);
	sample(w, 0);
	assert_int_equal(found_at(w, UNKNOWN), NS_PER_S / 2);
	assert_int_equal(doubles.made, 0);
	watch_free(w);
}

static void a_process_that_is_gone__keeps_what_was_found(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &plain);

	(void)state;
	sample(w, 0);
	watch_sites_run(w, SITES_GROWTH);
	publish(facts(0.5, SITES_GROWTH));
	failed_with("process 4711 is gone");
	watch_end(w, END_TARGET, "exited");
	assert_int_equal(doubles.freed, 1);
	assert_int_equal(found_at(w, UNKNOWN), NS_PER_S / 2);
	assert_false(watch_sites_run(w, SITES_GROWTH));
	assert_int_equal(warnings_with(w, "sites:"), 0);
	watch_free(w);
}

static void the_end__takes_what_comes_last(void **state)
{
	struct script s = {0};
	struct watch *w = watch_of(&s, &asking);

	(void)state;
	sample(w, 0);
	priced_at(1);
	sample(w, 1);
	publish(facts(1.5, SITES_ALLOCATIONS));
	doubles.now->last_on_stop = true;
	doubles.progress.slowdown = 0.75;
	watch_end(w, END_DURATION, "");
	assert_int_equal(events_with(w, "tracing of allocations began: about 1.0 % slower"), 1);
	assert_int_equal(events_with(w, "tracing of allocations ended: it cost 0.8 %"), 1);
	assert_int_equal(events_with(w, "tracing"), 2);
	assert_int_equal(found_at(w, UNKNOWN), 900 * NS_PER_S);
	assert_int_equal(doubles.kind, SITES_NONE);
	assert_int_equal(progress_of(w, UNKNOWN).phase, SITES_STOPPED);
	watch_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nobody_traces__before_it_is_asked_for),
	        cmocka_unit_test(allocations__are_priced_when_asked_and_traced_when_told),
	        cmocka_unit_test(what_was_found__is_in_the_moments_from_then_on),
	        cmocka_unit_test(the_block_size_that_grows__is_hinted_when_it_changes),
	        cmocka_unit_test(
	                what_the_program_before_was_grown_by__is_said_when_its_figures_end),
	        cmocka_unit_test(growth_stacks__begin_anew_with_another_program),
	        cmocka_unit_test(the_option__prices_another_program_for_the_time_left),
	        cmocka_unit_test(a_yes_to_one_program__is_none_to_the_next),
	        cmocka_unit_test(a_file__brings_what_was_found_and_nobody_traces),
	        cmocka_unit_test(a_process_that_is_gone__keeps_what_was_found),
	        cmocka_unit_test(the_end__takes_what_comes_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
