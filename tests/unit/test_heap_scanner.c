/* SPDX-License-Identifier: MIT */
/*
 * The memory thread: its schedule, its stop, an exec and the end of the target, what is published when. Walker and
 * scan are doubles that count and take as long as they are told; the memory is that of a real child.
 */
#include "heap/scanner.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "double_walker.h"
#include "support_live.h"

static void scanner_new__does_nothing__before_it_is_asked(void **state)
{
	struct scanner *s = scanner_new("/proc", getpid(), clock_mono());
	(void)state;

	assert_int_equal(progress_of(s).phase, HEAP_OFF);
	assert_null(scanner_take(s));
	scanner_run(s, false);
	assert_int_equal(progress_of(s).phase, HEAP_OFF);
	scanner_free(s);
	scanner_free(NULL);
	assert_int_equal(d.opened, 0);
}

static void scanner_run__publishes__the_census_and_then_the_scan(void **state)
{
	struct child c = child_start(nothing);
	struct scanner *s = scanner_new("/proc", c.pid, clock_mono());
	struct heap_facts *f = NULL;
	unsigned seen = 0;
	(void)state;

	scanner_run(s, true);
	do {
		heap_facts_unref(f);
		f = take_wait(s);
		seen++;
	} while (!f->lost);
	assert_true(seen <= 2);
	assert_true(f->walked);
	assert_int_equal(f->allocator, ALLOCATOR_GLIBC);
	assert_string_equal(f->layout, "glibc 2.99");
	assert_int_equal(f->looks, 1);
	assert_int_equal(f->resident, 4096);
	assert_int_equal(f->total.size, 303);
	assert_int_equal(f->total.free_bytes, 30);
	assert_int_equal(f->total.largest_free, 7);
	assert_int_equal(f->arena_rows, 3);
	assert_int_equal(f->arenas[0].size, 102);
	assert_int_equal(f->class_count, 1);
	assert_int_equal(f->lost->scans, 1);
	assert_true(f->time >= f->took && f->took > 0);
	/* When the scan ended, not when its census began. */
	assert_true(f->lost->time > f->time - f->took && f->lost->time <= f->time);
	heap_facts_unref(f);
	phase_await(s, HEAP_RESTING);
	/* The next one is 5 s after the begin of this one. */
	struct heap_progress p = progress_of(s);
	assert_true(known(p.next) && p.next >= SCANNER_REST);
	assert_string_equal(p.error, "");
	scanner_free(s);
	child_end(&c);
}

static void scanner__looks__in_a_twentieth_of_the_time_at_most(void **state)
{
	struct child c = child_start(nothing);
	struct scanner *s = scanner_new_with("/proc", c.pid, clock_mono(), 1000000);
	uint64_t due = 0;
	unsigned looks = 0, checked = 0;
	(void)state;

	d.walk_ns = 5000000;
	scanner_run(s, true);
	while (looks < 7 || !checked) {
		struct heap_facts *f = take_wait(s);
		if (f->lost && f->lost->scans == f->looks) {
			uint64_t begin = f->time - f->took;
			assert_true(f->took >= d.walk_ns);
			/* Facts that came while this thread slept are not seen. */
			if (f->looks == looks + 1) {
				assert_true(begin >= due);
				checked += looks > 0;
			}
			looks = f->looks;
			due = begin + 20 * f->took;
		}
		heap_facts_unref(f);
	}
	phase_await(s, HEAP_RESTING);
	assert_true(!known(progress_of(s).next) || progress_of(s).next >= due);
	scanner_free(s);
	child_end(&c);
}

static void scanner__rests__at_least_as_long_as_it_was_told(void **state)
{
	struct child c = child_start(nothing);
	uint64_t rest = 200 * NS_PER_MS, begin = clock_mono();
	struct scanner *s = scanner_new_with("/proc", c.pid, begin, rest);
	(void)state;

	scanner_run(s, true);
	count_await(&d.scanned, 4);
	assert_true(clock_mono() - begin >= 3 * rest);
	scanner_free(s);
	child_end(&c);
}

static void scanner_run__stops__the_look_on_its_way(void **state)
{
	struct child c = child_start(nothing);
	struct scanner *s = scanner_new("/proc", c.pid, clock_mono());
	(void)state;

	d.endless = 1;
	scanner_run(s, true);
	phase_await(s, HEAP_CENSUS);
	assert_int_equal(progress_of(s).todo, 100);
	scanner_run(s, false);
	assert_int_equal(progress_of(s).phase, HEAP_STOPPED);
	uint64_t end = clock_mono() + PATIENCE_MS * NS_PER_MS;
	while (!progress_of(s).busy && clock_mono() < end)
		usleep(1000);
	assert_true(progress_of(s).busy > 0);
	assert_int_equal(progress_of(s).phase, HEAP_STOPPED);
	assert_null(scanner_take(s));
	/* And goes on when asked. */
	d.endless = 0;
	scanner_run(s, true);
	struct heap_facts *f = take_wait(s);
	assert_int_equal(f->looks, 1);
	heap_facts_unref(f);
	scanner_free(s);
	child_end(&c);
}

