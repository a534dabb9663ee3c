/* SPDX-License-Identifier: MIT */
/*
 * Everything together on a real child: symbols, unwinding, faults and probes. Where the kernel does not permit it, it
 * says so and is skipped.
 */
#include "sites/tracer.h"

#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_live.h"

enum { PATIENCE_S = 60, LEAK = 6000, CHURN = 200 };

/* --- the child -------------------------------------------------------------------------------------------- */

static char *volatile kept;

__attribute__((noinline, noclone)) static void leak_here(size_t size)
{
	kept = malloc(size);
	if (kept)
		memset(kept, 1, size);
}

__attribute__((noinline, noclone)) static void churn_here(size_t size)
{
	kept = malloc(size);
	free(kept);
}

/* Its frame is larger than the slice of the stack that a tracing begins with. */
__attribute__((noinline, noclone)) static void leak_deep(size_t size)
{
	char volatile room[9000];

	/* All of it: a page of the stack that was never touched ends what the kernel can copy. */
	for (size_t i = 0; i < sizeof(room); i += 1024)
		room[i] = 1;
	room[sizeof(room) - 1] = 1;
	kept = malloc(size);
	if (kept)
		memset(kept, room[0], size);
	room[1] = 1;
}

static void act_deep(int turn)
{
	while (turn > 0) {
		for (int i = 0; i < 4; i++)
			leak_deep(LEAK);
		usleep(10000);
	}
}

static void act(int turn)
{
	while (turn > 0) {
		leak_here(LEAK);
		for (int i = 0; i < 20; i++)
			churn_here(CHURN);
		usleep(5000);
	}
}

static void act_allocating(int turn)
{
	while (turn > 0)
		churn_here(CHURN);
}

/* --- waiting ---------------------------------------------------------------------------------------------- */

/* Facts at the end of a tracing; NULL: it failed, and why is told. */
static struct sites_facts *traced(struct tracer *t, uint64_t begin)
{
	struct sites_facts *f = NULL, *next;
	struct sites_progress p;

	for (;;) {
		struct pollfd fd = {.fd = tracer_fd(t), .events = POLLIN};
		poll(&fd, 1, 100);
		next = tracer_take(t);
		if (next) {
			sites_facts_unref(f);
			f = next;
		}
		tracer_progress(t, &p);
		assert_true(clock_mono() < begin + PATIENCE_S * NS_PER_S);
		if (p.phase == SITES_FAILED) {
			print_message("skipped: %s\n", p.why);
			return NULL;
		}
		if (f && f->ended) {
			assert_int_equal(p.phase, SITES_ENDED);
			return f;
		}
	}
}

/* For whoever has to find out why a test failed. */
static void facts_print(const struct sites_facts *f)
{
	char words[200];

	print_message("%s: %s; %llu samples, %llu broken\n", f->source, f->note,
	              (unsigned long long)f->samples, (unsigned long long)f->broken);
	for (uint32_t i = 0; i < f->site_count && i < 4; i++) {
		const struct site *s = &f->sites[i];
		print_message("live %llu of %llu, share %.2f\n", (unsigned long long)s->live_bytes,
		              (unsigned long long)s->allocated_bytes, s->share);
		for (uint32_t k = 0; k < s->frame_count && k < 5; k++)
			print_message("  %s\n", site_frame_words(f, &f->frames[s->frame + k], words,
			                                         sizeof(words)));
	}
}

/* The part of the growth that goes by this name. */
static double share_of(const struct sites_facts *f, const char *function)
{
	double share = 0;

	for (uint32_t i = 0; i < f->site_count; i++) {
		const struct site *s = &f->sites[i];
		const struct site_frame *named = site_named(f, s);
		if (named && strcmp(sites_text(f, named->function), function) == 0 &&
		    !isnan(s->share))
			share += s->share;
	}
	if (!(share > 0.9))
		facts_print(f);
	return share;
}

static const char *first_name(const struct sites_facts *f)
{
	return f->site_count ? sites_text(f, site_named(f, &f->sites[0])->function) : "";
}

/* --- tests ------------------------------------------------------------------------------------------------ */

/* A sanitizer has a malloc of its own, which is none of those we know: not probed, not passed over in a stack. */
static void sanitizers_skip(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	print_message("skipped: the malloc of a sanitizer is not probed\n");
	skip();
#endif
}

