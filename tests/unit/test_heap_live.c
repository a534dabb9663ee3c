/* SPDX-License-Identifier: MIT */
/*
 * The memory thread with the real walker and the real scan, on children whose heaps are known; and on such as end,
 * execute another program or free everything while they are looked at.
 */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "heap/scanner_internal.h"
#include "support_live.h"

enum {
	PATIENCE_MS = 30000,
	LEAK = 500,
	LEAK_SIZE = 900,
	CHUNK = 912,
	KEPT = 3000,
	KEPT_SIZE = 200
};

/* A child under a sanitizer has its malloc, not that of glibc. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

static void *kept[KEPT];
static void *volatile sink; /* so that no allocation is optimised away */

/* Each turn leaks some blocks; the first one keeps some. */
static void leak(int turn)
{
	for (unsigned i = 0; turn == 0 && i < KEPT; i++)
		kept[i] = memset(malloc(KEPT_SIZE), 1, KEPT_SIZE);
	for (unsigned i = 0; i < LEAK; i++)
		sink = memset(malloc(LEAK_SIZE), 2, LEAK_SIZE);
	sink = NULL;
}

/* Fills and frees for ever, by turns; never answers after the first turn. */
static void churn_for_ever(int turn)
{
	while (turn > 0) {
		for (unsigned i = 0; i < KEPT; i++)
			kept[i] = memset(malloc(KEPT_SIZE + i), 1, KEPT_SIZE);
		for (unsigned i = 0; i < KEPT; i++)
			free(kept[i]);
	}
}

static void churn_then_execute(int turn)
{
	if (turn > 0)
		execl("/bin/sleep", "sleep", "60", (char *)NULL);
	leak(turn);
}

static struct heap_facts *take_wait(struct scanner *s)
{
	struct pollfd p = {scanner_fd(s), POLLIN, 0};
	struct heap_facts *f = NULL;

	while (!f) {
		if (poll(&p, 1, PATIENCE_MS) != 1)
			fail_msg("no facts came");
		f = scanner_take(s);
	}
	return f;
}

/* Facts after at least so many looks and as many scans. */
static struct heap_facts *take_looks(struct scanner *s, unsigned looks)
{
	struct heap_facts *f = take_wait(s);

	while (f->looks < looks || !f->lost || f->lost->scans < looks) {
		heap_facts_unref(f);
		f = take_wait(s);
	}
	return f;
}

static const struct heap_class *class_of(const struct heap_facts *f, uint64_t size)
{
	for (unsigned i = 0; i < f->class_count; i++)
		if (f->classes[i].low <= size && size <= f->classes[i].high)
			return &f->classes[i];
	return NULL;
}

/* Runs the scanner for one look more than before. */
static struct heap_facts *look_once(struct scanner *s, unsigned looks)
{
	scanner_run(s, true);
	struct heap_facts *f = take_looks(s, looks);
	scanner_run(s, false);
	return f;
}

static void scanner__names__the_size_that_leaks(void **state)
{
	if (sanitized)
		skip();
	struct child c = child_start(leak);
	struct scanner *s = scanner_new("/proc", c.pid, clock_mono());
	struct heap_facts *f = NULL;
	(void)state;

	for (unsigned look = 1; look <= 5; look++) {
		heap_facts_unref(f);
		f = look_once(s, look);
		assert_true(f->walked);
		assert_int_equal(class_of(f, CHUNK)->blocks, LEAK * look);
		child_turn(&c);
	}
	assert_int_equal(f->allocator, ALLOCATOR_GLIBC);
	assert_int_equal(f->total.torn, 0);
	assert_int_equal(f->classes[0].low, CHUNK);
	assert_true(f->classes[0].steady && f->classes[0].growth_bytes > 0);
	const struct heap_class *still = class_of(f, 208);
	assert_true(still->blocks >= KEPT && !still->steady);
	/* All of them were unreachable at once, and none of those that are kept. */
	assert_true(f->lost->suspect_blocks + f->lost->definitely_blocks >= LEAK * 5 - 5);
	assert_true(f->lost->reachable_blocks >= KEPT);
	heap_facts_unref(f);
	scanner_free(s);
	child_end(&c);
}