static void scanner_run__looks_again__when_switched_off_and_on_during_a_look(void **state)
{
	struct child c = child_start(nothing);
	struct scanner *s = scanner_new("/proc", c.pid, clock_mono());
	(void)state;

	d.endless = 1;
	scanner_run(s, true);
	phase_await(s, HEAP_CENSUS);
	scanner_run(s, false);
	d.endless = 0;
	scanner_run(s, true);
	count_await(&d.scanned, 1);
	scanner_free(s);
	child_end(&c);
}

static void scanner_free__never_waits__for_a_look(void **state)
{
	struct child c = child_start(nothing);
	struct scanner *s = scanner_new("/proc", c.pid, clock_mono());
	(void)state;

	d.endless = 1;
	scanner_run(s, true);
	phase_await(s, HEAP_CENSUS);
	scanner_free(s);
	/* The thread hears of it by itself. */
	count_await(&d.left, 1);
	child_end(&c);
}

static void scanner_peek__is_answered__at_once(void **state)
{
	struct child c = child_start(nothing);
	struct scanner *s = scanner_new("/proc", c.pid, clock_mono());
	(void)state;

	scanner_run(s, true);
	phase_await(s, HEAP_RESTING);
	heap_facts_unref(scanner_take(s));
	scanner_peek(s, 0x1010);
	struct heap_facts *f = take_wait(s);
	assert_int_equal(f->peek.address, 0x1010);
	assert_int_equal(f->peek.size, 48);
	/* It is no look: no count, no scan. */
	assert_int_equal(f->looks, 1);
	assert_int_equal(f->lost->scans, 1);
	assert_int_equal(d.scanned, 1);
	heap_facts_unref(f);
	phase_await(s, HEAP_RESTING);
	/* Also while it is stopped. */
	scanner_run(s, false);
	scanner_peek(s, 0x2020);
	f = take_wait(s);
	assert_int_equal(f->peek.address, 0x2020);
	heap_facts_unref(f);
	phase_await(s, HEAP_STOPPED);
	scanner_peek(s, 0);
	usleep(10000);
	assert_int_equal(d.peeked, 2);
	scanner_free(s);
	child_end(&c);
}

static void scanner_peek__is_answered__also_where_its_look_was_stopped(void **state)
{
	struct child c = child_start(nothing);
	struct scanner *s = scanner_new("/proc", c.pid, clock_mono());
	struct heap_facts *f = NULL;
	(void)state;

	d.wanted = s;
	scanner_run(s, true);
	count_await(&d.scanned, 1);
	/* The second look has begun, and with it the peek. */
	phase_await(s, HEAP_CENSUS);
	scanner_run(s, false);
	d.endless = 0;
	do {
		heap_facts_unref(f);
		f = take_wait(s);
	} while (!f->peek.address);
	assert_int_equal(f->peek.address, 0x1010);
	/* Nothing else was looked for. */
	assert_int_equal(f->looks, 1);
	assert_int_equal(d.scanned, 1);
	phase_await(s, HEAP_STOPPED);
	heap_facts_unref(f);
	scanner_free(s);
	child_end(&c);
}

/* An address of a program that is no more: the looks at the next one owe nothing. */
static void scanner_peek__ends__with_the_program(void **state)
{
	struct child c = child_start(execute);
	struct scanner *s = scanner_new_with("/proc", c.pid, clock_mono(), 50 * NS_PER_MS);
	(void)state;

	scanner_peek(s, 0x1010);
	scanner_run(s, true);
	count_await(&d.peeked, 2);
	child_tell(&c);
	count_await(&d.resets, 1);
	unsigned peeked = d.peeked, scanned = d.scanned;
	count_await(&d.scanned, scanned + 2);
	assert_int_equal(d.peeked, peeked);
	scanner_free(s);
	child_end(&c);
}

static void scanner__begins_anew__when_the_target_executed_another_program(void **state)
{
	struct child c = child_start(execute);
	struct scanner *s = scanner_new_with("/proc", c.pid, clock_mono(), 100 * NS_PER_MS);
	struct heap_facts *f = NULL;
	(void)state;

	scanner_run(s, true);
	count_await(&d.scanned, 3);
	child_tell(&c);
	unsigned scanned = d.scanned;
	count_await(&d.resets, 1);
	count_await(&d.scanned, scanned + 2);
	phase_await(s, HEAP_RESTING);
	f = take_wait(s);
	assert_true(f->walked);
	assert_true(f->lost && f->lost->scans < d.scanned && f->looks < d.scanned);
	assert_int_equal(d.resets, 1);
	assert_int_equal(d.opened, 2);
	heap_facts_unref(f);
	scanner_free(s);
	child_end(&c);
}

