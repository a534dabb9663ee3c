/* SPDX-License-Identifier: MIT */
/*
 * The tracer's thread with real faults of real children: who grew, what stayed, how it ends. Symbols are doubles: a
 * stack is its innermost level, and two functions have names. Where perf events are refused, it says so and is skipped.
 */
#include "sites/tracer.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "support_live.h"
#include "symbols/symbols.h"

enum { PAGE = 4096, STEP = 4, AREA = 64 << 20, PATIENCE_S = 30 };

/* A sanitizer would touch pages of its own beside ours. */
#define PLAIN __attribute__((no_sanitize_address, no_sanitize_thread))

/* Of everybody, so that we know where children touch it. */
static uint8_t *area;
static size_t grown;

/* --- doubles ---------------------------------------------------------------------------------------------- */

extern const char __start_grows[], __stop_grows[], __start_churns[], __stop_churns[];

struct symbols {
	int nothing;
};

static atomic_uint opened, closed;

int symbols_open(const char *proc, int32_t pid, struct symbols **ret)
{
	(void)proc, (void)pid;
	opened++;
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void symbols_close(struct symbols *s)
{
	closed += s != NULL;
	free(s);
}

int symbols_refresh(struct symbols *s)
{
	(void)s;
	return 0;
}

int symbols_unwind(struct symbols *s, const struct stack_taken *stacks, size_t count,
                   struct stack_unwound *ret)
{
	(void)s;
	for (size_t i = 0; i < count; i++)
		ret[i] = (struct stack_unwound){
		        .count = 2,
		        .whole = true,
		        .at = {stacks[i].registers[STACK_RIP], 0x1000},
		};
	return 0;
}

int symbols_name(struct symbols *s, const uint64_t *addresses, size_t count, symbol_frames *tell,
                 void *arg)
{
	(void)s;
	for (size_t i = 0; i < count; i++) {
		uintptr_t a = addresses[i];
		struct symbol_frame f = {.function = "", .file = "", .module = "/bin/target"};
		if (a == 0x1000)
			f.function = "main";
		else if (a >= (uintptr_t)__start_grows && a < (uintptr_t)__stop_grows)
			f.function = "grow", f.file = "target.c", f.line = 7;
		else if (a >= (uintptr_t)__start_churns && a < (uintptr_t)__stop_churns)
			f.function = "churn";
		tell(arg, i, &f, 1);
	}
	return 0;
}

void symbols_health(const struct symbols *s, struct symbols_health *ret)
{
	(void)s;
	*ret = (struct symbols_health){0};
}

/* --- children --------------------------------------------------------------------------------------------- */

PLAIN __attribute__((noinline, section("grows"))) static void grow(volatile uint8_t *at)
{
	for (size_t i = 0; i < STEP; i++)
		at[i * PAGE] = 1;
}

PLAIN __attribute__((noinline, section("churns"))) static void churn(volatile uint8_t *at)
{
	for (size_t i = 0; i < STEP; i++)
		at[i * PAGE] = 1;
}

/* Once told to, grows by STEP pages every 10 ms, few enough for each to be a sample, and touches as many that it gives back. */
static void act_grow(int turn)
{
	while (turn > 0 && (grown + STEP) * PAGE < AREA / 2) {
		grow(area + grown * PAGE);
		grown += STEP;
		churn(area + AREA / 2);
		madvise(area + AREA / 2, AREA / 2, MADV_DONTNEED);
		usleep(10000);
	}
}

static void act_exec(int turn)
{
	if (turn > 0)
		execl("/bin/cat", "cat", (char *)NULL);
}

static void act_nothing(int turn)
{
	(void)turn;
}

/* --- waiting ---------------------------------------------------------------------------------------------- */

static uint64_t began;

static struct tracer *trace(pid_t pid, uint64_t duration)
{
	began = clock_mono();
	struct tracer *t = tracer_new("/proc", pid, began, 5);
	struct sites_progress p;

	assert_non_null(t);
	tracer_progress(t, &p);
	assert_int_equal(p.phase, SITES_OFF);
	assert_null(tracer_take(t));
	tracer_run(t, SITES_GROWTH, duration);
	do {
		usleep(1000);
		tracer_progress(t, &p);
		assert_true(clock_mono() < began + PATIENCE_S * NS_PER_S);
	} while (p.phase == SITES_OPENING);
	if (p.phase == SITES_FAILED && strstr(p.why, "perf")) {
		print_message("skipped: %s\n", p.why);
		tracer_free(t);
		skip();
	}
	assert_string_equal(p.why, "");
	assert_true(p.phase == SITES_TRACING || p.phase == SITES_ENDED);
	return t;
}

/* The next facts; the test fails when none come. */
static struct sites_facts *next_facts(struct tracer *t)
{
	struct pollfd p = {.fd = tracer_fd(t), .events = POLLIN};
	struct sites_facts *f;

	do {
		assert_int_equal(poll(&p, 1, PATIENCE_S * 1000), 1);
		f = tracer_take(t);
	} while (!f);
	return f;
}

static struct sites_facts *last_facts(struct tracer *t)
{
	struct sites_facts *f = next_facts(t);

	while (!f->ended) {
		sites_facts_unref(f);
		f = next_facts(t);
	}
	return f;
}

static const struct site *site_of(const struct sites_facts *f, const char *function)
{
	for (uint32_t i = 0; i < f->site_count; i++) {
		const struct site_frame *frame = site_named(f, &f->sites[i]);
		if (frame && strcmp(sites_text(f, frame->function), function) == 0)
			return &f->sites[i];
	}
	return NULL;
}

static void await_phase(struct tracer *t, enum sites_phase phase, struct sites_progress *ret)
{
	do {
		usleep(1000);
		tracer_progress(t, ret);
		assert_true(clock_mono() < began + PATIENCE_S * NS_PER_S);
	} while (ret->phase != phase);
}

/* --- tests ------------------------------------------------------------------------------------------------ */

/* What must hold for facts of the growing child. */
static void growth_check(const struct sites_facts *f)
{
	const struct site *s = site_of(f, "grow"), *other = site_of(f, "churn");

	assert_int_equal(f->kind, SITES_GROWTH);
	assert_int_equal(f->period, PAGE);
	assert_non_null(s);
	assert_ptr_equal(s, &f->sites[0]);
	assert_int_equal(s->frame_count, 2);
	assert_int_equal(s->named, 0);
	assert_string_equal(sites_text(f, f->frames[s->frame + 1].function), "main");
	assert_string_equal(sites_text(f, site_named(f, s)->file), "target.c");
	assert_int_equal(site_named(f, s)->line, 7);
	/* All that it touched is still there. */
	assert_int_equal(s->freed_bytes, 0);
	assert_int_equal(s->live_bytes, s->allocated_bytes);
	/* It touched as much, and gave nearly all back: all but what was not yet looked at again. */
	assert_non_null(other);
	assert_true(other->allocated_bytes >= s->allocated_bytes / 2);
	assert_true(other->live_bytes <= STEP * PAGE);
}

static void tracer__tells_who_grew__and_not_who_gave_back(void **state)
{
	(void)state;
	struct child c = child_start(act_grow);
	struct tracer *t = trace(c.pid, 2500 * NS_PER_MS);
	struct sites_progress p;

	child_tell(&c);
	struct sites_facts *f = last_facts(t);
	growth_check(f);
	const struct site *s = &f->sites[0];
	assert_true(s->growth_bytes > 0);
	assert_true(s->share > 0.9);
	assert_true(f->time - f->begin >= 2500 * NS_PER_MS);
	/* Its pages, and nothing else, where they are. */
	uint64_t base = (uint64_t)(uintptr_t)area;
	struct site_part part;
	assert_int_equal(sites_of_range(f, base, base + AREA / 2, &part, 1), 1);
	assert_int_equal(part.site, 0);
	assert_int_equal(part.bytes, s->live_bytes);
	await_phase(t, SITES_ENDED, &p);
	assert_string_equal(p.why, "");
	sites_facts_unref(f);
	tracer_free(t);
	child_end(&c);
}

static void tracer__ends_with_the_target__and_keeps_what_was_found(void **state)
{
	(void)state;
	struct child c = child_start(act_grow);
	struct tracer *t = trace(c.pid, UNKNOWN);
	struct sites_progress p;

	child_tell(&c);
	struct sites_facts *f = next_facts(t);
	while (!site_of(f, "grow")) {
		sites_facts_unref(f);
		f = next_facts(t);
	}
	sites_facts_unref(f);
	child_end(&c);
	f = last_facts(t);
	assert_non_null(site_of(f, "grow"));
	await_phase(t, SITES_ENDED, &p);
	assert_non_null(strstr(p.why, "ended"));
	sites_facts_unref(f);
	tracer_free(t);
}

static void tracer__ends__when_another_program_is_executed(void **state)
{
	(void)state;
	struct child c = child_start(act_exec);
	struct tracer *t = trace(c.pid, UNKNOWN);
	struct sites_progress p;

	child_tell(&c);
	await_phase(t, SITES_ENDED, &p);
	assert_non_null(strstr(p.why, "another program"));
	tracer_free(t);
	child_end(&c);
}

static void tracer__stops__when_told_to__and_begins_anew(void **state)
{
	(void)state;
	struct child c = child_start(act_grow);
	struct tracer *t = trace(c.pid, UNKNOWN);
	struct sites_progress p;

	tracer_run(t, SITES_NONE, UNKNOWN);
	struct sites_facts *f = last_facts(t);
	assert_int_equal(f->site_count, 0);
	sites_facts_unref(f);
	tracer_progress(t, &p);
	assert_int_equal(p.phase, SITES_STOPPED);
	assert_string_equal(p.why, "");
	unsigned before = opened;
	tracer_run(t, SITES_GROWTH, 500 * NS_PER_MS);
	child_tell(&c);
	f = last_facts(t);
	assert_non_null(site_of(f, "grow"));
	sites_facts_unref(f);
	/* What was read of symbols is not read again. */
	assert_int_equal(opened, before);
	tracer_free(t);
	while (closed < opened && clock_mono() < began + PATIENCE_S * NS_PER_S)
		usleep(1000);
	assert_int_equal(closed, opened);
	child_end(&c);
}

static void tracer__says_when_stacks_cannot_name_who_allocates(void **state)
{
	(void)state;
	struct child c = child_start(act_nothing);
	struct tracer *t = trace(c.pid, UNKNOWN);

	tracer_hint(t, 200);
	tracer_run(t, SITES_NONE, UNKNOWN);
	struct sites_facts *f = last_facts(t);
	assert_non_null(strstr(f->note, "200 B"));
	assert_non_null(strstr(f->note, "not who allocates"));
	assert_non_null(strstr(f->next, "x"));
	sites_facts_unref(f);
	tracer_free(t);
	child_end(&c);
}

static void tracer__fails_in_one_line__where_there_is_no_process(void **state)
{
	(void)state;
	struct child c = child_start(act_nothing);
	struct sites_progress p;

	child_end(&c);
	began = clock_mono();
	struct tracer *t = tracer_new("/proc", c.pid, began, 5);
	tracer_run(t, SITES_GROWTH, UNKNOWN);
	await_phase(t, SITES_FAILED, &p);
	assert_non_null(strstr(p.why, "gone"));
	tracer_free(t);
	tracer_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(tracer__tells_who_grew__and_not_who_gave_back),
	        cmocka_unit_test(tracer__ends_with_the_target__and_keeps_what_was_found),
	        cmocka_unit_test(tracer__ends__when_another_program_is_executed),
	        cmocka_unit_test(tracer__stops__when_told_to__and_begins_anew),
	        cmocka_unit_test(tracer__says_when_stacks_cannot_name_who_allocates),
	        cmocka_unit_test(tracer__fails_in_one_line__where_there_is_no_process),
	};

	area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
	            -1, 0);
	if (area == MAP_FAILED)
		return 1;
	madvise(area, AREA, MADV_NOHUGEPAGE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