static void tracer__names_who_grew__with_the_stack_that_led_there(void **state)
{
	(void)state;
	sanitizers_skip();
	struct child c = child_start(act);
	uint64_t begin = clock_mono();
	struct tracer *t = tracer_new("/proc", c.pid, begin, 5);

	child_tell(&c);
	tracer_run(t, SITES_GROWTH, 1500 * NS_PER_MS);
	struct sites_facts *f = traced(t, begin);
	tracer_free(t);
	child_end(&c);
	if (!f)
		skip();
	assert_true(share_of(f, "leak_here") > 0.9);
	assert_string_equal(first_name(f), "leak_here");
	const struct site *s = &f->sites[0];
	const struct site_frame *named = site_named(f, s);
	assert_non_null(strstr(sites_text(f, named->module), "test_sites_tracer_live"));
	assert_non_null(strstr(sites_text(f, named->file), "test_sites_tracer_live.c"));
	/* Its caller's caller and so on, up to main(). */
	bool whole = false;
	for (uint32_t i = 0; i < s->frame_count; i++)
		whole |= strcmp(sites_text(f, f->frames[s->frame + i].function), "main") == 0;
	assert_true(whole);
	sites_facts_unref(f);
}

static bool site_has(const struct sites_facts *f, const struct site *s, const char *function)
{
	bool found = false;

	for (uint32_t i = 0; i < s->frame_count; i++)
		found |= strcmp(sites_text(f, f->frames[s->frame + i].function), function) == 0;
	return found;
}

/* Whether somewhere the whole way from main() is told. */
static bool is_deep(const struct sites_facts *f)
{
	bool deep = false;

	for (uint32_t i = 0; i < f->site_count; i++)
		deep |= site_has(f, &f->sites[i], "leak_deep") && site_has(f, &f->sites[i], "main");
	return deep;
}

/* Facts that tell it, or those at which patience ends, or NULL where tracing fails. */
static struct sites_facts *traced_deep(struct tracer *t, uint64_t begin)
{
	struct sites_facts *f = NULL, *next;
	struct sites_progress p = {0};

	while (clock_mono() < begin + PATIENCE_S * NS_PER_S && p.phase != SITES_FAILED) {
		struct pollfd fd = {.fd = tracer_fd(t), .events = POLLIN};
		poll(&fd, 1, 100);
		next = tracer_take(t);
		if (next) {
			sites_facts_unref(f);
			f = next;
		}
		if (f && is_deep(f))
			break;
		tracer_progress(t, &p);
	}
	if (p.phase == SITES_FAILED)
		print_message("skipped: %s\n", p.why);
	return f;
}

static void tracer__takes_more_of_the_stack__where_stacks_end_early(void **state)
{
	(void)state;
	sanitizers_skip();
	struct child c = child_start(act_deep);
	uint64_t begin = clock_mono();
	struct tracer *t = tracer_new("/proc", c.pid, begin, 5);

	child_tell(&c);
	tracer_run(t, SITES_GROWTH, UNKNOWN);
	struct sites_facts *f = traced_deep(t, begin);
	tracer_free(t);
	child_end(&c);
	if (!f)
		skip();
	if (!is_deep(f))
		facts_print(f);
	assert_true(is_deep(f));
	assert_true(f->broken > 0 && f->broken < f->samples);
	sites_facts_unref(f);
}

static void tracer__names_who_allocates_and_never_frees(void **state)
{
	(void)state;
	sanitizers_skip();
	struct child c = child_start(act);
	uint64_t begin = clock_mono();
	/* May cost much, so that it need not rest: what is looked at here is whom it names. */
	struct tracer *t = tracer_new("/proc", c.pid, begin, 80);

	child_tell(&c);
	tracer_run(t, SITES_ALLOCATIONS, 1500 * NS_PER_MS);
	struct sites_facts *f = traced(t, begin);
	tracer_free(t);
	child_end(&c);
	if (!f)
		skip();
	if (f->kind != SITES_ALLOCATIONS) {
		print_message("skipped: %s\n", f->note);
		sites_facts_unref(f);
		skip();
	}
	assert_non_null(strstr(f->source, "malloc"));
	assert_true(share_of(f, "leak_here") > 0.9);
	assert_string_equal(first_name(f), "leak_here");
	/* All of what it allocated, within what sampling allows: some 5 ms for a block, and less where it is slow. */
	assert_true(f->sites[0].live_bytes >= LEAK);
	assert_true(f->sites[0].freed_bytes == 0);
	assert_true(f->slowdown >= 0 && f->slowdown <= 100);
	assert_true(f->hit_ns > 0);
	sites_facts_unref(f);
}