static void scanner__says_so__when_an_exec_comes_during_a_look(void **state)
{
	struct child c = child_start(execute);
	struct scanner *s = scanner_new("/proc", c.pid, clock_mono());
	(void)state;

	d.endless = 1;
	scanner_run(s, true);
	phase_await(s, HEAP_CENSUS);
	child_tell(&c);
	struct heap_facts *f = take_wait(s);
	assert_false(f->walked);
	assert_non_null(strstr(f->why, "another program"));
	heap_facts_unref(f);
	phase_await(s, HEAP_RESTING);
	scanner_free(s);
	child_end(&c);
}

static void scanner__stops__when_the_target_ends_during_a_look(void **state)
{
	struct child c = child_start(nothing);
	struct scanner *s = scanner_new("/proc", c.pid, clock_mono());
	(void)state;

	d.endless = 1;
	scanner_run(s, true);
	phase_await(s, HEAP_CENSUS);
	child_end(&c);
	phase_await(s, HEAP_STOPPED);
	assert_string_equal(progress_of(s).error, "");
	assert_null(scanner_take(s));
	/* Asked again it does not take another process for it; asked for the first time it says why. */
	scanner_run(s, true);
	phase_await(s, HEAP_STOPPED);
	scanner_free(s);
	s = scanner_new("/proc", c.pid, clock_mono());
	scanner_run(s, true);
	phase_await(s, HEAP_FAILED);
	assert_non_null(strstr(progress_of(s).error, "it is gone"));
	scanner_free(s);
}

static void scanner__rests__without_a_heap_to_walk(void **state)
{
	struct child c = child_start(nothing);
	struct scanner *s = scanner_new("/proc", c.pid, clock_mono());
	(void)state;

	d.open_error = ENOENT;
	scanner_run(s, true);
	struct heap_facts *f = take_wait(s);
	assert_false(f->walked);
	assert_int_equal(f->allocator, ALLOCATOR_JEMALLOC);
	assert_string_equal(f->why, "jemalloc recognised");
	assert_false(known(heap_kept(f)));
	heap_facts_unref(f);
	phase_await(s, HEAP_RESTING);
	assert_string_equal(progress_of(s).error, "");
	assert_int_equal(d.walked, 0);
	/* A program that had only begun has one a little later. */
	d.open_error = 0;
	do {
		f = take_wait(s);
		bool walked = f->walked;
		heap_facts_unref(f);
		if (walked)
			break;
	} while (true);
	scanner_free(s);
	child_end(&c);
}

static void scanner__says_what_helps__where_it_is_not_permitted(void **state)
{
	struct tree t = tree_new();
	struct scanner *s = scanner_new(t.path, TREE_PID, clock_mono());
	(void)state;

	tree_status(&t, 'S', 1000);
	scanner_run(s, true);
	phase_await(s, HEAP_FAILED);
	assert_non_null(strstr(progress_of(s).error, "cannot look inside process 4242: "));
	assert_non_null(strstr(progress_of(s).error, "not that of this system"));
	scanner_free(s);
	tree_free(&t);
	/* The other way to be refused needs somebody else. */
	char text[200];
	struct looker l = {.proc = "/proc", .pid = getpid()};
	looker_explain(&l, -EPERM, text, sizeof(text));
	assert_non_null(strstr(text, "run this"));
	looker_explain(&l, -ENOMEM, text, sizeof(text));
	assert_non_null(strstr(text, "not enough memory"));
	looker_explain(&l, -E2BIG, text, sizeof(text));
	assert_non_null(strstr(text, "more than 1 GB of memory here"));
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, doubles_reset, threads_await)
	const struct CMUnitTest tests[] = {
	        FRESH(scanner_new__does_nothing__before_it_is_asked),
	        FRESH(scanner_run__publishes__the_census_and_then_the_scan),
	        FRESH(scanner__looks__in_a_twentieth_of_the_time_at_most),
	        FRESH(scanner__rests__at_least_as_long_as_it_was_told),
	        FRESH(scanner_run__stops__the_look_on_its_way),
	        FRESH(scanner_run__looks_again__when_switched_off_and_on_during_a_look),
	        FRESH(scanner_free__never_waits__for_a_look),
	        FRESH(scanner_peek__is_answered__at_once),
	        FRESH(scanner_peek__is_answered__also_where_its_look_was_stopped),
	        FRESH(scanner_peek__ends__with_the_program),
	        FRESH(scanner__begins_anew__when_the_target_executed_another_program),
	        FRESH(scanner__says_so__when_an_exec_comes_during_a_look),
	        FRESH(scanner__stops__when_the_target_ends_during_a_look),
	        FRESH(scanner__rests__without_a_heap_to_walk),
	        FRESH(scanner__says_what_helps__where_it_is_not_permitted),
	};
	return cmocka_run_group_tests_name("heap_scanner", tests, NULL, NULL);
}