static void scanner__survives__a_target_that_ends_at_any_moment(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		struct child c = child_start(churn_for_ever);
		struct scanner *s = scanner_new_with("/proc", c.pid, clock_mono(), 1000);
		struct heap_progress p = {0};
		uint64_t end = clock_mono() + PATIENCE_MS * NS_PER_MS;

		child_tell(&c);
		scanner_run(s, true);
		usleep(2500 * i);
		child_end(&c);
		do {
			usleep(1000);
			scanner_progress(s, &p);
		} while (p.phase != HEAP_STOPPED && p.phase != HEAP_FAILED && clock_mono() < end);
		/* Where it ended before the first look there is a reason to tell. */
		assert_true(p.phase == HEAP_STOPPED ? !p.error[0]
		                                    : strstr(p.error, "it is gone") != NULL);
		scanner_free(s);
	}
}

static void scanner__never_mixes__two_programs(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct child c = child_start(churn_then_execute);
		struct scanner *s = scanner_new_with("/proc", c.pid, clock_mono(), 50 * NS_PER_MS);
		uint64_t end = clock_mono() + PATIENCE_MS * NS_PER_MS;
		bool saw_new = false;

		scanner_run(s, true);
		usleep(7000 * i);
		child_tell(&c);
		while (!saw_new && clock_mono() < end) {
			struct heap_facts *f = take_wait(s);
			const struct heap_class *leaked = class_of(f, CHUNK);
			/* The old program has all of its blocks; the new one has another heap, and begins anew. */
			if (f->walked && leaked && leaked->blocks >= LEAK)
				assert_int_equal(f->total.torn, 0);
			saw_new = f->walked && !(leaked && leaked->blocks >= LEAK);
			if (saw_new)
				assert_true(f->total.live_blocks < LEAK && f->looks == 1);
			heap_facts_unref(f);
		}
		assert_true(saw_new);
		scanner_free(s);
		child_end(&c);
	}
}

static void scanner__stays_sane__while_everything_is_freed_and_filled(void **state)
{
	if (sanitized)
		skip();
	struct child c = child_start(churn_for_ever);
	struct scanner *s = scanner_new_with("/proc", c.pid, clock_mono(), 1000);
	(void)state;

	child_tell(&c);
	scanner_run(s, true);
	for (unsigned i = 0; i < 5; i++) {
		struct heap_facts *f = take_wait(s);
		const struct heap_arena *t = &f->total;
		assert_true(f->walked);
		assert_true(t->live_bytes <= t->size + (1 << 20));
		assert_true(t->live_blocks < 2 * KEPT + 10000);
		heap_facts_unref(f);
	}
	scanner_free(s);
	child_end(&c);
}

/* The first thread ends, others live on with the memory. */
static void *live_on(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

static void leave_to_another_thread(int turn)
{
	pthread_t thread;

	leak(turn);
	if (turn > 0) {
		pthread_create(&thread, NULL, live_on, NULL);
		pthread_exit(NULL);
	}
}

static void scanner__goes_on__when_the_first_thread_ends(void **state)
{
	if (sanitized)
		skip();
	struct child c = child_start(leave_to_another_thread);
	struct scanner *s = scanner_new_with("/proc", c.pid, clock_mono(), 1000);
	unsigned looks = 0;
	(void)state;

	scanner_run(s, true);
	heap_facts_unref(take_wait(s));
	child_tell(&c);
	/* Until it is a zombie, then some more. */
	for (unsigned after = 0; after < 4;) {
		char path[64], state_line[64] = "";
		struct heap_facts *f = take_wait(s);

		assert_string_equal(f->why, "");
		assert_true(f->walked && f->looks >= looks);
		looks = f->looks;
		heap_facts_unref(f);
		snprintf(path, sizeof(path), "/proc/%d/stat", c.pid);
		FILE *stat = fopen(path, "r");
		assert_non_null(stat);
		assert_int_equal(fscanf(stat, "%*d (%*[^)]) %63s", state_line), 1);
		fclose(stat);
		after += state_line[0] == 'Z';
	}
	scanner_free(s);
	child_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(scanner__names__the_size_that_leaks),
	        cmocka_unit_test(scanner__survives__a_target_that_ends_at_any_moment),
	        cmocka_unit_test(scanner__never_mixes__two_programs),
	        cmocka_unit_test(scanner__goes_on__when_the_first_thread_ends),
	        cmocka_unit_test(scanner__stays_sane__while_everything_is_freed_and_filled),
	};
	return cmocka_run_group_tests_name("heap_live", tests, NULL, NULL);
}