/* Also where that ends before they are set again. */
static void tracer__tells_that_probes_rested(void **state)
{
	(void)state;
	sanitizers_skip();
	struct child c = child_start(act_allocating);
	uint64_t begin = clock_mono();
	struct tracer *t = tracer_new("/proc", c.pid, begin, 5);

	child_tell(&c);
	tracer_run(t, SITES_ALLOCATIONS, 900 * NS_PER_MS);
	struct sites_facts *f = traced(t, begin);
	tracer_free(t);
	child_end(&c);
	if (!f)
		skip();
	if (f->kind == SITES_GROWTH) {
		print_message("skipped: %s\n", f->note);
		sites_facts_unref(f);
		skip();
	}
	assert_true(f->bursts > 0);
	assert_true(f->traced < f->time - f->begin);
	assert_true(f->slowdown > 0);
	sites_facts_unref(f);
}

static void tracer__tells_the_price_first__and_sets_no_probe_for_long(void **state)
{
	(void)state;
	sanitizers_skip();
	struct child c = child_start(act);
	uint64_t begin = clock_mono();
	struct tracer *t = tracer_new("/proc", c.pid, begin, 5);
	struct sites_progress p;

	child_tell(&c);
	tracer_price(t, 30 * NS_PER_S);
	do {
		usleep(1000);
		tracer_progress(t, &p);
		assert_true(clock_mono() < begin + PATIENCE_S * NS_PER_S);
	} while (p.phase != SITES_PRICED && p.phase != SITES_FAILED);
	if (p.phase == SITES_FAILED) {
		assert_true(p.why[0] != '\0');
		print_message("skipped: %s\n", p.why);
	} else {
		assert_true(p.hits_per_s > 0);
		/* What it would cost, also where that is more than it may. */
		assert_true(p.expected > 0 && p.expected <= 100);
		tracer_run(t, SITES_NONE, UNKNOWN);
		tracer_progress(t, &p);
		assert_int_equal(p.phase, SITES_OFF);
	}
	assert_null(tracer_take(t));
	tracer_free(t);
	child_end(&c);
}

/* The price that was told is the one that the report has: it is not counted a second time. */
static void tracer__reports_the_price_that_it_told(void **state)
{
	(void)state;
	sanitizers_skip();
	struct child c = child_start(act_allocating);
	uint64_t begin = clock_mono();
	struct tracer *t = tracer_new("/proc", c.pid, begin, 5);
	struct sites_progress p;

	child_tell(&c);
	tracer_price(t, 30 * NS_PER_S);
	do {
		usleep(1000);
		tracer_progress(t, &p);
		assert_true(clock_mono() < begin + PATIENCE_S * NS_PER_S);
	} while (p.phase != SITES_PRICED && p.phase != SITES_FAILED);
	struct sites_facts *f = NULL;
	if (p.phase == SITES_PRICED) {
		tracer_run(t, SITES_ALLOCATIONS, 500 * NS_PER_MS);
		f = traced(t, begin);
	}
	tracer_free(t);
	child_end(&c);
	if (!f || f->kind != SITES_ALLOCATIONS) {
		print_message("skipped: %s\n", f ? f->note : p.why);
		sites_facts_unref(f);
		skip();
	}
	/* Who only allocates loses most of the time, and it is said so however little it may. */
	assert_true(p.expected > 5);
	assert_true(f->expected == p.expected);
	assert_true(f->slowdown < 50);
	sites_facts_unref(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(tracer__takes_more_of_the_stack__where_stacks_end_early),
	        cmocka_unit_test(tracer__names_who_grew__with_the_stack_that_led_there),
	        cmocka_unit_test(tracer__names_who_allocates_and_never_frees),
	        cmocka_unit_test(tracer__tells_that_probes_rested),
	        cmocka_unit_test(tracer__tells_the_price_first__and_sets_no_probe_for_long),
	        cmocka_unit_test(tracer__reports_the_price_that_it_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
